//! The JSON dump of Wikidata, one item a line.
//!
//! Type and country of an item can only be told when all items have been read, so a
//! dump is read once into a work folder, by [`prepare`], and what was kept of it a
//! second time, by [`Prepared::each`]. The work folder holds a few percent of the
//! dump, in shards with a checkpoint after each: a build that was killed goes on
//! where it was, apart from decompressing the input up to there.
//!
//! Read are `latest-all.json` (`[`, an item and a comma a line, `]`), plain or
//! compressed, JSON Lines of items, and answers of the API (`{"entities": {..}}`) on
//! one line. Of an item are kept:
//!
//! - labels and aliases in the languages that are asked for and in `mul`, with short,
//!   official, native and birth names, pseudonyms and nicknames;
//! - type and finer type, by the classes above its own ([`Ontology`]);
//! - the country, as the code of the country item that is named;
//! - what belongs to a place (demonyms), and of what country it is the capital;
//! - as neighbours, what it is part or member of, employers, parties, positions,
//!   places, heads;
//! - popularity, in `[0, 1]`: the larger of `ln(1 + pages) / ln(401)`, with the pages
//!   that the projects have of it, and `0.8 · ln(1 + inhabitants) / ln(30,000,001)`.
//!
//! What grows with the dump, in memory: 8 bytes for each pair of classes of which
//! one is part of the other, 12 for each class (some 100 MB for all of Wikidata), and
//! 8 for each redirect, if these are given.

mod claims;
mod classes;
mod emit;
mod item;
mod ontology;
mod pipeline;
mod scan;
mod skim;
#[cfg(test)]
mod tests;
mod work;

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use emit::Prepared;
pub use ontology::Ontology;
pub use scan::prepare;

use super::{Languages, LineError};

/// What is read of a dump, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Languages of names; the first that an item has gives its canonical name and
    /// description. All by default.
    pub languages: Languages,
    /// Types that are kept, such as `PER`; all if empty, the default.
    pub types: Vec<String>,
    /// Items with fewer pages in the projects are left out; 0 by default.
    pub sitelinks_min: u32,
    /// What classes and properties mean.
    pub ontology: Ontology,
    /// Redirects: a file with two identifiers a line, from and to, separated by a tab;
    /// may be compressed. None by default.
    pub redirects: Option<PathBuf>,
    /// Threads that parse, beside one that decompresses and the caller's; 2 by
    /// default.
    pub threads: NonZeroUsize,
    /// Bytes of the decompressed dump that go into one shard, and that are read again
    /// at most when a build goes on; 1 GiB by default.
    pub shard_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            languages: Languages::all(),
            types: Vec::new(),
            sitelinks_min: 0,
            ontology: Ontology::default(),
            redirects: None,
            threads: NonZeroUsize::new(2).expect("2 is not 0"),
            shard_bytes: 1 << 30,
        }
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counts {
    /// Items that could be read.
    pub n_items: u64,
    /// Lines that could not be read.
    pub n_bad: u64,
    /// Items that may become entities: those of a class, with a name and with enough
    /// pages.
    pub n_shelved: u64,
}

/// What became of the items that might become entities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Emitted {
    /// Entities that were given.
    pub n_entities: u64,
    /// Left out because of their class.
    pub n_dropped: u64,
    /// Left out because no class above theirs is known.
    pub n_unknown: u64,
    /// Left out because their type is not asked for.
    pub n_other_type: u64,
}

/// What is to be known while a dump is read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An earlier build goes on; so much of it was done.
    Resumed {
        /// What was counted until then.
        counts: Counts,
    },
    /// Reading goes on; comes about once for each MiB.
    Progress(Progress),
    /// A line could not be read.
    Skipped {
        /// The file.
        path: &'a Path,
        /// The line.
        error: &'a LineError,
    },
}

/// How far reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of the files that were read, as they are on disk.
    pub n_read: u64,
    /// Bytes of all the files.
    pub n_bytes: u64,
    /// Decompressed bytes of the current file that are done.
    pub n_decompressed: u64,
    /// What was counted so far.
    pub counts: Counts,
}

/// Told of events; breaks to stop.
pub type Watch<'a> = dyn FnMut(Event<'_>) -> ControlFlow<()> + 'a;
