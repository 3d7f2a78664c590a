//! Bodies to requests.

use griot::{Document, Mention, OffsetUnit, Span};
use griot_text::spans_from_units;
use serde::{Deserialize, Deserializer, de};

use super::options::{Offsets, Options, present};
use super::problem::{Kind, Problem};
use crate::Request;

/// Which route was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    Tag,
    Link,
}

/// What a JSON body asks for.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) shape: Shape,
    pub(super) requests: Vec<Request>,
    pub(super) options: Options,
}

/// What the response looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One record.
    Single,
    /// A list of records.
    List,
}

/// Limits of a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) documents_max: usize,
    pub(super) text_bytes_max: usize,
}

/// A JSON body: one of `text`, `texts` and `documents`, and options.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    id: Option<Id>,
    #[serde(default, deserialize_with = "present")]
    text: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default, deserialize_with = "present")]
    entities: Option<Vec<Entity>>,
    #[serde(default, deserialize_with = "present")]
    offset_unit: Option<Offsets>,
    #[serde(default, deserialize_with = "present")]
    texts: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    documents: Option<Vec<Item>>,
    #[serde(default, deserialize_with = "present")]
    offsets: Option<Offsets>,
    #[serde(default, deserialize_with = "present")]
    threshold: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    with_text: Option<bool>,
}

/// A document in a list or on a line. Other fields are ignored, for records often
/// have some.
#[derive(Default, Deserialize)]
struct Item {
    #[serde(default)]
    id: Option<Id>,
    text: String,
    #[serde(default)]
    language: Option<String>,
    #[serde(default, deserialize_with = "present")]
    entities: Option<Vec<Entity>>,
    #[serde(default, deserialize_with = "present")]
    offset_unit: Option<Offsets>,
}

/// A mention that something else found.
#[derive(Deserialize)]
struct Entity {
    start: u32,
    end: u32,
    label: String,
    #[serde(default, deserialize_with = "present")]
    text: Option<String>,
    #[serde(default, deserialize_with = "present")]
    score: Option<f32>,
}

/// An identifier as it was given, number or not.
struct Id(String);

/// Numbers that every JSON library keeps: up to 2^53 - 1.
const INTEGER_MAX: u64 = (1 << 53) - 1;

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "an id that is neither a string nor an integer")]
        enum Given {
            Integer(i64),
            /// To JSON, 7.0 is an integer.
            Number(f64),
            Text(String),
        }
        match Given::deserialize(deserializer)? {
            Given::Text(id) => Ok(Self(id)),
            Given::Number(id) if id.fract() == 0.0 && id.abs() <= INTEGER_MAX as f64 => {
                Ok(Self(format!("{id:.0}")))
            }
            Given::Number(id) => Err(de::Error::custom(format_args!(
                "id {id} is no integer up to {INTEGER_MAX}: use a string"
            ))),
            Given::Integer(id) if id.unsigned_abs() <= INTEGER_MAX => Ok(Self(id.to_string())),
            Given::Integer(id) => Err(de::Error::custom(format_args!(
                "id {id} is beyond {INTEGER_MAX}, where JSON numbers are not exact: use a string"
            ))),
        }
    }
}

/// What the JSON body `bytes` asks for.
pub(super) fn batch(bytes: &[u8], job: Job, limits: Limits) -> Result<Batch, Problem> {
    let body: Body = serde_json::from_slice(bytes)?;
    let options = Options {
        offsets: body.offsets,
        threshold: body.threshold,
        with_text: body.with_text,
    };
    let options = options.checked()?;
    let (shape, items) = body.items(job)?;
    if items.len() > limits.documents_max {
        let detail = format!(
            "{} documents, the limit is {}; send more as application/x-ndjson",
            items.len(),
            limits.documents_max
        );
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    let request = |(item, number)| request(item, number, job, limits);
    let requests: Result<Vec<Request>, Problem> = items.into_iter().zip(1..).map(request).collect();
    Ok(Batch {
        shape,
        requests: requests?,
        options,
    })
}

/// What line `number` of a stream asks for.
pub(super) fn line(
    bytes: &[u8],
    number: u64,
    job: Job,
    limits: Limits,
) -> Result<Request, Problem> {
    let item: Item = serde_json::from_slice(bytes).map_err(|error| in_line(&error))?;
    request(item, number, job, limits)
}

/// What is wrong with one line. To the parser it is the first line; to the client
/// it has another number, which stands beside.
fn in_line(error: &serde_json::Error) -> Problem {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let detail = match message.strip_suffix(&place) {
        Some(what) => format!("{what} at column {}", error.column()),
        None => message,
    };
    Problem::new(Kind::of(error), detail)
}

impl Body {
    fn items(self, job: Job) -> Result<(Shape, Vec<Item>), Problem> {
        let is_single = self.text.is_some();
        let n_forms = [is_single, self.texts.is_some(), self.documents.is_some()]
            .into_iter()
            .filter(|&is_there| is_there)
            .count();
        if n_forms != 1 {
            let detail = "expected exactly one of the fields text, texts and documents";
            return Err(Problem::new(Kind::Invalid, detail));
        }
        let has_entities = self.entities.is_some() || self.offset_unit.is_some();
        if has_entities && job == Job::Tag {
            let detail = "/v1/tag finds the entities; given ones are linked by /v1/link";
            return Err(Problem::new(Kind::Invalid, detail));
        }
        if !is_single && (has_entities || self.id.is_some() || self.language.is_some()) {
            let detail = "id, language and entities belong into each of the documents";
            return Err(Problem::new(Kind::Invalid, detail));
        }
        if let Some(text) = self.text {
            let item = Item {
                id: self.id,
                text,
                language: self.language,
                entities: self.entities,
                offset_unit: self.offset_unit,
            };
            return Ok((Shape::Single, vec![item]));
        }
        let texts = self.texts.unwrap_or_default().into_iter();
        let items = texts.map(|text| Item {
            text,
            ..Item::default()
        });
        let documents = self.documents.unwrap_or_default();
        Ok((Shape::List, items.chain(documents).collect()))
    }
}

/// The request for one document; without an identifier it is called by `number`.
fn request(item: Item, number: u64, job: Job, limits: Limits) -> Result<Request, Problem> {
    if item.text.len() > limits.text_bytes_max {
        let detail = format!(
            "text {number} has {} bytes, the limit is {}",
            item.text.len(),
            limits.text_bytes_max
        );
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    let id = item.id.map_or_else(|| number.to_string(), |Id(id)| id);
    let document = Document::new(id, item.text)
        .map_err(|error| Problem::new(Kind::TooLarge, error.to_string()))?;
    let document = match item.language {
        Some(language) => document.with_language(language),
        None => document,
    };
    match (job, item.entities) {
        (Job::Tag, _) => Ok(Request::tag(document)),
        (Job::Link, None) => Ok(Request::link(document)),
        (Job::Link, Some(entities)) => {
            let unit = item.offset_unit.unwrap_or_default().unit();
            let mentions = mentions(&document, entities, unit)?;
            Ok(Request::link_given(document, mentions)?)
        }
    }
}

fn mentions(
    document: &Document,
    entities: Vec<Entity>,
    unit: OffsetUnit,
) -> Result<Vec<Mention>, Problem> {
    let units: Vec<_> = entities.iter().map(|e| (e.start, e.end)).collect();
    let spans = spans_from_units(document.text(), &units, unit);
    let mention = |(entity, span): (Entity, Option<Span>)| {
        let text = span.and_then(|span| span.slice(document.text()));
        let is_same = entity
            .text
            .as_deref()
            .is_none_or(|given| text == Some(given));
        let span = span.filter(|span| is_same && !span.is_empty());
        let span = span.ok_or_else(|| entity.problem(document.id()))?;
        Ok(Mention {
            span,
            score: entity.score.unwrap_or(1.0),
            label: entity.label.into(),
        })
    };
    entities.into_iter().zip(spans).map(mention).collect()
}

impl Entity {
    fn problem(&self, id: &str) -> Problem {
        let text = self.text.as_deref().map(|text| format!(" of {text:?}"));
        let detail = format!(
            "document {id:?}: {}..{} is no span{} in the text",
            self.start,
            self.end,
            text.unwrap_or_default()
        );
        Problem::new(Kind::Invalid, detail)
    }
}
