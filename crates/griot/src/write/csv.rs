//! Tables with one mention a row, for spreadsheets and data frames.
//!
//! | column | what |
//! |---|---|
//! | `document` | identifier of the document |
//! | `language` | of the document; empty if not known |
//! | `start`, `end` | in the unit asked for, end exclusive |
//! | `text`, `label`, `score` | of the mention |
//! | `entity`, `entity_name`, `entity_type`, `entity_score` | what it refers to; empty if not linked |
//! | `stands_for` | what it speaks of by naming that |
//!
//! Cells are quoted where they have a delimiter, a quotation mark or a line break.
//! A cell that begins with `=` is a formula to spreadsheets; it is written as it is.

use std::io::{self, Write};

use griot_text::{EntityId, OffsetUnit};

use super::AnnotationWriter;
use super::jsonl::four_decimals;
use crate::Annotation;

/// What separates columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// A tab.
    Tab,
}

const HEADER: [&str; 12] = [
    "document",
    "language",
    "start",
    "end",
    "text",
    "label",
    "score",
    "entity",
    "entity_name",
    "entity_type",
    "entity_score",
    "stands_for",
];

/// Writes one mention a row, after a header.
#[derive(Debug)]
pub struct Writer<W: Write> {
    table: csv::Writer<W>,
    unit: OffsetUnit,
    position: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Start,
    AfterHeader,
}

impl<W: Write> Writer<W> {
    /// A writer to `out` with offsets in `unit`.
    pub fn new(out: W, delimiter: Delimiter, unit: OffsetUnit) -> Self {
        let delimiter = match delimiter {
            Delimiter::Comma => b',',
            Delimiter::Tab => b'\t',
        };
        let table = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .from_writer(out);
        Self {
            table,
            unit,
            position: Position::Start,
        }
    }

    fn header(&mut self) -> io::Result<()> {
        if self.position == Position::Start {
            self.position = Position::AfterHeader;
            self.table.write_record(HEADER)?;
        }
        Ok(())
    }
}

impl<W: Write> AnnotationWriter for Writer<W> {
    /// Cost: one pass over the text.
    fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        self.header()?;
        let document = &annotation.document;
        let language = document.language().unwrap_or_default();
        for (mention, (start, end), link) in annotation.placed(self.unit) {
            let score = |score| four_decimals(score).to_string();
            let stands_for = link.and_then(|link| link.stands_for.as_ref());
            let row = [
                document.id(),
                language,
                &start.to_string(),
                &end.to_string(),
                annotation.surface(mention),
                mention.label.as_str(),
                &score(mention.score),
                link.map_or("", |link| link.target.id().as_str()),
                link.map_or("", |link| &link.name),
                link.map_or("", |link| link.label.as_str()),
                &link.map_or_else(String::new, |link| score(link.score)),
                stands_for.map_or("", EntityId::as_str),
            ];
            self.table.write_record(row)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.header()?;
        self.table.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    fn written(delimiter: Delimiter, unit: OffsetUnit, sample: &Annotation) -> String {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, delimiter, unit);
        writer.write(sample).unwrap();
        writer.finish().unwrap();
        drop(writer);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn golden() {
        let sample = annotation("🎷 [Mali](LOC), [le \"\n, Sahel](LOC)").with_language("fr");
        let mut sample = sample.linked_to([Some("Q912"), None]).0;
        sample.links.pop();
        let header = HEADER.join(",");
        let rows = "d,fr,3,7,Mali,LOC,0.9988,Q912,Mali,LOC,1,\n\
                    d,fr,9,21,\"le \"\"\n, Sahel\",LOC,0.9988,,,,,\n";
        let found = written(Delimiter::Comma, OffsetUnit::Utf16, &sample);
        assert_eq!(found, format!("{header}\n{rows}"));
        let found = written(Delimiter::Tab, OffsetUnit::Byte, &annotation("").0);
        assert_eq!(found, format!("{}\n", HEADER.join("\t")));
    }
}
