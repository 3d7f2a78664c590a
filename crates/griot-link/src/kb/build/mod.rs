//! From entities to a file.

mod clean;
mod keys;
mod meanings;
mod sections;
mod sort;
mod write;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use self::clean::{Cleaner, is_id, sort_key};
use self::sort::Sorter;
use super::error::KbError;
use super::{Entity, Lang};

/// How a knowledge base is built, and what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildConfig {
    /// Short name, such as `starter`. Default: empty.
    pub name: String,
    /// Date of the sources, `YYYY-MM-DD`. Default: empty.
    pub source_date: String,
    /// License and credits of the sources. Default: empty.
    pub license: String,
    /// Languages to keep names of; `sr` keeps `sr-latn` too. Names for all
    /// languages (`mul`), for none that is known (`und`) and canonical names are
    /// always kept. Default: empty, for all languages.
    pub languages: Vec<Lang>,
    /// Memory to sort in, in bytes; what does not fit goes to temporary files.
    /// Less than 1 MiB counts as that. Default: 1 GiB.
    pub memory_bytes: usize,
    /// Where temporary files go. Default: that of the system.
    pub temp_dir: PathBuf,
}

impl Default for BuildConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            source_date: String::new(),
            license: String::new(),
            languages: Vec::new(),
            memory_bytes: 1 << 30,
            temp_dir: std::env::temp_dir(),
        }
    }
}

impl BuildConfig {
    /// With this name, date of sources and license.
    #[must_use]
    pub fn with_manifest(mut self, name: &str, source_date: &str, license: &str) -> Self {
        name.clone_into(&mut self.name);
        source_date.clone_into(&mut self.source_date);
        license.clone_into(&mut self.license);
        self
    }

    /// With names of these languages only.
    #[must_use]
    pub fn with_languages(mut self, languages: impl IntoIterator<Item = Lang>) -> Self {
        self.languages = languages.into_iter().collect();
        self
    }

    /// With this much memory to sort in, in bytes.
    #[must_use]
    pub fn with_memory_bytes(mut self, memory_bytes: usize) -> Self {
        self.memory_bytes = memory_bytes;
        self
    }

    /// With temporary files in this directory.
    #[must_use]
    pub fn with_temp_dir(mut self, temp_dir: impl Into<PathBuf>) -> Self {
        self.temp_dir = temp_dir.into();
        self
    }
}

/// Why a knowledge base could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// An identifier that is empty, has more than [`ID_BYTES_MAX`] bytes, or has
    /// the character U+0000.
    #[error("entity {number} ({name:?}) has a bad identifier: {:?}", .id.chars().take(60).collect::<String>())]
    BadId {
        /// Which entity it was, counted from 1.
        number: u64,
        /// Its name.
        name: String,
        /// The identifier.
        id: String,
    },
    /// Two entities with one identifier.
    #[error("two entities are called {id:?}: {first:?} and {second:?}")]
    DuplicateId {
        /// The identifier.
        id: String,
        /// Name of one.
        first: String,
        /// Name of the other.
        second: String,
    },
    /// More of something than the format has numbers for.
    #[error("{found} {what}; the format has room for {max}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many there may be.
        max: u64,
    },
    /// A temporary file or the output could not be written or read.
    #[error("cannot write the knowledge base or a temporary file")]
    Io {
        /// Why.
        #[from]
        source: io::Error,
    },
    /// What was built cannot be opened.
    #[error("the knowledge base that was built cannot be opened")]
    Unreadable {
        /// Why.
        #[source]
        source: KbError,
    },
}

/// Why something is not in a knowledge base although it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Skipped {
    /// An entity whose canonical name is empty, has no letter or digit, or has the
    /// character U+0000.
    EntityWithoutName,
    /// A name of no character.
    EmptyAlias,
    /// A name of more than [`NAME_CHARS_MAX`] characters.
    LongAlias,
    /// An entity whose canonical name has more than [`NAME_CHARS_MAX`] characters.
    EntityWithLongName,
    /// A name of a language that [`BuildConfig::languages`] does not keep.
    OtherLanguage,
    /// Names of an entity beyond [`NAMES_MAX`].
    TooManyAliases,
    /// A name of which no key is left, such as « - »; it is stored, but not found.
    AliasWithoutKey,
    /// A description of more than [`DESCRIPTION_BYTES_MAX`] bytes.
    LongDescription,
    /// An identifier that no entity may have among neighbours, redirects or
    /// `stands_for`.
    BadId,
    /// A name with the character U+0000.
    AliasWithNul,
    /// A neighbour or `stands_for` that is no entity of the knowledge base.
    UnknownReference,
    /// A redirect from an identifier that an entity has: two that lead to each
    /// other, or one that leads to itself.
    RedirectOfEntity,
    /// A redirect to a second entity from the same identifier.
    RedirectToTwo,
    /// A meaning of a name beyond the 64 most probable ones.
    RareMeaning,
}

/// Longest name that is kept, in characters.
pub const NAME_CHARS_MAX: usize = 300;
/// Most names of an entity that are kept.
pub const NAMES_MAX: usize = 10_000;
/// Longest description that is kept, in bytes.
pub const DESCRIPTION_BYTES_MAX: usize = 10_000;
/// Longest identifier, in bytes.
pub const ID_BYTES_MAX: usize = 500;

/// What came of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildReport {
    /// Number of entities.
    pub entities: u64,
    /// Number of names, those of one text and entity counted once.
    pub aliases: u64,
    /// Number of distinct name keys.
    pub keys: u64,
    /// Number of pairs of an entity and a blocking key.
    pub blocking_keys: u64,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Length in bytes by section, in the order of the file.
    pub sections: Vec<(&'static str, u64)>,
    /// How much was left out, by reason.
    pub skipped: BTreeMap<Skipped, u64>,
}

/// Builds a knowledge base from entities in any order.
///
/// The same entities and configuration give the same bytes, whatever the order
/// and the memory. Beside [`BuildConfig::memory_bytes`], memory grows by some 25
/// bytes for each entity and 2 for each key, by the identifiers that are not of
/// Wikidata, and by redirects; and 24,000 entities are kept as samples.
///
/// ```
/// use griot_link::kb::{BuildConfig, Entity, KbBuilder};
///
/// let mut builder = KbBuilder::new(BuildConfig::default().with_manifest("own", "2026-11-21", "CC0-1.0"));
/// builder.add(Entity { id: "Q912".into(), name: "Mali".into(), ..Entity::default() })?;
/// let mut file = Vec::new();
/// let report = builder.finish(&mut file)?;
/// assert_eq!(report.entities, 1);
/// # Ok::<(), griot_link::kb::BuildError>(())
/// ```
#[derive(Debug)]
pub struct KbBuilder {
    config: BuildConfig,
    cleaner: Cleaner,
    entities: Sorter,
    given: u64,
}

impl KbBuilder {
    /// A builder without entities.
    pub fn new(config: BuildConfig) -> Self {
        let memory = config.memory_bytes.max(1 << 20);
        Self {
            entities: Sorter::new(memory / 2, &config.temp_dir),
            cleaner: Cleaner::new(&config.languages),
            config,
            given: 0,
        }
    }

    /// Adds an entity. What cannot be kept of it is left out and counted
    /// ([`Skipped`]). Language tags are kept as [`Lang`] has them, names of one
    /// language once, popularity to 4 %, and in `[0, 1]`.
    ///
    /// Cost: some microseconds.
    ///
    /// # Errors
    ///
    /// If it has no good identifier, or a temporary file cannot be written. Two entities with one identifier are
    /// found by [`finish`](Self::finish).
    pub fn add(&mut self, entity: Entity) -> Result<(), BuildError> {
        self.given += 1;
        if !is_id(&entity.id) {
            return Err(BuildError::BadId {
                number: self.given,
                name: entity.name,
                id: entity.id,
            });
        }
        if let Some(entity) = self.cleaner.clean(entity) {
            let json = serde_json::to_vec(&entity).map_err(io::Error::from)?;
            self.entities.push(&[&sort_key(&entity.id), &json])?;
        }
        Ok(())
    }

    /// Writes the file.
    ///
    /// Cost: some 10 µs for each name, and a sort of all keys.
    ///
    /// # Errors
    ///
    /// If two entities have one identifier, if there are more entities or tables
    /// entries than the format has numbers for, or if writing fails.
    pub fn finish(self, writer: impl Write) -> Result<BuildReport, BuildError> {
        let skipped = self.cleaner.skipped;
        write::write(&self.config, self.entities, skipped, writer)
    }
}
