//! Edits on top of a knowledge base, one JSON object a line.
//!
//! ```json
//! {"op": "add", "id": "X:aes", "name": "Alliance des États du Sahel", "type": "ORG"}
//! {"op": "alias", "id": "X:aes", "alias": "AES", "lang": "fr"}
//! {"op": "remove", "id": "Q404"}
//! {"op": "redirect", "from": "Q1", "to": "Q2"}
//! {"op": "must_link", "name": "le Premier ministre", "id": "Q5", "document": "2026-11-21/4"}
//! {"op": "cannot_link", "name": "Kora", "id": "Q69007"}
//! ```
//!
//! Lines apply in order, so a later one may undo an earlier one. `add` replaces an
//! entity of the same identifier. A decision without `document` holds everywhere.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{BuildError, Entity};

/// Why an overlay could not be read or applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OverlayError {
    /// The file could not be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line is not an edit.
    #[error("line {line} is not an edit")]
    Syntax {
        /// Number of the line, from 1.
        line: u64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// An edit speaks of an entity that is not there.
    #[error("line {line}: there is no entity {id:?}")]
    UnknownEntity {
        /// Number of the line, from 1.
        line: u64,
        /// The identifier.
        id: String,
    },
    /// A redirect leads back to where it begins.
    #[error("line {line}: the redirect from {id:?} leads back to it")]
    RedirectCycle {
        /// Number of the line, from 1.
        line: u64,
        /// The identifier.
        id: String,
    },
    /// A name is empty or cannot be found by a key.
    #[error("line {line}: {name:?} is not a name")]
    BadName {
        /// Number of the line, from 1.
        line: u64,
        /// The name.
        name: String,
    },
    /// What the overlay adds cannot be kept.
    #[error("what the overlay adds cannot be kept")]
    Build {
        /// Why.
        #[from]
        source: BuildError,
    },
}

/// In place of the line of a removal, if the entity need not be in the base.
pub(super) const WAS_ADDED: u64 = 0;

/// Edits, read and not yet applied.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// Entities to add by identifier, with their lines.
    pub(super) added: BTreeMap<String, (u64, Entity)>,
    pub(super) aliases: Vec<(u64, Alias)>,
    /// Identifiers to remove, with their lines.
    pub(super) removed: BTreeMap<String, u64>,
    /// Where identifiers lead, with their lines.
    pub(super) redirects: BTreeMap<String, (u64, String)>,
    pub(super) decisions: Vec<(u64, Verdict, Decided)>,
    /// CRC-32 of the lines.
    pub(super) checksum: u32,
}

/// A name for an entity.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Alias {
    pub(super) id: String,
    #[serde(rename = "alias")]
    pub(super) text: String,
    #[serde(default = "und")]
    pub(super) lang: String,
}

fn und() -> String {
    "und".to_owned()
}

/// What a name is or is not.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Decided {
    #[serde(alias = "mention")]
    pub(super) name: String,
    pub(super) id: String,
    #[serde(default)]
    pub(super) document: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Must,
    Cannot,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Edit {
    Add(Box<Entity>),
    Alias(Alias),
    Remove { id: String },
    Redirect { from: String, to: String },
    MustLink(Decided),
    CannotLink(Decided),
}

impl Overlay {
    /// Reads a file of edits. Blank lines mean nothing.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, a line is not an edit, an entity has no name,
    /// or redirects lead in a circle.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OverlayError> {
        let path = path.as_ref();
        let failed = |source| OverlayError::Io {
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::open(path).map_err(failed)?;
        let mut overlay = Self::default();
        let mut hasher = crc32fast::Hasher::new();
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        let mut number = 0;
        while reader.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            number += 1;
            hasher.update(&line);
            overlay.line(number, &line)?;
            line.clear();
        }
        overlay.checksum = hasher.finalize();
        Ok(overlay)
    }

    /// Reads edits from text.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn parse(text: &str) -> Result<Self, OverlayError> {
        let mut overlay = Self {
            checksum: crc32fast::hash(text.as_bytes()),
            ..Self::default()
        };
        for (number, line) in (1..).zip(text.lines()) {
            overlay.line(number, line.as_bytes())?;
        }
        Ok(overlay)
    }

    fn line(&mut self, line: u64, json: &[u8]) -> Result<(), OverlayError> {
        if json.trim_ascii().is_empty() {
            return Ok(());
        }
        let edit =
            serde_json::from_slice(json).map_err(|source| OverlayError::Syntax { line, source })?;
        match edit {
            Edit::Add(entity) => self.add(line, *entity)?,
            Edit::Alias(alias) => {
                check_name(line, &alias.text)?;
                self.aliases.push((line, alias));
            }
            Edit::Remove { id } => {
                self.aliases.retain(|(_, alias)| alias.id != id);
                self.redirects.remove(&id);
                // What was added may have replaced an entity of the base: both go.
                let gone = self.added.remove(&id).is_some();
                self.removed.insert(id, if gone { WAS_ADDED } else { line });
            }
            Edit::Redirect { from, to } => self.redirect(line, from, to)?,
            Edit::MustLink(decided) => self.decide(line, Verdict::Must, decided)?,
            Edit::CannotLink(decided) => self.decide(line, Verdict::Cannot, decided)?,
        }
        Ok(())
    }

    fn add(&mut self, line: u64, entity: Entity) -> Result<(), OverlayError> {
        check_name(line, &entity.name)?;
        self.removed.remove(&entity.id);
        self.redirects.remove(&entity.id);
        for former in &entity.redirects {
            self.redirect(line, former.clone(), entity.id.clone())?;
        }
        self.added.insert(entity.id.clone(), (line, entity));
        Ok(())
    }

    fn decide(
        &mut self,
        line: u64,
        verdict: Verdict,
        decided: Decided,
    ) -> Result<(), OverlayError> {
        check_name(line, &decided.name)?;
        self.decisions.push((line, verdict, decided));
        Ok(())
    }

    fn redirect(&mut self, line: u64, from: String, to: String) -> Result<(), OverlayError> {
        // There was no circle before, so this walk ends.
        let mut at = Some(&to);
        while let Some(id) = at {
            if *id == from {
                return Err(OverlayError::RedirectCycle { line, id: from });
            }
            at = self.redirects.get(id).map(|(_, to)| to);
        }
        self.redirects.insert(from, (line, to));
        Ok(())
    }
}

fn check_name(line: u64, name: &str) -> Result<(), OverlayError> {
    let bad = crate::name::Name::new(name).key().is_empty()
        || name.contains('\0')
        || name.chars().nth(super::build::NAME_CHARS_MAX).is_some();
    if bad {
        let name = name.chars().take(60).collect();
        return Err(OverlayError::BadName { line, name });
    }
    Ok(())
}
