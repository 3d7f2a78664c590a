//! Tests that cross crates, as one binary.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod concurrency;
mod conversions;
mod end_to_end;
mod formats;
mod hostile;
#[cfg(unix)]
mod hostile_models;
#[cfg(feature = "hub")]
mod hub;
#[cfg(feature = "hub")]
mod hub_server;
mod invariance;
mod linking;
mod parity;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use griot::{Document, Mention, Pipeline, Recognizer, RecognizerConfig};

/// The embedded model, loaded once for all tests.
static PIPELINE: LazyLock<Pipeline> =
    LazyLock::new(|| Pipeline::embedded().expect("the embedded model loads"));

/// A file or folder of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The five press texts of `examples/data`, by name.
fn texts() -> Vec<Document> {
    let read = |path: &PathBuf| {
        let name = path
            .file_name()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        Document::new(name, fs::read_to_string(path).expect("UTF-8")).expect("short")
    };
    files("examples/data", "txt").iter().map(read).collect()
}

/// The files of a folder with an extension, sorted.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository(folder)).expect("a folder of the repository");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no .{extension} in {folder}");
    files
}

/// The embedded model with other settings.
fn recognizer(config: RecognizerConfig) -> Recognizer {
    Recognizer::embedded_with(config).expect("the embedded model loads")
}

/// Asserts that two ways to tag one text agree: same spans, same labels, same scores
/// to the last bit.
#[track_caller]
fn assert_same(left: &[Mention], right: &[Mention], what: &str) {
    assert_eq!(left, right, "{what}");
}

/// Asserts what every result promises: sorted, disjoint, on character
/// boundaries, no white space at the ends, scores in [0, 1].
#[track_caller]
fn assert_sound(text: &str, mentions: &[Mention]) {
    for mention in mentions {
        let name = mention.span.slice(text);
        let is_trimmed = name.is_some_and(|name| !name.is_empty() && name == name.trim());
        assert!(is_trimmed, "{mention:?} covers {name:?}");
        assert!((0.0..=1.0).contains(&mention.score), "{mention:?}");
    }
    for pair in mentions.windows(2) {
        assert!(pair[0].span.end() <= pair[1].span.start(), "{pair:?}");
    }
}
