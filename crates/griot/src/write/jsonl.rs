//! JSON Lines: one record a document.
//!
//! ```json
//! {"id":"003.txt","language":"fr","offset_unit":"char","model":"griot-mini@0.1.0","entities":[{"start":120,"end":126,"text":"Bamako","label":"LOC","score":0.9984}]}
//! ```
//!
//! `language` is there if the document states one. `start` and `end` count in
//! `offset_unit`, end exclusive; `text` is exactly what they cut out of the
//! document. `score` is in [0, 1], rounded to four decimals.
//!
//! With links, the record names the knowledge base in `kb`, and every entity has
//! three more fields, and perhaps a fourth:
//!
//! ```json
//! {"entity":{"id":"Q3703","name":"Bamako","type":"LOC","score":0.9712},
//!  "candidates":[{"id":"Q3703","name":"Bamako","score":0.9712}],
//!  "evidence":[{"kind":"alias","language":"fr","matched":"exact","alias":"label"},
//!              {"kind":"country","country":"ml","votes":7}],
//!  "stands_for":"Q912"}
//! ```
//!
//! If somebody looked at the document as a page, the record ends with more fields:
//!
//! ```json
//! {"lang":"fr","langs":[{"start":0,"end":2410,"lang":"fr"},{"start":2411,"end":3000,"lang":"ru"}],
//!  "boilerplate":[{"start":2411,"end":3000}]}
//! ```
//!
//! `lang` is the language that was stated or found, null if it is not clear, and `langs`
//! is there if the text is mixed. An entity in a range of `boilerplate` has
//! `"boilerplate":true`. An entity of a web page has `source_start` and `source_end`,
//! which are offsets into the page.
//!
//! The identifier of an entity that is not in the knowledge base starts with
//! `nil:`. Offsets in `evidence` count in `offset_unit` as well.

use std::io::{self, Write};

use griot_text::{Document, Evidence, Link, Mention, OffsetUnit, Span, convert_spans};
use serde::Serialize;

use super::linked::Places;
use crate::Annotation;
use crate::labelled::unit_name;

/// Writes annotations as JSON Lines.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    frame: Frame,
}

/// What is the same in every record.
#[derive(Debug)]
struct Frame {
    model: String,
    kb: Option<String>,
    unit: OffsetUnit,
    text: Text,
}

/// Whether records hold the text they are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Text {
    /// Only the texts of the entities.
    #[default]
    Left,
    /// All of it, in the field `text`: what reads the record needs nothing else.
    Kept,
}

impl<W: Write> Writer<W> {
    /// A writer to `out` with offsets in `unit`. `model` names the model in
    /// every record, as [`ModelInfo::name`](crate::ModelInfo::name) does.
    pub fn new(out: W, model: impl Into<String>, unit: OffsetUnit) -> Self {
        let frame = Frame {
            model: model.into(),
            kb: None,
            unit,
            text: Text::Left,
        };
        Self { out, frame }
    }

    /// The same writer, that names the knowledge base entities were linked to.
    #[must_use]
    pub fn with_kb(mut self, version: impl Into<String>) -> Self {
        self.frame.kb = Some(version.into());
        self
    }

    /// The same writer, that keeps the text or not.
    #[must_use]
    pub const fn with_text(mut self, text: Text) -> Self {
        self.frame.text = text;
        self
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
        serde_json::to_writer(&mut self.out, &self.frame.record(annotation))?;
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

impl Frame {
    fn record<'a>(&'a self, annotation: &'a Annotation) -> Record<'a> {
        let document = &annotation.document;
        let spans: Vec<Span> = annotation
            .mentions
            .iter()
            .map(|mention| mention.span)
            .collect();
        let places = Places::new(annotation, self.unit);
        let entity = |(mention, (start, end), link): (&'a Mention, _, Option<&'a Link>)| Entity {
            start,
            end,
            text: annotation.surface(mention),
            label: mention.label.as_str(),
            score: four_decimals(mention.score),
            link: link.map(|link| Linked::new(link, &places)),
            boilerplate: document.is_boilerplate(mention.span),
            source: None,
        };
        let mut entities: Vec<Entity<'_>> = annotation.placed(self.unit).map(entity).collect();
        self.add_sources(document, &spans, &mut entities);
        Record {
            id: document.id(),
            text: (self.text == Text::Kept).then(|| document.text()),
            language: document.language(),
            offset_unit: unit_name(self.unit),
            model: &self.model,
            kb: self.kb.as_deref(),
            entities,
            lang: document.languages().map(|found| found.main.as_deref()),
            langs: self.langs(document),
            boilerplate: document
                .boilerplate()
                .map(|ranges| self.ranges(document, ranges)),
        }
    }

    /// Where the mentions stand in the page, if there is one.
    fn add_sources(&self, document: &Document, spans: &[Span], entities: &mut [Entity<'_>]) {
        let Some(map) = document.source() else { return };
        let places = spans.iter().map(|span| map.span(*span));
        let Some(places) = places.collect::<Option<Vec<Span>>>() else {
            return;
        };
        let places = convert_spans(map.source(), &places, self.unit);
        for (entity, (source_start, source_end)) in entities.iter_mut().zip(places) {
            entity.source = Some(Source {
                source_start,
                source_end,
            });
        }
    }

    fn langs<'a>(&self, document: &'a Document) -> Vec<Language<'a>> {
        let parts = document.languages().map_or(&[][..], |found| &found.parts);
        let spans: Vec<Span> = parts.iter().map(|(span, _)| *span).collect();
        let ranges = self.ranges(document, &spans);
        std::iter::zip(ranges, parts)
            .map(|(range, (_, lang))| Language { range, lang })
            .collect()
    }

    fn ranges(&self, document: &Document, spans: &[Span]) -> Vec<Range> {
        let units = convert_spans(document.text(), spans, self.unit).into_iter();
        units.map(|(start, end)| Range { start, end }).collect()
    }
}

#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    offset_unit: &'static str,
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kb: Option<&'a str>,
    entities: Vec<Entity<'a>>,
    /// Null is not the same as absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "three cases, as the comment says")]
    lang: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    langs: Vec<Language<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boilerplate: Option<Vec<Range>>,
}

#[derive(Serialize)]
struct Range {
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct Language<'a> {
    #[serde(flatten)]
    range: Range,
    lang: &'a str,
}

/// Offsets into the page.
#[derive(Serialize)]
struct Source {
    source_start: u32,
    source_end: u32,
}

#[derive(Serialize)]
struct Entity<'a> {
    start: u32,
    end: u32,
    text: &'a str,
    label: &'a str,
    score: f32,
    #[serde(flatten)]
    link: Option<Linked<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    boilerplate: bool,
    #[serde(flatten)]
    source: Option<Source>,
}

#[derive(Serialize)]
struct Linked<'a> {
    entity: Named<'a>,
    candidates: Vec<Named<'a>>,
    evidence: Vec<Reason<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stands_for: Option<&'a str>,
}

#[derive(Serialize)]
struct Named<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    score: f32,
}

/// [`Evidence`] as it is written.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Reason<'a> {
    Alias {
        language: &'a str,
        matched: &'a str,
        alias: &'a str,
    },
    Transliteration {
        latin: &'a str,
    },
    Acronym {
        start: u32,
        end: u32,
    },
    Coreference {
        start: u32,
        end: u32,
    },
    Prior {
        probability: f32,
    },
    Country {
        country: &'a str,
        votes: u32,
    },
    Context {
        words: &'a [String],
    },
    Composed {
        key: &'a str,
    },
    Collection,
    Decision,
    Other,
}

impl<'a> Linked<'a> {
    fn new(link: &'a Link, places: &Places) -> Self {
        Self {
            entity: Named {
                id: link.target.id().as_str(),
                name: &link.name,
                label: Some(link.label.as_str()),
                score: four_decimals(link.score),
            },
            candidates: link
                .candidates
                .iter()
                .map(|candidate| Named {
                    id: candidate.id.as_str(),
                    name: &candidate.name,
                    label: None,
                    score: four_decimals(candidate.score),
                })
                .collect(),
            evidence: link
                .evidence
                .iter()
                .map(|reason| Reason::new(reason, places))
                .collect(),
            stands_for: link.stands_for.as_ref().map(griot_text::EntityId::as_str),
        }
    }
}

impl<'a> Reason<'a> {
    pub(super) fn new(evidence: &'a Evidence, places: &Places) -> Self {
        match evidence {
            Evidence::Alias {
                language,
                matched,
                kind,
            } => Self::Alias {
                language,
                matched,
                alias: kind,
            },
            Evidence::Transliteration { latin } => Self::Transliteration { latin },
            Evidence::Acronym { span } => {
                let (start, end) = places.of(*span);
                Self::Acronym { start, end }
            }
            Evidence::Coreference { span } => {
                let (start, end) = places.of(*span);
                Self::Coreference { start, end }
            }
            Evidence::Prior { probability } => Self::Prior {
                probability: four_decimals(*probability),
            },
            Evidence::Country { country, votes } => Self::Country {
                country,
                votes: *votes,
            },
            Evidence::Context { words } => Self::Context { words },
            Evidence::Composed { key } => Self::Composed { key },
            Evidence::Collection => Self::Collection,
            Evidence::Decision => Self::Decision,
            _ => Self::Other,
        }
    }
}

/// Further digits say nothing about the entity, and differ between machines.
pub(super) fn four_decimals(score: f32) -> f32 {
    (score * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    #[test]
    fn golden_of_a_page() {
        let page = "<p>🎷 &agrave; <b>Lo</b>m&eacute;</p><nav>Togo";
        let document = crate::read::html::document("d", page.as_bytes()).unwrap();
        let parts = vec![(Span::new(0, 13), "fr".to_owned())];
        let languages = griot_text::Languages { main: None, parts };
        let document = document.with_languages(languages);
        let mut sample = annotation("🎷 à [Lomé](LOC)\n[Togo](LOC)");
        assert_eq!(sample.0.document.text(), document.text());
        sample.0.document = document;
        let mut writer = Writer::new(Vec::new(), "m@1", OffsetUnit::Char);
        writer.write(&sample.0).unwrap();
        let expected = r#"{"id":"d","offset_unit":"char","model":"m@1","entities":[{"start":4,"end":8,"text":"Lomé","label":"LOC","score":0.9988,"source_start":17,"source_end":32},{"start":9,"end":13,"text":"Togo","label":"LOC","score":0.9988,"boilerplate":true,"source_start":41,"source_end":45}],"lang":null,"langs":[{"start":0,"end":8,"lang":"fr"}],"boilerplate":[{"start":9,"end":13}]}"#;
        assert_eq!(
            String::from_utf8(writer.into_inner()).unwrap(),
            format!("{expected}\n")
        );
    }

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
                r#"{"id":"d","offset_unit":"char","model":"m@1","entities":[{"start":0,"end":4,"text":"Mali","label":"LOC","score":0.9988,"entity":{"id":"Q912","name":"Mali","type":"LOC","score":1.0},"candidates":[{"id":"Q912","name":"Mali","score":1.0}],"evidence":[{"kind":"alias","language":"fr","matched":"exact","alias":"label"},{"kind":"coreference","start":0,"end":4}]},{"start":5,"end":10,"text":"Sahel","label":"LOC","score":0.9988,"entity":{"id":"nil:LOC:0","name":"Sahel","type":"LOC","score":1.0},"candidates":[],"evidence":[]}]}"#,
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
