//! JSON Lines with everything that [`write::jsonl`](crate::write::jsonl) writes when
//! it keeps the text: mentions, links, candidates and evidence, languages and
//! boilerplate that were found. Offsets into a web page are counted and left out
//! ([`AnnotationReader::n_unread`]): the page is not in the record.
//!
//! [`jsonl`](super::jsonl) reads the same lines for their texts alone.

use std::io::BufRead;

use griot_text::{Document, Languages, OffsetUnit, Span, spans_from_units};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::evidence::{Entity, Unit, annotation};
use super::lines::Lines;
use super::{AnnotationReader, Provenance};
use crate::{Annotation, Error, LineError};

/// Reads annotated documents, one a line; empty lines are skipped.
///
/// A wrong line is an error and the next line is read all the same.
///
/// # Example
///
/// ```
/// use griot::read::records::Reader;
///
/// let line = r#"{"id":"1","text":"Lomé","entities":[{"start":0,"end":4,"label":"LOC"}]}"#;
/// let annotation = Reader::new("f", line.as_bytes()).next().unwrap()?;
/// assert_eq!(annotation.surface(&annotation.mentions[0]), "Lomé");
/// # Ok::<(), griot::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    lines: Lines<R>,
    provenance: Provenance,
    n_unread: u64,
}

impl<R: BufRead> Reader<R> {
    /// A reader of `reader`; `name` is for errors, and for documents without
    /// identifier.
    pub fn new(name: impl Into<String>, reader: R) -> Self {
        Self {
            lines: Lines::new(name, reader),
            provenance: Provenance::default(),
            n_unread: 0,
        }
    }

    fn read(&mut self, number: u64, line: &str) -> Result<Annotation, LineError> {
        let record: Record = serde_json::from_str(line)?;
        let text = record.text.ok_or_else(|| LineError::NoField {
            field: "text".to_owned(),
        })?;
        let id = match record.id {
            Value::Null => format!("{}:{number}", self.lines.name()),
            Value::String(id) => id,
            other => other.to_string(),
        };
        self.provenance = Provenance {
            model: record.model,
            kb: record.kb,
        };
        let document = Document::new(id, text)?;
        let document = match record.language {
            Some(language) => document.with_language(language),
            None => document,
        };
        let unit = OffsetUnit::from(record.offset_unit);
        let document = with_findings(
            document,
            record.lang,
            &record.langs,
            record.boilerplate,
            unit,
        )?;
        let in_pages = record
            .entities
            .iter()
            .filter(|entity| entity.source_start.is_some());
        self.n_unread += in_pages.count() as u64;
        annotation(document, record.entities, unit)
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Annotation, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (number, line) = match self.lines.next()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            // Some Windows programs put a byte order mark first; JSON has none.
            let line = line.trim_start_matches('\u{feff}');
            if !line.trim().is_empty() {
                let read = self.read(number, line);
                return Some(read.map_err(|source| self.lines.error(number, source)));
            }
        }
    }
}

impl<R: BufRead> AnnotationReader for Reader<R> {
    fn provenance(&self) -> Provenance {
        self.provenance.clone()
    }

    fn n_unread(&self) -> u64 {
        self.n_unread
    }
}

/// `document` with the languages and the boilerplate that its record tells.
fn with_findings(
    mut document: Document,
    lang: Option<Found>,
    langs: &[Part],
    boilerplate: Option<Vec<Part>>,
    unit: OffsetUnit,
) -> Result<Document, LineError> {
    if let Some(Found(main)) = lang {
        let spans = spans(&document, langs, unit)?;
        let named = spans.into_iter().zip(langs);
        let parts = named.map(|(span, part)| (span, part.lang.clone().unwrap_or_default()));
        let parts = parts.collect();
        document = document.with_languages(Languages { main, parts });
    }
    if let Some(ranges) = boilerplate {
        let ranges = spans(&document, &ranges, unit)?;
        document = document.with_boilerplate(ranges);
    }
    Ok(document)
}

/// The spans of `parts`, which must be in the text, sorted and disjoint.
fn spans(document: &Document, parts: &[Part], unit: OffsetUnit) -> Result<Vec<Span>, LineError> {
    let units: Vec<(u32, u32)> = parts.iter().map(|part| (part.start, part.end)).collect();
    let mut end = 0;
    let spans = spans_from_units(document.text(), &units, unit)
        .into_iter()
        .zip(parts);
    let checked = spans.map(|(span, part)| {
        let span = span.filter(|span| span.start() >= end);
        let span = span.ok_or(LineError::Range {
            start: part.start,
            end: part.end,
        })?;
        end = span.end();
        Ok(span)
    });
    checked.collect()
}

/// The language that was found, or that none was clear.
struct Found(Option<String>);

/// Null is not the same as absent.
fn present<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Found>, D::Error> {
    Option::deserialize(json).map(|found| Some(Found(found)))
}

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    id: Value,
    text: Option<String>,
    language: Option<String>,
    #[serde(default)]
    offset_unit: Unit,
    model: Option<String>,
    kb: Option<String>,
    #[serde(default)]
    entities: Vec<Entity>,
    #[serde(default, deserialize_with = "present")]
    lang: Option<Found>,
    #[serde(default)]
    langs: Vec<Part>,
    boilerplate: Option<Vec<Part>>,
}

/// A range of the text.
#[derive(Deserialize)]
struct Part {
    start: u32,
    end: u32,
    lang: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::jsonl::{Text, Writer};

    /// Every kind of evidence, an unlinked mention, one inside another.
    const LINE: &str = r#"{"id":"d","text":"🎷 Mali, Mali","language":"fr","offset_unit":"utf16","model":"m@1","kb":"kb-1","entities":[{"start":3,"end":13,"text":"Mali, Mali","label":"MISC","score":0.5},{"start":3,"end":7,"text":"Mali","label":"LOC","score":0.9988,"entity":{"id":"Q912","name":"République du Mali","type":"ORG","score":0.75},"candidates":[{"id":"Q912","name":"Mali","score":0.75},{"id":"Q1","name":"x","score":0.1}],"evidence":[{"kind":"alias","language":"fr","matched":"exact","alias":"label"},{"kind":"transliteration","latin":"mali"},{"kind":"acronym","start":9,"end":13},{"kind":"coreference","start":3,"end":7},{"kind":"prior","probability":0.5},{"kind":"country","country":"ml","votes":2},{"kind":"context","words":["a","b"]},{"kind":"composed","key":"k"},{"kind":"collection"},{"kind":"decision"}],"stands_for":"Q2"},{"start":9,"end":13,"text":"Mali","label":"LOC","score":1.0,"entity":{"id":"nil:LOC:1","name":"Mali","type":"LOC","score":1.0},"candidates":[],"evidence":[]}],"lang":"fr","langs":[{"start":3,"end":7,"lang":"fr"},{"start":9,"end":13,"lang":"de"}],"boilerplate":[{"start":0,"end":3}]}"#;

    #[test]
    fn everything_comes_back() {
        let mut reader = Reader::new("f", LINE.as_bytes());
        let annotation = reader.next().unwrap().unwrap();
        let provenance = reader.provenance();
        assert_eq!(annotation.links.len(), 2);
        let mut writer = Writer::new(Vec::new(), provenance.model.unwrap(), OffsetUnit::Utf16)
            .with_kb(provenance.kb.unwrap())
            .with_text(Text::Kept);
        writer.write(&annotation).unwrap();
        let written = String::from_utf8(writer.into_inner()).unwrap();
        assert_eq!(written.trim_end(), LINE);
    }

    #[test]
    fn what_is_not_known_is_not_what_is_not_clear() {
        for (line, expected) in [
            (r#"{"text":"a"}"#, None),
            (r#"{"text":"a","lang":null}"#, Some(None)),
            (r#"{"text":"a","lang":"fr"}"#, Some(Some("fr"))),
        ] {
            let annotation = Reader::new("f", line.as_bytes()).next().unwrap().unwrap();
            let found = annotation.document.languages();
            assert_eq!(found.map(|found| found.main.as_deref()), expected, "{line}");
        }
    }

    #[test]
    fn a_wrong_line_does_not_end_the_file() {
        let file = "\u{feff}{\"text\":\"a\"}\nx\n\n{\"id\":1}\n\
            {\"text\":\"a\",\"entities\":[{\"start\":0,\"end\":2,\"label\":\"L\"}]}\n\
            {\"text\":\"a\",\"entities\":[{\"start\":0,\"end\":1,\"label\":\"L\",\"entity\":\"Q1\",\"evidence\":[{\"kind\":\"alias\",\"language\":\"fr\",\"matched\":\"y\",\"alias\":\"label\"}]}]}\n\
            {\"text\":\"ab\",\"boilerplate\":[{\"start\":1,\"end\":2},{\"start\":0,\"end\":1}]}\n\
            {\"id\":7,\"text\":\"b\",\"lang\":null}\n";
        let shown: Vec<String> = Reader::new("f", file.as_bytes())
            .map(|result| match result {
                Ok(annotation) => annotation.document.id().to_owned(),
                Err(Error::Line { line, source, .. }) => format!("{line}: {source}"),
                Err(other) => panic!("{other}"),
            })
            .collect();
        let expected = [
            "f:1",
            "2: expected value at line 1 column 1",
            "4: no field \"text\"",
            "5: mention 0..2 of \"\" is no span of the text",
            "6: evidence has matched \"y\", which is not known",
            "7: range 0..1 is not in the text, or not after the one before",
            "7",
        ];
        assert_eq!(shown, expected);
    }
}
