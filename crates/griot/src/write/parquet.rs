//! Parquet: one row a document, with a list of its mentions.
//!
//! | column | type |
//! |---|---|
//! | `id`, `text`, `language`, `offset_unit`, `model`, `kb` | string |
//! | `entities` | list of structs |
//!
//! A struct has the fields of an entity in [`jsonl`](super::jsonl): `start`, `end`,
//! `text`, `label`, `score`, `entity` (a struct; null if not linked), `candidates` (a
//! list of structs), `evidence` (a list of JSON objects) and `stands_for`.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::builder::{Float32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, ListArray, RecordBatch, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields, Schema};
use griot_text::{EntityId, Link, OffsetUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::AnnotationWriter;
use super::jsonl::{Reason, four_decimals};
use super::linked::Places;
use crate::Annotation;
use crate::labelled::unit_name;

/// Documents, or bytes of text, that are gathered before they are encoded.
const BATCH_DOCUMENTS: usize = 1024;
const BATCH_BYTES: usize = 8 << 20;

/// Encoded bytes that end a row group, which is what the writer holds in memory.
const ROW_GROUP_BYTES: usize = 64 << 20;

/// Writes annotations as a Parquet file, compressed with Zstandard.
pub struct Writer<W: Write + Send> {
    /// What is left to make: none once the file is finished.
    file: Option<ArrowWriter<W>>,
    /// The output, until the first document shows that something is to be written.
    out: Option<W>,
    frame: Frame,
    rows: Rows,
}

/// What is the same in every row.
struct Frame {
    model: String,
    kb: Option<String>,
    unit: OffsetUnit,
}

impl<W: Write + Send> Writer<W> {
    /// A writer to `out` with offsets in `unit`, that names the model and the
    /// knowledge base in every row.
    pub fn new(out: W, model: &str, kb: Option<&str>, unit: OffsetUnit) -> Self {
        Self {
            file: None,
            out: Some(out),
            frame: Frame {
                model: model.to_owned(),
                kb: kb.map(str::to_owned),
                unit,
            },
            rows: Rows::default(),
        }
    }

    fn file(&mut self) -> io::Result<&mut ArrowWriter<W>> {
        if let Some(out) = self.out.take() {
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .build();
            let schema = Arc::new(Schema::new(columns()));
            self.file = Some(ArrowWriter::try_new(out, schema, Some(properties)).map_err(other)?);
        }
        let ended = || io::Error::other("nothing can be written after the end of the file");
        self.file.as_mut().ok_or_else(ended)
    }

    fn flush(&mut self) -> io::Result<()> {
        let batch = std::mem::take(&mut self.rows).finish()?;
        let file = self.file()?;
        file.write(&batch).map_err(other)?;
        if file.in_progress_size() > ROW_GROUP_BYTES {
            file.flush().map_err(other)?;
        }
        Ok(())
    }
}

impl<W: Write + Send> AnnotationWriter for Writer<W> {
    /// Cost: one pass over the text.
    fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        self.rows.push(annotation, &self.frame);
        if self.rows.n_documents() >= BATCH_DOCUMENTS || self.rows.n_bytes >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.flush()?;
        if let Some(file) = self.file.take() {
            file.into_inner().map_err(other)?.flush()?;
        }
        Ok(())
    }
}

fn other(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        error => io::Error::other(error),
    }
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

fn maybe_text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

fn score() -> Field {
    Field::new("score", DataType::Float32, false)
}

fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", item, false)))
}

fn columns() -> Fields {
    Fields::from(vec![
        text("id"),
        text("text"),
        maybe_text("language"),
        text("offset_unit"),
        text("model"),
        maybe_text("kb"),
        Field::new(
            "entities",
            list_of(DataType::Struct(entity_fields())),
            false,
        ),
    ])
}

fn entity_fields() -> Fields {
    Fields::from(vec![
        Field::new("start", DataType::Int64, false),
        Field::new("end", DataType::Int64, false),
        text("text"),
        text("label"),
        score(),
        Field::new("entity", DataType::Struct(target_fields()), true),
        Field::new(
            "candidates",
            list_of(DataType::Struct(candidate_fields())),
            false,
        ),
        Field::new("evidence", list_of(DataType::Utf8), false),
        maybe_text("stands_for"),
    ])
}

fn target_fields() -> Fields {
    Fields::from(vec![text("id"), text("name"), text("type"), score()])
}

fn candidate_fields() -> Fields {
    Fields::from(vec![text("id"), text("name"), score()])
}

/// The columns of rows to come.
#[derive(Default)]
struct Rows {
    id: StringBuilder,
    text: StringBuilder,
    language: StringBuilder,
    unit: StringBuilder,
    model: StringBuilder,
    kb: StringBuilder,
    n_entities: Vec<usize>,
    entities: Entities,
    /// Bytes of text.
    n_bytes: usize,
}

#[derive(Default)]
struct Entities {
    start: Int64Builder,
    end: Int64Builder,
    text: StringBuilder,
    label: StringBuilder,
    score: Float32Builder,
    is_linked: Vec<bool>,
    target: Named,
    target_type: StringBuilder,
    n_candidates: Vec<usize>,
    candidates: Named,
    n_reasons: Vec<usize>,
    reasons: StringBuilder,
    stands_for: StringBuilder,
}

#[derive(Default)]
struct Named {
    id: StringBuilder,
    name: StringBuilder,
    score: Float32Builder,
}

impl Rows {
    fn n_documents(&self) -> usize {
        self.n_entities.len()
    }

    fn push(&mut self, annotation: &Annotation, frame: &Frame) {
        let document = &annotation.document;
        self.n_bytes += document.text().len();
        self.id.append_value(document.id());
        self.text.append_value(document.text());
        self.language.append_option(document.language());
        self.unit.append_value(unit_name(frame.unit));
        self.model.append_value(&frame.model);
        self.kb.append_option(frame.kb.as_deref());
        self.n_entities.push(annotation.mentions.len());
        let places = Places::new(annotation, frame.unit);
        let entities = &mut self.entities;
        for (mention, (start, end), link) in annotation.placed(frame.unit) {
            entities.start.append_value(start.into());
            entities.end.append_value(end.into());
            entities.text.append_value(annotation.surface(mention));
            entities.label.append_value(mention.label.as_str());
            entities.score.append_value(four_decimals(mention.score));
            entities.push_link(link, &places);
        }
    }

    fn finish(mut self) -> io::Result<RecordBatch> {
        let entities = self.entities.finish();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.id.finish()),
            Arc::new(self.text.finish()),
            Arc::new(self.language.finish()),
            Arc::new(self.unit.finish()),
            Arc::new(self.model.finish()),
            Arc::new(self.kb.finish()),
            list(entity_fields(), self.n_entities, entities),
        ];
        let schema = Arc::new(Schema::new(self::columns()));
        RecordBatch::try_new(schema, columns).map_err(io::Error::other)
    }
}

impl Entities {
    fn push_link(&mut self, link: Option<&Link>, places: &Places) {
        self.is_linked.push(link.is_some());
        let (id, name, score) = link.map_or(("", "", 0.0), |link| {
            (link.target.id().as_str(), link.name.as_str(), link.score)
        });
        self.target.push(id, name, score);
        let label = link.map_or("", |link| link.label.as_str());
        self.target_type.append_value(label);
        let candidates = link.map_or(&[][..], |link| &link.candidates);
        self.n_candidates.push(candidates.len());
        for candidate in candidates {
            let id = candidate.id.as_str();
            self.candidates.push(id, &candidate.name, candidate.score);
        }
        let reasons = link.map_or(&[][..], |link| &link.evidence);
        self.n_reasons.push(reasons.len());
        for reason in reasons {
            let reason = serde_json::to_string(&Reason::new(reason, places));
            self.reasons
                .append_value(reason.expect("strings and numbers are JSON"));
        }
        let stands_for = link.and_then(|link| link.stands_for.as_ref());
        self.stands_for
            .append_option(stands_for.map(EntityId::as_str));
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        let mut target = self.target.finish();
        target.insert(2, Arc::new(self.target_type.finish()));
        let is_linked = NullBuffer::from(std::mem::take(&mut self.is_linked));
        let target = StructArray::new(target_fields(), target, Some(is_linked));
        let n_reasons = OffsetBuffer::from_lengths(std::mem::take(&mut self.n_reasons));
        let element = Arc::new(Field::new("element", DataType::Utf8, false));
        let reasons = ListArray::new(element, n_reasons, Arc::new(self.reasons.finish()), None);
        let candidates = self.candidates.finish();
        vec![
            Arc::new(self.start.finish()),
            Arc::new(self.end.finish()),
            Arc::new(self.text.finish()),
            Arc::new(self.label.finish()),
            Arc::new(self.score.finish()),
            Arc::new(target),
            list(
                candidate_fields(),
                std::mem::take(&mut self.n_candidates),
                candidates,
            ),
            Arc::new(reasons),
            Arc::new(self.stands_for.finish()),
        ]
    }
}

impl Named {
    fn push(&mut self, id: &str, name: &str, score: f32) {
        self.id.append_value(id);
        self.name.append_value(name);
        self.score.append_value(four_decimals(score));
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        vec![
            Arc::new(self.id.finish()),
            Arc::new(self.name.finish()),
            Arc::new(self.score.finish()),
        ]
    }
}

/// A list column of structs, `lengths` of them in each row.
fn list(fields: Fields, lengths: Vec<usize>, columns: Vec<ArrayRef>) -> ArrayRef {
    let element = Field::new("element", DataType::Struct(fields.clone()), false);
    let items = StructArray::new(fields, columns, None);
    let lengths = OffsetBuffer::from_lengths(lengths);
    Arc::new(ListArray::new(
        Arc::new(element),
        lengths,
        Arc::new(items),
        None,
    ))
}
