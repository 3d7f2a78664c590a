//! What the owner of a server chooses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Prometheus;

/// Settings of [`router`](super::router) and [`serve`](super::serve).
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpConfig {
    /// Largest JSON body, and largest line of a stream, in bytes; beyond it 413.
    /// Default 8 MiB.
    pub body_bytes_max: usize,
    /// Documents in one JSON body, at most; beyond it 413. Default 256.
    pub documents_max: usize,
    /// Longest text, in bytes; beyond it 413. Default 1 MiB: some minutes of work
    /// would hold up all others.
    pub text_bytes_max: usize,
    /// Documents of one stream that are in the queue at once; default 32.
    pub stream_window: usize,
    /// Time for a JSON body to arrive, and longest silence in a stream; beyond it
    /// 408. Default 30 s.
    pub body_timeout: Duration,
    /// Time for the head of a request to arrive, and for the next request on a
    /// connection that is kept open; beyond it the connection is closed. Default
    /// 15 s. Only [`serve`](super::serve).
    pub head_timeout: Duration,
    /// Longest time in which a client takes nothing of its response; beyond it the
    /// connection is closed. Default 30 s. Only [`serve`](super::serve).
    pub write_timeout: Duration,
    /// Connections at once; others wait to be accepted. Default 1024. Only
    /// [`serve`](super::serve).
    pub connections_max: usize,
    /// Time that requests have to end once the server shuts down; default 30 s. Only
    /// [`serve`](super::serve).
    pub drain_timeout: Duration,
    pub(crate) token: Option<Arc<str>>,
    pub(crate) metrics: Option<Prometheus>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            body_bytes_max: 8 << 20,
            documents_max: 256,
            text_bytes_max: 1 << 20,
            stream_window: 32,
            body_timeout: Duration::from_secs(30),
            head_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(30),
            connections_max: 1024,
            drain_timeout: Duration::from_secs(30),
            token: None,
            metrics: None,
        }
    }
}

impl HttpConfig {
    /// Asks for `Authorization: Bearer token`, compared in constant time, on all
    /// routes but `/healthz`, `/readyz` and `/openapi.json`. Default: nothing is
    /// asked.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<Arc<str>>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Serves these metrics at `/metrics`; without it, 404.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Prometheus) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Sets [`body_bytes_max`](Self::body_bytes_max).
    #[must_use]
    pub const fn with_body_bytes_max(mut self, body_bytes_max: usize) -> Self {
        self.body_bytes_max = body_bytes_max;
        self
    }

    /// Sets [`documents_max`](Self::documents_max).
    #[must_use]
    pub const fn with_documents_max(mut self, documents_max: usize) -> Self {
        self.documents_max = documents_max;
        self
    }

    /// Sets [`text_bytes_max`](Self::text_bytes_max).
    #[must_use]
    pub const fn with_text_bytes_max(mut self, text_bytes_max: usize) -> Self {
        self.text_bytes_max = text_bytes_max;
        self
    }

    /// Sets [`stream_window`](Self::stream_window); 0 counts as 1.
    #[must_use]
    pub const fn with_stream_window(mut self, stream_window: usize) -> Self {
        self.stream_window = stream_window;
        self
    }

    /// Sets [`body_timeout`](Self::body_timeout).
    #[must_use]
    pub const fn with_body_timeout(mut self, body_timeout: Duration) -> Self {
        self.body_timeout = body_timeout;
        self
    }

    /// Sets [`head_timeout`](Self::head_timeout).
    #[must_use]
    pub const fn with_head_timeout(mut self, head_timeout: Duration) -> Self {
        self.head_timeout = head_timeout;
        self
    }

    /// Sets [`write_timeout`](Self::write_timeout).
    #[must_use]
    pub const fn with_write_timeout(mut self, write_timeout: Duration) -> Self {
        self.write_timeout = write_timeout;
        self
    }

    /// Sets [`connections_max`](Self::connections_max).
    #[must_use]
    pub const fn with_connections_max(mut self, connections_max: usize) -> Self {
        self.connections_max = connections_max;
        self
    }

    /// Sets [`drain_timeout`](Self::drain_timeout).
    #[must_use]
    pub const fn with_drain_timeout(mut self, drain_timeout: Duration) -> Self {
        self.drain_timeout = drain_timeout;
        self
    }
}

impl fmt::Debug for HttpConfig {
    /// Everything but the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpConfig")
            .field("body_bytes_max", &self.body_bytes_max)
            .field("documents_max", &self.documents_max)
            .field("text_bytes_max", &self.text_bytes_max)
            .field("connections_max", &self.connections_max)
            .field("has_token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}
