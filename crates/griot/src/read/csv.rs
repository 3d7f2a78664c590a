//! Tables: comma- or tab-separated values with a header, one document a row.

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};
use griot_text::Document;

use super::jsonl::Fields;
use super::line_failure;
use crate::LineError;
use crate::batch::Failure;

/// What stands between the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delimiter {
    /// `,`, as in CSV.
    Comma,
    /// A tab, as in TSV.
    Tab,
}

/// The documents of a table, one a row, lazily.
///
/// The first row names the columns; `fields` tells which of them hold the text and the
/// identifier. Without a column for identifiers, or where it is empty, a document is
/// called `name:line`, after the line on which its row begins. Fields may stand in double
/// quotes, in which `""` is a quote and line ends are text.
///
/// A row that is not UTF-8, or has more or fewer fields than the header, is a failure,
/// and the next row is read all the same. A table without the column of the text is one
/// failure.
///
/// # Example
///
/// ```
/// use griot::read::csv::{Delimiter, documents};
///
/// let table = "id,text\n7,\"Lomé, Togo\"\n8\n";
/// let read: Vec<_> = documents("a.csv", table.as_bytes(), Delimiter::Comma, Default::default()).collect();
/// assert_eq!(read[0].as_ref().unwrap().text(), "Lomé, Togo");
/// assert_eq!(read[1].as_ref().unwrap_err().line, Some(3));
/// ```
pub fn documents<R: Read>(
    name: impl Into<String>,
    reader: R,
    delimiter: Delimiter,
    fields: Fields,
) -> impl Iterator<Item = Result<Document, Failure>> {
    let mut table = Table::new(name.into(), reader, delimiter, fields);
    std::iter::from_fn(move || table.next())
}

struct Table<R> {
    name: String,
    reader: csv::Reader<R>,
    fields: Fields,
    /// Columns of the text and the identifier, once the header is read.
    columns: Option<(usize, Option<usize>)>,
    /// Lines the reader is behind: where lines end in CR LF, it counts the line before
    /// the LF.
    n_behind: u64,
    ended: bool,
}

impl<R: Read> Table<R> {
    fn new(name: String, reader: R, delimiter: Delimiter, fields: Fields) -> Self {
        let delimiter = match delimiter {
            Delimiter::Comma => b',',
            Delimiter::Tab => b'\t',
        };
        Self {
            name,
            reader: ReaderBuilder::new()
                .delimiter(delimiter)
                .from_reader(reader),
            fields,
            columns: None,
            n_behind: 0,
            ended: false,
        }
    }

    fn next(&mut self) -> Option<Result<Document, Failure>> {
        if self.ended {
            return None;
        }
        let columns = match self.columns.map_or_else(|| self.find_columns(), Ok) {
            Ok(columns) => columns,
            Err(error) => {
                self.ended = true;
                return Some(Err(line_failure(&self.name, 1, None, error)));
            }
        };
        self.columns = Some(columns);
        let mut row = ByteRecord::new();
        let line = self.reader.position().line();
        match self.reader.read_byte_record(&mut row) {
            Ok(false) => None,
            Ok(true) => {
                let line = row.position().map_or(line, csv::Position::line);
                Some(self.document(&row, line + self.n_behind, columns))
            }
            Err(error) => {
                self.ended = error.is_io_error();
                let line = error.position().map_or(line, csv::Position::line);
                let line = line + self.n_behind;
                Some(Err(line_failure(&self.name, line, None, error.into())))
            }
        }
    }

    fn find_columns(&mut self) -> Result<(usize, Option<usize>), LineError> {
        let header = self.reader.headers()?;
        // Some Windows programs put a byte order mark first; a name has none.
        let name = |name: &str| name.trim_start_matches('\u{feff}').trim().to_owned();
        let header: Vec<String> = header.iter().map(name).collect();
        let n_lines = 1 + header.concat().matches('\n').count() as u64;
        self.n_behind = (n_lines + 1).saturating_sub(self.reader.position().line());
        let find = |wanted: &str| header.iter().position(|name| name == wanted);
        match find(&self.fields.text) {
            Some(text) => Ok((text, find(&self.fields.id))),
            None => Err(LineError::NoColumn {
                column: self.fields.text.clone(),
                header,
            }),
        }
    }

    fn document(
        &self,
        row: &ByteRecord,
        line: u64,
        (text, id): (usize, Option<usize>),
    ) -> Result<Document, Failure> {
        let failed = |id, error| line_failure(&self.name, line, id, error);
        let id = match id.map(|id| field(row, id, &self.fields.id)).transpose() {
            Ok(id) => id.filter(|id| !id.is_empty()),
            Err(error) => return Err(failed(None, error)),
        };
        let id = id.map_or_else(|| format!("{}:{line}", self.name), str::to_owned);
        let text = field(row, text, &self.fields.text);
        text.and_then(|text| Ok(Document::new(id.as_str(), text)?))
            .map_err(|error| failed(Some(id), error))
    }
}

fn field<'a>(row: &'a ByteRecord, column: usize, name: &str) -> Result<&'a str, LineError> {
    std::str::from_utf8(&row[column]).map_err(|error| LineError::FieldNotUtf8 {
        field: name.to_owned(),
        offset: error.valid_up_to(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each row of `table` gives: `id: text`, or the line and what is wrong there.
    fn read(table: &[u8], delimiter: Delimiter) -> Vec<String> {
        documents("f", table, delimiter, Fields::default())
            .map(|row| match row {
                Ok(document) => format!("{}: {}", document.id(), document.text()),
                Err(failure) => format!("{:?} {failure}", failure.line),
            })
            .collect()
    }

    #[test]
    fn reads_rows() {
        let rows: [(&[u8], Delimiter, &[&str]); 7] = [
            (b"id,text\n1,a\n2,b", Delimiter::Comma, &["1: a", "2: b"]),
            (b"id\ttext\n1\ta,b\n", Delimiter::Tab, &["1: a,b"]),
            (
                b"\xef\xbb\xbftext,x\r\n\"a\n\"\"b\"\"\",1\r\nc,2\r\n",
                Delimiter::Comma,
                &["f:2: a\n\"b\"", "f:4: c"],
            ),
            (
                b"id,text\n1,a,b\n2,b\n",
                Delimiter::Comma,
                &[
                    "Some(2) f:2: CSV error: record 1 (line: 2, byte: 8): found record with 3 fields, but the previous record has 2 fields",
                    "2: b",
                ],
            ),
            (
                b"id,text\n1,\xff\n2,b\n",
                Delimiter::Comma,
                &[
                    "Some(2) f:2: field \"text\" is not UTF-8: invalid byte at offset 0",
                    "2: b",
                ],
            ),
            (
                b"id,body\n1,a\n",
                Delimiter::Comma,
                &["Some(1) f:1: no column \"text\": the header has [\"id\", \"body\"]"],
            ),
            (
                b"",
                Delimiter::Comma,
                &["Some(1) f:1: no column \"text\": the header has []"],
            ),
        ];
        for (table, delimiter, expected) in rows {
            assert_eq!(read(table, delimiter), expected);
        }
    }
}
