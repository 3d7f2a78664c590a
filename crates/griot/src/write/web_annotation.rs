//! W3C Web Annotation: JSON-LD for annotation tools and the web of data.
//!
//! The file is an array with one `AnnotationPage` a document. A mention is an
//! annotation of the document, found again by its place (`TextPositionSelector`,
//! which counts characters) and by its words (`TextQuoteSelector`, with the text
//! around them). Its label is a body for tagging, and what it is linked to one for
//! identifying. A document whose identifier is a web address is that address, any
//! other is `urn:griot:document:` and the identifier.

use std::io::{self, Write};

use griot_text::{Link, Mention, OffsetUnit};
use serde::Serialize;

use super::label_studio::Array;
use super::{AnnotationWriter, iri};
use crate::Annotation;

/// Characters before and after a mention that are quoted with it.
const CONTEXT_CHARS: usize = 32;

/// Writes annotations as Web Annotations.
#[derive(Debug)]
pub struct Writer<W> {
    out: Array<W>,
    model: String,
}

impl<W: Write> Writer<W> {
    /// A writer to `out`; `model` is named as what generated the annotations.
    pub fn new(out: W, model: impl Into<String>) -> Self {
        Self {
            out: Array::new(out),
            model: model.into(),
        }
    }

    /// The inner writer.
    pub fn into_inner(self) -> W {
        self.out.out
    }
}

impl<W: Write> AnnotationWriter for Writer<W> {
    /// Cost: one pass over the text.
    fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        let model = &self.model;
        self.out.push(&page(annotation, model))
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.finish()
    }
}

#[derive(Serialize)]
struct Page<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    motivation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    generator: Option<Agent<'a>>,
    body: Vec<Body<'a>>,
    target: Target<'a>,
}

#[derive(Serialize)]
struct Agent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Body<'a> {
    TextualBody {
        purpose: &'static str,
        value: &'a str,
    },
    SpecificResource {
        purpose: &'static str,
        source: Entity<'a>,
    },
}

#[derive(Serialize)]
struct Entity<'a> {
    id: String,
    label: &'a str,
}

#[derive(Serialize)]
struct Target<'a> {
    source: Source<'a>,
    selector: [Selector<'a>; 2],
}

#[derive(Serialize)]
struct Source<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Selector<'a> {
    TextPositionSelector {
        start: u32,
        end: u32,
    },
    TextQuoteSelector {
        exact: &'a str,
        prefix: &'a str,
        suffix: &'a str,
    },
}

fn page<'a>(annotation: &'a Annotation, model: &'a str) -> Page<'a> {
    let source = iri::document(annotation.document.id());
    let mentions = (1..).zip(annotation.placed(OffsetUnit::Char));
    let item = |(number, (mention, place, link)): (u32, (&'a Mention, _, Option<&'a Link>))| Item {
        id: format!("{source}#mention-{number}"),
        kind: "Annotation",
        motivation: if link.is_some() {
            "identifying"
        } else {
            "tagging"
        },
        generator: (!model.is_empty()).then_some(Agent {
            kind: "Software",
            name: model,
        }),
        body: bodies(mention, link),
        target: Target {
            source: Source {
                id: source.clone(),
                kind: "Text",
                language: annotation.document.language(),
            },
            selector: selectors(annotation, mention, place),
        },
    };
    Page {
        context: "http://www.w3.org/ns/anno.jsonld",
        id: format!("{source}#annotations"),
        kind: "AnnotationPage",
        items: mentions.map(item).collect(),
    }
}

fn bodies<'a>(mention: &'a Mention, link: Option<&'a Link>) -> Vec<Body<'a>> {
    let tag = Body::TextualBody {
        purpose: "tagging",
        value: mention.label.as_str(),
    };
    let entity = link.map(|link| Body::SpecificResource {
        purpose: "identifying",
        source: Entity {
            id: iri::target(link),
            label: &link.name,
        },
    });
    [Some(tag), entity].into_iter().flatten().collect()
}

fn selectors<'a>(
    annotation: &'a Annotation,
    mention: &Mention,
    (start, end): (u32, u32),
) -> [Selector<'a>; 2] {
    let text = annotation.document.text();
    let range = mention.span.range();
    let (before, after) = (&text[..range.start], &text[range.end..]);
    let context = CONTEXT_CHARS - 1;
    let prefix = before
        .char_indices()
        .rev()
        .nth(context)
        .map_or(0, |(i, _)| i);
    let suffix = after
        .char_indices()
        .nth(context)
        .map_or(after.len(), |(i, c)| i + c.len_utf8());
    [
        Selector::TextPositionSelector { start, end },
        Selector::TextQuoteSelector {
            exact: &text[range],
            prefix: &before[prefix..],
            suffix: &after[..suffix],
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    #[test]
    fn golden() {
        let sample = annotation("🎷 [Mali](LOC)!").linked_to([Some("Q912")]);
        let mut writer = Writer::new(Vec::new(), "m@1");
        writer.write(&sample.with_language("fr").0).unwrap();
        writer.finish().unwrap();
        let expected = r#"[
{"@context":"http://www.w3.org/ns/anno.jsonld","id":"urn:griot:document:d#annotations","type":"AnnotationPage","items":[{"id":"urn:griot:document:d#mention-1","type":"Annotation","motivation":"identifying","generator":{"type":"Software","name":"m@1"},"body":[{"type":"TextualBody","purpose":"tagging","value":"LOC"},{"type":"SpecificResource","purpose":"identifying","source":{"id":"http://www.wikidata.org/entity/Q912","label":"Mali"}}],"target":{"source":{"id":"urn:griot:document:d","type":"Text","language":"fr"},"selector":[{"type":"TextPositionSelector","start":2,"end":6},{"type":"TextQuoteSelector","exact":"Mali","prefix":"🎷 ","suffix":"!"}]}}]}
]
"#;
        assert_eq!(String::from_utf8(writer.into_inner()).unwrap(), expected);
    }

    #[test]
    fn quotes_what_is_around() {
        let (before, after) = ("é".repeat(40), "ö".repeat(40));
        let sample = annotation(&format!("{before}[Mali](LOC){after}")).0;
        let [_, quote] = selectors(&sample, &sample.mentions[0], (40, 44));
        let Selector::TextQuoteSelector { prefix, suffix, .. } = quote else {
            panic!("the second is the quote");
        };
        assert_eq!((prefix, suffix), (&*"é".repeat(32), &*"ö".repeat(32)));
    }
}
