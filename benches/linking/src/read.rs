//! One reader for each format of evaluation sets.
//!
//! Every reader gives mentions in bytes of a text that is as printed: nothing is
//! joined, corrected or normalized. Types are mapped to PER, ORG, LOC and MISC;
//! mentions of other types (dates, numbers, professions, …) are left out.

pub mod brat;
pub mod collection;
pub mod elevant;
pub mod gold;
pub mod hipe;
pub mod slavic;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use griot_text::score::Referent;
use griot_text::{EntityId, OffsetUnit, Span, spans_from_units};

/// The text of a file.
fn text(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

/// The files of a folder with an extension, sorted by name.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("{} has no .{extension} file", folder.display());
    }
    Ok(files)
}

/// The name of a file without its extension.
fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The span of bytes of a pair of characters.
fn span_of_chars(text: &str, start: u32, end: u32) -> Result<Span> {
    let spans = spans_from_units(text, &[(start, end)], OffsetUnit::Char);
    let span = spans.into_iter().next().flatten();
    span.with_context(|| format!("no characters {start}..{end} in the text"))
}

/// A Wikidata identifier or something that stands for none.
fn referent(id: &str) -> Referent {
    match id {
        "NIL" | "<NIL>" | "NULL" => Referent::Nil(None),
        _ if is_qid(id) => Referent::Entity(EntityId::from(id)),
        _ => Referent::Unknown,
    }
}

/// Whether `id` looks like `Q42`.
fn is_qid(id: &str) -> bool {
    let digits = id.strip_prefix('Q').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
