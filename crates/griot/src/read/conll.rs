//! CoNLL columns: a word a line, its tag last, a blank line after a sentence.
//!
//! Columns are separated by tabs or, where a line has none, by spaces; the
//! first is the word and the last the tag, in any of the usual schemes. A line
//! that begins with `-DOCSTART-` or `# newdoc` begins a document, the latter with
//! its identifier after `id =`; other `#` lines are comments unless they end in
//! a tag.
//!
//! The format keeps no text, so one is made: words joined by single spaces,
//! sentences by line feeds. Offsets are those of that text.

use std::io::{self, BufRead};

use griot_text::{
    Document, Label, Mention, OffsetUnit, Reading, Span, convert_spans, spans_from_tags,
};

use super::AnnotationReader;
use super::lines::Lines;
use crate::labelled::Place;
use crate::{Annotation, Error, LabelledDocument, LabelledMention, LineError};

/// A document of a CoNLL file, with its tags.
#[derive(Clone, Debug, PartialEq)]
pub struct TaggedDocument {
    /// Identifier and text.
    pub document: Document,
    /// What the tags mark, in bytes of the text: sorted and disjoint.
    pub mentions: Vec<(Span, Label)>,
}

/// The documents of a CoNLL file.
///
/// A document without an identifier is called `name` if it is the only one of
/// the file, or else `name:number`, from 1. Tags are read as `conlleval` does:
/// an `I-` that continues nothing begins a mention.
///
/// # Errors
///
/// [`Error::Read`], or [`Error::Line`] for a line that is not UTF-8 or has no tag,
/// or a tag that is none.
///
/// # Example
///
/// ```
/// let file = "Modibo\tB-PER\nKeïta\tI-PER\nest\tO\nlà\tO\n";
/// let documents = griot::read::conll::documents("f", file.as_bytes())?;
/// assert_eq!(documents[0].document.text(), "Modibo Keïta est là");
/// assert_eq!(documents[0].mentions, [(griot::Span::new(0, 13), "PER".into())]);
/// # Ok::<(), griot::Error>(())
/// ```
pub fn documents(name: &str, reader: impl io::Read) -> Result<Vec<TaggedDocument>, Error> {
    Reader::new(name, io::BufReader::new(reader)).collect()
}

/// Reads documents, one after the other.
///
/// A document with a wrong line is an error, and the next one is read all the same.
#[derive(Debug)]
pub struct Reader<R> {
    lines: Lines<R>,
    building: Builder,
    /// The document before, whose name depends on whether it is the only one.
    held: Option<Finished>,
    n_documents: u64,
    has_ended: bool,
}

impl<R: BufRead> Reader<R> {
    /// A reader of `reader`; `name` is for errors, and for documents without
    /// identifier.
    pub fn new(name: impl Into<String>, reader: R) -> Self {
        Self {
            lines: Lines::new(name, reader),
            building: Builder::default(),
            held: None,
            n_documents: 0,
            has_ended: false,
        }
    }

    /// The same documents as annotations, without links.
    pub fn annotations(self) -> impl AnnotationReader {
        Annotations(self)
    }

    /// Takes in one line; gives the document that it ends.
    fn take(&mut self, number: u64, line: &str) -> Result<Option<Finished>, (u64, LineError)> {
        let line = parse(line);
        if let Ok(Line::NewDocument { id }) = line {
            let done = self.building.end_document();
            self.building = Builder {
                id,
                ..Builder::default()
            };
            return done;
        }
        if self.building.is_broken {
            return Ok(None);
        }
        match line {
            Ok(Line::Token { word, tag }) => self.building.push(word, tag, number),
            Ok(Line::Blank) => self.building.end_sentence()?,
            Ok(Line::Comment | Line::NewDocument { .. }) => {}
            Err(source) => return Err((number, source)),
        }
        Ok(None)
    }

    /// The next document, before it is known whether it is the only one.
    fn next_finished(&mut self) -> Option<Result<Finished, Error>> {
        while !self.has_ended {
            let done = match self.lines.next() {
                Some(Ok((number, line))) => self.take(number, &line),
                Some(Err(error)) => {
                    self.n_documents += 1;
                    self.building.is_broken = true;
                    return Some(Err(error));
                }
                None => {
                    self.has_ended = true;
                    self.building.end_document()
                }
            };
            match done {
                Ok(None) => {}
                Ok(Some(mut finished)) => {
                    self.n_documents += 1;
                    finished.number = self.n_documents;
                    return Some(Ok(finished));
                }
                Err((line, source)) => {
                    self.n_documents += 1;
                    self.building.is_broken = true;
                    return Some(Err(self.lines.error(line, source)));
                }
            }
        }
        None
    }

    fn named(&self, finished: Finished) -> Result<TaggedDocument, Error> {
        let name = self.lines.name();
        let id = finished.id.unwrap_or_else(|| match self.n_documents {
            1 => name.to_owned(),
            _ => format!("{name}:{}", finished.number),
        });
        Ok(TaggedDocument {
            document: Document::new(id, finished.text)?,
            mentions: finished.mentions,
        })
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<TaggedDocument, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_finished() {
                Some(Ok(finished)) => {
                    if let Some(held) = self.held.replace(finished) {
                        return Some(self.named(held));
                    }
                }
                Some(Err(error)) => return Some(Err(error)),
                None => return self.held.take().map(|held| self.named(held)),
            }
        }
    }
}

struct Annotations<R>(Reader<R>);

impl<R: BufRead> Iterator for Annotations<R> {
    type Item = Result<Annotation, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mention = |(span, label)| Mention {
            span,
            label,
            score: 1.0,
        };
        let annotation = |tagged: TaggedDocument| Annotation {
            document: tagged.document,
            mentions: tagged.mentions.into_iter().map(mention).collect(),
            links: Vec::new(),
        };
        self.0.next().map(|tagged| tagged.map(annotation))
    }
}

impl<R: BufRead> AnnotationReader for Annotations<R> {}

impl TaggedDocument {
    /// The mentions with offsets in characters.
    pub fn into_labelled(self) -> LabelledDocument {
        let text = self.document.text();
        let spans: Vec<Span> = self.mentions.iter().map(|(span, _)| *span).collect();
        let offsets = convert_spans(text, &spans, OffsetUnit::Char);
        let labelled = |((span, label), (start, end)): (&(Span, Label), _)| LabelledMention {
            start,
            end,
            text: span.slice(text).map(str::to_owned),
            label: label.as_str().to_owned(),
            place: Place::Article,
            entity: None,
            candidates: Vec::new(),
        };
        LabelledDocument {
            id: self.document.id().to_owned(),
            offset_unit: OffsetUnit::Char,
            mentions: self.mentions.iter().zip(offsets).map(labelled).collect(),
        }
    }
}

enum Line<'a> {
    Token { word: &'a str, tag: &'a str },
    Blank,
    Comment,
    NewDocument { id: Option<String> },
}

fn parse(line: &str) -> Result<Line<'_>, LineError> {
    if line.trim_matches([' ', '\t', '\r']).is_empty() {
        return Ok(Line::Blank);
    }
    if line.starts_with("-DOCSTART-") {
        return Ok(Line::NewDocument { id: None });
    }
    if let Some(rest) = line.strip_prefix("# newdoc") {
        let id = rest.split_once('=').map(|(_, id)| id.trim().to_owned());
        return Ok(Line::NewDocument { id });
    }
    let separator = if line.contains('\t') { '\t' } else { ' ' };
    let columns = line
        .trim_end_matches([separator, '\r'])
        .split_once(separator);
    let (word, tag) = match columns {
        Some((word, rest)) => (word, rest.rsplit(separator).next().unwrap_or(rest)),
        None => (line, ""),
    };
    if line.starts_with('#') && !looks_like_tag(tag) {
        Ok(Line::Comment)
    } else if tag.is_empty() {
        Err(LineError::NoTag {
            found: line.to_owned(),
        })
    } else {
        Ok(Line::Token { word, tag })
    }
}

/// Whether the last column of a line that begins with `#`, a word like any
/// other, makes it a word and not a comment.
fn looks_like_tag(column: &str) -> bool {
    column == "O" || column.get(1..2) == Some("-")
}

/// The document read so far.
#[derive(Debug, Default)]
struct Builder {
    /// Identifier, if the file gave one.
    id: Option<String>,
    text: String,
    mentions: Vec<(Span, Label)>,
    words: Vec<Span>,
    tags: Vec<String>,
    /// Line of the first word of the current sentence.
    sentence_line: u64,
    /// Nothing more is read of it.
    is_broken: bool,
}

/// A document as read, which may still need a name.
#[derive(Debug)]
struct Finished {
    /// Among the documents of the file, from 1.
    number: u64,
    id: Option<String>,
    text: String,
    mentions: Vec<(Span, Label)>,
}

impl Builder {
    fn push(&mut self, word: &str, tag: &str, line: u64) {
        if self.words.is_empty() {
            self.sentence_line = line;
            if !self.text.is_empty() {
                self.text.push('\n');
            }
        } else {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(word);
        // A text over 4 GiB is refused when the document is made; until then
        // its spans may as well wrap.
        let (start, end) = (start as u32, self.text.len() as u32);
        self.words.push(Span::new(start.min(end), end));
        self.tags.push(tag.to_owned());
    }

    fn end_sentence(&mut self) -> Result<(), (u64, LineError)> {
        let found = spans_from_tags(&self.words, &self.tags, Reading::Lenient);
        self.words.clear();
        self.tags.clear();
        self.mentions
            .extend(found.map_err(|error| (self.sentence_line, error.into()))?);
        Ok(())
    }

    /// The document, if there is one and nothing was wrong with it; the next one
    /// may be built then.
    fn end_document(&mut self) -> Result<Option<Finished>, (u64, LineError)> {
        let ended = self.end_sentence();
        let built = std::mem::take(self);
        if built.is_broken {
            return Ok(None);
        }
        ended?;
        let is_document = !built.text.is_empty() || built.id.is_some();
        Ok(is_document.then_some(Finished {
            number: 0,
            id: built.id,
            text: built.text,
            mentions: built.mentions,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Identifier, text and `label:surface` of each document.
    fn read(file: &str) -> Vec<(String, String, Vec<String>)> {
        let show = |tagged: TaggedDocument| {
            let text = tagged.document.text().to_owned();
            let mentions = tagged.mentions.iter();
            let mentions = mentions.map(|(s, l)| format!("{l}:{}", s.slice(&text).unwrap()));
            (
                tagged.document.id().to_owned(),
                text.clone(),
                mentions.collect(),
            )
        };
        documents("f", file.as_bytes())
            .unwrap()
            .into_iter()
            .map(show)
            .collect()
    }

    #[test]
    fn reads_columns_of_any_number() {
        let rows: [(&str, &str, &[&str]); 6] = [
            ("a O", "a", &[]),
            (
                "Lomé\tB-LOC\n\nMali\tI-LOC\n",
                "Lomé\nMali",
                &["LOC:Lomé", "LOC:Mali"],
            ),
            ("EU NNP B-NP S-ORG\r\n\r\n", "EU", &["ORG:EU"]),
            ("New  York\tB-LOC\nx\tO", "New  York x", &["LOC:New  York"]),
            (
                "#\tO\n# O\n# a comment\n#tag B-MISC",
                "# # #tag",
                &["MISC:#tag"],
            ),
            ("1\tMali\tB-LOC\t", "1", &["LOC:1"]),
        ];
        for (file, text, mentions) in rows {
            let mentions = mentions.iter().map(ToString::to_string).collect();
            assert_eq!(
                read(file),
                [("f".to_owned(), text.to_owned(), mentions)],
                "{file:?}"
            );
        }
    }

    #[test]
    fn separates_documents() {
        let ids = |file| {
            read(file)
                .into_iter()
                .map(|(id, ..)| id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(""), [""; 0]);
        assert_eq!(
            ids("-DOCSTART- -X- O\n\na O\n-DOCSTART- O\nb O"),
            ["f:1", "f:2"]
        );
        assert_eq!(
            ids("# newdoc id = x O\na O\n# newdoc id = y\n"),
            ["x O", "y"]
        );
    }

    #[test]
    fn names_the_wrong_line() {
        let error = |file: &str| match documents("f", file.as_bytes()) {
            Err(Error::Line { line, source, .. }) => (line, source.to_string()),
            other => panic!("{other:?}"),
        };
        assert_eq!(error("a O\nword\n").0, 2);
        assert_eq!(error("a O\n\nb B-LOC\nc LOC\n").0, 3);
    }

    #[test]
    fn converts_to_characters() {
        let file = "🎷 O\nLomé B-LOC\n";
        let tagged = documents("f", file.as_bytes()).unwrap().remove(0);
        assert_eq!(tagged.mentions, [(Span::new(5, 10), "LOC".into())]);
        let mention = &tagged.into_labelled().mentions[0];
        assert_eq!((mention.start, mention.end), (2, 6));
        assert_eq!(mention.text.as_deref(), Some("Lomé"));
    }
}
