//! JSON Lines: one JSON object a line.

use std::io::{self, BufRead};

use griot_text::{Document, Mention, OffsetUnit, Span, spans_from_units};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::line_failure;
use crate::batch::Failure;
use crate::labelled::Place;
use crate::{Error, LabelledDocument, LabelledMention, LineError};

/// The names of the fields that hold a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Field of the text, a string; `text` by default.
    pub text: String,
    /// Field of the identifier, a string or a number; `id` by default. A line
    /// without it is called `name:line`.
    pub id: String,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            text: "text".to_owned(),
            id: "id".to_owned(),
        }
    }
}

/// The documents of `reader`, one a line, lazily; empty lines are skipped.
///
/// A string field `language`, if there is one, becomes the language of the
/// document. A wrong line is an error and the next line is read all the same;
/// after an [`Error::Read`] there is nothing more.
///
/// # Example
///
/// ```
/// use griot::read::jsonl;
///
/// let lines = "{\"id\": 7, \"text\": \"Lomé\"}\n{\"id\": 8}\n";
/// let documents: Vec<_> = jsonl::documents("a.jsonl", lines.as_bytes(), Default::default()).collect();
/// assert_eq!(documents[0].as_ref().unwrap().id(), "7");
/// assert!(documents[1].is_err());
/// ```
pub fn documents<R: BufRead>(
    name: impl Into<String>,
    reader: R,
    fields: Fields,
) -> impl Iterator<Item = Result<Document, Error>> {
    let name = name.into();
    lines(name.clone(), reader).map(move |line| {
        let (number, line) = line?;
        document(&name, number, &line, &fields).map_err(|(_, source)| Error::Line {
            name: name.clone(),
            line: number,
            source,
        })
    })
}

/// As [`documents`], with the identifier of a document that failed where it has one.
pub fn items<R: BufRead>(
    name: impl Into<String>,
    reader: R,
    fields: Fields,
) -> impl Iterator<Item = Result<Document, Failure>> {
    let name = name.into();
    lines(name.clone(), reader).map(move |line| {
        let (number, line) = line?;
        document(&name, number, &line, &fields)
            .map_err(|(id, source)| line_failure(&name, number, id, source))
    })
}

/// The labelled mentions of `reader`, in the form that
/// [`write::jsonl`](crate::write::jsonl) writes: `id`, `entities` with `start`,
/// `end`, `label` and perhaps `text`, and perhaps `offset_unit`, which is
/// `char` if absent. Other fields are ignored.
///
/// # Errors
///
/// [`Error::Read`], or [`Error::Line`] for the first wrong line.
pub fn labelled(name: &str, reader: impl BufRead) -> Result<Vec<LabelledDocument>, Error> {
    let read_line = |line: Result<(u64, Vec<u8>), Error>| {
        let (number, line) = line?;
        let record = utf8(&line).and_then(|line| Ok(serde_json::from_str::<Record>(line)?));
        match record {
            Ok(record) => record.into_labelled(),
            Err(source) => Err(Error::Line {
                name: name.to_owned(),
                line: number,
                source,
            }),
        }
    };
    lines(name.to_owned(), reader).map(read_line).collect()
}

/// The documents of `reader` with their mentions, which may come from any
/// recognizer, lazily. A line has `text` and `entities` as
/// [`labelled`] reads them; an entity's `score` is 1 if absent.
///
/// A wrong line is an error and the next line is read all the same; a mention
/// that is not a span of its text is one. After an [`Error::Read`] there is nothing
/// more.
pub fn mentions<R: BufRead>(
    name: impl Into<String>,
    reader: R,
    fields: Fields,
) -> impl Iterator<Item = Result<(Document, Vec<Mention>), Error>> {
    let name = name.into();
    lines(name.clone(), reader).map(move |line| {
        let (number, line) = line?;
        let wrong = |source| Error::Line {
            name: name.clone(),
            line: number,
            source,
        };
        let document =
            document(&name, number, &line, &fields).map_err(|(_, source)| wrong(source))?;
        let tagged: Tagged = serde_json::from_slice(&line).map_err(|error| wrong(error.into()))?;
        let mentions = tagged.mentions(&document)?;
        Ok((document, mentions))
    })
}

/// The mentions of a record, whatever its fields for text and identifier.
#[derive(Deserialize)]
struct Tagged {
    #[serde(default)]
    offset_unit: Unit,
    entities: Vec<Entity>,
}

impl Tagged {
    fn mentions(self, document: &Document) -> Result<Vec<Mention>, Error> {
        let units: Vec<_> = self.entities.iter().map(|e| (e.start, e.end)).collect();
        let spans = spans_from_units(document.text(), &units, self.offset_unit.into());
        let mention = |(entity, span): (Entity, Option<Span>)| {
            let text = span.and_then(|span| span.slice(document.text()));
            let same = entity
                .text
                .as_deref()
                .is_none_or(|given| text == Some(given));
            match span.filter(|span| same && !span.is_empty()) {
                Some(span) => Ok(Mention {
                    span,
                    label: entity.label.into(),
                    score: entity.score.unwrap_or(1.0),
                }),
                None => Err(Error::Mention {
                    id: document.id().to_owned(),
                    start: entity.start,
                    end: entity.end,
                    text: entity.text.unwrap_or_default(),
                }),
            }
        };
        self.entities.into_iter().zip(spans).map(mention).collect()
    }
}

/// Number, from 1, and bytes of each line that is not blank.
fn lines<R: BufRead>(
    name: String,
    mut reader: R,
) -> impl Iterator<Item = Result<(u64, Vec<u8>), Error>> {
    let mut number = 0;
    let mut ended = false;
    std::iter::from_fn(move || {
        while !ended {
            let mut line = Vec::new();
            match reader.read_until(b'\n', &mut line) {
                Ok(0) => ended = true,
                Ok(_) => {
                    number += 1;
                    // Some Windows programs put a byte order mark first; JSON has none.
                    if number == 1 && line.starts_with(b"\xef\xbb\xbf") {
                        line.drain(..3);
                    }
                    if !line.trim_ascii().is_empty() {
                        return Some(Ok((number, line)));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    ended = true;
                    return Some(Err(Error::Read {
                        name: name.clone(),
                        source,
                    }));
                }
            }
        }
        None
    })
}

/// The document of a line, or what is wrong and in which document, if that is clear.
fn document(
    name: &str,
    number: u64,
    line: &[u8],
    fields: &Fields,
) -> Result<Document, (Option<String>, LineError)> {
    let mut object = object(line).map_err(|error| (None, error))?;
    let id = match object.remove(&fields.id) {
        None | Some(Value::Null) => format!("{name}:{number}"),
        Some(Value::String(id)) => id,
        Some(Value::Number(id)) => id.to_string(),
        Some(other) => {
            let error = field_type(&fields.id, &other, "a string or a number");
            return Err((None, error));
        }
    };
    with_text(&id, object, fields).map_err(|error| (Some(id), error))
}

fn object(line: &[u8]) -> Result<Map<String, Value>, LineError> {
    Ok(serde_json::from_str(utf8(line)?)?)
}

fn with_text(
    id: &str,
    mut object: Map<String, Value>,
    fields: &Fields,
) -> Result<Document, LineError> {
    let text = match object.remove(&fields.text) {
        None => {
            return Err(LineError::NoField {
                field: fields.text.clone(),
            });
        }
        Some(Value::String(text)) => text,
        Some(other) => return Err(field_type(&fields.text, &other, "a string")),
    };
    let document = Document::new(id, text)?;
    Ok(match object.remove("language") {
        Some(Value::String(language)) => document.with_language(language),
        _ => document,
    })
}

fn utf8(line: &[u8]) -> Result<&str, LineError> {
    std::str::from_utf8(line).map_err(|error| LineError::NotUtf8 {
        column: error.valid_up_to() + 1,
    })
}

fn field_type(field: &str, found: &Value, expected: &'static str) -> LineError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    LineError::FieldType {
        field: field.to_owned(),
        found,
        expected,
    }
}

#[derive(Deserialize)]
struct Record {
    id: Value,
    #[serde(default)]
    offset_unit: Unit,
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
struct Entity {
    start: u32,
    end: u32,
    text: Option<String>,
    label: String,
    score: Option<f32>,
    #[serde(rename = "entity")]
    target: Option<Named>,
    cluster: Option<String>,
    #[serde(default)]
    candidates: Vec<Named>,
}

/// An entity by its identifier, alone or in an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Id(String),
    Object { id: String },
}

impl Named {
    fn into_id(self) -> String {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Byte,
    #[default]
    Char,
    Utf16,
}

impl From<Unit> for OffsetUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Byte => Self::Byte,
            Unit::Char => Self::Char,
            Unit::Utf16 => Self::Utf16,
        }
    }
}

impl Record {
    fn into_labelled(self) -> Result<LabelledDocument, Error> {
        let id = match self.id {
            Value::String(id) => id,
            other => other.to_string(),
        };
        let offset_unit = self.offset_unit.into();
        let mentions = self
            .entities
            .into_iter()
            .map(Entity::into_labelled)
            .collect();
        LabelledDocument {
            id,
            offset_unit,
            mentions,
        }
        .checked()
    }
}

impl Entity {
    fn into_labelled(self) -> LabelledMention {
        let Self {
            start,
            end,
            text,
            label,
            target,
            cluster,
            candidates,
            score: _,
        } = self;
        LabelledMention {
            start,
            end,
            text,
            label,
            place: Place::Article,
            entity: target.map(Named::into_id).or(cluster),
            candidates: candidates.into_iter().map(Named::into_id).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each line of `input` gives: `id: text` or the error, with causes.
    fn read(input: &[u8]) -> Vec<Result<String, String>> {
        let show = |error: Error| match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        documents("f", input, Fields::default())
            .map(|result| {
                result
                    .map(|d| format!("{}: {}", d.id(), d.text()))
                    .map_err(show)
            })
            .collect()
    }

    #[test]
    fn reads_documents() {
        assert_eq!(read(b""), []);
        assert_eq!(read(b"\n  \r\n\n"), []);
        assert_eq!(read(br#"{"text":"a"}"#), [Ok("f:1: a".to_owned())]);
        assert_eq!(
            read(b"\n{\"id\":null,\"text\":\"a\"}\r\n"),
            [Ok("f:2: a".to_owned())]
        );
        assert_eq!(
            read(b"\xef\xbb\xbf{\"id\":1,\"text\":\"\"}"),
            [Ok("1: ".to_owned())]
        );
        assert_eq!(
            read(br#"{"id":"x","text":"\u0000\ud83c\udfb7"}"#),
            [Ok("x: \0🎷".to_owned())]
        );
    }

    #[test]
    fn a_wrong_line_does_not_end_the_file() {
        let results = read(
            b"{\"text\":\"a\"}\nnonsense\n[]\n{}\n{\"text\":7}\n{\"id\":[],\"text\":\"\"}\n\xff\n{\"text\":\"b\"}",
        );
        let expected = [
            Ok("f:1: a".to_owned()),
            Err("f:2: expected ident at line 1 column 2".to_owned()),
            Err("f:3: invalid type: sequence, expected a map at line 1 column 0".to_owned()),
            Err("f:4: no field \"text\"".to_owned()),
            Err("f:5: field \"text\" is a number, not a string".to_owned()),
            Err("f:6: field \"id\" is an array, not a string or a number".to_owned()),
            Err("f:7: not UTF-8: invalid byte at column 1".to_owned()),
            Ok("f:8: b".to_owned()),
        ];
        assert_eq!(results, expected);
    }

    #[test]
    fn an_io_error_ends_the_file() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let mut documents = documents("f", io::BufReader::new(Broken), Fields::default());
        assert!(matches!(documents.next(), Some(Err(Error::Read { .. }))));
        assert!(documents.next().is_none());
    }

    #[test]
    fn other_field_names() {
        let fields = Fields {
            text: "body".to_owned(),
            id: "url".to_owned(),
        };
        let line = r#"{"url":"u","body":"b","text":"t","language":"fr"}"#;
        let document = documents("f", line.as_bytes(), fields)
            .next()
            .unwrap()
            .unwrap();
        assert_eq!((document.id(), document.text()), ("u", "b"));
        assert_eq!(document.language(), Some("fr"));
    }

    #[test]
    fn reads_predictions() {
        let line = r#"{"id":3,"offset_unit":"utf16","model":"m","entities":[{"start":1,"end":3,"label":"LOC"}]}"#;
        let read = labelled("f", line.as_bytes()).unwrap();
        assert_eq!(
            (read[0].id.as_str(), read[0].offset_unit),
            ("3", OffsetUnit::Utf16)
        );
        assert_eq!(read[0].mentions[0].label, "LOC");
        let reversed = r#"{"id":3,"entities":[{"start":3,"end":1,"label":"LOC"}]}"#;
        assert!(matches!(
            labelled("f", reversed.as_bytes()),
            Err(Error::Mention { .. })
        ));
    }
}
