//! The passes of a build.
//!
//! 1. Entities in order of identifier, to a temporary file: their numbers, and
//!    tables, descriptions and redirects, which need no other entity.
//! 2. The same again: references, now that all numbers are known; records; keys.
//! 3. Keys in order, with all their meanings at once: the dictionary, priors,
//!    postings.

mod first;
mod second;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::PathBuf;

use tempfile::SpooledTempFile;

use super::keys::Letters;
use super::sections::{Part, Sections, spool};
use super::sort::Sorter;
use super::{BuildConfig, BuildError, BuildReport, Skipped};
use crate::kb::base::Codecs;
use crate::kb::columns::ColumnsBuffer;
use crate::kb::container::Section;
use crate::kb::ids::{Id, write_numbers};
use crate::kb::manifest::Manifest;
use crate::kb::pool::PoolWriter;
use crate::kb::postings::Usage;
use crate::kb::tables::Tables;
use crate::kb::{Entity, Lang};

/// Entities that codecs are trained on.
const SAMPLE_ENTITIES: u64 = 24_000;

/// Writes the file.
pub(super) fn write(
    config: &BuildConfig,
    entities: Sorter,
    skipped: BTreeMap<Skipped, u64>,
    writer: impl Write,
) -> Result<BuildReport, BuildError> {
    let mut build = Build::new(config, skipped, entities.len);
    let lines = build.first_pass(entities.finish()?)?;
    build.number_tables()?;
    build.train();
    build.finish_descriptions()?;
    build.finish_redirects()?;
    build.second_pass(lines)?;
    build.finish_blocking()?;
    build.finish_keys()?;
    build.finish(config, writer)
}

/// What is known so far.
struct Build {
    temp_dir: PathBuf,
    memory: usize,
    report: BuildReport,
    /// One in this many entities is a sample.
    stride: u64,
    samples: Vec<Entity>,
    codecs: Codecs,
    letters: Letters,
    sets: TableSets,
    tables: Tables,
    columns: ColumnsBuffer,
    numbers: Vec<u32>,
    others: Vec<Box<str>>,
    types: BTreeMap<String, u64>,
    descriptions: Sorter,
    redirects: Sorter,
    keys: Sorter,
    blocking: Sorter,
    uses: BTreeMap<Usage, u64>,
    sections: Sections,
}

/// What tables will hold.
#[derive(Default)]
struct TableSets {
    labels: BTreeSet<String>,
    fines: BTreeSet<String>,
    countries: BTreeSet<String>,
    languages: BTreeSet<Lang>,
}

impl TableSets {
    fn add(&mut self, entity: &Entity) {
        let fields = [&entity.label, &entity.fine, &entity.country];
        let sets = [&mut self.labels, &mut self.fines, &mut self.countries];
        for (field, set) in fields.into_iter().zip(sets) {
            if let Some(text) = field
                && !set.contains(text)
            {
                set.insert(text.clone());
            }
        }
        let tags = entity.aliases.keys().chain(entity.demonyms.keys());
        self.languages.extend(tags.map(|tag| Lang::new(tag)));
    }
}

impl Build {
    fn new(config: &BuildConfig, skipped: BTreeMap<Skipped, u64>, entities: u64) -> Self {
        let memory = config.memory_bytes.max(1 << 20);
        let sorter = |share| Sorter::new(memory / share, &config.temp_dir);
        Self {
            temp_dir: config.temp_dir.clone(),
            memory,
            report: BuildReport {
                entities,
                skipped,
                ..BuildReport::default()
            },
            stride: entities.div_ceil(SAMPLE_ENTITIES).max(1),
            samples: Vec::new(),
            codecs: Codecs::default(),
            letters: Letters::default(),
            sets: TableSets::default(),
            tables: Tables::default(),
            columns: ColumnsBuffer::default(),
            numbers: Vec::new(),
            others: Vec::new(),
            types: BTreeMap::new(),
            descriptions: sorter(8),
            redirects: sorter(8),
            keys: sorter(2),
            blocking: sorter(4),
            uses: BTreeMap::new(),
            sections: Sections::default(),
        }
    }

    fn spool(&self) -> BufWriter<SpooledTempFile> {
        BufWriter::new(spool(self.memory / 32, &self.temp_dir))
    }

    fn skip(&mut self, reason: Skipped, n: u64) {
        if n > 0 {
            *self.report.skipped.entry(reason).or_default() += n;
        }
    }

    fn entity_of(&self, id: &str) -> Option<u32> {
        let found = match Id::new(id) {
            Id::Wikidata(id) => self.numbers.binary_search(&id).ok(),
            Id::Other(id) => {
                let place = self.others.binary_search_by(|other| (**other).cmp(id)).ok();
                place.map(|place| self.numbers.len() + place)
            }
        };
        found.map(|number| number as u32)
    }

    fn add_pool(
        &mut self,
        section: Section,
        pool: PoolWriter,
        mut data: BufWriter<SpooledTempFile>,
    ) -> Result<(), BuildError> {
        let head = pool.finish(&mut data)?;
        self.sections
            .add(section, vec![Part::Bytes(head), Part::Spool(rewind(data)?)]);
        Ok(())
    }

    fn finish(
        mut self,
        config: &BuildConfig,
        writer: impl Write,
    ) -> Result<BuildReport, BuildError> {
        let mut ids = write_numbers(&self.numbers);
        let (mut pool, mut data) = (PoolWriter::default(), Vec::new());
        for id in &self.others {
            pool.push(id.as_bytes(), &mut data)?;
        }
        ids.extend(pool.finish(&mut data)?);
        ids.extend(data);
        let manifest = Manifest {
            name: config.name.clone(),
            source_date: config.source_date.clone(),
            license: config.license.clone(),
            languages: config.languages.iter().map(Lang::to_string).collect(),
            entities: self.report.entities,
            aliases: self.report.aliases,
            keys: self.report.keys,
            types: self.types,
            builder: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let manifest = serde_json::to_vec(&manifest).map_err(io::Error::from)?;
        let mut sections = self.sections;
        for (section, bytes) in [
            (Section::Manifest, manifest),
            (Section::Tables, self.tables.write()),
            (Section::Codecs, self.codecs.write()),
            (Section::Ids, ids),
            (Section::Columns, self.columns.write()),
        ] {
            sections.add(section, vec![Part::Bytes(bytes)]);
        }
        (self.report.sections, self.report.bytes) = sections.write(writer)?;
        Ok(self.report)
    }
}

/// Position of `item` in a sorted table that has it.
fn place<T: Ord>(table: &[T], item: &T) -> u64 {
    table.binary_search(item).unwrap_or_else(|place| place) as u64
}

/// A record that ends with a number of four bytes.
fn split_number(record: &[u8]) -> (&[u8], u32) {
    let (rest, number) = record.split_at(record.len() - 4);
    (
        rest,
        number
            .iter()
            .fold(0, |all, &byte| all << 8 | u32::from(byte)),
    )
}

fn rewind(written: BufWriter<SpooledTempFile>) -> Result<SpooledTempFile, BuildError> {
    let mut spool = written
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    spool.seek(SeekFrom::Start(0))?;
    Ok(spool)
}
