//! What a service tells the facade [`metrics`].
//!
//! | metric | kind | what |
//! |---|---|---|
//! | `griot_requests_total{outcome}` | counter | requests by how they ended: `ok`, `refused`, `deadline`, `cancelled`, `panicked`, `failed` |
//! | `griot_text_bytes_total` | counter | text of the requests that ended `ok` |
//! | `griot_mentions_total` | counter | mentions found in them |
//! | `griot_panics_total` | counter | panics of the pipeline |
//! | `griot_queue_requests`, `griot_queue_bytes` | gauge | what waits |
//! | `griot_running_requests` | gauge | requests in the batches that run |
//! | `griot_queue_seconds` | histogram | from submission to the start of the batch |
//! | `griot_request_seconds` | histogram | from submission to the reply, of requests that ended `ok` |
//! | `griot_batch_seconds`, `griot_batch_requests`, `griot_batch_bytes` | histogram | batches |
//!
//! The HTTP interface adds `griot_http_requests_total{route,status}` and
//! `griot_http_seconds{route}`.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};
use metrics::{gauge, histogram};

use crate::slot::Reply;
use crate::{Load, ServiceError};

/// Histograms and the upper bounds of their buckets, for recorders that want them:
/// seconds from a millisecond to half a minute, sizes by powers of four.
pub const BUCKETS: [(&str, &[f64]); 6] = [
    ("griot_queue_seconds", SECONDS),
    ("griot_request_seconds", SECONDS),
    ("griot_batch_seconds", SECONDS),
    ("griot_http_seconds", SECONDS),
    ("griot_batch_requests", &[1.0, 4.0, 16.0, 64.0, 256.0]),
    (
        "griot_batch_bytes",
        &[1024.0, 4096.0, 16384.0, 65536.0, 262_144.0, 1_048_576.0],
    ),
];

const SECONDS: &[f64] = &[
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];

/// Tells the recorder what the metrics are. Call it after installing one.
pub fn describe() {
    describe_counter!("griot_requests_total", "Requests by how they ended");
    describe_counter!("griot_text_bytes_total", Unit::Bytes, "Text answered");
    describe_counter!("griot_mentions_total", "Mentions found");
    describe_counter!("griot_panics_total", "Panics of the pipeline");
    describe_gauge!("griot_queue_requests", "Requests that wait");
    describe_gauge!("griot_queue_bytes", Unit::Bytes, "Text that waits");
    describe_gauge!("griot_running_requests", "Requests in running batches");
    describe_histogram!("griot_queue_seconds", Unit::Seconds, "Time in the queue");
    describe_histogram!("griot_request_seconds", Unit::Seconds, "Time to the reply");
    describe_histogram!("griot_batch_seconds", Unit::Seconds, "Time of a batch");
    describe_histogram!("griot_batch_requests", "Requests in a batch");
    describe_histogram!("griot_batch_bytes", Unit::Bytes, "Text in a batch");
    describe_counter!("griot_http_requests_total", "HTTP requests by status");
    describe_histogram!("griot_http_seconds", Unit::Seconds, "Time of HTTP requests");
}

pub(crate) fn load(load: Load) {
    gauge!("griot_queue_requests").set(load.waiting as f64);
    gauge!("griot_queue_bytes").set(load.waiting_bytes as f64);
    gauge!("griot_running_requests").set(load.running as f64);
}

pub(crate) fn refused(n_requests: usize) {
    counter!("griot_requests_total", "outcome" => "refused").increment(n_requests as u64);
}

pub(crate) fn cancelled() {
    counter!("griot_requests_total", "outcome" => "cancelled").increment(1);
}

pub(crate) fn panicked() {
    counter!("griot_panics_total").increment(1);
}

pub(crate) fn started(waited: Duration) {
    histogram!("griot_queue_seconds").record(waited);
}

pub(crate) fn batch(n_requests: usize, n_bytes: usize, took: Duration) {
    histogram!("griot_batch_requests").record(n_requests as f64);
    histogram!("griot_batch_bytes").record(n_bytes as f64);
    histogram!("griot_batch_seconds").record(took);
}

/// What a reply says of its request, kept until the reply is delivered.
pub(crate) struct Ended {
    outcome: &'static str,
    n_bytes: usize,
    n_mentions: usize,
}

impl Ended {
    pub(crate) fn new(reply: &Reply) -> Self {
        let outcome = match reply {
            Ok(_) => "ok",
            Err(ServiceError::DeadlineExceeded { .. }) => "deadline",
            Err(ServiceError::Panicked { .. }) => "panicked",
            Err(_) => "failed",
        };
        let annotation = reply.as_ref().ok();
        Self {
            outcome,
            n_bytes: annotation.map_or(0, |annotation| annotation.document.text().len()),
            n_mentions: annotation.map_or(0, |annotation| annotation.mentions.len()),
        }
    }

    pub(crate) fn count(&self, took: Duration) {
        counter!("griot_requests_total", "outcome" => self.outcome).increment(1);
        if self.outcome == "ok" {
            counter!("griot_text_bytes_total").increment(self.n_bytes as u64);
            counter!("griot_mentions_total").increment(self.n_mentions as u64);
            histogram!("griot_request_seconds").record(took);
        }
    }
}
