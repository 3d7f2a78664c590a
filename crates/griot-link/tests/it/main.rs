//! Knowledge bases from the outside.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod build;
mod hostile;
mod overlay;
mod round_trip;
