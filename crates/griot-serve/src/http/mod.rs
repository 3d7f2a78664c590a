//! The HTTP interface: routes for axum, and a server around them.
//!
//! | route | what |
//! |---|---|
//! | `POST /v1/tag` | mentions of one text, a batch, or a stream of JSON Lines |
//! | `POST /v1/link` | the same with what they mean; given mentions are linked |
//! | `GET /healthz` | the process lives |
//! | `GET /readyz` | it takes requests |
//! | `GET /metrics` | Prometheus |
//! | `GET /openapi.json` | all of this for programs |
//!
//! Results are the records that [`griot::write::jsonl`] writes. Errors are
//! `application/problem+json` (RFC 9457).

mod auth;
mod body;
mod config;
mod documents;
mod options;
mod problem;
mod prometheus;
mod render;
mod routes;
mod server;
mod stream;

pub use config::HttpConfig;
pub use prometheus::{Prometheus, PrometheusError};
pub use routes::router;
pub use server::serve;

/// The `OpenAPI` document of the routes.
pub const OPENAPI: &str = include_str!("openapi.json");
