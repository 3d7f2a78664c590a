//! Paths to documents, lazily.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::iter;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use griot::read::{conll, jsonl, text};
use griot::{Document, Error};
use walkdir::{DirEntry, WalkDir};

use crate::args::Input;
use crate::settings::is_same;

/// Where documents come from.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// Files, folders, patterns, `-`.
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) format: Input,
    pub(crate) fields: jsonl::Fields,
    /// Canonical path of the output file, which is no input.
    pub(crate) output: Option<PathBuf>,
}

/// Extensions of the files that are taken from a folder.
const FOLDER_EXTENSIONS: [&str; 2] = ["txt", "jsonl"];

type Documents = Box<dyn Iterator<Item = anyhow::Result<Document>>>;
type Files = Box<dyn Iterator<Item = anyhow::Result<PathBuf>>>;

impl Inputs {
    /// Whether someone must type a text now, and may not know.
    pub(crate) fn waits_for_typing(&self) -> bool {
        self.paths.iter().any(|path| is_stdin(path)) && io::stdin().is_terminal()
    }

    /// Every document, in the order of the paths; within a folder or a pattern,
    /// by name. One that cannot be read is an error, and the next one follows.
    pub(crate) fn documents(self) -> impl Iterator<Item = anyhow::Result<Document>> {
        let Self {
            paths,
            format,
            fields,
            output,
        } = self;
        let is_output =
            move |path: &Path| output.as_ref().is_some_and(|output| is_same(path, output));
        let files = paths.into_iter().flat_map(expand);
        let inputs = files.filter(move |file| !file.as_ref().is_ok_and(|path| is_output(path)));
        inputs.flat_map(move |file| {
            file.and_then(|path| open(&path, format, &fields))
                .unwrap_or_else(one_error)
        })
    }
}

/// The files that one argument stands for.
fn expand(path: PathBuf) -> Files {
    if path.is_dir() && !is_stdin(&path) {
        return walk(path);
    }
    let pattern = path
        .to_str()
        .filter(|typed| typed.contains(['*', '?', '[']));
    match pattern {
        // A file may have a bracket in its name.
        Some(pattern) if !path.exists() => matching(pattern),
        _ => Box::new(iter::once(Ok(path))),
    }
}

fn matching(pattern: &str) -> Files {
    let paths = match glob::glob(pattern) {
        Ok(paths) => paths,
        Err(error) => {
            let error = anyhow!(error).context(format!("{pattern:?} is not a pattern"));
            return Box::new(iter::once(Err(error)));
        }
    };
    let files = paths.flat_map(|path| -> Files {
        match path {
            Ok(path) if path.is_dir() => walk(path),
            Ok(path) => Box::new(iter::once(Ok(path))),
            Err(error) => Box::new(iter::once(Err(error.into()))),
        }
    });
    or_else_error(files, format!("no file matches {pattern:?}"))
}

fn walk(folder: PathBuf) -> Files {
    let message = format!("no .txt or .jsonl file in {}", folder.display());
    let is_hidden = |entry: &DirEntry| {
        entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
    };
    let wanted = |path: &Path| {
        FOLDER_EXTENSIONS
            .iter()
            .any(|wanted| has_extension(path, wanted))
    };
    let files = WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(move |entry| !is_hidden(entry))
        .filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_file() && wanted(entry.path()) => {
                Some(Ok(entry.into_path()))
            }
            Ok(_) => None,
            Err(error) => Some(Err(error.into())),
        });
    or_else_error(files, message)
}

/// `files`, or one error if there are none.
fn or_else_error(
    files: impl Iterator<Item = anyhow::Result<PathBuf>> + 'static,
    message: String,
) -> Files {
    let mut files = files.peekable();
    match files.peek() {
        Some(_) => Box::new(files),
        None => Box::new(iter::once(Err(anyhow!(message)))),
    }
}

/// The documents of one file.
fn open(path: &Path, format: Input, fields: &jsonl::Fields) -> anyhow::Result<Documents> {
    let name = path.to_string_lossy().into_owned();
    let reader: Box<dyn BufRead> = if is_stdin(path) {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(open_file(path)?))
    };
    Ok(match format_of(path, format) {
        Input::Text | Input::Auto => Box::new(iter::once(Ok(text::document(&name, reader)?))),
        Input::Jsonl => Box::new(jsonl::documents(name, reader, fields.clone()).map(plain)),
        Input::Conll => {
            let tagged = conll::documents(&name, reader)?;
            Box::new(tagged.into_iter().map(|tagged| Ok(tagged.document)))
        }
    })
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn open_file(path: &Path) -> anyhow::Result<File> {
    // On Unix a folder opens like a file, and then cannot be read.
    let is_folder = fs::metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let file = if is_folder {
        Err(io::ErrorKind::IsADirectory.into())
    } else {
        File::open(path)
    };
    file.with_context(|| format!("cannot read {:?}", path.display().to_string()))
}

fn format_of(path: &Path, format: Input) -> Input {
    match format {
        Input::Auto if has_extension(path, "jsonl") => Input::Jsonl,
        Input::Auto if has_extension(path, "conll") => Input::Conll,
        Input::Auto => Input::Text,
        given => given,
    }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|ext| ext.eq_ignore_ascii_case(wanted))
}

fn plain(document: Result<Document, Error>) -> anyhow::Result<Document> {
    Ok(document?)
}

fn one_error(error: anyhow::Error) -> Documents {
    Box::new(iter::once(Err(error)))
}
