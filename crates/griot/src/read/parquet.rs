//! Parquet: texts of any table by the names of its columns, and the tables that
//! [`write::parquet`](crate::write::parquet) writes.

use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use griot_text::{Document, OffsetUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;

use super::evidence::{Entity, Named, annotation};
use super::{AnnotationReader, Provenance};
use crate::{Annotation, Error, LineError};

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 64;

/// The documents of a table, one a row, lazily. `id_column` may be of strings or whole
/// numbers; without it, or where it is null, a document is called `name:row`, from 1.
///
/// `file` is an open [`File`](std::fs::File) or [`Bytes`](bytes::Bytes). A row without a
/// text is an error and the next row is read all the same.
///
/// # Errors
///
/// [`Error::Parquet`] if it is no Parquet file, [`Error::Column`] if a column is not
/// there or of another type.
pub fn documents<F: ChunkReader + 'static>(
    name: &str,
    file: F,
    text_column: &str,
    id_column: Option<&str>,
) -> Result<impl Iterator<Item = Result<Document, Error>> + use<F>, Error> {
    let names: Vec<&str> = [text_column].into_iter().chain(id_column).collect();
    let rows = Rows::open(name, file, Some(&names))?;
    let text_column = text_column.to_owned();
    let id_column = id_column.map(str::to_owned);
    Ok(rows.map(move |row| {
        let row = row?;
        let id = id_column.as_deref().and_then(|column| row.id(column));
        row.document(&text_column, id)
    }))
}

/// The annotated documents of a table, one a row, lazily: the columns are those of
/// [`write::parquet`](crate::write::parquet), of which `text` and `entities` must be
/// there.
///
/// `file` is an open [`File`](std::fs::File) or [`Bytes`](bytes::Bytes). A row that is
/// wrong is an error and the next row is read all the same.
///
/// # Errors
///
/// As [`documents`].
pub fn annotations<F: ChunkReader + 'static>(
    name: &str,
    file: F,
) -> Result<impl AnnotationReader + use<F>, Error> {
    let rows = Rows::open(name, file, None)?;
    rows.must_have("text")?;
    rows.must_have("entities")?;
    Ok(Annotations {
        rows,
        provenance: Provenance::default(),
    })
}

struct Annotations {
    rows: Rows,
    provenance: Provenance,
}

impl Iterator for Annotations {
    type Item = Result<Annotation, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.rows.next()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        self.provenance = Provenance {
            model: row
                .text("model")
                .filter(|model| !model.is_empty())
                .map(str::to_owned),
            kb: row.text("kb").map(str::to_owned),
        };
        Some(row.annotation())
    }
}

impl AnnotationReader for Annotations {
    fn provenance(&self) -> Provenance {
        self.provenance.clone()
    }
}

/// The rows of a table, one after the other.
struct Rows {
    name: String,
    names: Vec<String>,
    batches: ParquetRecordBatchReader,
    batch: Option<RecordBatch>,
    /// Of the next row in its batch.
    index: usize,
    /// Rows read.
    n_read: u64,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Rows {
    /// All columns, or those of these names, which must be there.
    fn open(
        name: &str,
        file: impl ChunkReader + 'static,
        only: Option<&[&str]>,
    ) -> Result<Self, Error> {
        let wrong = |source| Error::Parquet {
            name: name.to_owned(),
            source,
        };
        // The types that a program had in memory do not matter: a text is a text.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder =
            ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(wrong)?;
        let names: Vec<String> = builder
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let index = |column: &&str| {
            let found = names.iter().position(|name| name == column);
            found.ok_or_else(|| no_column(name, column))
        };
        let mask = match only {
            None => ProjectionMask::all(),
            Some(only) => {
                let roots: Vec<usize> = only.iter().map(index).collect::<Result<_, _>>()?;
                ProjectionMask::roots(builder.parquet_schema(), roots)
            }
        };
        let batches = builder
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(wrong)?;
        Ok(Self {
            name: name.to_owned(),
            names,
            batches,
            batch: None,
            index: 0,
            n_read: 0,
        })
    }

    fn must_have(&self, column: &str) -> Result<(), Error> {
        if self.names.iter().any(|name| name == column) {
            Ok(())
        } else {
            Err(no_column(&self.name, column))
        }
    }
}

fn no_column(name: &str, column: &str) -> Error {
    Error::Column {
        name: name.to_owned(),
        column: column.to_owned(),
        expected: "any type",
    }
}

impl Iterator for Rows {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self
                .batch
                .as_ref()
                .filter(|batch| self.index < batch.num_rows())
            {
                let row = Row {
                    name: self.name.clone(),
                    number: self.n_read + 1,
                    batch: batch.clone(),
                    index: self.index,
                };
                self.index += 1;
                self.n_read += 1;
                return Some(Ok(row));
            }
            match self.batches.next()? {
                Ok(batch) => (self.batch, self.index) = (Some(batch), 0),
                Err(error) => {
                    return Some(Err(Error::Parquet {
                        name: self.name.clone(),
                        source: ParquetError::External(Box::new(error)),
                    }));
                }
            }
        }
    }
}

/// One row of a table.
struct Row {
    name: String,
    /// From 1.
    number: u64,
    batch: RecordBatch,
    index: usize,
}

impl Row {
    fn column(&self, column: &str) -> Option<&ArrayRef> {
        self.batch.column_by_name(column)
    }

    fn text(&self, column: &str) -> Option<&str> {
        text_at(self.column(column)?, self.index)
    }

    fn id(&self, column: &str) -> Option<String> {
        let array = self.column(column)?;
        let text = text_at(array, self.index).map(str::to_owned);
        text.or_else(|| Some(integer_at(array, self.index)?.to_string()))
    }

    fn error(&self, source: LineError) -> Error {
        Error::Row {
            name: self.name.clone(),
            row: self.number,
            source,
        }
    }

    fn document(&self, text_column: &str, id: Option<String>) -> Result<Document, Error> {
        let Some(text) = self.text(text_column) else {
            let is_null = self
                .column(text_column)
                .is_some_and(|array| array.is_null(self.index));
            return Err(self.error(LineError::FieldType {
                field: text_column.to_owned(),
                found: if is_null { "null" } else { "of another type" },
                expected: "a string",
            }));
        };
        let id = id.unwrap_or_else(|| format!("{}:{}", self.name, self.number));
        let document = Document::new(id, text)?;
        Ok(match self.text("language") {
            Some(language) => document.with_language(language),
            None => document,
        })
    }

    fn annotation(&self) -> Result<Annotation, Error> {
        let document = self.document("text", self.id("id"))?;
        let unit = match self.text("offset_unit") {
            Some("byte") => OffsetUnit::Byte,
            Some("utf16") => OffsetUnit::Utf16,
            _ => OffsetUnit::Char,
        };
        let wrong = |expected| {
            self.error(LineError::FieldType {
                field: "entities".to_owned(),
                found: "of another type",
                expected,
            })
        };
        let list = self
            .column("entities")
            .and_then(|array| items_at(array, self.index));
        let entities = match list {
            Some(list) => list
                .as_struct_opt()
                .and_then(|items| (0..items.len()).map(|i| entity(items, i)).collect())
                .ok_or_else(|| wrong("a list of structs with start, end and label"))?,
            None => Vec::new(),
        };
        let entities: Vec<Entity> = entities;
        annotation(document, entities, unit).map_err(|source| self.error(source))
    }
}

/// The mention in one row of `items`; none if it lacks what it must have.
fn entity(items: &StructArray, i: usize) -> Option<Entity> {
    let field = |name: &str| items.column_by_name(name).map(AsRef::as_ref);
    let place = |name| u32::try_from(integer_at(field(name)?, i)?).ok();
    let text = |name| text_at(field(name)?, i).map(str::to_owned);
    let target = field("entity").filter(|array| array.is_valid(i));
    let candidates = field("candidates").and_then(|array| items_at(array, i));
    let evidence = field("evidence").and_then(|array| items_at(array, i));
    let reasons = evidence.as_ref().map(|list| {
        let reasons = (0..list.len()).filter_map(|i| text_at(list, i));
        reasons.map(serde_json::from_str).collect::<Result<_, _>>()
    });
    Some(Entity {
        start: place("start")?,
        end: place("end")?,
        text: text("text"),
        label: text("label")?,
        score: field("score").and_then(|array| float_at(array, i)),
        target: target.and_then(|array| named(array, i)),
        candidates: candidates.map_or_else(Vec::new, |list| {
            (0..list.len()).filter_map(|i| named(&list, i)).collect()
        }),
        evidence: reasons.transpose().ok()?.unwrap_or_default(),
        stands_for: text("stands_for"),
        source_start: None,
    })
}

/// The entity in one row of an array of structs.
fn named(array: &dyn Array, i: usize) -> Option<Named> {
    let array = array.as_struct_opt()?;
    let text = |name| text_at(array.column_by_name(name)?, i).map(str::to_owned);
    Some(Named {
        id: text("id")?,
        name: text("name"),
        label: text("type"),
        score: array
            .column_by_name("score")
            .and_then(|array| float_at(array, i)),
    })
}

/// The items of a list; none for null.
fn items_at(array: &dyn Array, i: usize) -> Option<ArrayRef> {
    if array.is_null(i) {
        return None;
    }
    let small = array.as_list_opt::<i32>().map(|list| list.value(i));
    small.or_else(|| Some(array.as_list_opt::<i64>()?.value(i)))
}

/// A string, or bytes that are one; none for null.
fn text_at(array: &dyn Array, i: usize) -> Option<&str> {
    if array.is_null(i) {
        return None;
    }
    if let Some(strings) = array.as_string_opt::<i32>() {
        return Some(strings.value(i));
    }
    let bytes = array.as_binary_opt::<i32>()?.value(i);
    std::str::from_utf8(bytes).ok()
}

/// A whole number of any width; none for null.
fn integer_at(array: &dyn Array, i: usize) -> Option<i128> {
    if array.is_null(i) {
        return None;
    }
    macro_rules! of {
        ($($kind:ty),*) => {
            $(if let Some(numbers) = array.as_primitive_opt::<$kind>() {
                return Some(numbers.value(i).into());
            })*
        };
    }
    of!(
        Int64Type, Int32Type, UInt32Type, UInt64Type, Int16Type, UInt16Type, Int8Type, UInt8Type
    );
    None
}

fn float_at(array: &dyn Array, i: usize) -> Option<f32> {
    if array.is_null(i) {
        return None;
    }
    let small = array
        .as_primitive_opt::<Float32Type>()
        .map(|floats| floats.value(i));
    small.or_else(|| Some(array.as_primitive_opt::<Float64Type>()?.value(i) as f32))
}
