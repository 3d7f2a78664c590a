//! Plain text, UTF-8.

use std::io;

use griot_text::Document;

use super::{decode, read_all};
use crate::Error;

/// The document that `reader` holds, with `name` as its identifier.
///
/// The text is kept byte for byte, so offsets are those of the file: a byte
/// order mark stays, and line ends are not changed.
///
/// # Errors
///
/// [`Error::Read`], [`Error::NotUtf8`] with the first wrong byte, or
/// [`Error::Document`] for a text of more than 4 GiB.
///
/// # Example
///
/// ```
/// let document = griot::read::text::document("a.txt", "Lomé".as_bytes())?;
/// assert_eq!(document.text(), "Lomé");
/// let latin1 = griot::read::text::document("b.txt", &b"Lom\xe9"[..]);
/// assert_eq!(
///     latin1.unwrap_err().to_string(),
///     r#""b.txt" is not UTF-8: invalid byte 0xe9 at offset 3"#,
/// );
/// # Ok::<(), griot::Error>(())
/// ```
pub fn document(name: &str, reader: impl io::Read) -> Result<Document, Error> {
    let text = decode(name, read_all(name, reader)?)?;
    Ok(Document::new(name, text)?)
}
