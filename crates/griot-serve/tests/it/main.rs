//! What a service promises, under load and when things go wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
mod faults;
mod http;
mod openapi;
mod service;
mod stream;
