//! What the benchmarks share: the texts, the gold standard, the model.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use griot::read::{gold, text};
use griot::{Document, LabelledDocument, Recognizer, RecognizerConfig};

/// A folder of the repository.
pub fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The five press texts of `examples/data`.
///
/// # Errors
///
/// If one cannot be read.
pub fn texts() -> Result<Vec<Document>> {
    let read = |path: PathBuf| Ok(text::document(&name(&path), fs::File::open(&path)?)?);
    files("examples/data", "txt")?
        .into_iter()
        .map(read)
        .collect()
}

/// The gold standard of `benches/gold`: three of the texts.
///
/// # Errors
///
/// If a file cannot be read.
pub fn gold_standard() -> Result<Vec<LabelledDocument>> {
    let read = |path: PathBuf| Ok(gold::labelled(&name(&path), fs::File::open(&path)?)?);
    files("benches/gold", "json")?
        .into_iter()
        .map(read)
        .collect()
}

/// The model in `model`, or the embedded one.
///
/// # Errors
///
/// If it does not load.
pub fn recognizer(model: Option<&Path>) -> Result<Recognizer> {
    let config = RecognizerConfig::default();
    Ok(match model {
        Some(folder) => Recognizer::load(folder, config)?,
        None => Recognizer::embedded_with(config)?,
    })
}

fn files(of: &str, extension: &str) -> Result<Vec<PathBuf>> {
    let folder = folder(of);
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    Ok(files)
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
