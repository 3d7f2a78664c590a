//! What of a batch is safely written.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use griot_text::Document;
use serde::{Deserialize, Serialize};

use super::{BatchError, Failure, Summary};

/// What must be the same when a batch goes on: names and values, such as the model
/// and the form of the results.
pub type Settings = BTreeMap<String, String>;

/// Version of the journal's file.
const VERSION: u32 = 1;

/// What of a batch is safely written: all that is needed to go on with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    version: u32,
    /// What must be the same.
    pub settings: Settings,
    /// Whether nothing is left to do. Only shards keep the journal of a complete batch.
    #[serde(default)]
    pub complete: bool,
    /// What was counted; [`Summary::items`] is the place in the input.
    pub summary: Summary,
    /// CRC-32 of these items.
    pub input: u32,
    /// Shard that is being written, from 0.
    pub shard: u32,
    /// Documents in it.
    pub shard_documents: u64,
    /// The results in it, or in the file.
    pub output: Written,
    /// The file of failures.
    pub errors: Written,
    /// The mentions, where links are resolved over documents.
    pub mentions: Written,
}

/// Bytes at the begin of a file that belong to the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// How many.
    pub bytes: u64,
    /// Their CRC-32.
    pub crc: u32,
}

impl State {
    /// The state before the first document.
    pub fn new(settings: Settings) -> Self {
        Self {
            version: VERSION,
            settings,
            ..Self::default()
        }
    }

    /// Checks that the settings are `settings`.
    ///
    /// # Errors
    ///
    /// [`BatchError::SettingChanged`] with the first that differs.
    pub fn check(&self, settings: &Settings) -> Result<(), BatchError> {
        let names = self.settings.keys().chain(settings.keys());
        for name in names {
            let (was, is) = (self.settings.get(name), settings.get(name));
            if was != is {
                return Err(BatchError::SettingChanged {
                    name: name.clone(),
                    was: was.cloned(),
                    is: is.cloned(),
                });
            }
        }
        Ok(())
    }

    /// Takes an item of the input, whose CRC-32 is `item`, into [`input`](Self::input).
    pub fn add_input(&mut self, item: u32) {
        let mut hasher = crc32fast::Hasher::new_with_initial(self.input);
        hasher.update(&item.to_le_bytes());
        self.input = hasher.finalize();
    }
}

/// CRC-32 of an item of the input.
pub(super) fn crc_of_item(item: Result<&Document, &Failure>) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    match item {
        Ok(document) => {
            hasher.update(document.id().as_bytes());
            // What follows an identifier is never part of one.
            hasher.update(&[0xff]);
            hasher.update(document.text().as_bytes());
        }
        Err(failure) => {
            hasher.update(failure.path.as_bytes());
            hasher.update(&failure.line.unwrap_or(u64::MAX).to_le_bytes());
        }
    }
    hasher.finalize()
}

/// The file of a [`State`].
#[derive(Clone, Debug)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal at `path`, which need not be there.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; nothing if there is none.
    ///
    /// # Errors
    ///
    /// [`BatchError::Read`] or [`BatchError::Journal`].
    pub fn load(&self) -> Result<Option<State>, BatchError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(BatchError::Read {
                    path: self.path.clone(),
                    source,
                });
            }
        };
        let unknown = |source| BatchError::Journal {
            path: self.path.clone(),
            source,
        };
        let state: State = serde_json::from_slice(&bytes).map_err(unknown)?;
        if state.version != VERSION {
            let message = format!("version {}, expected {VERSION}", state.version);
            return Err(unknown(serde::de::Error::custom(message)));
        }
        Ok(Some(state))
    }

    /// Replaces what it holds, at once: whoever reads it sees the old state or the new
    /// one. What `state` speaks of must be on disk already.
    ///
    /// # Errors
    ///
    /// [`BatchError::Write`].
    pub fn save(&self, state: &State) -> Result<(), BatchError> {
        self.replace(state).map_err(|source| BatchError::Write {
            path: self.path.clone(),
            source,
        })
    }

    /// Where the next state is written before it takes the place of the old one.
    fn next(&self) -> PathBuf {
        with_suffix(&self.path, ".new")
    }

    fn replace(&self, state: &State) -> io::Result<()> {
        let new = self.next();
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(state)?)?;
        file.sync_data()?;
        drop(file);
        fs::rename(&new, &self.path)
    }

    /// Removes it: the batch is complete.
    ///
    /// # Errors
    ///
    /// [`BatchError::Write`].
    pub fn remove(&self) -> Result<(), BatchError> {
        // A run that was killed may have left it.
        remove(&self.next())?;
        remove(&self.path)
    }
}

/// Removes `path` if it is there.
pub(super) fn remove(path: &Path) -> Result<(), BatchError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(BatchError::Write {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// `path` with more at the end of its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
