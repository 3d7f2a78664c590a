//! griot inside a service.
//!
//! A [`Service`] owns a [`Pipeline`](griot::Pipeline) and the threads that run it. Any
//! number of tasks and threads ask it through a [`Handle`]; requests that come
//! together are run together, which is what makes a model fast. It belongs to no
//! async runtime: its futures run under tokio, under any other executor, or under
//! none with the `_blocking` methods, and never block the thread that polls them.
//!
//! ```
//! use griot::Pipeline;
//! use griot_serve::{Service, ServiceConfig};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = Service::start(Pipeline::embedded()?, ServiceConfig::default())?;
//! let handle = service.handle(); // Clone + Send + Sync
//! let annotation = handle.tag("Macky Sall est à Dakar.").await?;
//! assert_eq!(annotation.surface(&annotation.mentions[1]), "Dakar");
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! | | |
//! |---|---|
//! | bounded | the queue has a limit in requests and in bytes; beyond it a request is refused with [`ServiceError::Overloaded`], at once |
//! | in time | a request that is not answered by its deadline fails with [`ServiceError::DeadlineExceeded`], whether it waits or runs |
//! | cancelled | dropping a [`Pending`] frees its place in the queue, and its work is not done |
//! | contained | if the pipeline panics, the request that made it fails with [`ServiceError::Panicked`]; the others of its batch are answered and the service lives |
//! | drained | [`Service::shutdown`] answers all that was accepted |
//!
//! # Metrics and traces
//!
//! It reports to the facades [`metrics`] and [`tracing`], and costs next to nothing
//! where no recorder and no subscriber is installed. [`measure`] lists the metrics.
//!
//! # Features
//!
//! | feature | effect |
//! |---|---|
//! | `http` (default) | [`router`], the HTTP interface for axum, and [`serve`](fn@serve), a server around it |

#![forbid(unsafe_code)]

mod config;
mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod measure;
mod queue;
mod request;
mod service;
mod slot;
mod tagger;
mod worker;

pub use config::ServiceConfig;
pub use error::{Refused, ServiceError};
#[cfg(feature = "http")]
pub use http::{HttpConfig, Prometheus, router, serve};
pub use request::{Request, Task};
pub use service::{Handle, Load, Pending, Service};
pub use tagger::{PipelineTagger, Tagger};
