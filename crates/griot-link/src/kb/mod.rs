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
mod pool;
mod postings;
#[cfg(feature = "build")]
pub mod read;
mod record;
pub mod source;
mod tables;

pub use base::KnowledgeBase;
pub use build::{BuildConfig, BuildError, BuildReport, KbBuilder, Skipped};
pub use container::Validation;
pub use entity::Entity;
pub use error::KbError;
pub use manifest::{Info, Manifest};
pub use source::{AliasKind, CandidateSource, EntityName, EntityRef, Facts, Hit, Lang, Matched};
