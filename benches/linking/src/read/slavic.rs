//! `SlavicNER`: texts, and tables of mentions with identifiers that hold over
//! documents and languages.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use griot_text::score::Referent;
use griot_text::{Document, EntityId, Label};

use crate::set::{EvalDocument, EvalMention, EvalSet, Gold};

/// Reads one topic: `folder` has `ner/<topic>/<language>/*.tsv` and
/// `raw/<topic>/<language>/*.txt`.
///
/// # Errors
///
/// If a file cannot be read or a line is not as expected.
pub fn read(folder: &Path, topic: &str) -> Result<EvalSet> {
    let tables = folder.join("ner").join(topic);
    let entries = std::fs::read_dir(&tables).with_context(|| tables.display().to_string())?;
    let languages: std::io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut languages = languages?;
    languages.sort();
    let mut documents = Vec::new();
    for tables in languages {
        let language = super::stem(&tables);
        let texts = folder.join("raw").join(topic).join(&language);
        for table in super::files(&tables, "tsv")? {
            let document = document(&table, &texts, &language);
            documents.push(document.with_context(|| table.display().to_string())?);
        }
    }
    Ok(EvalSet {
        name: format!("slavic-{topic}"),
        gold: Gold::Clusters,
        documents,
    })
}

fn document(table: &Path, texts: &Path, language: &str) -> Result<EvalDocument> {
    // Some names end in `.txt.tsv` beside `.txt.txt`.
    let name = super::stem(table);
    let text = super::text(&texts.join(format!("{name}.txt")))?;
    let mentions = mentions(&text, &super::text(table)?)?;
    let document = Document::new(format!("{language}/{name}"), text)?.with_language(language);
    Ok(EvalDocument::new(document, None, mentions))
}

fn mentions(text: &str, table: &str) -> Result<Vec<EvalMention>> {
    let mut mentions = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [start, end, form, _, class, id] = cells[..] else {
            anyhow::bail!("{line:?} has not six columns");
        };
        let span = super::span_of_chars(text, start.parse()?, end.parse()?)?;
        let found = span.slice(text).context("a span of the text")?;
        anyhow::ensure!(found == form, "{found:?} is not {form:?}");
        mentions.push(EvalMention {
            span,
            label: Label::from(label(class)),
            referent: Referent::Nil(Some(EntityId::from(id))),
            stands_for: None,
        });
    }
    Ok(mentions)
}

/// Products and events are MISC.
fn label(class: &str) -> &'static str {
    match class {
        "PER" => "PER",
        "ORG" => "ORG",
        "LOC" => "LOC",
        _ => "MISC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table() {
        let text = "В Пакистане";
        let table = "2\t11\tПакистане\tПакистан\tLOC\tGPE-Pakistan\n";
        let found = mentions(text, table).expect("well formed");
        assert_eq!(found[0].span.slice(text), Some("Пакистане"));
        let id = Some(EntityId::from("GPE-Pakistan"));
        assert_eq!(found[0].referent, Referent::Nil(id));
        let wrong = mentions(text, "0\t1\tx\tx\tLOC\ty\n").expect_err("another form");
        assert_eq!(wrong.to_string(), "\"В\" is not \"x\"");
    }
}
