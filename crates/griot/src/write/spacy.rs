//! spaCy: what `Doc.to_json` gives and `Doc.from_json` reads, one object a line.
//!
//! ```python
//! from spacy.tokens import Doc
//! doc = Doc(nlp.vocab).from_json(json.loads(line))
//! ```
//!
//! Tokens are the words of [`griot_text`], cut where a mention ends inside one, and
//! the white space between them as spaCy has it. The mentions are in `ents`, where
//! spaCy allows no overlaps and reads no identifiers, and again in the span group
//! `entities`, where it does both: `doc.spans["entities"][0].kb_id_`. `id` and
//! `language` are of the document; spaCy leaves them aside. Offsets count characters.

use std::io::{self, Write};

use griot_text::{Mention, OffsetUnit, Span, convert_spans, segment_sentences};
use serde::Serialize;

use super::AnnotationWriter;
use super::words::cut_words;
use crate::Annotation;

/// Writes annotations as spaCy documents.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// A writer to `out`.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    /// The inner writer.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> AnnotationWriter for Writer<W> {
    /// Cost: linear in the length of the document.
    fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &doc(annotation))?;
        self.out.write_all(b"\n")
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[derive(Serialize)]
struct Doc<'a> {
    text: &'a str,
    ents: Vec<Entity<'a>>,
    sents: Vec<Place>,
    tokens: Vec<Token>,
    spans: Groups<'a>,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

#[derive(Serialize)]
struct Groups<'a> {
    entities: Vec<Entity<'a>>,
}

#[derive(Clone, Serialize)]
struct Entity<'a> {
    start: u32,
    end: u32,
    label: &'a str,
    kb_id: &'a str,
}

#[derive(Serialize)]
struct Place {
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct Token {
    id: usize,
    start: u32,
    end: u32,
}

fn doc(annotation: &Annotation) -> Doc<'_> {
    let text = annotation.document.text();
    let tokens = tokens(text, &annotation.mentions);
    let places = |spans: &[Span]| convert_spans(text, spans, OffsetUnit::Char);
    // spaCy refuses what does not begin and end with a token.
    let (spans, kept): (Vec<Span>, Vec<_>) = annotation
        .linked()
        .filter_map(|(mention, link)| Some((snap(mention.span, &tokens)?, (mention, link))))
        .unzip();
    let mut ents = Vec::new();
    let mut entities = Vec::new();
    let mut is_free_from = 0;
    for (((mention, link), (start, end)), span) in kept.iter().zip(places(&spans)).zip(&spans) {
        let entity = Entity {
            start,
            end,
            label: mention.label.as_str(),
            kb_id: link.map_or("", |link| link.target.id().as_str()),
        };
        if span.start() >= is_free_from {
            is_free_from = span.end();
            ents.push(entity.clone());
        }
        entities.push(entity);
    }
    let sentences = places(&sentences(text, &tokens));
    let tokens = places(&tokens).into_iter().enumerate();
    Doc {
        text,
        ents,
        sents: sentences
            .into_iter()
            .map(|(start, end)| Place { start, end })
            .collect(),
        tokens: tokens
            .map(|(id, (start, end))| Token { id, start, end })
            .collect(),
        spans: Groups { entities },
        id: annotation.document.id(),
        language: annotation.document.language(),
    }
}

/// Words, and what is between them: a token keeps one space after it to itself, and
/// the rest up to the next word is one more token.
fn tokens(text: &str, mentions: &[Mention]) -> Vec<Span> {
    let mut tokens = Vec::new();
    let mut done = 0;
    let end = Span::new(text.len() as u32, text.len() as u32);
    for word in cut_words(text, mentions).into_iter().chain([end]) {
        if done > 0 && text[done as usize..word.range().start].starts_with(' ') {
            done += 1;
        }
        tokens.extend(
            [Span::new(done, word.start()), word]
                .iter()
                .filter(|span| !span.is_empty()),
        );
        done = word.end();
    }
    tokens
}

/// The largest run of whole tokens inside `span`, if there is one.
fn snap(span: Span, tokens: &[Span]) -> Option<Span> {
    let first = tokens.partition_point(|token| token.start() < span.start());
    let after = tokens.partition_point(|token| token.end() <= span.end());
    let inside = tokens.get(first..after)?;
    Some(inside.first()?.cover(*inside.last()?))
}

/// The sentences, from token to token.
fn sentences(text: &str, tokens: &[Span]) -> Vec<Span> {
    let mut rest = tokens;
    let mut found = Vec::new();
    for sentence in segment_sentences(text) {
        let n = rest.partition_point(|token| token.start() < sentence.end());
        let (inside, after) = rest.split_at(n);
        if let (Some(first), Some(last)) = (inside.first(), inside.last()) {
            found.push(first.cover(*last));
        }
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    #[test]
    fn tokens_are_those_of_spacy() {
        let rows: [(&str, &[&str]); 9] = [
            ("", &[]),
            ("  ", &["  "]),
            ("a b", &["a", "b"]),
            (" a", &[" ", "a"]),
            ("a  b", &["a", " ", "b"]),
            ("a \n\nb ", &["a", "\n\n", "b"]),
            ("a\r\nb\0 c", &["a", "\r\n", "b", "\0 ", "c"]),
            ("a[b](X)c", &["a", "b", "c"]),
            ("d’[É](X)", &["d", "’", "É"]),
        ];
        for (marked, expected) in rows {
            let sample = annotation(marked).0;
            let text = sample.document.text();
            let found = tokens(text, &sample.mentions);
            let found: Vec<&str> = found.iter().map(|token| &text[token.range()]).collect();
            assert_eq!(found, expected, "{marked:?}");
        }
    }

    #[test]
    fn golden() {
        let sample = annotation("🎷 [Mali](LOC). Il dort.").linked_to([Some("Q912")]);
        let mut writer = Writer::new(Vec::new());
        writer.write(&sample.with_language("fr").0).unwrap();
        let expected = r#"{"text":"🎷 Mali. Il dort.","ents":[{"start":2,"end":6,"label":"LOC","kb_id":"Q912"}],"sents":[{"start":0,"end":7},{"start":8,"end":16}],"tokens":[{"id":0,"start":0,"end":1},{"id":1,"start":2,"end":6},{"id":2,"start":6,"end":7},{"id":3,"start":8,"end":10},{"id":4,"start":11,"end":15},{"id":5,"start":15,"end":16}],"spans":{"entities":[{"start":2,"end":6,"label":"LOC","kb_id":"Q912"}]},"id":"d","language":"fr"}"#;
        let written = String::from_utf8(writer.into_inner()).unwrap();
        assert_eq!(written, format!("{expected}\n"));
    }
}
