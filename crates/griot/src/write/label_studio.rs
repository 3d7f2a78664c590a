//! Label Studio: tasks with predictions, to import into a project.
//!
//! The file is one JSON array. The project needs this labeling configuration, with
//! its own labels:
//!
//! ```xml
//! <View>
//!   <Labels name="label" toName="text"><Label value="PER"/><Label value="LOC"/></Labels>
//!   <Text name="text" value="$text"/>
//!   <TextArea name="entity" toName="text" perRegion="true"/>
//! </View>
//! ```
//!
//! Offsets count characters, as those that Label Studio stores. Identifier and
//! language of a document are in the data of its task; the identifier that a mention
//! is linked to is in `entity`, and the name of it in the notes (`meta`) of the region.

use std::io::{self, Write};

use griot_text::{Link, Mention, OffsetUnit};
use serde::Serialize;

use super::AnnotationWriter;
use super::jsonl::four_decimals;
use crate::Annotation;

/// Writes annotations as tasks.
#[derive(Debug)]
pub struct Writer<W> {
    out: Array<W>,
    model: String,
}

impl<W: Write> Writer<W> {
    /// A writer to `out`; `model` is the version of the predictions.
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
        self.out.push(&task(annotation, model))
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.finish()
    }
}

/// A JSON array that is written one item after the other.
#[derive(Debug)]
pub(super) struct Array<W> {
    pub(super) out: W,
    n: u64,
}

impl<W: Write> Array<W> {
    pub(super) const fn new(out: W) -> Self {
        Self { out, n: 0 }
    }

    pub(super) fn push(&mut self, item: &impl Serialize) -> io::Result<()> {
        self.out
            .write_all(if self.n == 0 { b"[\n" } else { b",\n" })?;
        self.n += 1;
        Ok(serde_json::to_writer(&mut self.out, item)?)
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.out
            .write_all(if self.n == 0 { b"[]\n" } else { b"\n]\n" })?;
        self.out.flush()
    }
}

#[derive(Serialize)]
struct Task<'a> {
    data: Data<'a>,
    predictions: [Prediction<'a>; 1],
}

#[derive(Serialize)]
struct Data<'a> {
    text: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

#[derive(Serialize)]
struct Prediction<'a> {
    model_version: &'a str,
    result: Vec<Region<'a>>,
}

#[derive(Serialize)]
struct Region<'a> {
    id: String,
    from_name: &'static str,
    to_name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    value: Value<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Labels {
        start: u32,
        end: u32,
        text: &'a str,
        labels: [&'a str; 1],
    },
    Entity {
        start: u32,
        end: u32,
        text: [&'a str; 1],
    },
}

#[derive(Serialize)]
struct Meta<'a> {
    text: [&'a str; 1],
}

fn task<'a>(annotation: &'a Annotation, model: &'a str) -> Task<'a> {
    let document = &annotation.document;
    let mut result = Vec::new();
    for (number, (mention, place, link)) in (1..).zip(annotation.placed(OffsetUnit::Char)) {
        let text = annotation.surface(mention);
        result.push(label(number, mention, place, text, link));
        result.extend(link.map(|link| entity(number, place, link)));
    }
    Task {
        data: Data {
            text: document.text(),
            id: document.id(),
            language: document.language(),
        },
        predictions: [Prediction {
            model_version: model,
            result,
        }],
    }
}

fn label<'a>(
    number: u32,
    mention: &'a Mention,
    (start, end): (u32, u32),
    text: &'a str,
    link: Option<&'a Link>,
) -> Region<'a> {
    Region {
        id: format!("m{number}"),
        from_name: "label",
        to_name: "text",
        kind: "labels",
        value: Value::Labels {
            start,
            end,
            text,
            labels: [mention.label.as_str()],
        },
        score: Some(four_decimals(mention.score)),
        meta: link.map(|link| Meta { text: [&link.name] }),
    }
}

fn entity(number: u32, (start, end): (u32, u32), link: &Link) -> Region<'_> {
    Region {
        id: format!("m{number}"),
        from_name: "entity",
        to_name: "text",
        kind: "textarea",
        value: Value::Entity {
            start,
            end,
            text: [link.target.id().as_str()],
        },
        score: None,
        meta: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    #[test]
    fn golden() {
        let sample = annotation("🎷 [Mali](LOC) [Sahel](LOC)").linked_to([Some("Q912"), None]);
        let mut sample = sample.with_language("fr").0;
        sample.links.pop();
        let mut writer = Writer::new(Vec::new(), "m@1");
        writer.write(&sample).unwrap();
        writer.write(&annotation("").0).unwrap();
        writer.finish().unwrap();
        let expected = r#"[
{"data":{"text":"🎷 Mali Sahel","id":"d","language":"fr"},"predictions":[{"model_version":"m@1","result":[{"id":"m1","from_name":"label","to_name":"text","type":"labels","value":{"start":2,"end":6,"text":"Mali","labels":["LOC"]},"score":0.9988,"meta":{"text":["Mali"]}},{"id":"m1","from_name":"entity","to_name":"text","type":"textarea","value":{"start":2,"end":6,"text":["Q912"]}},{"id":"m2","from_name":"label","to_name":"text","type":"labels","value":{"start":7,"end":12,"text":"Sahel","labels":["LOC"]},"score":0.9988}]}]},
{"data":{"text":"","id":"d"},"predictions":[{"model_version":"m@1","result":[]}]}
]
"#;
        assert_eq!(String::from_utf8(writer.into_inner()).unwrap(), expected);
        let mut empty = Writer::new(Vec::new(), "m@1");
        empty.finish().unwrap();
        assert_eq!(empty.into_inner(), b"[]\n");
    }
}
