//! Files to documents, and annotation files to labelled spans: one module a
//! format.
//!
//! Nothing here opens a file: each reader takes bytes or an [`io::Read`], and a
//! `name` that its errors and default identifiers use.

pub mod conll;
pub mod csv;
pub mod gold;
pub mod html;
pub mod jsonl;
pub mod text;

/// Opening files, compressed or not: gzip, bzip2, xz and Zstandard.
#[cfg(feature = "compression")]
pub use griot_link::kb::read::input::{decompress, open};

use std::io;

use crate::batch::Failure;
use crate::{Error, LineError};

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
