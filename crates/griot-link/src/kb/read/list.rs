//! A file of entities, in whichever form.

use std::io::{self, BufRead};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::{LineError, Reason, ReadError, csv, input, jsonl};
use crate::kb::Entity;

/// A form that entities come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// [`jsonl`].
    Jsonl,
    /// [`csv`](super::csv).
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

/// The entities of the list in `path`, which is JSON Lines or CSV and may be
/// compressed. `ignored` is called with the columns that are not read, if any.
///
/// # Errors
///
/// [`ReadError::Io`] if the file cannot be opened, [`ReadError::Line`] if it is CSV
/// without a header that will do, or a dump of Wikidata, which is no list.
pub fn open(path: &Path, ignored: &mut dyn FnMut(&[String])) -> Result<Entities, ReadError> {
    let io = |action| ReadError::io(action, path);
    let mut reader = input::open(path, &Arc::new(AtomicU64::new(0))).map_err(io("open"))?;
    match Format::detect(&mut reader).map_err(io("read"))? {
        Format::Jsonl => Ok(Box::new(jsonl::entities(reader))),
        Format::Csv => {
            let entities = csv::entities(reader).map_err(|source| ReadError::Line {
                path: path.to_owned(),
                source,
            })?;
            if !entities.ignored_columns().is_empty() {
                ignored(entities.ignored_columns());
            }
            Ok(Box::new(entities))
        }
        Format::Wikidata => Err(ReadError::Line {
            path: path.to_owned(),
            source: LineError {
                line: 1,
                reason: Reason::Dump,
            },
        }),
    }
}
