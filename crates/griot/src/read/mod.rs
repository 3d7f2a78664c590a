//! Files to documents, and annotation files to labelled spans: one module a
//! format.
//!
//! Nothing here but `open_file` opens a file: each reader takes bytes or an
//! [`io::Read`], and a `name` that its errors and default identifiers use.
//!
//! What is to be written in another format is read as [`Annotation`]s, by an
//! [`AnnotationReader`]; [`open`] makes the one of a [`Format`] that is only known at
//! run time.

pub mod brat;
pub mod conll;
pub mod csv;
mod evidence;
mod format;
pub mod gold;
pub mod hipe;
pub mod html;
pub mod jsonl;
mod lines;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod records;
pub mod text;

/// Opening files, compressed or not: gzip, bzip2, xz and Zstandard.
#[cfg(feature = "compression")]
pub use griot_link::kb::read::input::{decompress, open as open_file};

use std::cmp::Reverse;
use std::io;

use griot_text::{EntityId, Link, Mention, Target};

pub use format::{Format, open};

use crate::batch::Failure;
use crate::{Annotation, Error, LineError};

/// Reads annotated documents of one format, lazily.
///
/// Mentions are sorted, an outer one before those inside it; unlike those of a
/// pipeline they may overlap. `links` has those of the linked mentions: see
/// [`Annotation::linked`].
pub trait AnnotationReader: Iterator<Item = Result<Annotation, Error>> {
    /// Who made what was read last, if the format says.
    fn provenance(&self) -> Provenance {
        Provenance::default()
    }

    /// Mentions read so far whose place in a web page was left out, because the page
    /// is not at hand.
    fn n_unread(&self) -> u64 {
        0
    }
}

/// Who found the mentions of a document, and the entities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Name of the model.
    pub model: Option<String>,
    /// Version of the knowledge base.
    pub kb: Option<String>,
}

/// Sorts mentions as they come in the text, an outer one before those inside it.
fn sort(mentions: &mut [Mention]) {
    mentions.sort_by_key(|mention| (mention.span.start(), Reverse(mention.span.end())));
}

/// A link of which only the target is known.
fn link(mention: &Mention, target: Target, name: &str, stands_for: Option<EntityId>) -> Link {
    Link {
        mention: mention.clone(),
        target,
        name: name.to_owned(),
        label: mention.label.clone(),
        score: 1.0,
        candidates: Vec::new(),
        evidence: Vec::new(),
        stands_for,
    }
}

/// All of `reader`, or an error that names it.
fn read_all(name: &str, mut reader: impl io::Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    match reader.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(source) => Err(Error::Read {
            name: name.to_owned(),
            source,
        }),
    }
}

/// `bytes` as text, or an error that says where they are not.
fn decode(name: &str, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Error::NotUtf8 {
            name: name.to_owned(),
            byte: error.as_bytes()[offset],
            offset,
        }
    })
}

/// What is wrong with a line, and in which document, if that is clear.
fn line_failure(name: &str, line: u64, id: Option<String>, source: LineError) -> Failure {
    let name = name.to_owned();
    Failure::from(Error::Line { name, line, source }).with_id(id)
}
