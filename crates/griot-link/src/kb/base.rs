//! [`KnowledgeBase`]: an opened file.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::blocking::Blocking;
use super::bytes::{BitArray, take_varint};
use super::codec::Codec;
use super::columns::{Columns, take_numbers};
use super::container::{Container, FORMAT, Section, Storage, Validation};
use super::dict::{Dict, Signs};
use super::error::KbError;
use super::filter::Filter;
use super::ids::{Id, Ids};
use super::manifest::{Info, Manifest};
use super::pool::Pool;
use super::postings::Postings;
use super::tables::Tables;
use super::{BuildConfig, BuildError, Entity, EntityRef, Facts, KbBuilder, record};

/// Entities and their names, in one immutable file that is mapped into memory,
/// embedded in the program, or built from a list.
///
/// A clone is another handle to the same knowledge base, and costs nothing.
///
/// What a damaged or crafted file can do: opening tells most of it (see
/// [`Validation`]), [`verify`](Self::verify) the rest. A lookup that comes upon
/// what no builder writes finds nothing there; it never panics and never reads
/// beyond the file.
///
/// ```
/// use griot_link::kb::{CandidateSource, Entity, KnowledgeBase};
///
/// let list = r#"{"id": "Q912", "name": "Mali"}"#;
/// let entities = list.lines().map(serde_json::from_str::<Entity>).collect::<Result<Vec<_>, _>>()?;
/// let kb = KnowledgeBase::from_entities(entities)?;
///
/// let mali = kb.find("Q912").expect("it is in the list");
/// assert_eq!(kb.facts(mali).name, "Mali");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KnowledgeBase {
    pub(super) inner: Arc<Inner>,
}

/// What is read once when a file is opened, some tens of kilobytes, and the file.
pub(super) struct Inner {
    pub(super) container: Container,
    pub(super) manifest: Manifest,
    pub(super) version: String,
    pub(super) tables: Tables,
    pub(super) codecs: Codecs,
    pub(super) len: usize,
    /// Made at the first search.
    signs: OnceLock<Signs>,
    /// The characters of all keys, ascending; read at the first search for edits.
    letters: OnceLock<Vec<char>>,
}

/// One codec for each kind of text.
#[derive(Clone, Debug, Default)]
pub(super) struct Codecs {
    pub(super) keys: Codec,
    pub(super) names: Codec,
    pub(super) descriptions: Codec,
    pub(super) structures: Codec,
}

impl Codecs {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for codec in [
            &self.keys,
            &self.names,
            &self.descriptions,
            &self.structures,
        ] {
            codec.write(&mut out);
        }
        out
    }

    fn read(mut section: &[u8]) -> Option<Self> {
        let data = &mut section;
        Some(Self {
            keys: Codec::take(data)?,
            names: Codec::take(data)?,
            descriptions: Codec::take(data)?,
            structures: Codec::take(data)?,
        })
    }
}

impl KnowledgeBase {
    /// Opens a file, mapped into memory, and checks all of it
    /// ([`Validation::Full`]).
    ///
    /// The file must not be written to while it is open: lookups would then find
    /// wrong entities, and a file that is cut short ends the process on most
    /// systems. To replace it, write another and rename it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is not a knowledge base, is of another
    /// version, or is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, KbError> {
        Self::open_with(path, Validation::Full)
    }

    /// Opens a file, mapped into memory. [`Validation::Header`] costs some
    /// microseconds whatever its size.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), as far as `validation` looks.
    pub fn open_with(path: impl AsRef<Path>, validation: Validation) -> Result<Self, KbError> {
        Self::new(Storage::map(path.as_ref())?, validation)
    }

    /// A knowledge base that is part of the program.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), as far as `validation` looks.
    pub fn from_static(bytes: &'static [u8], validation: Validation) -> Result<Self, KbError> {
        Self::new(Storage::Static(bytes), validation)
    }

    /// A knowledge base in memory, all of it checked.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, KbError> {
        Self::new(Storage::Owned(bytes.into()), Validation::Full)
    }

    /// A knowledge base in memory that others use too, all of it checked.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_shared(bytes: Arc<[u8]>) -> Result<Self, KbError> {
        Self::new(Storage::Shared(bytes), Validation::Full)
    }

    /// Builds a knowledge base in memory. For what the builder leaves out, and for
    /// lists that do not fit, use [`KbBuilder`].
    ///
    /// # Errors
    ///
    /// If two entities have the same identifier.
    pub fn from_entities(entities: impl IntoIterator<Item = Entity>) -> Result<Self, BuildError> {
        let mut builder = KbBuilder::new(BuildConfig::default());
        for entity in entities {
            builder.add(entity)?;
        }
        let mut bytes = Vec::new();
        builder.finish(&mut bytes)?;
        Self::new(Storage::Owned(bytes), Validation::Header)
            .map_err(|source| BuildError::Unreadable { source })
    }

    fn new(storage: Storage, validation: Validation) -> Result<Self, KbError> {
        let container = Container::new(storage, validation)?;
        let manifest: Manifest = serde_json::from_slice(container.section(Section::Manifest))
            .map_err(|source| KbError::Manifest { source })?;
        let bad = |section: Section| KbError::Corrupt {
            section: section.name(),
            what: "cut off or impossible",
            item: 0,
        };
        let tables =
            Tables::read(container.section(Section::Tables)).ok_or_else(|| bad(Section::Tables))?;
        let codecs =
            Codecs::read(container.section(Section::Codecs)).ok_or_else(|| bad(Section::Codecs))?;
        let version = format!(
            "{}@{}#{:08x}",
            manifest.name, manifest.source_date, container.checksum
        );
        let mut inner = Inner {
            container,
            manifest,
            version,
            tables,
            codecs,
            len: 0,
            signs: OnceLock::new(),
            letters: OnceLock::new(),
        };
        inner.len = inner.check_lengths().map_err(bad)?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// What the knowledge base says of itself, and the size of its parts.
    pub fn info(&self) -> Info<'_> {
        let container = &self.inner.container;
        Info {
            format: FORMAT,
            manifest: &self.inner.manifest,
            bytes: container.storage.bytes().len() as u64,
            sections: Section::ALL
                .map(|section| (section.name(), container.section(section).len() as u64))
                .to_vec(),
        }
    }

    /// Number of entities.
    pub fn len(&self) -> usize {
        self.inner.len
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every entity, in ascending order of identifier: those of Wikidata by
    /// number, then others as text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = EntityRef> + '_ {
        (0..self.len() as u32).map(EntityRef)
    }

    /// The record that `entity` was built from, after the changes that
    /// [`KbBuilder::add`] tells of. `None` if there is none or the file is damaged
    /// there. Cost: some microseconds.
    pub fn entity(&self, entity: EntityRef) -> Option<Entity> {
        let inner = &*self.inner;
        let facts = inner.facts(entity)?;
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let mut record = Entity {
            id: facts.id.into_owned(),
            name: facts.name.into_owned(),
            label: owned(facts.label),
            fine: owned(facts.fine),
            country: owned(facts.country),
            popularity: facts.popularity,
            description: inner.description(entity),
            stands_for: facts.stands_for.and_then(|to| inner.id(to)),
            neighbours: inner
                .neighbours(entity)
                .into_iter()
                .filter_map(|to| inner.id(to))
                .collect(),
            ..Entity::default()
        };
        inner.read_lists(entity, &mut record)?;
        Some(record)
    }
}

impl fmt::Debug for KnowledgeBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnowledgeBase")
            .field("version", &self.inner.version)
            .field("entities", &self.len())
            .field("storage", &self.inner.container.storage)
            .finish_non_exhaustive()
    }
}

/// Views of sections cost some nanoseconds to make, so they are not kept. Each is
/// empty where the section is not one.
impl Inner {
    pub(super) fn pool(&self, section: Section) -> Pool<'_> {
        Pool::take(&mut self.container.section(section)).unwrap_or_default()
    }

    pub(super) fn dict(&self) -> Option<Dict<'_>> {
        let signs = self.signs.get_or_init(|| {
            self.dict_with(&Signs::NONE)
                .map_or(Signs::NONE, |dict| dict.make_signs())
        });
        self.dict_with(signs)
    }

    fn dict_with<'a>(&'a self, signs: &'a Signs) -> Option<Dict<'a>> {
        Dict::take(
            &mut self.container.section(Section::Keys),
            &self.codecs.keys,
            signs,
        )
    }

    pub(super) fn postings(&self) -> Option<Postings<'_>> {
        Postings::take(&mut self.container.section(Section::Postings))
    }

    pub(super) fn filter(&self) -> Filter<'_> {
        Filter::take(&mut self.container.section(Section::Filter)).unwrap_or_default()
    }

    pub(super) fn letters(&self) -> &[char] {
        self.letters
            .get_or_init(|| self.filter().letters().collect())
    }

    pub(super) fn blocking(&self) -> Blocking<'_> {
        Blocking::take(&mut self.container.section(Section::Blocking)).unwrap_or_default()
    }

    pub(super) fn ids(&self) -> Ids<'_> {
        Ids::take(&mut self.container.section(Section::Ids)).unwrap_or_default()
    }

    pub(super) fn columns(&self) -> Columns<'_> {
        Columns::take(&mut self.container.section(Section::Columns)).unwrap_or_default()
    }

    /// Former identifiers, and the numbers of the entities they lead to.
    pub(super) fn redirects(&self) -> Option<(Ids<'_>, BitArray<'_>)> {
        let mut section = self.container.section(Section::Redirects);
        Some((Ids::take(&mut section)?, take_numbers(&mut section)?))
    }

    /// Number of entities, if all sections have as many.
    fn check_lengths(&self) -> Result<usize, Section> {
        let section = |section| self.container.section(section);
        let ids = Ids::take(&mut section(Section::Ids)).ok_or(Section::Ids)?;
        let len = ids.len();
        if u32::try_from(len).is_err() || len as u64 != self.manifest.entities {
            return Err(Section::Ids);
        }
        let columns = Columns::take(&mut section(Section::Columns)).ok_or(Section::Columns)?;
        if columns.len() != len {
            return Err(Section::Columns);
        }
        for pool in [
            Section::Names,
            Section::Records,
            Section::Neighbours,
            Section::Descriptions,
        ] {
            let found = Pool::take(&mut section(pool)).ok_or(pool)?.len();
            let free = pool == Section::Descriptions || (pool == Section::Neighbours && found == 0);
            if !free && found != len {
                return Err(pool);
            }
        }
        let keys = self.dict_with(&Signs::NONE).ok_or(Section::Keys)?.len();
        if self.postings().ok_or(Section::Postings)?.len() != keys {
            return Err(Section::Postings);
        }
        Filter::take(&mut section(Section::Filter)).ok_or(Section::Filter)?;
        Blocking::take(&mut section(Section::Blocking)).ok_or(Section::Blocking)?;
        let (redirects, targets) = self.redirects().ok_or(Section::Redirects)?;
        if redirects.len() != targets.len() {
            return Err(Section::Redirects);
        }
        Ok(len)
    }

    pub(super) fn id(&self, entity: EntityRef) -> Option<String> {
        Some(match self.ids().get(entity.0 as usize)? {
            Id::Wikidata(number) => wikidata_id(number),
            Id::Other(id) => id.to_owned(),
        })
    }

    pub(super) fn facts(&self, entity: EntityRef) -> Option<Facts<'_>> {
        let index = entity.0 as usize;
        let id = match self.ids().get(index)? {
            Id::Wikidata(number) => Cow::Owned(wikidata_id(number)),
            Id::Other(id) => Cow::Borrowed(id),
        };
        let name = self.name(entity)?;
        let columns = self.columns();
        let row = columns.row(index);
        let tables = &self.tables;
        Some(Facts {
            id,
            name: Cow::Owned(name),
            label: lookup(&tables.labels, columns.labels, row),
            fine: lookup(&tables.fines, columns.fines, row),
            country: lookup(&tables.countries, columns.countries, row),
            popularity: columns.popularity(index),
            stands_for: columns
                .stands_for(index)
                .filter(|&to| (to as usize) < self.len)
                .map(EntityRef),
        })
    }

    pub(super) fn description(&self, entity: EntityRef) -> Option<String> {
        let columns = self.columns();
        let index = Columns::place(columns.descriptions, columns.row(entity.0 as usize))?;
        self.text(Section::Descriptions, &self.codecs.descriptions, index)
    }

    pub(super) fn neighbours(&self, entity: EntityRef) -> Vec<EntityRef> {
        self.neighbour_list(entity).unwrap_or_default()
    }

    /// `None` if the file is damaged there.
    pub(super) fn neighbour_list(&self, entity: EntityRef) -> Option<Vec<EntityRef>> {
        let pool = self.pool(Section::Neighbours);
        let mut found = Vec::new();
        if pool.len() == 0 {
            return Some(found);
        }
        let mut data = pool.get(entity.0 as usize)?;
        let mut place = 0u64;
        while !data.is_empty() {
            place = place.checked_add(take_varint(&mut data)?)?;
            let place = u32::try_from(place)
                .ok()
                .filter(|&place| (place as usize) < self.len)?;
            found.push(EntityRef(place));
        }
        Some(found)
    }

    pub(super) fn find(&self, id: &str) -> Option<EntityRef> {
        let found = self.ids().find(id).or_else(|| {
            let (redirects, targets) = self.redirects()?;
            targets
                .get(redirects.find(id)?)
                .and_then(|to| usize::try_from(to).ok())
        });
        found
            .filter(|&index| index < self.len)
            .map(|index| EntityRef(index as u32))
    }

    /// The canonical name of `entity`.
    pub(super) fn name(&self, entity: EntityRef) -> Option<String> {
        self.text(Section::Names, &self.codecs.names, entity.0 as usize)
    }

    /// The label of `entity`.
    pub(super) fn label(&self, entity: EntityRef) -> Option<&str> {
        let columns = self.columns();
        let row = columns.row(entity.0 as usize);
        lookup(&self.tables.labels, columns.labels, row)
    }

    /// Hands every name of `entity` but the canonical one to `each`; `None` if the
    /// record is damaged.
    pub(super) fn each_other_name(
        &self,
        entity: EntityRef,
        each: &mut dyn FnMut(&str),
    ) -> Option<()> {
        let code = self.pool(Section::Records).get(entity.0 as usize)?;
        record::each_name(code, &self.codecs.structures, &self.codecs.names, each)
    }

    /// Adds the lists of `entity` to `record`, which has its name.
    pub(super) fn read_lists(&self, entity: EntityRef, record: &mut Entity) -> Option<()> {
        let code = self.pool(Section::Records).get(entity.0 as usize)?;
        let (codecs, languages) = (&self.codecs, &self.tables.languages);
        record::decode(code, &codecs.structures, &codecs.names, languages, record)
    }

    /// Text that is not UTF-8, which no builder writes, has its bad bytes replaced.
    fn text(&self, section: Section, codec: &Codec, index: usize) -> Option<String> {
        let code = self.pool(section).get(index)?;
        let mut text = Vec::with_capacity(code.len() * 2 + 8);
        codec.decode(code, &mut text)?;
        Some(
            String::from_utf8(text)
                .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
        )
    }
}

/// `Q` and the number, faster than `format!` makes it.
fn wikidata_id(mut number: u32) -> String {
    let mut id = [b'Q'; 11];
    let mut start = id.len();
    loop {
        start -= 1;
        id[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    id[start - 1] = b'Q';
    id[start - 1..]
        .iter()
        .map(|&byte| char::from(byte))
        .collect()
}

fn lookup<'t>(table: &'t [String], column: BitArray<'_>, row: usize) -> Option<&'t str> {
    Columns::place(column, row)
        .and_then(|place| table.get(place))
        .map(String::as_str)
}
