//! The gold JSON of `benches/gold`.

use std::path::Path;

use anyhow::{Context, Result};
use griot_text::score::Referent;
use griot_text::{Document, Label};
use serde::Deserialize;

use crate::set::{EvalDocument, EvalMention, EvalSet, Gold};

/// Reads the `.json` files of a folder; the texts are in `texts`.
///
/// # Errors
///
/// If a file cannot be read or is not as expected.
pub fn read(folder: &Path, texts: &Path, name: &str) -> Result<EvalSet> {
    let mut documents = Vec::new();
    for path in super::files(folder, "json")? {
        let document = document(&super::text(&path)?, texts);
        documents.push(document.with_context(|| path.display().to_string())?);
    }
    Ok(EvalSet {
        name: name.to_owned(),
        gold: Gold::LinksAndClusters,
        documents,
    })
}

#[derive(Deserialize)]
struct File {
    doc: String,
    language: String,
    mentions: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    start: u32,
    end: u32,
    text: String,
    label: String,
    entity: String,
}

fn document(json: &str, texts: &Path) -> Result<EvalDocument> {
    let file: File = serde_json::from_str(json)?;
    let text = super::text(&texts.join(&file.doc))?;
    let mut mentions = Vec::new();
    for row in file.mentions {
        let span = super::span_of_chars(&text, row.start, row.end)?;
        let found = span.slice(&text).context("a span of the text")?;
        anyhow::ensure!(found == row.text, "{found:?} is not {:?}", row.text);
        mentions.push(EvalMention {
            span,
            label: Label::from(row.label),
            referent: Referent::new(Some(&row.entity), None),
            stands_for: None,
        });
    }
    let document = Document::new(file.doc, text)?.with_language(file.language);
    Ok(EvalDocument::new(document, None, mentions))
}
