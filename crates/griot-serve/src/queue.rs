//! What waits, and when it becomes a batch. No threads and no clock in here: times
//! are given.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use crate::slot::Slot;
use crate::{Load, Request, ServiceConfig, ServiceError};

/// The requests of a service, first come, first served.
#[derive(Debug)]
pub(crate) struct Queue {
    config: ServiceConfig,
    /// Waiting, by ascending number.
    jobs: VecDeque<Job>,
    /// Text of `jobs`, in bytes.
    n_bytes: usize,
    n_running: usize,
    /// Waiting or running requests that have a deadline.
    deadlines: BTreeMap<(Instant, u64), Timed>,
    next: u64,
    phase: Phase,
    company: Company,
}

/// A request in the queue or in a batch.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) ticket: Ticket,
    pub(crate) request: Request,
}

/// Who waits for a request.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    number: u64,
    deadline: Option<Instant>,
    pub(crate) submitted: Instant,
    pub(crate) slot: Arc<Slot>,
}

/// A request whose time may run out.
#[derive(Debug)]
pub(crate) struct Timed {
    pub(crate) submitted: Instant,
    pub(crate) slot: Arc<Slot>,
}

/// What a worker shall do.
#[derive(Debug)]
pub(crate) enum Next {
    Run(Vec<Job>),
    /// Others may come until then.
    WaitUntil(Instant),
    /// Nothing waits.
    Idle,
    /// Nothing waits and nothing will.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// Takes no more requests.
    Draining,
}

/// Whether requests come together, which is when waiting for more is worth it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Company {
    Alone,
    Others,
}

impl Queue {
    pub(crate) fn new(config: ServiceConfig) -> Self {
        Self {
            config,
            jobs: VecDeque::new(),
            n_bytes: 0,
            n_running: 0,
            deadlines: BTreeMap::new(),
            next: 0,
            phase: Phase::Open,
            company: Company::Alone,
        }
    }

    /// Takes all of `requests` or none, and gives the tickets in their order.
    pub(crate) fn push(
        &mut self,
        requests: Vec<Request>,
        now: Instant,
    ) -> Result<Vec<Ticket>, (Vec<Request>, ServiceError)> {
        let n_bytes: usize = requests.iter().map(Request::n_bytes).sum();
        if let Some(reason) = self.reason_against(requests.len(), n_bytes) {
            return Err((requests, reason));
        }
        self.n_bytes += n_bytes;
        Ok(requests
            .into_iter()
            .map(|request| self.push_one(request, now))
            .collect())
    }

    /// Forgets a request that nobody waits for any more, waiting or running.
    pub(crate) fn cancel(&mut self, ticket: &Ticket) {
        self.forget_deadline(ticket);
        self.remove(ticket.number);
    }

    /// Removes the requests whose time is over; they are to be told.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Timed> {
        let mut expired = Vec::new();
        while let Some(entry) = self.deadlines.first_entry()
            && entry.key().0 <= now
        {
            let ((_, number), timed) = entry.remove_entry();
            self.remove(number);
            expired.push(timed);
        }
        expired
    }

    /// When the next deadline is.
    pub(crate) fn first_deadline(&self) -> Option<Instant> {
        let (&(deadline, _), _) = self.deadlines.first_key_value()?;
        Some(deadline)
    }

    /// A batch, if it is time for one. Its requests run until
    /// [`finish`](Self::finish).
    pub(crate) fn next(&mut self, now: Instant) -> Next {
        let Some(oldest) = self.jobs.front() else {
            return match self.phase {
                Phase::Open => Next::Idle,
                Phase::Draining => Next::End,
            };
        };
        let is_full =
            self.jobs.len() >= self.config.batch_max || self.n_bytes >= self.config.batch_bytes_max;
        let until = oldest.ticket.submitted + self.config.wait_max;
        let may_wait = self.phase == Phase::Open && self.company == Company::Others;
        if may_wait && !is_full && now < until {
            return Next::WaitUntil(until);
        }
        Next::Run(self.take())
    }

    /// Requests of a batch are answered.
    pub(crate) fn finish<'a>(&mut self, tickets: impl IntoIterator<Item = &'a Ticket>) {
        for ticket in tickets {
            self.n_running -= 1;
            self.forget_deadline(ticket);
        }
    }

    /// Takes no more requests.
    pub(crate) fn close(&mut self) {
        self.phase = Phase::Draining;
    }

    pub(crate) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    pub(crate) fn load(&self) -> Load {
        Load {
            waiting: self.jobs.len(),
            waiting_bytes: self.n_bytes,
            running: self.n_running,
        }
    }

    fn reason_against(&self, n_requests: usize, n_bytes: usize) -> Option<ServiceError> {
        let (requests_max, bytes_max) = (self.config.queue_max, self.config.queue_bytes_max);
        if self.phase == Phase::Draining {
            Some(ServiceError::ShuttingDown)
        } else if n_requests > requests_max || n_bytes > bytes_max {
            Some(ServiceError::TooLarge {
                n_requests,
                n_bytes,
                requests_max,
                bytes_max,
            })
        } else if self.jobs.len() + n_requests > requests_max || self.n_bytes + n_bytes > bytes_max
        {
            Some(ServiceError::Overloaded {
                n_requests: self.jobs.len(),
                n_bytes: self.n_bytes,
            })
        } else {
            None
        }
    }

    fn push_one(&mut self, request: Request, now: Instant) -> Ticket {
        let number = self.next;
        self.next += 1;
        let time = request.deadline.or(self.config.deadline);
        // A deadline beyond what the system's clock can count is none.
        let deadline = time.and_then(|time| now.checked_add(time));
        let slot = Arc::<Slot>::default();
        if let Some(deadline) = deadline {
            let timed = Timed {
                submitted: now,
                slot: Arc::clone(&slot),
            };
            self.deadlines.insert((deadline, number), timed);
        }
        let ticket = Ticket {
            number,
            deadline,
            submitted: now,
            slot,
        };
        self.jobs.push_back(Job {
            ticket: ticket.clone(),
            request,
        });
        ticket
    }

    fn forget_deadline(&mut self, ticket: &Ticket) {
        if let Some(deadline) = ticket.deadline {
            self.deadlines.remove(&(deadline, ticket.number));
        }
    }

    /// Removes a request if it still waits.
    fn remove(&mut self, number: u64) {
        let place = self
            .jobs
            .binary_search_by_key(&number, |job| job.ticket.number);
        if let Some(job) = place.ok().and_then(|place| self.jobs.remove(place)) {
            self.n_bytes -= job.request.n_bytes();
        }
    }

    /// The oldest requests up to the limits of a batch, at least one.
    fn take(&mut self) -> Vec<Job> {
        let mut n_jobs = 0;
        let mut n_bytes = 0;
        for job in &self.jobs {
            let joined = n_bytes + job.request.n_bytes();
            let fits = n_jobs < self.config.batch_max && joined <= self.config.batch_bytes_max;
            if n_jobs > 0 && !fits {
                break;
            }
            n_jobs += 1;
            n_bytes = joined;
        }
        let batch: Vec<Job> = self.jobs.drain(..n_jobs).collect();
        self.n_bytes -= n_bytes;
        self.n_running += n_jobs;
        self.company = if n_jobs > 1 || !self.jobs.is_empty() {
            Company::Others
        } else {
            Company::Alone
        };
        batch
    }
}

#[cfg(test)]
mod tests;
