//! Candidates for a cluster of mentions, and their order.

mod candidates;
mod context;
mod features;
mod hints;
mod memory;
mod model;

pub(crate) use candidates::{Proposal, propose};
pub(crate) use context::Context;
pub(crate) use features::{FEATURES, Features, features};
pub(crate) use hints::{Hints, qualifier};
pub(crate) use memory::Memory;
pub(crate) use model::Model;
