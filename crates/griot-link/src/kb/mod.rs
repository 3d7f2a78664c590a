//! Knowledge bases: what entities there are and what they are called.

pub mod entity;
#[cfg(feature = "build")]
pub mod read;
pub mod source;

pub use entity::Entity;
pub use source::{AliasKind, CandidateSource, EntityName, EntityRef, Facts, Hit, Lang, Matched};
