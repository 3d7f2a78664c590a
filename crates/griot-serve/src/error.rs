//! Why a request was not answered.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::Request;

/// Why a service did not answer a request, or did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The queue is full. Nothing was done; try again later.
    #[error("overloaded: {n_requests} requests with {n_bytes} bytes of text are waiting")]
    Overloaded {
        /// Requests that wait.
        n_requests: usize,
        /// Their text, in bytes.
        n_bytes: usize,
    },

    /// The requests would not fit the queue if it were empty.
    #[error(
        "{n_requests} requests with {n_bytes} bytes of text at once, \
         the limits are {requests_max} and {bytes_max}"
    )]
    TooLarge {
        /// Requests submitted together.
        n_requests: usize,
        /// Their text, in bytes.
        n_bytes: usize,
        /// Most requests that the queue holds.
        requests_max: usize,
        /// Most text that the queue holds, in bytes.
        bytes_max: usize,
    },

    /// The service takes no more requests.
    #[error("the service is shutting down")]
    ShuttingDown,

    /// There was no reply in time.
    #[error("no reply within {waited:.1?}")]
    DeadlineExceeded {
        /// Time since the request was submitted.
        waited: Duration,
    },

    /// The pipeline panicked on this request.
    #[error("the pipeline panicked: {message}")]
    Panicked {
        /// What the panic said.
        message: String,
    },

    /// The pipeline could not annotate the document.
    #[error(transparent)]
    Annotate(Box<griot::Error>),

    /// Links were asked of a pipeline that has no linker.
    #[error("the pipeline has no linker")]
    NoLinker,

    /// A given mention is not a span of its text.
    #[error("mention {start}..{end} is not a span of the text of {id:?}")]
    Span {
        /// Identifier of the document.
        id: String,
        /// Start of the mention, in bytes.
        start: u32,
        /// End of the mention, in bytes, exclusive.
        end: u32,
    },

    /// A [`Tagger`](crate::Tagger) broke its contract of one result a request.
    #[error("the tagger gave {found} results for {expected} requests")]
    Results {
        /// Requests in the batch.
        expected: usize,
        /// Results that came.
        found: usize,
    },

    /// A field of [`ServiceConfig`](crate::ServiceConfig) is zero.
    #[error("`{field}` is 0, expected at least 1")]
    Setting {
        /// Name of the field.
        field: &'static str,
    },

    /// The threads of the service cannot be started.
    #[error("cannot start a thread")]
    Thread {
        /// What the system said.
        source: io::Error,
    },
}

impl From<griot::Error> for ServiceError {
    fn from(error: griot::Error) -> Self {
        Self::Annotate(Box::new(error))
    }
}

/// Requests that were not accepted, and why: they come back whole, to be tried
/// again or elsewhere.
pub struct Refused {
    /// The requests, in their order.
    pub requests: Vec<Request>,
    /// Why; mostly [`ServiceError::Overloaded`].
    pub reason: ServiceError,
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused")
            .field("n_requests", &self.requests.len())
            .field("reason", &self.reason)
            .finish()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.reason.source()
    }
}
