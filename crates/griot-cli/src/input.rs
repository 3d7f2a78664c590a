//! Paths to documents, lazily.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Read};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use glob::{MatchOptions, Pattern};
use griot::batch::Failure;
use griot::read::csv::{self, Delimiter};
use griot::read::{conll, html, jsonl, text};
use griot::{Document, Error, read};
use walkdir::{DirEntry, WalkDir};

use crate::args::Input;

/// Where documents come from.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    /// Files, folders, patterns, `-`.
    pub(crate) paths: Vec<PathBuf>,
    /// Which files to take from folders; those of known extensions if empty.
    pub(crate) globs: Vec<Pattern>,
    pub(crate) reading: Reading,
    /// Canonical paths of what is written, which is no input.
    pub(crate) outputs: Vec<PathBuf>,
}

/// How files are read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) format: Input,
    pub(crate) fields: jsonl::Fields,
    /// Language of documents that state none.
    pub(crate) language: Option<String>,
    /// Bytes read so far, as they are on disk.
    pub(crate) n_read: Arc<AtomicU64>,
}

/// Extensions of the files that are taken from a folder.
const FOLDER_EXTENSIONS: [&str; 6] = ["txt", "jsonl", "ndjson", "html", "htm", "xhtml"];

/// The column of identifiers unless the user names one.
#[cfg(feature = "parquet")]
const DEFAULT_ID: &str = "id";

/// Extensions of compressed files, after another one.
const COMPRESSED_EXTENSIONS: [&str; 4] = ["gz", "bz2", "xz", "zst"];

/// What a batch writes beside its output.
const OWN_SUFFIXES: [&str; 4] = [".partial", ".journal", ".journal.new", ".mentions"];

pub(crate) type Documents = Box<dyn Iterator<Item = Result<Document, Failure>> + Send>;
type Files = Box<dyn Iterator<Item = Result<PathBuf, Failure>> + Send>;

impl Inputs {
    pub(crate) fn has_stdin(&self) -> bool {
        self.paths.iter().any(|path| is_stdin(path))
    }

    /// Whether someone must type a text now, and may not know.
    pub(crate) fn waits_for_typing(&self) -> bool {
        self.has_stdin() && io::stdin().is_terminal()
    }

    /// Every document, in the order of the paths; within a folder or a pattern,
    /// by name. One that cannot be read is a failure, and the next one follows.
    pub(crate) fn documents(&self) -> Documents {
        let reading = self.reading.clone();
        Box::new(self.files().flat_map(move |file| {
            let documents: Documents = file
                .and_then(|path| open(&path, &reading))
                .unwrap_or_else(|failure| Box::new(iter::once(Err(failure))));
            let language = reading.language.clone();
            documents.map(move |document| Ok(stated(document?, language.as_deref())))
        }))
    }

    /// Bytes of all files; nothing if that cannot be known.
    pub(crate) fn n_bytes(&self) -> Option<u64> {
        if self.has_stdin() {
            return None;
        }
        let sizes = self.files().flatten().map(fs::metadata);
        Some(sizes.flatten().map(|metadata| metadata.len()).sum())
    }

    fn files(&self) -> Files {
        let Self { globs, outputs, .. } = self.clone();
        let paths = self.paths.clone().into_iter();
        let files = paths.flat_map(move |path| expand(path, &globs));
        Box::new(files.filter(move |file| !file.as_ref().is_ok_and(|path| is_own(path, &outputs))))
    }
}

/// Whether `path` is what is written, or beside it.
fn is_own(path: &Path, outputs: &[PathBuf]) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    let is_beside = |output: &PathBuf| {
        let rest = path.as_os_str().as_encoded_bytes();
        let rest = rest.strip_prefix(output.as_os_str().as_encoded_bytes());
        rest.is_some_and(|rest| OWN_SUFFIXES.iter().any(|own| own.as_bytes() == rest))
    };
    outputs
        .iter()
        .any(|output| path.starts_with(output) || is_beside(output))
}

/// The files that one argument stands for.
fn expand(path: PathBuf, globs: &[Pattern]) -> Files {
    if path.is_dir() && !is_stdin(&path) {
        return walk(path, globs);
    }
    let pattern = path
        .to_str()
        .filter(|typed| typed.contains(['*', '?', '[']));
    match pattern {
        // A file may have a bracket in its name.
        Some(pattern) if !path.exists() => matching(pattern, globs),
        _ => Box::new(iter::once(Ok(path))),
    }
}

fn matching(pattern: &str, globs: &[Pattern]) -> Files {
    let name = pattern.to_owned();
    let paths = match glob::glob(pattern) {
        Ok(paths) => paths,
        Err(error) => {
            let error = anyhow::Error::new(error).context(format!("{name:?} is not a pattern"));
            return Box::new(iter::once(Err(Failure::new(name, error))));
        }
    };
    let globs = globs.to_vec();
    let files = paths.flat_map(move |path| -> Files {
        match path {
            Ok(path) if path.is_dir() => walk(path, &globs),
            Ok(path) => Box::new(iter::once(Ok(path))),
            Err(error) => {
                let path = error.path().to_string_lossy().into_owned();
                Box::new(iter::once(Err(Failure::new(path, error))))
            }
        }
    });
    let message = format!("no file matches {name:?}");
    or_else_failure(files, name, message)
}

fn walk(folder: PathBuf, globs: &[Pattern]) -> Files {
    let name = folder.display().to_string();
    let message = if globs.is_empty() {
        format!("no text, web page or JSON Lines file in {name}: see --glob")
    } else {
        format!("no file in {name} matches --glob")
    };
    let is_hidden = |entry: &DirEntry| {
        entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
    };
    let (globs, root) = (globs.to_vec(), folder.clone());
    let files = WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(move |entry| !is_hidden(entry))
        .filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_file() => {
                is_wanted(entry.path(), &root, &globs).then(|| Ok(entry.into_path()))
            }
            Ok(_) => None,
            Err(error) => {
                let path = error.path().unwrap_or(&root).display().to_string();
                Some(Err(Failure::new(path, error)))
            }
        });
    or_else_failure(files, name, message)
}

/// Whether a file of a folder is to be read.
fn is_wanted(path: &Path, root: &Path, globs: &[Pattern]) -> bool {
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: false,
    };
    let below = path.strip_prefix(root).unwrap_or(path);
    let name = path.file_name().map_or(path, Path::new);
    let matches = |pattern: &Pattern| {
        // As in .gitignore: a pattern without a folder is about the name.
        let subject = if pattern.as_str().contains('/') {
            below
        } else {
            name
        };
        pattern.matches_path_with(subject, options)
    };
    match globs {
        [] => extension(path).is_some_and(|found| FOLDER_EXTENSIONS.contains(&found.as_str())),
        globs => globs.iter().any(matches),
    }
}

/// `files`, or one failure if there are none.
fn or_else_failure(
    files: impl Iterator<Item = Result<PathBuf, Failure>> + Send + 'static,
    path: String,
    message: String,
) -> Files {
    let mut files = files.peekable();
    match files.peek() {
        Some(_) => Box::new(files),
        None => Box::new(iter::once(Err(Failure::new(path, message)))),
    }
}

/// The documents of one file.
fn open(path: &Path, reading: &Reading) -> Result<Documents, Failure> {
    let name = path.to_string_lossy().into_owned();
    let fields = reading.fields.clone();
    #[cfg(feature = "parquet")]
    if format_of(path, reading.format) == Input::Parquet {
        return table(path, &name, &fields);
    }
    let reader = bytes(path, &reading.n_read).map_err(|source| Error::Read {
        name: name.clone(),
        source,
    })?;
    Ok(match format_of(path, reading.format) {
        Input::Text | Input::Auto => {
            // One byte more than a document can have, which makes it an error.
            let reader = reader.take(1 << 32);
            Box::new(iter::once(Ok(text::document(&name, reader)?)))
        }
        Input::Html => {
            let reader = reader.take(1 << 32);
            Box::new(iter::once(Ok(html::document(&name, reader)?)))
        }
        Input::Jsonl => Box::new(jsonl::items(name, reader, fields)),
        Input::Csv => Box::new(csv::documents(name, reader, Delimiter::Comma, fields)),
        Input::Tsv => Box::new(csv::documents(name, reader, Delimiter::Tab, fields)),
        Input::Conll => {
            let tagged = conll::documents(&name, reader)?;
            Box::new(tagged.into_iter().map(|tagged| Ok(tagged.document)))
        }
        #[cfg(feature = "parquet")]
        Input::Parquet => table(path, &name, &fields)?,
    })
}

/// The rows of a Parquet file, which is read here and there and cannot be a stream.
#[cfg(feature = "parquet")]
fn table(path: &Path, name: &str, fields: &jsonl::Fields) -> Result<Documents, Failure> {
    let open = |id: Option<&str>| {
        let file = fs::File::open(path).map_err(|source| Error::Read {
            name: name.to_owned(),
            source,
        })?;
        read::parquet::documents(name, file, &fields.text, id)
    };
    let documents = match open(Some(&fields.id)) {
        // Rows have numbers where nobody named a column.
        Err(Error::Column { column, .. }) if column == fields.id && column == DEFAULT_ID => {
            open(None)
        }
        documents => documents,
    }?;
    Ok(Box::new(documents.map(|document| Ok(document?))))
}

/// The document in its own language, else in `language` if there is one.
fn stated(document: Document, language: Option<&str>) -> Document {
    match language {
        Some(language) if document.language().is_none() => document.with_language(language),
        _ => document,
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The bytes of a file, decompressed.
fn bytes(path: &Path, n_read: &Arc<AtomicU64>) -> io::Result<Box<dyn BufRead + Send>> {
    if is_stdin(path) {
        return read::decompress(io::stdin());
    }
    // On Unix a folder opens like a file, and then cannot be read.
    if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    read::open_file(path, n_read)
}

fn format_of(path: &Path, format: Input) -> Input {
    let Input::Auto = format else {
        return format;
    };
    match extension(path).as_deref() {
        Some("jsonl" | "ndjson") => Input::Jsonl,
        Some("csv") => Input::Csv,
        Some("tsv") => Input::Tsv,
        Some("html" | "htm" | "xhtml") => Input::Html,
        Some("conll") => Input::Conll,
        #[cfg(feature = "parquet")]
        Some("parquet") => Input::Parquet,
        _ => Input::Text,
    }
}

/// Extension in lower case, but for that of a compressed file.
fn extension(path: &Path) -> Option<String> {
    let last = |path: &Path| {
        let extension = path.extension().and_then(OsStr::to_str);
        extension.map(str::to_ascii_lowercase)
    };
    let found = last(path)?;
    if COMPRESSED_EXTENSIONS.contains(&found.as_str()) {
        return last(&path.with_extension(""));
    }
    Some(found)
}
