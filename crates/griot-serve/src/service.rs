//! The service and its handles.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use griot::{Annotation, Linker, Pipeline};

use crate::queue::{Queue, Ticket};
use crate::slot::{Delivery, Reply, block_on};
use crate::tagger::PipelineTagger;
use crate::worker::{Shared, watch, work};
use crate::{Refused, Request, ServiceConfig, ServiceError, Tagger, Task, measure};

/// A pipeline and the threads that run it.
///
/// Dropping it closes it: no more requests are taken, and those accepted are still
/// answered by its threads. [`shutdown`](Self::shutdown) also waits for them.
pub struct Service {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// Asks a [`Service`]; `Clone + Send + Sync`, and a clone costs nothing.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

/// A request that was accepted: a future of its result, for any executor.
///
/// Dropping it cancels the request: its place in the queue is free at once and its
/// work is not done, unless its batch runs already.
#[must_use = "dropping it cancels the request"]
pub struct Pending {
    /// `None` once the reply was fetched.
    ticket: Option<Ticket>,
    shared: Arc<Shared>,
}

/// How much there is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Requests that wait for a batch.
    pub waiting: usize,
    /// Their text, in bytes.
    pub waiting_bytes: usize,
    /// Requests in the batches that run.
    pub running: usize,
}

impl Service {
    /// Starts a service around `pipeline`, which links if it has a linker.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Setting`] for a `config` under which nothing could be
    /// answered, [`ServiceError::Thread`] if a thread cannot be started.
    pub fn start(pipeline: Pipeline, config: ServiceConfig) -> Result<Self, ServiceError> {
        Self::start_with(PipelineTagger::new(pipeline), config)
    }

    /// Starts a service around any [`Tagger`].
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_with(tagger: impl Tagger, config: ServiceConfig) -> Result<Self, ServiceError> {
        config.validate()?;
        let n_workers = config.workers;
        let shared = Arc::new(Shared::new(Queue::new(config), Box::new(tagger)));
        // From here on, dropping the service ends the threads that were started.
        let mut service = Self {
            shared,
            threads: Vec::with_capacity(n_workers + 1),
        };
        service.spawn("griot-clock".to_owned(), watch)?;
        for number in 0..n_workers {
            service.spawn(format!("griot-worker-{number}"), work)?;
        }
        Ok(service)
    }

    /// A handle to ask it with.
    pub fn handle(&self) -> Handle {
        Handle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Takes no more requests, answers those accepted, and ends the threads. Blocks
    /// until then: in an async program, call it where blocking is allowed.
    pub fn shutdown(mut self) {
        self.close();
        for thread in self.threads.drain(..) {
            // They end with an error only if griot-serve itself panics, and that
            // was reported then.
            let _ = thread.join();
        }
    }

    fn spawn(&mut self, name: String, run: fn(&Arc<Shared>)) -> Result<(), ServiceError> {
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new().name(name);
        let thread = thread
            .spawn(move || run(&shared))
            .map_err(|source| ServiceError::Thread { source })?;
        self.threads.push(thread);
        Ok(())
    }

    fn close(&self) {
        self.shared.lock().close();
        self.shared.work.notify_all();
        self.shared.clock.notify_all();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.close();
    }
}

impl Handle {
    /// The mentions of `text`.
    ///
    /// # Errors
    ///
    /// Why it was refused, or not answered.
    pub async fn tag(&self, text: impl Into<String>) -> Result<Annotation, ServiceError> {
        self.run(Request::text(text, Task::Tag)?).await
    }

    /// The mentions of `text` and what they mean.
    ///
    /// # Errors
    ///
    /// Why it was refused, or not answered.
    pub async fn link(&self, text: impl Into<String>) -> Result<Annotation, ServiceError> {
        self.run(Request::text(text, Task::Link)?).await
    }

    /// The result of `request`.
    ///
    /// # Errors
    ///
    /// Why it was refused, or not answered.
    pub async fn run(&self, request: Request) -> Result<Annotation, ServiceError> {
        match self.submit(request) {
            Ok(pending) => pending.await,
            Err(refused) => Err(refused.reason),
        }
    }

    /// As [`tag`](Self::tag), without a runtime: this thread sleeps until the reply
    /// is there.
    ///
    /// # Errors
    ///
    /// Why it was refused, or not answered.
    pub fn tag_blocking(&self, text: impl Into<String>) -> Result<Annotation, ServiceError> {
        block_on(self.tag(text))
    }

    /// As [`link`](Self::link), without a runtime.
    ///
    /// # Errors
    ///
    /// Why it was refused, or not answered.
    pub fn link_blocking(&self, text: impl Into<String>) -> Result<Annotation, ServiceError> {
        block_on(self.link(text))
    }

    /// As [`run`](Self::run), without a runtime.
    ///
    /// # Errors
    ///
    /// Why it was refused, or not answered.
    pub fn run_blocking(&self, request: Request) -> Result<Annotation, ServiceError> {
        block_on(self.run(request))
    }

    /// Puts `request` in the queue, without waiting.
    ///
    /// # Errors
    ///
    /// [`Refused`], with the request, if the queue is full or closed, if the request
    /// could never fit, or if it wants links and there is no linker.
    #[expect(clippy::missing_panics_doc, reason = "one request gets one ticket")]
    pub fn submit(&self, request: Request) -> Result<Pending, Refused> {
        let mut pending = self.submit_all(vec![request])?;
        Ok(pending.pop().expect("one request, one ticket"))
    }

    /// Puts all of `requests` in the queue or none, without waiting. Results come in
    /// their order.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub fn submit_all(&self, requests: Vec<Request>) -> Result<Vec<Pending>, Refused> {
        let n_requests = requests.len();
        let wants_links = |request: &Request| request.task != Task::Tag;
        let result = if self.linker().is_none() && requests.iter().any(wants_links) {
            Err((requests, ServiceError::NoLinker))
        } else {
            self.push(requests)
        };
        let tickets = result.map_err(|(requests, reason)| {
            measure::refused(n_requests);
            tracing::debug!(n_requests, %reason, "refused");
            Refused { requests, reason }
        })?;
        let pending = |ticket| Pending {
            ticket: Some(ticket),
            shared: Arc::clone(&self.shared),
        };
        Ok(tickets.into_iter().map(pending).collect())
    }

    /// How much there is to do.
    pub fn load(&self) -> Load {
        self.shared.lock().load()
    }

    /// Whether it takes requests, which it does until the service is shut down.
    pub fn is_open(&self) -> bool {
        self.shared.lock().is_open()
    }

    /// Name of the model.
    pub fn model(&self) -> &str {
        self.shared.tagger.model()
    }

    /// What links, if anything does. To link one text, ask the service; this is for
    /// its knowledge base and its [`Resolver`](griot::Resolver).
    pub fn linker(&self) -> Option<&Linker> {
        self.shared.tagger.linker()
    }

    fn push(&self, requests: Vec<Request>) -> Result<Vec<Ticket>, (Vec<Request>, ServiceError)> {
        let several = requests.len() > 1;
        let mut queue = self.shared.lock();
        let deadline_before = queue.first_deadline();
        let tickets = queue.push(requests, Instant::now())?;
        measure::load(queue.load());
        let is_earlier = queue.first_deadline() != deadline_before;
        drop(queue);
        if several {
            self.shared.work.notify_all();
        } else {
            self.shared.work.notify_one();
        }
        if is_earlier {
            self.shared.clock.notify_one();
        }
        Ok(tickets)
    }
}

impl Pending {
    /// Waits for the result without a runtime: this thread sleeps until it is there.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn wait(self) -> Result<Annotation, ServiceError> {
        block_on(self)
    }
}

impl Future for Pending {
    type Output = Reply;

    /// # Panics
    ///
    /// If polled again after it was ready.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply> {
        let ticket = self.ticket.as_ref().expect("polled after it was ready");
        let reply = ticket.slot.poll(context);
        if reply.is_ready() {
            self.ticket = None;
        }
        reply
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.take() else {
            return;
        };
        if ticket.slot.close() == Delivery::Delivered {
            // The reply was there, and nobody looked at it.
            return;
        }
        measure::cancelled();
        let mut queue = self.shared.lock();
        queue.cancel(&ticket);
        measure::load(queue.load());
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let load = self.shared.lock().load();
        f.debug_struct("Service")
            .field("load", &load)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("load", &self.load())
            .finish()
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}
