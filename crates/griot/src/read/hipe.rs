//! The columns of HIPE 2022: tokens with names and links.
//!
//! The first line names the columns; `TOKEN` and `NE-COARSE-LIT` must be among them,
//! and `NE-NESTED`, `NEL-LIT`, `NEL-METO` and `MISC` are read if they are. A
//! line `# hipe2022:document_id = …` begins a document.
//!
//! The format keeps no text, so one is made: tokens joined by a space, by nothing
//! after `NoSpaceAfter`, by a line feed after `EndOfLine`. Words that are hyphenated at
//! the end of a line stay in two parts.
//!
//! `NEL-LIT` may have several entities, best first, separated by `|`: the first is the
//! target. `NIL` becomes `NIL:` and the name, as in gold files; what a mention stands for
//! is in `NEL-METO`.

use std::io::BufRead;

use griot_text::{
    Candidate, Document, EntityId, Link, Mention, Reading, Span, Target, spans_from_tags,
};

use super::AnnotationReader;
use super::lines::Lines;
use crate::{Annotation, Error, LineError};

/// Reads documents, one after the other.
///
/// A document with a wrong line is an error, and the next one is read all the same.
#[derive(Debug)]
pub struct Reader<R> {
    lines: Lines<R>,
    columns: Option<Columns>,
    building: Builder,
    n_documents: u64,
}

impl<R: BufRead> Reader<R> {
    /// A reader of `reader`; `name` is for errors, and for documents without
    /// identifier.
    pub fn new(name: impl Into<String>, reader: R) -> Self {
        Self {
            lines: Lines::new(name, reader),
            columns: None,
            building: Builder::default(),
            n_documents: 0,
        }
    }

    fn finish(&mut self) -> Option<Result<Annotation, Error>> {
        let built = std::mem::take(&mut self.building);
        if built.is_empty() {
            return None;
        }
        self.n_documents += 1;
        let default_id = format!("{}:{}", self.lines.name(), self.n_documents);
        let line = built.line;
        Some(
            built
                .finish(default_id)
                .map_err(|source| self.lines.error(line, source)),
        )
    }

    /// Takes in one line.
    fn take(&mut self, number: u64, line: &str) -> Result<(), LineError> {
        let Some(columns) = &self.columns else {
            if !line.trim().is_empty() {
                self.columns = Some(Columns::new(line)?);
            }
            return Ok(());
        };
        if let Some(comment) = line.strip_prefix("# ") {
            self.building.comment(comment, number);
            Ok(())
        } else if line.trim().is_empty() {
            Ok(())
        } else {
            self.building.token(columns, line, number)
        }
    }

    /// Goes on to the next document after a line that is wrong.
    fn skip(&mut self) {
        self.building.is_broken = true;
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Annotation, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (number, line) = match self.lines.next() {
                Some(Ok(line)) => line,
                Some(Err(error)) => {
                    self.skip();
                    return Some(Err(error));
                }
                None => return self.finish(),
            };
            let is_new = line.starts_with("# ") && line.contains(DOCUMENT_ID);
            let done = if is_new { self.finish() } else { None };
            if let Err(source) = self.take(number, &line) {
                // Only a line that begins no document can be wrong; without its header
                // a file says nothing.
                self.skip();
                if self.columns.is_none() {
                    self.lines.end();
                }
                return Some(Err(self.lines.error(number, source)));
            }
            if done.is_some() {
                return done;
            }
        }
    }
}

impl<R: BufRead> AnnotationReader for Reader<R> {}

/// The key of the comment that begins a document.
const DOCUMENT_ID: &str = "hipe2022:document_id";

/// The place of each column.
#[derive(Debug)]
struct Columns {
    token: usize,
    tag: usize,
    nested: Option<usize>,
    literal: Option<usize>,
    metonymic: Option<usize>,
    flags: Option<usize>,
    n: usize,
}

impl Columns {
    fn new(header: &str) -> Result<Self, LineError> {
        let names: Vec<&str> = header.trim_start_matches('\u{feff}').split('\t').collect();
        let find = |name: &str| names.iter().position(|found| *found == name);
        let must = |column: &str| {
            find(column).ok_or_else(|| LineError::NoColumn {
                column: column.to_owned(),
                header: names.iter().map(ToString::to_string).collect(),
            })
        };
        Ok(Self {
            token: must("TOKEN")?,
            tag: must("NE-COARSE-LIT")?,
            nested: find("NE-NESTED"),
            literal: find("NEL-LIT"),
            metonymic: find("NEL-METO"),
            flags: find("MISC"),
            n: names.len(),
        })
    }
}

/// The document read so far.
#[derive(Debug, Default)]
struct Builder {
    id: Option<String>,
    language: Option<String>,
    text: String,
    /// What joins the next word to the text.
    joint: &'static str,
    words: Vec<Span>,
    /// Tags of the outer mentions, then of those inside.
    tags: [Vec<String>; 2],
    literals: Vec<String>,
    metonymic: Vec<String>,
    /// Where it began.
    line: u64,
    /// Nothing more is read of it.
    is_broken: bool,
}

impl Builder {
    fn is_empty(&self) -> bool {
        self.is_broken || (self.words.is_empty() && self.id.is_none())
    }

    fn comment(&mut self, comment: &str, line: u64) {
        let Some((key, value)) = comment.split_once('=') else {
            return;
        };
        let value = value.trim().to_owned();
        match key.trim() {
            DOCUMENT_ID => (self.id, self.line, self.is_broken) = (Some(value), line, false),
            "hipe2022:language" => self.language = Some(value),
            _ => {}
        }
    }

    fn token(&mut self, columns: &Columns, line: &str, number: u64) -> Result<(), LineError> {
        if self.is_broken {
            return Ok(());
        }
        let cells: Vec<&str> = line.split('\t').collect();
        if cells.len() != columns.n {
            return Err(LineError::Columns {
                expected: columns.n,
                found: cells.len(),
            });
        }
        if self.line == 0 {
            self.line = number;
        }
        self.text.push_str(self.joint);
        let start = self.text.len();
        self.text.push_str(cells[columns.token]);
        // A text over 4 GiB is refused when the document is made.
        let end = self.text.len() as u32;
        self.words.push(Span::new((start as u32).min(end), end));
        let cell = |column: Option<usize>| column.map_or("_", |column| cells[column]);
        for (tags, column) in self
            .tags
            .iter_mut()
            .zip([Some(columns.tag), columns.nested])
        {
            let tag = cell(column);
            tags.push(if matches!(tag, "_" | "") { "O" } else { tag }.to_owned());
        }
        self.literals.push(cell(columns.literal).to_owned());
        self.metonymic.push(cell(columns.metonymic).to_owned());
        self.joint = joint(cell(columns.flags));
        Ok(())
    }

    fn finish(mut self, default_id: String) -> Result<Annotation, LineError> {
        if self.joint == "\n" {
            self.text.push('\n');
        }
        let [outer, nested] = self
            .tags
            .each_ref()
            .map(|tags| spans_from_tags(&self.words, tags, Reading::Lenient));
        let mention = |(span, label)| Mention {
            span,
            label,
            score: 1.0,
        };
        let outer: Vec<Mention> = outer?.into_iter().map(mention).collect();
        let links = outer
            .iter()
            .filter_map(|mention| self.link(mention))
            .collect();
        let mut mentions = outer;
        mentions.extend(nested?.into_iter().map(mention));
        super::sort(&mut mentions);
        let document = Document::new(self.id.unwrap_or(default_id), self.text)?;
        let document = match self.language {
            Some(language) => document.with_language(language),
            None => document,
        };
        Ok(Annotation {
            document,
            mentions,
            links,
        })
    }

    /// What the first word of a mention is linked to.
    fn link(&self, mention: &Mention) -> Option<Link> {
        let first = self
            .words
            .partition_point(|word| word.start() < mention.span.start());
        let id = |cell: &String| (!matches!(cell.as_str(), "_" | "" | "O")).then(|| cell.clone());
        let literal = id(self.literals.get(first)?)?;
        let stands_for = id(self.metonymic.get(first)?).filter(|id| id != "NIL");
        let name = &self.text[mention.span.range()];
        let mut ids = literal.split('|');
        let target = match ids.next()? {
            "NIL" => Target::Nil(format!("NIL:{name}").into()),
            id => Target::Entity(id.into()),
        };
        let candidate = |id: &str| Candidate {
            id: id.into(),
            name: String::new(),
            score: 0.0,
        };
        Some(Link {
            candidates: ids.filter(|id| *id != "NIL").map(candidate).collect(),
            ..super::link(mention, target, name, stands_for.map(EntityId::from))
        })
    }
}

fn joint(flags: &str) -> &'static str {
    let mut flags = flags.split('|');
    if flags.clone().any(|flag| flag == "EndOfLine") {
        "\n"
    } else if flags.any(|flag| flag == "NoSpaceAfter") {
        ""
    } else {
        " "
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "TOKEN\tNE-COARSE-LIT\tNE-NESTED\tNEL-LIT\tNEL-METO\tMISC\n";

    fn read(rows: &str) -> Vec<Result<Annotation, Error>> {
        let file = format!("{HEADER}{rows}");
        Reader::new("f", file.as_bytes()).collect()
    }

    #[test]
    fn reads_names_and_links() {
        let read = read(
            "# hipe2022:document_id = a\n# hipe2022:language = fr\n\
             L'\tO\tO\t_\t_\tNoSpaceAfter\n\
             Université\tB-org\tO\tQ1|Q2|NIL\tQ3\t_\nde\tI-org\t_\tQ1\t_\t_\n\
             Lyon\tI-org\tB-loc\tQ1\t_\tEndOfLine\nX\tB-pers\tO\tNIL\t_\t_\n\n\
             # hipe2022:document_id = b\n",
        );
        let [a, b] = &read[..] else {
            panic!("{read:?}")
        };
        let (a, b) = (a.as_ref().unwrap(), b.as_ref().unwrap());
        assert_eq!(a.document.text(), "L'Université de Lyon\nX");
        assert_eq!((a.document.id(), a.document.language()), ("a", Some("fr")));
        let mentions: Vec<_> = a
            .linked()
            .map(|(m, link)| (a.surface(m), link.map(|link| link.target.id().as_str())))
            .collect();
        let expected = [
            ("Université de Lyon", Some("Q1")),
            ("Lyon", None),
            ("X", Some("NIL:X")),
        ];
        assert_eq!(mentions, expected);
        let link = &a.links[0];
        assert_eq!(
            (link.candidates.len(), &link.stands_for),
            (1, &Some("Q3".into()))
        );
        assert_eq!((b.document.id(), b.document.text()), ("b", ""));
    }

    #[test]
    fn a_wrong_document_does_not_end_the_file() {
        let read = read(
            "x\tO\n# hipe2022:document_id = a\ny\tB-LOC\tO\t_\t_\t_\ny\tLOC\tO\t_\t_\t_\n\
             # hipe2022:document_id = b\nz\tO\tO\t_\t_\t_\nshort\nmore\n\
             # hipe2022:document_id = c\nw\tO\tO\t_\t_\t_\n",
        );
        let shown: Vec<_> = read
            .into_iter()
            .map(|result| match result {
                Ok(annotation) => annotation.document.id().to_owned(),
                Err(Error::Line { line, source, .. }) => format!("{line}: {source}"),
                Err(other) => panic!("{other}"),
            })
            .collect();
        assert_eq!(shown[0], "2: 2 columns, expected 6");
        assert!(shown[1].starts_with("3: "), "{}", shown[1]);
        assert_eq!(shown[2..], ["8: 1 columns, expected 6", "c"]);
        let none: Vec<_> = Reader::new("f", &b"TOKEN\tX\n"[..]).collect();
        assert!(matches!(none[..], [Err(Error::Line { line: 1, .. })]));
    }
}
