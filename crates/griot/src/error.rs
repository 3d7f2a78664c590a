//! What can go wrong, with the evidence.

use std::io;

use griot_text::{DocumentError, OffsetUnit, TagError};

use crate::labelled::unit_name;

/// Why a document could not be read, annotated or scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model could not be loaded or run.
    #[error(transparent)]
    Recognizer(#[from] griot_core::Error),

    /// The text is too long for the offsets of this library.
    #[error(transparent)]
    Document(#[from] DocumentError),

    /// One document could not be annotated; others of its batch may have been.
    #[error("cannot annotate {id:?}")]
    Annotate {
        /// Identifier of the document.
        id: String,
        /// What the recognizer said.
        source: griot_core::Error,
    },

    /// The bytes could not be read.
    #[error("cannot read {name:?}")]
    Read {
        /// File or stream.
        name: String,
        /// What the system said.
        source: io::Error,
    },

    /// A text is not UTF-8.
    #[error("{name:?} is not UTF-8: invalid byte {byte:#04x} at offset {offset}")]
    NotUtf8 {
        /// File or stream.
        name: String,
        /// First byte that is not UTF-8.
        byte: u8,
        /// Its offset, in bytes.
        offset: usize,
    },

    /// One line of a file is wrong; in JSON Lines the others can still be read.
    #[error("{name}:{line}")]
    Line {
        /// File or stream.
        name: String,
        /// Line number, from 1.
        line: u64,
        /// What is wrong with it.
        source: LineError,
    },

    /// A gold file is not JSON of the expected shape.
    #[error("{name:?} is not a gold annotation")]
    Gold {
        /// File or stream.
        name: String,
        /// What the parser said.
        source: serde_json::Error,
    },

    /// A mention of an annotation file contradicts itself.
    #[error("{id:?}: mention {start}..{end} of {text:?} has impossible offsets")]
    Mention {
        /// Identifier of the document.
        id: String,
        /// Start of the mention, in the file's unit.
        start: u32,
        /// End of the mention, exclusive.
        end: u32,
        /// Its text, empty if the file does not give it.
        text: String,
    },

    /// Gold and predictions count their offsets differently.
    #[error(
        "{id:?}: gold offsets count in {:?}, predicted ones in {:?}",
        unit_name(*gold),
        unit_name(*predicted)
    )]
    OffsetUnits {
        /// Identifier of the gold document.
        id: String,
        /// Unit of the gold file.
        gold: OffsetUnit,
        /// Unit of the predictions.
        predicted: OffsetUnit,
    },

    /// Surface forms are to be compared and a file gives none.
    #[error("{id:?}: mention {start}..{end} has no text to compare by form")]
    NoForm {
        /// Identifier of the document.
        id: String,
        /// Start of the mention, in the file's unit.
        start: u32,
        /// End of the mention, exclusive.
        end: u32,
    },

    /// A Parquet file cannot be read.
    #[cfg(feature = "parquet")]
    #[error("{name:?} is not a Parquet file that can be read")]
    Parquet {
        /// File or stream.
        name: String,
        /// What the library said.
        source: parquet::errors::ParquetError,
    },

    /// A row of a Parquet file is wrong; the others can still be read.
    #[error("{name}, row {row}")]
    Row {
        /// File or stream.
        name: String,
        /// Number of the row, from 1.
        row: u64,
        /// What is wrong with it.
        source: LineError,
    },

    /// A Parquet file has not the column it must have, or of another type.
    #[error("{name:?} has no column {column:?} of {expected}")]
    Column {
        /// File or stream.
        name: String,
        /// Name of the column.
        column: String,
        /// What it must hold.
        expected: &'static str,
    },

    /// Two documents of one collection cannot be told apart.
    #[error("documents {first:?} and {second:?} have the same file name")]
    SameName {
        /// Identifier of one.
        first: String,
        /// Identifier of the other.
        second: String,
    },
}

/// What is wrong with one line of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// Not JSON, or not a JSON object.
    #[error(transparent)]
    Json(#[from] serde_json::Error),

    /// A field that must be there is not.
    #[error("no field {field:?}")]
    NoField {
        /// Name of the field.
        field: String,
    },

    /// A field has another JSON type than it must have.
    #[error("field {field:?} is {found}, not {expected}")]
    FieldType {
        /// Name of the field.
        field: String,
        /// Type found, with its article.
        found: &'static str,
        /// Type wanted, with its article.
        expected: &'static str,
    },

    /// Not UTF-8.
    #[error("not UTF-8: invalid byte at column {column}")]
    NotUtf8 {
        /// Byte in the line, from 1.
        column: usize,
    },

    /// A CoNLL line needs a word and a tag.
    #[error("{found:?} has no tag: expected a word and a tag, separated by tabs or spaces")]
    NoTag {
        /// The line.
        found: String,
    },

    /// A line of a table has more or fewer columns than its header.
    #[error("{found} columns, expected {expected}")]
    Columns {
        /// Number of columns of the header.
        expected: usize,
        /// Number of columns of the line.
        found: usize,
    },

    /// A mention of a brat file is in several pieces, which are not one span.
    #[error("{found:?} is in several pieces, and a mention is one")]
    Discontinuous {
        /// The mention.
        found: String,
    },

    /// A line of a brat file is not as its kind must be.
    #[error("{found:?} is not {expected}")]
    NotBrat {
        /// The line.
        found: String,
        /// What it should be, with its article.
        expected: &'static str,
    },

    /// A mention does not fit its text.
    #[error("mention {start}..{end} of {text:?} is no span of the text")]
    Mention {
        /// Start of the mention, in the file's unit.
        start: u32,
        /// End of the mention, exclusive.
        end: u32,
        /// Its text, empty if the file does not give it.
        text: String,
    },

    /// A reason for a link that this version does not know.
    #[error("evidence has {field} {found:?}, which is not known")]
    Evidence {
        /// Field of the reason.
        field: &'static str,
        /// Its value.
        found: String,
    },

    /// The tags of the sentence that begins on this line do not parse.
    #[error(transparent)]
    Tags(#[from] TagError),

    /// The text of the line is too long.
    #[error(transparent)]
    Document(#[from] DocumentError),

    /// A field of a table is not UTF-8.
    #[error("field {field:?} is not UTF-8: invalid byte at offset {offset}")]
    FieldNotUtf8 {
        /// Name of the column.
        field: String,
        /// Its offset in the field, in bytes.
        offset: usize,
    },

    /// A range of languages or of boilerplate is wrong.
    #[error("range {start}..{end} is not in the text, or not after the one before")]
    Range {
        /// Start, in the unit of the record.
        start: u32,
        /// End, exclusive.
        end: u32,
    },

    /// A table has no such column.
    #[error("no column {column:?}: the header has {header:?}")]
    NoColumn {
        /// Name of the column.
        column: String,
        /// The names there are.
        header: Vec<String>,
    },

    /// A row is no row of the table.
    #[error(transparent)]
    Row(#[from] csv::Error),
}
