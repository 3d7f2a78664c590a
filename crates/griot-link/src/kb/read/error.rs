//! What can go wrong while reading entities.

use std::io;
use std::path::PathBuf;

/// A line that gave no entity.
#[derive(Debug, thiserror::Error)]
#[error("line {line}")]
pub struct LineError {
    /// Number of the line, from 1. For a CSV record of several lines, the first.
    pub line: u64,
    /// What is wrong with it.
    #[source]
    pub reason: Reason,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Reading failed; nothing comes after this.
    #[error("cannot be read")]
    Read {
        /// What the system or the decompressor said.
        #[from]
        source: io::Error,
    },

    /// Not UTF-8.
    #[error("is not UTF-8 from byte {valid_up_to} on")]
    Utf8 {
        /// Bytes of the line that are.
        valid_up_to: usize,
    },

    /// Not JSON, or not of the shape that is expected.
    #[error("is not a record")]
    Json {
        /// What the parser said; its line number is always 1.
        #[from]
        source: serde_json::Error,
    },

    /// Not CSV, or not of the shape that is expected.
    #[error("is not a record")]
    Csv {
        /// What the parser said.
        #[from]
        source: csv::Error,
    },

    /// A field that every record must have is missing or empty.
    #[error("no field {field:?}")]
    NoField {
        /// Name of the field or column.
        field: &'static str,
    },

    /// A field has a value that cannot be used.
    #[error("field {field:?} is {value:?}, not {expected}")]
    Field {
        /// Name of the field or column.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        expected: &'static str,
    },

    /// Longer than any record is.
    #[error("is longer than {bytes_max} bytes")]
    TooLong {
        /// The limit.
        bytes_max: usize,
    },

    /// A dump of Wikidata where a list of entities must be.
    #[error("is of a dump of Wikidata, not of a list of entities")]
    Dump,

    /// More columns than the header has.
    #[error("{n_columns} columns, where the header has {n_header}")]
    Columns {
        /// Columns of the record.
        n_columns: usize,
        /// Columns of the header.
        n_header: usize,
    },
}

/// Why reading ended before its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A file could not be opened, read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A wrong line, where no line may be wrong.
    #[error("{}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line.
        source: LineError,
    },

    /// A file of settings is wrong: a manifest, or a list of classes.
    #[error("{} is wrong", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: Box<toml::de::Error>,
    },

    /// A setting has a value that cannot be used.
    #[error("{field} is {value:?}, not {expected}")]
    Setting {
        /// Its name.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        expected: &'static str,
    },

    /// A work folder holds the state of another input or of other options.
    #[error("{} belongs to another build: {field} was {before}, is {now}", path.display())]
    OtherWork {
        /// The work folder.
        path: PathBuf,
        /// What differs.
        field: &'static str,
        /// Its value in the work folder.
        before: String,
        /// Its value now.
        now: String,
    },

    /// The checkpoint of a work folder cannot be read.
    #[error("{} is not a checkpoint", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },

    /// Whoever watched asked to stop.
    #[error("stopped")]
    Stopped,
}

impl ReadError {
    /// Wraps an error of `action` on `path`.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
