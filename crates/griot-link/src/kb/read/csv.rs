//! CSV with a header: an entity a record.
//!
//! Columns, in any order: `id` and `name`, which must be there, `type`, `fine`,
//! `aliases`, `demonyms`, `description`, `country`, `iso`, `popularity`,
//! `neighbours`, `stands_for`, `redirects`; and `aliases:fr`, `demonyms:fr` for names
//! in one language. Several names in a field are separated by `|`. Fields are
//! separated by commas, semicolons or tabs, whichever the header has most of.

use std::io::{self, BufRead, Chain, Cursor, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::record::{Record, UNKNOWN};
use super::{LineError, Reason};
use crate::kb::Entity;

/// The entities of a CSV file, lazily. A wrong record is an error and the next one
/// is read all the same; after [`Reason::Read`] there is nothing more.
#[derive(Debug)]
pub struct Entities<R> {
    reader: Reader<Chain<Cursor<Vec<u8>>, R>>,
    columns: Vec<Column>,
    ignored: Vec<String>,
    ended: bool,
}

/// Reads the header of `reader`.
///
/// # Errors
///
/// [`LineError`] if there is no header, or none with `id` and `name`.
pub fn entities<R: BufRead>(mut reader: R) -> Result<Entities<R>, LineError> {
    let at_header = |reason| LineError { line: 1, reason };
    let mut header = Vec::new();
    reader
        .by_ref()
        .take(HEADER_BYTES_MAX)
        .read_until(b'\n', &mut header)
        .map_err(|source| at_header(Reason::Read { source }))?;
    if header.starts_with(b"\xef\xbb\xbf") {
        header.drain(..3);
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(&header))
        .flexible(true)
        .from_reader(Cursor::new(header).chain(reader));
    let header = reader.byte_headers().map_err(|e| at_header(e.into()))?;
    let (mut columns, mut ignored) = (Vec::new(), Vec::new());
    for name in header {
        let name = String::from_utf8_lossy(name);
        columns.push(Column::new(name.trim()));
        if columns.last() == Some(&Column::Ignored) {
            ignored.push(name.into_owned());
        }
    }
    for (field, column) in [("id", Column::Id), ("name", Column::Name)] {
        if !columns.contains(&column) {
            return Err(at_header(Reason::NoField { field }));
        }
    }
    Ok(Entities {
        reader,
        columns,
        ignored,
        ended: false,
    })
}

/// A header is longer than this only if the file is not CSV.
const HEADER_BYTES_MAX: u64 = 64 * 1024;

fn delimiter(header: &[u8]) -> u8 {
    let count = |delimiter: u8| memchr::memchr_iter(delimiter, header).count();
    // The first of several equals, as `max_by_key` gives the last.
    let delimiters = [b'\t', b';', b','];
    delimiters
        .into_iter()
        .max_by_key(|&delimiter| count(delimiter))
        .unwrap_or(b',')
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    Id,
    Name,
    Label,
    Fine,
    Aliases(String),
    Demonyms(String),
    Description,
    Country,
    Iso,
    Popularity,
    Neighbours,
    StandsFor,
    Redirects,
    Ignored,
}

impl Column {
    fn new(name: &str) -> Self {
        let name = name.to_lowercase();
        if let Some((field, language)) = name.split_once(':') {
            return match field {
                "aliases" => Self::Aliases(language.to_owned()),
                "demonyms" => Self::Demonyms(language.to_owned()),
                _ => Self::Ignored,
            };
        }
        match name.as_str() {
            "id" => Self::Id,
            "name" => Self::Name,
            "type" => Self::Label,
            "fine" => Self::Fine,
            "aliases" => Self::Aliases(UNKNOWN.to_owned()),
            "demonyms" => Self::Demonyms(UNKNOWN.to_owned()),
            "description" => Self::Description,
            "country" => Self::Country,
            "iso" => Self::Iso,
            "popularity" => Self::Popularity,
            "neighbours" => Self::Neighbours,
            "stands_for" => Self::StandsFor,
            "redirects" => Self::Redirects,
            _ => Self::Ignored,
        }
    }
}

impl<R: Read> Entities<R> {
    /// Columns whose names are not known and that are not read, in their order.
    pub fn ignored_columns(&self) -> &[String] {
        &self.ignored
    }

    fn entity(&self, record: &ByteRecord) -> Result<Entity, Reason> {
        if record.len() > self.columns.len() {
            return Err(Reason::Columns {
                n_columns: record.len(),
                n_header: self.columns.len(),
            });
        }
        let mut entity = Record::default();
        for (column, field) in self.columns.iter().zip(record) {
            if *column != Column::Ignored {
                set(&mut entity, column, super::input::text(field)?);
            }
        }
        entity.into_entity()
    }
}

fn set(record: &mut Record, column: &Column, text: &str) {
    match column {
        Column::Id => record.id = text.into(),
        Column::Name => record.name = text.into(),
        Column::Label => record.label = text.into(),
        Column::Fine => record.fine = text.into(),
        Column::Aliases(language) => record.aliases.add(language, text),
        Column::Demonyms(language) => record.demonyms.add(language, text),
        Column::Description => record.description = text.into(),
        Column::Country => record.country = text.into(),
        Column::Iso => record.iso = text.into(),
        Column::Popularity => record.popularity = text.into(),
        Column::Neighbours => record.neighbours = text.into(),
        Column::StandsFor => record.stands_for = text.into(),
        Column::Redirects => record.redirects = text.into(),
        Column::Ignored => {}
    }
}

impl<R: Read> Iterator for Entities<R> {
    type Item = Result<Entity, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut record = ByteRecord::new();
        let line = self.reader.position().line();
        match self.reader.read_byte_record(&mut record) {
            Ok(false) => {
                self.ended = true;
                None
            }
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                let entity = self.entity(&record);
                Some(entity.map_err(|reason| LineError { line, reason }))
            }
            Err(error) => {
                self.ended = error.is_io_error();
                let reason = match error.into_kind() {
                    csv::ErrorKind::Io(source) => Reason::Read { source },
                    kind => Reason::Read {
                        source: io::Error::other(format!("{kind:?}")),
                    },
                };
                Some(Err(LineError { line, reason }))
            }
        }
    }
}
