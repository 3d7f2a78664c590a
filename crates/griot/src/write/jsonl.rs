//! JSON Lines: one record a document.
//!
//! ```json
//! {"id":"003.txt","language":"fr","offset_unit":"char","model":"griot-mini@0.1.0","entities":[{"start":120,"end":126,"text":"Bamako","label":"LOC","score":0.9984}]}
//! ```
//!
//! `language` is there if the document states one. `start` and `end` count in
//! `offset_unit`, end exclusive; `text` is exactly what they cut out of the
//! document. `score` is in [0, 1], rounded to four decimals. A linked entity
//! has a further field, `"entity":{"id":"Q3703","score":1.0}`.

use std::io::{self, Write};

use griot_text::{Link, OffsetUnit, Target, convert_spans};
use serde::Serialize;

use crate::Annotation;
use crate::labelled::unit_name;

/// Writes annotations as JSON Lines.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    model: String,
    unit: OffsetUnit,
}

impl<W: Write> Writer<W> {
    /// A writer to `out` with offsets in `unit`. `model` names the model in
    /// every record, as [`ModelInfo::name`](crate::ModelInfo::name) does.
    pub fn new(out: W, model: impl Into<String>, unit: OffsetUnit) -> Self {
        Self {
            out,
            model: model.into(),
            unit,
        }
    }

    /// Writes one line. Cost: one pass over the text.
    ///
    /// # Errors
    ///
    /// What writing gives.
    ///
    /// # Panics
    ///
    /// If a mention is not a span of the text of its annotation.
    pub fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &record(annotation, &self.model, self.unit))?;
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

#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    offset_unit: &'static str,
    model: &'a str,
    entities: Vec<Entity<'a>>,
}

#[derive(Serialize)]
struct Entity<'a> {
    start: u32,
    end: u32,
    text: &'a str,
    label: &'a str,
    score: f32,
    #[serde(rename = "entity", skip_serializing_if = "Option::is_none")]
    linked: Option<Linked<'a>>,
}

#[derive(Serialize)]
struct Linked<'a> {
    id: &'a str,
    score: f32,
}

fn record<'a>(annotation: &'a Annotation, model: &'a str, unit: OffsetUnit) -> Record<'a> {
    let document = &annotation.document;
    let spans: Vec<_> = annotation
        .mentions
        .iter()
        .map(|mention| mention.span)
        .collect();
    let offsets = convert_spans(document.text(), &spans, unit);
    // Without a linker there are no links at all.
    let links = annotation
        .links
        .iter()
        .map(Some)
        .chain(std::iter::repeat(None));
    let entities = annotation.mentions.iter().zip(offsets).zip(links);
    let entity = |((mention, (start, end)), link)| Entity {
        start,
        end,
        text: annotation.surface(mention),
        label: mention.label.as_str(),
        score: four_decimals(mention.score),
        linked: linked(link),
    };
    Record {
        id: document.id(),
        language: document.language(),
        offset_unit: unit_name(unit),
        model,
        entities: entities.map(entity).collect(),
    }
}

fn linked(link: Option<&Link>) -> Option<Linked<'_>> {
    match link? {
        Link {
            target: Target::Entity(id),
            score,
            ..
        } => Some(Linked {
            id: id.as_str(),
            score: four_decimals(*score),
        }),
        Link {
            target: Target::Nil,
            ..
        } => None,
    }
}

/// Further digits say nothing about the entity, and differ between machines.
fn four_decimals(score: f32) -> f32 {
    (score * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    /// The format is a promise: what changes here breaks programs elsewhere.
    #[test]
    fn golden() {
        let rows = [
            (
                annotation("[Lomé](LOC)").with_language("fr"),
                OffsetUnit::Char,
                r#"{"id":"d","language":"fr","offset_unit":"char","model":"m@1","entities":[{"start":0,"end":4,"text":"Lomé","label":"LOC","score":0.9988}]}"#,
            ),
            (
                annotation("🎷 à\r\n[Lomé](LOC), [\"É\"](MISC)\0"),
                OffsetUnit::Utf16,
                r#"{"id":"d","offset_unit":"utf16","model":"m@1","entities":[{"start":6,"end":10,"text":"Lomé","label":"LOC","score":0.9988},{"start":12,"end":15,"text":"\"É\"","label":"MISC","score":0.9988}]}"#,
            ),
            (
                annotation("🎷 à [Lomé](LOC)"),
                OffsetUnit::Byte,
                r#"{"id":"d","offset_unit":"byte","model":"m@1","entities":[{"start":8,"end":13,"text":"Lomé","label":"LOC","score":0.9988}]}"#,
            ),
            (
                annotation(""),
                OffsetUnit::Char,
                r#"{"id":"d","offset_unit":"char","model":"m@1","entities":[]}"#,
            ),
            (
                annotation("[Mali](LOC) [Sahel](LOC)").linked_to([Some("Q912"), None]),
                OffsetUnit::Char,
                r#"{"id":"d","offset_unit":"char","model":"m@1","entities":[{"start":0,"end":4,"text":"Mali","label":"LOC","score":0.9988,"entity":{"id":"Q912","score":1.0}},{"start":5,"end":10,"text":"Sahel","label":"LOC","score":0.9988}]}"#,
            ),
        ];
        for (annotation, unit, expected) in rows {
            let mut writer = Writer::new(Vec::new(), "m@1", unit);
            writer.write(&annotation.0).unwrap();
            assert_eq!(
                String::from_utf8(writer.into_inner()).unwrap(),
                format!("{expected}\n")
            );
        }
    }
}
