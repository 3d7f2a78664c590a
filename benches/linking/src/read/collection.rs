//! The collection of `tests/collections`: texts with inline annotation, and what
//! must hold over all of them.

mod invariant;
mod markup;

use std::path::Path;

use anyhow::{Context, Result};
use griot_text::Document;

use crate::set::{EvalDocument, EvalSet, Gold};

pub use invariant::{Invariant, Relation, invariants};

/// Reads the `.txt` files of a folder; the README there describes them.
///
/// # Errors
///
/// If a file cannot be read or is not as expected.
pub fn read(folder: &Path) -> Result<EvalSet> {
    let mut files = Vec::new();
    for path in super::files(folder, "txt")? {
        files.push((super::stem(&path), super::text(&path)?));
    }
    of_texts(&files).with_context(|| folder.display().to_string())
}

/// Reads documents given as their name and the text of their file.
///
/// # Errors
///
/// If one is not as expected.
pub fn of_texts(files: &[(impl AsRef<str>, impl AsRef<str>)]) -> Result<EvalSet> {
    let mut documents = Vec::new();
    for (name, file) in files {
        let document = document(name.as_ref(), file.as_ref());
        documents.push(document.with_context(|| name.as_ref().to_owned())?);
    }
    Ok(EvalSet {
        name: "collection".to_owned(),
        gold: Gold::LinksAndClusters,
        documents,
    })
}

/// A head of `key: value` lines, an empty line, and the annotated text.
fn document(id: &str, file: &str) -> Result<EvalDocument> {
    let (head, body) = file
        .split_once("\n\n")
        .context("no empty line after the head")?;
    let field = |name: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    };
    let (text, mentions) = markup::parse(body.trim_end())?;
    let document =
        Document::new(id, text)?.with_language(field("language").context("no language")?);
    Ok(EvalDocument::new(document, field("date"), mentions))
}
