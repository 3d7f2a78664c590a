//! Knowledge bases: what entities there are and what they are called.

mod alias;
mod base;
mod blocking;
pub mod build;
mod bytes;
mod candidates;
mod codec;
mod columns;
mod container;
mod dict;
mod edit;
pub mod entity;
mod error;
mod filter;
mod ids;
mod manifest;
mod near;
mod overlaid;
pub mod overlay;
mod pool;
mod postings;
#[cfg(feature = "build")]
pub mod read;
mod record;
pub mod source;
mod tables;
mod verify;

pub use base::KnowledgeBase;
pub use build::{BuildConfig, BuildError, BuildReport, KbBuilder, Skipped};
pub use container::Validation;
pub use entity::Entity;
pub use error::KbError;
pub use manifest::{Info, Manifest};
pub use overlaid::Overlaid;
pub use overlay::{Overlay, OverlayError};
pub use source::{
    AliasKind, CandidateSource, Decisions, EntityName, EntityRef, Facts, Hit, Lang, Matched,
};
