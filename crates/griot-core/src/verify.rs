//! Checking that the files of a model are what they were.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::files::{file_error, read_limited};
use crate::{Device, Error, ModelFiles, Recognizer, RecognizerConfig};

/// Most bytes of a list of checksums that are read.
const SUMS_BYTES_MAX: u64 = 1 << 20;

/// What was found out about a file of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileCheck {
    /// Name of the file.
    pub file: String,
    /// Its checksum against the one it should have.
    pub checksum: Checksum,
}

/// A checksum (SHA-256, in hexadecimal digits) against what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checksum {
    /// The file has the content it should have.
    Same,
    /// It has not.
    Differs {
        /// The checksum it should have.
        expected: String,
        /// The checksum it has; none if it is not there.
        found: Option<String>,
    },
    /// Nothing says which one it should have.
    NotKnown,
}

/// Checks the model in `folder`: the checksums of its files as far as they are
/// known, from the list `SHA256SUMS` or from the cache of the hub, where large
/// files are stored under theirs. To see whether it loads, use [`load`].
///
/// Cost: reads every file.
///
/// # Errors
///
/// [`Error::File`], [`Error::FileSize`].
pub fn checksums(folder: impl AsRef<Path>) -> Result<Vec<FileCheck>, Error> {
    let folder = folder.as_ref();
    let listed = listed_sums(folder)?;
    let mut expected: BTreeMap<String, Option<String>> = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(file_error(folder))? {
        let path = entry.map_err(file_error(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_file() && name != "SHA256SUMS" {
            expected.insert(name.into_owned(), blob_sum(&path));
        }
    }
    expected.extend(listed.into_iter().map(|(name, sum)| (name, Some(sum))));
    let check = |(file, expected)| {
        let checksum = match expected {
            None => Checksum::NotKnown,
            Some(expected) => compare(&folder.join(&file), expected)?,
        };
        Ok(FileCheck { file, checksum })
    };
    expected.into_iter().map(check).collect()
}

/// Loads a model on the CPU and drops it: its structure, its shapes, and that
/// all its numbers are finite.
///
/// # Errors
///
/// What is wrong with it.
pub fn load(files: &ModelFiles<'_>) -> Result<(), Error> {
    let config = RecognizerConfig::default().with_device(Device::Cpu);
    Recognizer::from_bytes(files, config).map(drop)
}

/// The lines `<checksum>  <name>` of `SHA256SUMS`, if there is one.
fn listed_sums(folder: &Path) -> Result<BTreeMap<String, String>, Error> {
    let path = folder.join("SHA256SUMS");
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let bytes = read_limited(&path, SUMS_BYTES_MAX)?;
    let text = String::from_utf8_lossy(&bytes);
    let line = |line: &str| {
        let (sum, name) = line.split_once(char::is_whitespace)?;
        let name = name.trim_start().trim_start_matches('*');
        // A list is no reason to read files elsewhere.
        let is_plain = !name.contains(['/', '\\', ':']) && name != ".." && !name.is_empty();
        (is_sum(sum) && is_plain).then(|| (name.to_owned(), sum.to_ascii_lowercase()))
    };
    Ok(text.lines().filter_map(line).collect())
}

/// The checksum that the name of a file in the cache of the hub tells.
fn blob_sum(path: &Path) -> Option<String> {
    let target = fs::read_link(path).ok()?;
    let name = target.file_name()?.to_str()?;
    is_sum(name).then(|| name.to_owned())
}

fn is_sum(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn compare(path: &Path, expected: String) -> Result<Checksum, Error> {
    let found = match sum_of(path) {
        Ok(found) => Some(found),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(file_error(path)(error)),
    };
    Ok(if found.as_ref() == Some(&expected) {
        Checksum::Same
    } else {
        Checksum::Differs { expected, found }
    })
}

/// The SHA-256 of a file, in hexadecimal digits.
fn sum_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n_read => hash.update(&buffer[..n_read]),
        }
    }
    Ok(hex(&hash.finalize()))
}

/// Two hexadecimal digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    let digits = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    digits.collect()
}
