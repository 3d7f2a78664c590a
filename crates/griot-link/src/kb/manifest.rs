//! What a knowledge base says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a knowledge base says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Manifest {
    /// Short name, such as `starter`.
    pub name: String,
    /// Date of the sources, `YYYY-MM-DD`.
    pub source_date: String,
    /// License and credits of the sources, as text to show.
    pub license: String,
    /// Languages that names were kept of; empty for all.
    pub languages: Vec<String>,
    /// Number of entities.
    pub entities: u64,
    /// Number of names, those of one text and entity counted once.
    pub aliases: u64,
    /// Number of distinct name keys.
    pub keys: u64,
    /// Number of entities by type; the empty text for those without.
    pub types: BTreeMap<String, u64>,
    /// Version of this crate that wrote the file.
    pub builder: String,
}

/// What [`KnowledgeBase::info`](super::KnowledgeBase::info) tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info<'a> {
    /// Version of the file format.
    pub format: u32,
    /// What the file says of itself.
    pub manifest: &'a Manifest,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Length in bytes by section, in the order of the file.
    pub sections: Vec<(&'static str, u64)>,
}
