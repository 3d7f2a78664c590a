//! Mentions of documents that were annotated before, as bytes.
//!
//! Identifiers of a [`Resolver`](crate::Resolver) depend on every document before. To
//! go on with a batch, the resolver must see them all again; the model, which costs
//! most of the time, need not.

use std::io::{self, Read, Write};

use griot_text::{Mention, Span};

/// Count of a document that failed.
const FAILED: u32 = u32::MAX;

/// Writes the mentions of a document, `None` for one that failed: 13 bytes a mention
/// and its label.
pub(super) fn write(mut out: impl Write, mentions: Option<&[Mention]>) -> io::Result<()> {
    let count = mentions.map_or(FAILED, |mentions| mentions.len() as u32);
    out.write_all(&count.to_le_bytes())?;
    for mention in mentions.unwrap_or_default() {
        let label = mention.label.as_str().as_bytes();
        let length = u8::try_from(label.len()).map_err(io::Error::other)?;
        out.write_all(&mention.span.start().to_le_bytes())?;
        out.write_all(&mention.span.end().to_le_bytes())?;
        out.write_all(&mention.score.to_bits().to_le_bytes())?;
        out.write_all(&[length])?;
        out.write_all(label)?;
    }
    Ok(())
}

/// Reads what [`write`] wrote for one document.
pub(super) fn read(mut input: impl Read) -> io::Result<Option<Vec<Mention>>> {
    let count = number(&mut input)?;
    if count == FAILED {
        return Ok(None);
    }
    let mentions = (0..count).map(|_| mention(&mut input));
    mentions.collect::<io::Result<_>>().map(Some)
}

fn mention(input: &mut impl Read) -> io::Result<Mention> {
    let (start, end) = (number(input)?, number(input)?);
    let score = f32::from_bits(number(input)?);
    let mut length = [0];
    input.read_exact(&mut length)?;
    let mut label = vec![0; length[0].into()];
    input.read_exact(&mut label)?;
    let label = String::from_utf8(label).map_err(io::Error::other)?;
    if start > end {
        return Err(io::Error::other(format!("span {start}..{end}")));
    }
    Ok(Mention {
        span: Span::new(start, end),
        label: label.as_str().into(),
        score,
    })
}

fn number(input: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}
