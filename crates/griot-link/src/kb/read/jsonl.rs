//! JSON Lines: an [`Entity`] a line.
//!
//! Shapes that people have are read too: `aliases` and `demonyms` as a list or as
//! one string `"a|b"`, for no language; numbers for texts; `null` for nothing; and
//! `iso` for `country`, with or without a part of the country. Fields that are not
//! known are ignored.

use std::io::BufRead;

use serde::de::Error;

use super::input::{Lines, text};
use super::record::Record;
use super::{LineError, Reason};
use crate::kb::Entity;

/// The entities of `reader`, lazily; blank lines are skipped. A wrong line is an
/// error and the next line is read all the same; after [`Reason::Read`] there is
/// nothing more.
pub fn entities<R: BufRead>(reader: R) -> impl Iterator<Item = Result<Entity, LineError>> {
    let mut lines = Lines::new(reader);
    std::iter::from_fn(move || {
        let line = lines.next_line()?;
        let number = line.number;
        let entity = line.bytes.and_then(entity);
        Some(entity.map_err(|reason| LineError {
            line: number,
            reason,
        }))
    })
}

fn entity(line: &[u8]) -> Result<Entity, Reason> {
    // Serde would take an array for the fields in their order.
    if line.first() != Some(&b'{') {
        let source = serde_json::Error::custom("expected an object");
        return Err(Reason::Json { source });
    }
    serde_json::from_str::<Record>(text(line)?)?.into_entity()
}
