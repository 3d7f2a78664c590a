//! A manifest: several lists that make one knowledge base.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Describe, Languages, LineError, Merged, ReadError, list};

/// What a knowledge base is made of, as a TOML file says it:
///
/// ```toml
/// [kb]
/// name = "ministries"
/// date = "2026-11-21"
/// licence = "CC0-1.0"
/// languages = ["fr", "en"]    # all, if not given
///
/// [[source]]                  # later ones merge into earlier ones
/// path = "ministries.jsonl"
/// base = "here"               # the folder of this file; or "sources"
/// licence = "CC0-1.0"
/// drop = ["Q2"]               # identifiers of this source that are left out
///
/// [unalias]                   # names taken away from what was merged, exactly so
/// Q912 = ["ml"]
/// ```
///
/// [`Describe`] tells of a further table, for what only descriptions say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What it is.
    pub kb: About,
    /// What it is made of, in order.
    pub sources: Vec<Source>,
    /// Names that are taken away from the merged entities, by identifier. Canonical
    /// names and demonyms stay.
    pub unalias: BTreeMap<String, Vec<String>>,
    /// What the descriptions of its sources say.
    pub describe: Describe,
    path: PathBuf,
}

/// What a knowledge base is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Its name.
    pub name: String,
    /// Date of its sources, as `2026-11-21`.
    pub date: String,
    /// SPDX expression of the licences of its sources.
    #[serde(alias = "license")]
    pub licence: String,
    /// Languages that are kept; all, if empty.
    #[serde(default)]
    pub languages: Vec<String>,
}

/// A list that a knowledge base is made of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The file, JSON Lines or CSV, seen from `base`.
    pub path: PathBuf,
    /// Where `path` starts.
    pub base: Base,
    /// SPDX expression of its licence.
    #[serde(alias = "license")]
    pub licence: String,
    /// Identifiers that are left out of this source.
    #[serde(default)]
    pub drop: Vec<String>,
}

/// Where a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Base {
    /// The folder of the manifest.
    Here,
    /// A folder that is given with the manifest.
    Sources,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Toml {
    kb: About,
    #[serde(default, rename = "source")]
    sources: Vec<Source>,
    #[serde(default)]
    unalias: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    describe: Describe,
}

/// What is to be known while sources are read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A line gave no entity.
    Skipped(&'a LineError),
    /// Columns of a CSV file are not read.
    IgnoredColumns(&'a [String]),
    /// A name that is to be taken away is not there.
    NoAlias {
        /// Identifier of the entity, which may not be there either.
        id: &'a str,
        /// The name.
        name: &'a str,
    },
}

/// Told of events and of the file they are in; breaks to stop.
pub type Watch<'a> = dyn FnMut(&Path, Event<'_>) -> ControlFlow<()> + 'a;

impl Manifest {
    /// Reads a manifest, not its sources.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`], [`ReadError::Settings`].
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let text = fs::read_to_string(path).map_err(ReadError::io("read", path))?;
        let toml: Toml = toml::from_str(&text).map_err(|source| ReadError::Settings {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        Ok(Self {
            kb: toml.kb,
            sources: toml.sources,
            unalias: toml.unalias,
            describe: toml.describe,
            path: path.to_owned(),
        })
    }

    /// The languages that are kept.
    pub fn languages(&self) -> Languages {
        Languages::new(&self.kb.languages)
    }

    /// Reads and merges the sources, those with [`Base::Sources`] from `folder`.
    /// `watch` is told of each wrong line, and may break, for none to be wrong.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`] if a source cannot be read to its end, [`ReadError::Line`]
    /// if `watch` breaks at a wrong line, [`ReadError::Setting`] if a source is relative to a folder
    /// that is not given, and what [`list::open`] says.
    pub fn read(&self, folder: Option<&Path>, watch: &mut Watch<'_>) -> Result<Merged, ReadError> {
        let languages = self.languages();
        let mut merged = Merged::default();
        for source in &self.sources {
            let path = self.resolve(source, folder)?;
            let drop = source.drop.iter().map(String::as_str).collect();
            list::merge(&path, None, &languages, &drop, &mut merged, watch)?;
        }
        for (id, names) in &self.unalias {
            for name in names {
                let told = Event::NoAlias { id, name };
                if !merged.unalias(id, name) && watch(&self.path, told).is_break() {
                    return Err(ReadError::Stopped);
                }
            }
        }
        Ok(merged.edited(|entities| self.describe.apply(entities)))
    }

    fn resolve(&self, source: &Source, folder: Option<&Path>) -> Result<PathBuf, ReadError> {
        let base = match source.base {
            Base::Here => self.path.parent(),
            Base::Sources => folder,
        };
        base.map(|base| base.join(&source.path))
            .ok_or_else(|| ReadError::Setting {
                field: "folder of the sources",
                value: String::new(),
                expected: "given, which this manifest needs",
            })
    }
}
