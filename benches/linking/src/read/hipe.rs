//! HIPE-2022: tokens in columns, one document after the other.

use std::path::Path;

use anyhow::{Context, Result};
use griot_text::score::Referent;
use griot_text::{Document, EntityId, Label, Span};

use crate::set::{EvalDocument, EvalMention, EvalSet, Gold};

/// Reads a file. The text is as printed: words that are hyphenated at the end of
/// a line stay in two parts (`ex¬`, line feed, `cessif`). Only literal mentions
/// of the coarse column are read; a metonymic link becomes `stands_for`.
///
/// # Errors
///
/// If the file cannot be read or lacks a column.
pub fn read(path: &Path) -> Result<EvalSet> {
    let text = super::text(path)?;
    let documents = documents(&text).with_context(|| path.display().to_string())?;
    Ok(EvalSet {
        name: super::stem(path).replace("-dev", ""),
        gold: Gold::Links,
        documents,
    })
}

fn documents(text: &str) -> Result<Vec<EvalDocument>> {
    let mut lines = text.lines();
    let columns = Columns::new(lines.next().context("no header")?)?;
    let mut documents = Vec::new();
    let mut builder = Builder::default();
    for line in lines {
        if let Some(comment) = line.strip_prefix("# ") {
            if builder.has_text() {
                documents.extend(std::mem::take(&mut builder).finish()?);
            }
            builder.comment(comment);
        } else if line.contains('\t') {
            builder.token(&columns, line)?;
        }
    }
    documents.extend(builder.finish()?);
    Ok(documents)
}

/// Where the columns are that are read.
struct Columns {
    label: usize,
    link: usize,
    metonym: usize,
    misc: usize,
}

impl Columns {
    fn new(header: &str) -> Result<Self> {
        let find = |name: &str| {
            let place = header.split('\t').position(|column| column == name);
            place.with_context(|| format!("no column {name}"))
        };
        Ok(Self {
            label: find("NE-COARSE-LIT")?,
            link: find("NEL-LIT")?,
            metonym: find("NEL-METO")?,
            misc: find("MISC")?,
        })
    }
}

#[derive(Default)]
struct Builder {
    id: String,
    language: Option<String>,
    date: Option<String>,
    text: String,
    /// What separates the last token from the next.
    gap: &'static str,
    mentions: Vec<EvalMention>,
    /// Whether an `I-` tag continues the last mention.
    is_open: bool,
}

impl Builder {
    fn has_text(&self) -> bool {
        !self.text.is_empty()
    }

    fn comment(&mut self, comment: &str) {
        let Some((key, value)) = comment.split_once(" = ") else {
            return;
        };
        match key {
            "hipe2022:document_id" => value.clone_into(&mut self.id),
            "hipe2022:language" => self.language = Some(value.to_owned()),
            "hipe2022:date" => self.date = Some(value.to_owned()),
            _ => {}
        }
    }

    fn token(&mut self, columns: &Columns, line: &str) -> Result<()> {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |index: usize| cells.get(index).copied().context("a line is short");
        self.text.push_str(self.gap);
        let start = u32::try_from(self.text.len())?;
        self.text.push_str(cells[0]);
        let span = Span::new(start, u32::try_from(self.text.len())?);
        let tag = cell(columns.label)?;
        match tag.split_once('-') {
            Some(("I", _)) if self.is_open => {
                if let Some(last) = self.mentions.last_mut() {
                    last.span = last.span.cover(span);
                }
            }
            Some((_, class)) => {
                self.open(class, span, [cell(columns.link)?, cell(columns.metonym)?]);
            }
            None => self.is_open = false,
        }
        let misc: Vec<&str> = cell(columns.misc)?.split('|').collect();
        self.gap = if misc.contains(&"EndOfLine") {
            "\n"
        } else if misc.contains(&"NoSpaceAfter") {
            ""
        } else {
            " "
        };
        Ok(())
    }

    fn open(&mut self, class: &str, span: Span, [link, metonym]: [&str; 2]) {
        let Some(label) = label(class) else {
            self.is_open = false;
            return;
        };
        self.is_open = true;
        self.mentions.push(EvalMention {
            span,
            label: Label::from(label),
            referent: super::referent(link),
            stands_for: match super::referent(metonym) {
                Referent::Entity(id) => Some(id),
                _ => None::<EntityId>,
            },
        });
    }

    fn finish(self) -> Result<Option<EvalDocument>> {
        if self.text.is_empty() {
            return Ok(None);
        }
        let mut document = Document::new(self.id, self.text)?;
        if let Some(language) = self.language {
            document = document.with_language(language);
        }
        Ok(Some(EvalDocument::new(document, self.date, self.mentions)))
    }
}

fn label(class: &str) -> Option<&'static str> {
    match class.to_lowercase().as_str() {
        "pers" | "per" => Some("PER"),
        "org" => Some("ORG"),
        "loc" => Some("LOC"),
        "prod" | "humanprod" | "work" => Some("MISC"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
TOKEN\tNE-COARSE-LIT\tNE-COARSE-METO\tNEL-LIT\tNEL-METO\tMISC
# hipe2022:language = fr
# hipe2022:document_id = a
# hipe2022:date = 1923-01-15
À\tO\t_\t_\t_\t_
Port\tB-loc\tB-org\tQ34261\tQ790\tNoSpaceAfter
-\tI-loc\tI-org\tQ34261\tQ790\tNoSpaceAfter
au\u{ac}\tI-loc\tI-org\tQ34261\tQ790\tNoSpaceAfter|EndOfLine
Prince\tI-loc\tI-org\tQ34261\tQ790\tNoSpaceAfter
,\tO\t_\t_\t_\tEndOfLine
Moll\tB-PER\t_\tNIL\t_\tNoSpaceAfter|EndOfSentence
hier\tB-time\t_\t_\t_\t_

# hipe2022:original_source = x
# hipe2022:document_id = b
Mende\tB-LOC\t_\t_\t_\t_
Mende\tB-LOC\t_\tQ1\t_\t_
";

    #[test]
    fn text_and_mentions() {
        let documents = documents(FILE).expect("the file is well formed");
        let [first, second] = &documents[..] else {
            panic!("two documents, not {}", documents.len());
        };
        assert_eq!(first.document.text(), "À Port-au\u{ac}\nPrince,\nMollhier");
        assert_eq!(
            (first.document.id(), first.document.language()),
            ("a", Some("fr"))
        );
        assert_eq!(first.date.as_deref(), Some("1923-01-15"));
        let rows: Vec<_> = first
            .mentions
            .iter()
            .map(|it| (first.form(it.span), it.label.as_str(), &it.referent))
            .collect();
        let town = Referent::Entity(EntityId::from("Q34261"));
        let expected = [
            ("Port-au\u{ac}\nPrince", "LOC", &town),
            ("Moll", "PER", &Referent::Nil(None)),
        ];
        assert_eq!(rows, expected);
        assert_eq!(first.mentions[0].stands_for, Some(EntityId::from("Q790")));
        assert_eq!(second.document.text(), "Mende Mende");
        assert_eq!(second.mentions[0].referent, Referent::Unknown);
        assert_eq!(second.mentions.len(), 2);
    }
}
