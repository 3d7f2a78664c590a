//! The threads of a service.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use griot::Annotation;

use crate::measure::{self, Ended};
use crate::queue::{Job, Next, Queue};
use crate::slot::{Delivery, Reply, Slot};
use crate::{Request, ServiceError, Tagger};

/// What the threads and the handles of a service share.
pub(crate) struct Shared {
    queue: Mutex<Queue>,
    /// Workers sleep here; woken when a request comes and when the queue closes.
    pub(crate) work: Condvar,
    /// The clock sleeps here; woken when an earlier deadline comes, and at the end.
    pub(crate) clock: Condvar,
    pub(crate) tagger: Box<dyn Tagger>,
}

impl Shared {
    pub(crate) fn new(queue: Queue, tagger: Box<dyn Tagger>) -> Self {
        Self {
            queue: Mutex::new(queue),
            work: Condvar::new(),
            clock: Condvar::new(),
            tagger,
        }
    }

    /// Held for moments only: nothing waits or computes under it.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs batches until the queue is closed and empty.
pub(crate) fn work(shared: &Arc<Shared>) {
    let mut queue = shared.lock();
    loop {
        queue = match queue.next(Instant::now()) {
            Next::Run(batch) => {
                measure::load(queue.load());
                drop(queue);
                run(shared, &batch);
                let mut queue = shared.lock();
                queue.finish(batch.iter().map(|job| &job.ticket));
                measure::load(queue.load());
                if !queue.is_open() {
                    shared.clock.notify_one();
                }
                queue
            }
            Next::WaitUntil(until) => {
                let time = until.saturating_duration_since(Instant::now());
                let waited = shared.work.wait_timeout(queue, time);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            Next::Idle => {
                let waited = shared.work.wait(queue);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
            Next::End => return,
        }
    }
}

/// Tells requests when their time is over, until the queue is closed and no request
/// has a deadline.
pub(crate) fn watch(shared: &Arc<Shared>) {
    let mut queue = shared.lock();
    loop {
        let now = Instant::now();
        let expired = queue.expire(now);
        if !expired.is_empty() {
            measure::load(queue.load());
            drop(queue);
            for timed in expired {
                let waited = now.saturating_duration_since(timed.submitted);
                let reply = Err(ServiceError::DeadlineExceeded { waited });
                deliver(&timed.slot, timed.submitted, reply);
            }
            queue = shared.lock();
            continue;
        }
        queue = match queue.first_deadline() {
            Some(deadline) => {
                let time = deadline.saturating_duration_since(now);
                let waited = shared.clock.wait_timeout(queue, time);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None if !queue.is_open() => return,
            None => {
                let waited = shared.clock.wait(queue);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
        }
    }
}

/// Runs a batch and delivers its replies; if it panics, each request by itself.
fn run(shared: &Shared, batch: &[Job]) {
    let wanted: Vec<&Job> = batch
        .iter()
        .filter(|job| job.ticket.slot.is_waiting())
        .collect();
    if wanted.is_empty() {
        return;
    }
    let n_bytes: usize = wanted.iter().map(|job| job.request.n_bytes()).sum();
    let span = tracing::debug_span!("batch", n_requests = wanted.len(), n_bytes);
    let _entered = span.enter();
    let started = Instant::now();
    for job in &wanted {
        measure::started(started.saturating_duration_since(job.ticket.submitted));
    }
    match attempt(&*shared.tagger, &wanted) {
        Ok(results) => deliver_all(&wanted, results),
        Err(message) if wanted.len() == 1 => panicked(wanted[0], message),
        Err(_) => {
            for job in wanted.iter().filter(|job| job.ticket.slot.is_waiting()) {
                match attempt(&*shared.tagger, &[job]) {
                    Ok(results) => deliver_all(&[job], results),
                    Err(message) => panicked(job, message),
                }
            }
        }
    }
    let took = started.elapsed();
    measure::batch(wanted.len(), n_bytes, took);
    tracing::debug!(?took, "done");
}

/// The results of a batch, or what its panic said.
fn attempt(
    tagger: &dyn Tagger,
    jobs: &[&Job],
) -> Result<Vec<Result<Annotation, griot::Error>>, String> {
    let requests: Vec<&Request> = jobs.iter().map(|job| &job.request).collect();
    // Nothing of a batch is used after it panicked, and a pipeline has no state
    // between batches but caches behind locks.
    catch_unwind(AssertUnwindSafe(|| tagger.run(&requests))).map_err(|payload| {
        let message = message(&*payload);
        measure::panicked();
        tracing::error!(
            n_requests = requests.len(),
            message,
            "the pipeline panicked"
        );
        message
    })
}

fn deliver_all(jobs: &[&Job], results: Vec<Result<Annotation, griot::Error>>) {
    let (expected, found) = (jobs.len(), results.len());
    if expected == found {
        for (job, result) in jobs.iter().zip(results) {
            deliver_to(job, result.map_err(ServiceError::from));
        }
    } else {
        // Which result is whose cannot be told.
        for job in jobs {
            deliver_to(job, Err(ServiceError::Results { expected, found }));
        }
    }
}

fn panicked(job: &Job, message: String) {
    deliver_to(job, Err(ServiceError::Panicked { message }));
}

fn deliver_to(job: &Job, reply: Reply) {
    deliver(&job.ticket.slot, job.ticket.submitted, reply);
}

fn deliver(slot: &Slot, submitted: Instant, reply: Reply) {
    let ended = Ended::new(&reply);
    let took: Duration = submitted.elapsed();
    if slot.reply(reply) == Delivery::Delivered {
        ended.count(took);
    }
}

/// What `panic!` was given, if it was text.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
