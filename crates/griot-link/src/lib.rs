//! From mentions to entities, across spellings, scripts and documents.
//!
//! A [`Linker`] takes the mentions of a text to the entities of a
//! [`KnowledgeBase`], or says that they are not in it; a [`Resolver`] gives one
//! identifier to one entity over a whole collection. Nothing here runs a neural
//! network: mentions may come from any recognizer.
//!
//! | module | what it holds |
//! |---|---|
//! | [`name`] | what makes two spellings one name, in any script |
//! | [`kb`] | knowledge bases: one file, opened in milliseconds, built from any list |
//! | [`linker`] | [`Linker`]: mentions to links, one document at a time |
//! | [`collection`] | [`Resolver`]: one identifier for one entity over many documents |
//! | [`training`] | training the weights that rank candidates |

#![deny(unsafe_code)]

mod alike;
mod bodies;
pub mod collection;
mod document;
pub mod kb;
pub mod linker;
mod metonymy;
pub mod name;
mod rank;
#[cfg(test)]
mod testing;
pub mod training;

pub use bodies::state_body_key;
pub use collection::{Resolved, Resolver, Spelling};
pub use kb::{CandidateSource, Entity, KnowledgeBase};
pub use linker::{Linker, LinkerConfig};
