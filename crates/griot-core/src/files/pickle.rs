//! Weights as `torch.save` writes them: a ZIP archive of one pickle, which says
//! where each tensor is, and one file a storage.
//!
//! A pickle is a program, and Python runs it. This reader runs nothing: it
//! knows the few instructions and names that a `state_dict` is made of and
//! refuses all others. (The reader of Candle 0.11 panics on arguments that are
//! missing, copies what is referred to again, so that a small file can fill the
//! memory, and skips what is no tensor.)

mod machine;

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::ops::Range;

use zip::{CompressionMethod, ZipArchive};

use self::machine::{Storage, StoredView, run};
use super::weights::Place;
use crate::Error;

/// Most bytes of a pickle; a model of ten thousand tensors needs half of it.
const PICKLE_BYTES_MAX: u64 = 2 << 20;

/// What is wrong with a pickle: what it is, and what was found.
#[derive(Debug)]
struct Problem {
    what: &'static str,
    found: String,
}

impl Problem {
    fn new(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            found: found.into(),
        }
    }
}

/// The tensors in the archive `bytes`, which `file` names in errors.
///
/// # Errors
///
/// [`Error::Pickle`].
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<HashMap<String, Place>, Error> {
    read_archive(bytes).map_err(|problem| Error::Pickle {
        file: file.to_owned(),
        problem: problem.what,
        found: problem.found,
    })
}

fn read_archive(bytes: &[u8]) -> Result<HashMap<String, Place>, Problem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
        Problem::new(
            "is no ZIP archive, so it is damaged or older than PyTorch 1.6; load and save it again in Python",
            error.to_string(),
        )
    })?;
    let (folder, pickle) = read_pickle(&mut archive)?;
    if let Some(order) = read_entry(&mut archive, &format!("{folder}/byteorder"))?
        && order != b"little"
    {
        let order = String::from_utf8_lossy(&order).into_owned();
        return Err(Problem::new("is not in little-endian order", order));
    }
    let mut storages = HashMap::new();
    let mut places = HashMap::new();
    for (name, view) in run(&pickle)? {
        if !storages.contains_key(&view.storage.key) {
            let found = storage_range(&mut archive, bytes.len(), &folder, &view.storage)?;
            storages.insert(view.storage.key.clone(), found);
        }
        let place = place(&name, &view, &storages[&view.storage.key])?;
        places.insert(name, place);
    }
    Ok(places)
}

/// The name of the folder in the archive, and the only pickle in it.
fn read_pickle(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<(String, Vec<u8>), Problem> {
    let names: Result<Vec<String>, _> = archive
        .file_names()
        .map(|name| name.map(std::borrow::Cow::into_owned))
        .collect();
    let names =
        names.map_err(|error| Problem::new("has a damaged directory", error.to_string()))?;
    let mut folders = names
        .iter()
        .filter_map(|name| name.strip_suffix("/data.pkl"));
    let (Some(folder), None) = (folders.next(), folders.next()) else {
        let names = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        return Err(Problem::new("holds no pickle data.pkl, or several", names));
    };
    let pickle = read_entry(archive, &format!("{folder}/data.pkl"))?;
    let pickle = pickle.ok_or_else(|| Problem::new("holds no pickle", folder))?;
    Ok((folder.to_owned(), pickle))
}

/// A small file of the archive, if it is there.
fn read_entry(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
) -> Result<Option<Vec<u8>>, Problem> {
    let damaged = |error: String| Problem::new("has a damaged entry", format!("{name}: {error}"));
    let entry = match archive.by_name(name) {
        Ok(entry) => entry,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(damaged(error.to_string())),
    };
    let mut bytes = Vec::new();
    let limited = entry.take(PICKLE_BYTES_MAX + 1).read_to_end(&mut bytes);
    limited.map_err(|error| damaged(error.to_string()))?;
    if bytes.len() as u64 > PICKLE_BYTES_MAX {
        return Err(Problem::new("has a pickle that is too long", name));
    }
    Ok(Some(bytes))
}

/// Where the bytes of a storage are in the archive.
fn storage_range(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    n_bytes: usize,
    folder: &str,
    storage: &Storage,
) -> Result<Range<usize>, Problem> {
    let name = format!("{folder}/data/{}", storage.key);
    let entry = archive
        .by_name(&name)
        .map_err(|error| Problem::new("lacks a storage", format!("{name}: {error}")))?;
    if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
        return Err(Problem::new("has a compressed storage", name));
    }
    let start = entry
        .data_start()
        .and_then(|start| usize::try_from(start).ok());
    let size = usize::try_from(entry.size()).ok();
    let range = start.zip(size).and_then(|(start, size)| {
        let end = start.checked_add(size)?;
        (end <= n_bytes && entry.size() == entry.compressed_size()).then_some(start..end)
    });
    range.ok_or_else(|| Problem::new("ends before a storage does", name))
}

/// Where a tensor is, if its storage is as long as its shape says.
fn place(name: &str, view: &StoredView, storage: &Range<usize>) -> Result<Place, Problem> {
    let size = view.storage.dtype.bitsize() / 8;
    let length = view
        .shape
        .iter()
        .try_fold(size, |n, &dim| n.checked_mul(dim));
    let offset = view.offset.checked_mul(size);
    let range = offset.zip(length).and_then(|(offset, length)| {
        let start = storage.start.checked_add(offset)?;
        let end = start.checked_add(length)?;
        (end <= storage.end).then_some(start..end)
    });
    let found = || {
        format!(
            "`{name}` with shape {:?}, strides {:?}",
            view.shape, view.strides
        )
    };
    let range =
        range.ok_or_else(|| Problem::new("has a tensor longer than its storage", found()))?;
    if !view.is_row_major() {
        return Err(Problem::new("has a tensor that is not row-major", found()));
    }
    Ok(Place {
        dtype: view.storage.dtype,
        shape: view.shape.clone(),
        range,
    })
}

#[cfg(test)]
mod tests;
