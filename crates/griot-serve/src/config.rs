//! What the owner of a service chooses.

use std::time::Duration;

use crate::ServiceError;

/// Settings of a [`Service`](crate::Service).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceConfig {
    /// Threads that run batches; default 2, at least 1. The pipeline computes on
    /// threads of its own, so this is not for its speed: while one batch is being
    /// linked and answered, the other keeps the cores busy.
    pub workers: usize,
    /// Longest time that a request waits for others to come, when the last batch
    /// showed that others do; a lone client never waits. Default 2 ms.
    pub wait_max: Duration,
    /// Requests in a batch, at most; default 64.
    pub batch_max: usize,
    /// Text in a batch, in bytes, beyond which no other request joins; default
    /// 64 KiB. More makes replies later and hardly more of them.
    pub batch_bytes_max: usize,
    /// Requests that wait, at most; default 1024.
    pub queue_max: usize,
    /// Text that waits, in bytes, at most; default 32 MiB. No single text can be
    /// longer.
    pub queue_bytes_max: usize,
    /// Time from submission to reply, at most, for requests that have none of their
    /// own; `None` for no limit. Default 30 s.
    pub deadline: Option<Duration>,
}

impl Default for ServiceConfig {
    fn default() -> Self {
        Self {
            workers: 2,
            wait_max: Duration::from_millis(2),
            batch_max: 64,
            batch_bytes_max: 64 << 10,
            queue_max: 1024,
            queue_bytes_max: 32 << 20,
            deadline: Some(Duration::from_secs(30)),
        }
    }
}

impl ServiceConfig {
    /// Sets [`workers`](Self::workers).
    #[must_use]
    pub const fn with_workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Sets [`wait_max`](Self::wait_max).
    #[must_use]
    pub const fn with_wait_max(mut self, wait_max: Duration) -> Self {
        self.wait_max = wait_max;
        self
    }

    /// Sets [`batch_max`](Self::batch_max).
    #[must_use]
    pub const fn with_batch_max(mut self, batch_max: usize) -> Self {
        self.batch_max = batch_max;
        self
    }

    /// Sets [`batch_bytes_max`](Self::batch_bytes_max).
    #[must_use]
    pub const fn with_batch_bytes_max(mut self, batch_bytes_max: usize) -> Self {
        self.batch_bytes_max = batch_bytes_max;
        self
    }

    /// Sets [`queue_max`](Self::queue_max).
    #[must_use]
    pub const fn with_queue_max(mut self, queue_max: usize) -> Self {
        self.queue_max = queue_max;
        self
    }

    /// Sets [`queue_bytes_max`](Self::queue_bytes_max).
    #[must_use]
    pub const fn with_queue_bytes_max(mut self, queue_bytes_max: usize) -> Self {
        self.queue_bytes_max = queue_bytes_max;
        self
    }

    /// Sets [`deadline`](Self::deadline).
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Option<Duration>) -> Self {
        self.deadline = deadline;
        self
    }

    /// A service that could answer nothing is not started.
    pub(crate) fn validate(&self) -> Result<(), ServiceError> {
        let fields = [
            ("workers", self.workers),
            ("batch_max", self.batch_max),
            ("queue_max", self.queue_max),
            ("queue_bytes_max", self.queue_bytes_max),
        ];
        match fields.into_iter().find(|&(_, value)| value == 0) {
            Some((field, _)) => Err(ServiceError::Setting { field }),
            None => Ok(()),
        }
    }
}
