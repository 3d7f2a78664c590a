//! Which formats annotations can be read from.

use std::io::BufRead;

use super::{AnnotationReader, conll, hipe, records};

/// A format that annotations are read from. brat is not here because it is
/// two files a document: see [`brat`](super::brat).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// One JSON object a document: [`records`].
    Jsonl,
    /// A word and its tag a line: [`conll`].
    Conll,
    /// The columns of HIPE 2022: [`hipe`].
    Hipe,
    /// One document a row: `parquet`.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// A reader of `format`; `name` is for errors and default identifiers.
///
/// A document that is wrong is an error, and the next one is read all the same.
/// Parquet, whose index is at the end, is read into memory first; give
/// `parquet::annotations` a file to avoid that.
///
/// # Errors
///
/// [`Error::Read`](crate::Error::Read) and `Error::Parquet`, for Parquet alone.
pub fn open<'a>(
    format: Format,
    name: &str,
    reader: impl BufRead + 'a,
) -> Result<Box<dyn AnnotationReader + 'a>, crate::Error> {
    Ok(match format {
        Format::Jsonl => Box::new(records::Reader::new(name, reader)),
        Format::Conll => Box::new(conll::Reader::new(name, reader).annotations()),
        Format::Hipe => Box::new(hipe::Reader::new(name, reader)),
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            let bytes = super::read_all(name, reader)?;
            Box::new(super::parquet::annotations(
                name,
                bytes::Bytes::from(bytes),
            )?)
        }
    })
}
