//! A file of entities, in whichever form.

use std::collections::BTreeSet;
use std::io::{self, BufRead};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::manifest::{Event, Watch};
use super::{Languages, LineError, Merged, ReadError, Reason, csv, input, jsonl};
use crate::kb::Entity;

/// A form that entities come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// [`jsonl`].
    Jsonl,
    /// [`csv`](mod@super::csv).
    Csv,
    /// [`wikidata`](super::wikidata).
    Wikidata,
}

impl Format {
    /// The form of `reader`, told by its beginning, which stays to be read.
    ///
    /// # Errors
    ///
    /// What `reader` says.
    pub fn detect(reader: &mut dyn BufRead) -> io::Result<Self> {
        let start = reader.fill_buf()?;
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let start = start.trim_ascii_start();
        let line = memchr::memchr(b'\n', start).map_or(start, |end| &start[..end]);
        let has = |key: &[u8]| memchr::memmem::find(line, key).is_some();
        Ok(match start.first() {
            Some(b'[') => Self::Wikidata,
            // Both of them, as a list of entities may well have one.
            Some(b'{') if has(b"\"labels\"") && !has(b"\"name\"") => Self::Wikidata,
            Some(b'{') if has(b"\"entities\"") && !has(b"\"name\"") => Self::Wikidata,
            Some(b'{') => Self::Jsonl,
            _ => Self::Csv,
        })
    }
}

/// The entities of a list.
pub type Entities = Box<dyn Iterator<Item = Result<Entity, LineError>>>;

/// The entities of the list in `path`, which may be compressed. The form is told by
/// the beginning if it is not given. `ignored` is called with the columns that are
/// not read, if any.
///
/// # Errors
///
/// [`ReadError::Io`] if the file cannot be opened, [`ReadError::Line`] if it is CSV
/// without a header that will do, or a dump of Wikidata, which is no list.
pub fn open(
    path: &Path,
    format: Option<Format>,
    ignored: &mut dyn FnMut(&[String]),
) -> Result<Entities, ReadError> {
    let io = |action| ReadError::io(action, path);
    let at_line = |source| ReadError::Line {
        path: path.to_owned(),
        source,
    };
    let mut reader = input::open(path, &Arc::new(AtomicU64::new(0))).map_err(io("open"))?;
    let format = match format {
        Some(format) => format,
        None => Format::detect(&mut reader).map_err(io("read"))?,
    };
    match format {
        Format::Jsonl => Ok(Box::new(jsonl::entities(reader))),
        Format::Csv => {
            let entities = csv::entities(reader).map_err(at_line)?;
            if !entities.ignored_columns().is_empty() {
                ignored(entities.ignored_columns());
            }
            Ok(Box::new(entities))
        }
        Format::Wikidata => Err(at_line(LineError {
            line: 1,
            reason: Reason::Dump,
        })),
    }
}

/// Adds to `merged` the entities of the list in `path`, but for those in `drop` and
/// names in languages that are not kept. `watch` is told of each wrong line, and may
/// break, for none to be wrong.
pub(super) fn merge(
    path: &Path,
    format: Option<Format>,
    languages: &Languages,
    drop: &BTreeSet<&str>,
    merged: &mut Merged,
    watch: &mut Watch<'_>,
) -> Result<(), ReadError> {
    let mut columns = Vec::new();
    let entities = open(path, format, &mut |ignored| columns = ignored.to_vec())?;
    if !columns.is_empty() && watch(path, Event::IgnoredColumns(&columns)).is_break() {
        return Err(ReadError::Stopped);
    }
    for entity in entities {
        match entity {
            Ok(entity) if drop.contains(entity.id.as_str()) => {}
            Ok(mut entity) => {
                languages.retain(&mut entity.aliases);
                languages.retain(&mut entity.demonyms);
                merged.add(entity);
            }
            Err(error) => skip(path, error, watch)?,
        }
    }
    Ok(())
}

/// Tells of a line that is skipped, unless nothing can be read any more.
fn skip(path: &Path, error: LineError, watch: &mut Watch<'_>) -> Result<(), ReadError> {
    match error.reason {
        Reason::Read { source } => Err(ReadError::io("read", path)(source)),
        _ if watch(path, Event::Skipped(&error)).is_break() => Err(ReadError::Line {
            path: path.to_owned(),
            source: error,
        }),
        _ => Ok(()),
    }
}
