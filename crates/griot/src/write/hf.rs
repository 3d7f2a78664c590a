//! What the token classification pipeline of transformers gives: one JSON array a
//! document, and a line each.
//!
//! ```json
//! [{"entity_group":"LOC","score":0.9931,"word":"Ségou","start":28,"end":33}]
//! ```
//!
//! Without aggregation, `entity` is the tag, and `index` the place of the token:
//!
//! ```json
//! [{"entity":"B-LOC","score":0.9931,"index":7,"word":"Ség","start":28,"end":31}]
//! ```
//!
//! `start` and `end` count code points, end exclusive.

use std::io::{self, Write};

use griot_core::PipelineEntity;
use griot_text::{OffsetUnit, Span, convert_spans};
use serde::Serialize;

/// Writes entities of the pipeline as JSON.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
}

/// The fields in the order of transformers.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_group: Option<&'a str>,
    score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    word: &'a str,
    start: u32,
    end: u32,
}

impl<W: Write> Writer<W> {
    /// A writer to `out`.
    pub const fn new(out: W) -> Self {
        Self { out }
    }

    /// Writes one line: the entities of `text`. Cost: one pass over the text.
    ///
    /// # Errors
    ///
    /// What writing gives.
    ///
    /// # Panics
    ///
    /// If an entity is not a span of `text`.
    pub fn write(&mut self, text: &str, entities: &[PipelineEntity]) -> io::Result<()> {
        let spans: Vec<Span> = entities.iter().map(|entity| entity.span).collect();
        let offsets = convert_spans(text, &spans, OffsetUnit::Char);
        let records = entities.iter().zip(offsets);
        let records: Vec<Record<'_>> = records.map(record).collect();
        serde_json::to_writer(&mut self.out, &records)?;
        self.out.write_all(b"\n")
    }

    /// The inner writer, to flush it.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// The inner writer.
    pub fn into_inner(self) -> W {
        self.out
    }
}

fn record((found, (start, end)): (&PipelineEntity, (u32, u32))) -> Record<'_> {
    let label = Some(&*found.label);
    let (entity, entity_group) = match found.index {
        Some(_) => (label, None),
        None => (None, label),
    };
    Record {
        entity,
        entity_group,
        score: found.score,
        index: found.index,
        word: &found.word,
        start,
        end,
    }
}
