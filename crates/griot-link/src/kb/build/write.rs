//! The passes of a build.
//!
//! 1. Entities in order of identifier, to a temporary file: their numbers, and
//!    tables, descriptions and redirects, which need no other entity.
//! 2. The same again: references, now that all numbers are known; records; keys.
//! 3. Keys in order, with all their meanings at once: the dictionary, priors,
//!    postings.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::PathBuf;

use tempfile::SpooledTempFile;

use super::super::base::Codecs;
use super::super::blocking::{self, BlockingWriter};
use super::super::bytes::put_varint;
use super::super::candidates::POPULARITY_MIN;
use super::super::codec::{Codec, Encoder};
use super::super::columns::{self, ColumnsBuffer};
use super::super::container::Section;
use super::super::dict::DictWriter;
use super::super::filter::FilterWriter;
use super::super::ids::{Id, write_numbers};
use super::super::manifest::Manifest;
use super::super::pool::PoolWriter;
use super::super::postings::{Usage, Widths, weight};
use super::super::record;
use super::super::tables::Tables;
use super::clean::{after_sort_key, id_of_sort_key, sort_key};
use super::keys::keys;
use super::meanings::{Meaning, MeaningsWriter};
use super::sections::{Part, Sections, spool};
use super::sort::{Sorted, Sorter};
use super::{BuildConfig, BuildError, BuildReport, Skipped};
use crate::kb::{AliasKind, Entity, Lang};

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

    /// Numbers the entities; returns them as JSON Lines in that order.
    fn first_pass(&mut self, mut sorted: Sorted) -> Result<SpooledTempFile, BuildError> {
        let max = u64::from(u32::MAX) - 1;
        if self.report.entities > max {
            return Err(BuildError::TooMany {
                what: "entities",
                found: self.report.entities,
                max,
            });
        }
        let mut lines = self.spool();
        let mut previous: Option<(String, String)> = None;
        let mut number = 0u32;
        while let Some(record) = sorted.next()? {
            let json = after_sort_key(record);
            let entity: Entity = serde_json::from_slice(json).map_err(io::Error::from)?;
            lines.write_all(json)?;
            lines.write_all(b"\n")?;
            if let Some((id, first)) = previous.take()
                && id == entity.id
            {
                return Err(BuildError::DuplicateId {
                    id,
                    first,
                    second: entity.name,
                });
            }
            previous = Some((entity.id.clone(), entity.name.clone()));
            self.first_look(number, entity)?;
            number += 1;
        }
        rewind(lines)
    }

    fn first_look(&mut self, number: u32, entity: Entity) -> Result<(), BuildError> {
        match Id::new(&entity.id) {
            Id::Wikidata(id) => self.numbers.push(id),
            Id::Other(id) => self.others.push(id.into()),
        }
        self.sets.add(&entity);
        *self
            .types
            .entry(entity.label.clone().unwrap_or_default())
            .or_default() += 1;
        self.columns
            .popularities
            .push(columns::quantize(entity.popularity));
        if let Some(description) = &entity.description {
            self.descriptions
                .push(&[description.as_bytes(), &[0], &number.to_be_bytes()])?;
        }
        for id in &entity.redirects {
            self.redirects
                .push(&[&sort_key(id), &number.to_be_bytes()])?;
        }
        if u64::from(number).is_multiple_of(self.stride) {
            self.samples.push(entity);
        }
        Ok(())
    }

    fn number_tables(&mut self) -> Result<(), BuildError> {
        // Names that are found may have these languages although no list has.
        self.sets.languages.extend([Lang::UND, Lang::new("mul")]);
        let sets = std::mem::take(&mut self.sets);
        let max = u64::from(u16::MAX) - 1;
        let counts = [
            ("types", sets.labels.len()),
            ("finer types", sets.fines.len()),
            ("countries", sets.countries.len()),
            ("languages", sets.languages.len()),
        ];
        for (what, found) in counts {
            if found as u64 > max {
                return Err(BuildError::TooMany {
                    what,
                    found: found as u64,
                    max,
                });
            }
        }
        self.tables = Tables {
            labels: sets.labels.into_iter().collect(),
            fines: sets.fines.into_iter().collect(),
            countries: sets.countries.into_iter().collect(),
            languages: sets.languages.into_iter().collect(),
            uses: Vec::new(),
        };
        Ok(())
    }

    /// An entity with many names counts for little more than others.
    fn train(&mut self) {
        let samples = std::mem::take(&mut self.samples);
        let descriptions: BTreeSet<&str> = samples
            .iter()
            .filter_map(|e| e.description.as_deref())
            .collect();
        let languages = &self.tables.languages;
        let parts: Vec<_> = samples
            .iter()
            .map(|e| record::parts(e, |l| place(languages, &l)))
            .collect();
        let own: Vec<Vec<String>> = samples
            .iter()
            .map(|e| keys(e).exact.into_keys().take(8).collect())
            .collect();
        let texts = samples
            .iter()
            .zip(&parts)
            .flat_map(|(e, (_, texts))| [e.name.as_bytes(), texts]);
        self.codecs = Codecs {
            keys: Codec::train(own.iter().flatten().map(String::as_bytes)),
            names: Codec::train(texts.map(|text| &text[..text.len().min(256)])),
            descriptions: Codec::train(descriptions.iter().map(|d| d.as_bytes())),
            structures: Codec::train(parts.iter().map(|(s, _)| &s[..s.len().min(64)])),
        };
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

    fn finish_descriptions(&mut self) -> Result<(), BuildError> {
        let sorter = std::mem::replace(&mut self.descriptions, Sorter::new(0, &self.temp_dir));
        let mut sorted = sorter.finish()?;
        self.columns.descriptions = vec![0; self.columns.popularities.len()];
        let mut data = self.spool();
        let mut pool = PoolWriter::default();
        let encoder = Encoder::new(&self.codecs.descriptions);
        let (mut previous, mut code, mut n) = (Vec::new(), Vec::new(), 0);
        while let Some(record) = sorted.next()? {
            let (rest, entity) = split_number(record);
            let text = &rest[..rest.len() - 1];
            if n == 0 || text != previous {
                previous.clear();
                previous.extend_from_slice(text);
                code.clear();
                encoder.encode(text, &mut code);
                pool.push(&code, &mut data)?;
                n += 1;
            }
            self.columns.descriptions[entity as usize] = n;
        }
        self.add_pool(Section::Descriptions, pool, data)
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

    fn finish_redirects(&mut self) -> Result<(), BuildError> {
        let sorter = std::mem::replace(&mut self.redirects, Sorter::new(0, &self.temp_dir));
        let mut sorted = sorter.finish()?;
        let (mut numbers, mut targets) = (Vec::new(), Vec::new());
        let (mut pool, mut data) = (PoolWriter::default(), Vec::new());
        let mut previous = Vec::new();
        while let Some(record) = sorted.next()? {
            let (key, entity) = split_number(record);
            let id = id_of_sort_key(key);
            if self.entity_of(&id).is_some() {
                self.skip(Skipped::RedirectOfEntity, 1);
            } else if key == previous {
                self.skip(Skipped::RedirectToTwo, 1);
            } else {
                match Id::new(&id) {
                    Id::Wikidata(number) => numbers.push(number),
                    Id::Other(id) => pool.push(id.as_bytes(), &mut data)?,
                }
                targets.push(u64::from(entity));
                previous = key.to_vec();
            }
        }
        let mut section = write_numbers(&numbers);
        section.extend(pool.finish(&mut data)?);
        section.extend(data);
        columns::put_numbers(&mut section, &targets);
        self.sections
            .add(Section::Redirects, vec![Part::Bytes(section)]);
        Ok(())
    }

    fn second_pass(&mut self, lines: SpooledTempFile) -> Result<(), BuildError> {
        let codecs = self.codecs.clone();
        let mut pools = Pools {
            names: (PoolWriter::default(), self.spool()),
            records: (PoolWriter::default(), self.spool()),
            neighbours: (PoolWriter::default(), self.spool()),
            any_neighbours: false,
            name_encoder: Encoder::new(&codecs.names),
            structure_encoder: Encoder::new(&codecs.structures),
            text_encoder: Encoder::new(&codecs.names),
        };
        let mut reader = BufReader::new(lines);
        let mut line = Vec::new();
        let mut number = 0u32;
        while reader.read_until(b'\n', &mut line)? > 0 {
            let mut entity: Entity = serde_json::from_slice(&line).map_err(io::Error::from)?;
            line.clear();
            entity.redirects.retain(|id| self.entity_of(id).is_none());
            self.fill_columns(number, &entity);
            self.put_texts(&mut pools, &entity)?;
            self.put_keys(number, &entity)?;
            number += 1;
        }
        let none = (PoolWriter::default(), self.spool());
        let neighbours = if pools.any_neighbours {
            pools.neighbours
        } else {
            none
        };
        self.add_pool(Section::Names, pools.names.0, pools.names.1)?;
        self.add_pool(Section::Records, pools.records.0, pools.records.1)?;
        self.add_pool(Section::Neighbours, neighbours.0, neighbours.1)
    }

    fn fill_columns(&mut self, number: u32, entity: &Entity) {
        let in_table = |table: &[String], text: &Option<String>| {
            text.as_ref()
                .map_or(0, |text| place(table, text) as u16 + 1)
        };
        let tables = &self.tables;
        self.columns
            .labels
            .push(in_table(&tables.labels, &entity.label));
        self.columns
            .fines
            .push(in_table(&tables.fines, &entity.fine));
        self.columns
            .countries
            .push(in_table(&tables.countries, &entity.country));
        if let Some(id) = &entity.stands_for {
            match self.entity_of(id) {
                Some(other) => self.columns.stands_for.push((number, other)),
                None => self.skip(Skipped::UnknownReference, 1),
            }
        }
    }

    fn put_texts(&mut self, pools: &mut Pools<'_>, entity: &Entity) -> Result<(), BuildError> {
        let mut code = Vec::new();
        pools.name_encoder.encode(entity.name.as_bytes(), &mut code);
        pools.names.0.push(&code, &mut pools.names.1)?;

        let parts = record::parts(entity, |language| place(&self.tables.languages, &language));
        let code = record::encode(&parts, &pools.structure_encoder, &pools.text_encoder);
        pools.records.0.push(&code, &mut pools.records.1)?;

        let mut others: Vec<u32> = entity
            .neighbours
            .iter()
            .filter_map(|id| self.entity_of(id))
            .collect();
        self.skip(
            Skipped::UnknownReference,
            (entity.neighbours.len() - others.len()) as u64,
        );
        others.sort_unstable();
        let (mut list, mut previous) = (Vec::new(), 0);
        for other in others {
            put_varint(&mut list, u64::from(other - previous));
            previous = other;
        }
        pools.any_neighbours |= !list.is_empty();
        pools.neighbours.0.push(&list, &mut pools.neighbours.1)?;
        Ok(())
    }

    fn put_keys(&mut self, number: u32, entity: &Entity) -> Result<(), BuildError> {
        let keys = keys(entity);
        self.report.aliases += keys.names;
        self.skip(Skipped::AliasWithoutKey, keys.without_key);
        let number = number.to_be_bytes();
        for (key, (usage, count)) in keys.exact {
            let language = place(&self.tables.languages, &usage.1) as u16;
            *self.uses.entry(usage).or_default() += 1;
            let (language, count) = (language.to_be_bytes(), count.to_be_bytes());
            self.keys.push(&[
                key.as_bytes(),
                &[0],
                &number,
                &[usage.0 as u8],
                &language,
                &count,
            ])?;
        }
        for hash in keys.blocking {
            self.blocking.push(&[&hash.to_be_bytes()[2..], &number])?;
        }
        Ok(())
    }

    fn finish_blocking(&mut self) -> Result<(), BuildError> {
        let sorter = std::mem::replace(&mut self.blocking, Sorter::new(0, &self.temp_dir));
        let mut writer = BlockingWriter::new(self.columns.popularities.len(), sorter.len);
        let mut sorted = sorter.finish()?;
        let mut data = self.spool();
        let (mut current, mut group) = (0, Vec::new());
        loop {
            let next = sorted.next()?.map(|record| {
                let (hash, entity) = split_number(record);
                (
                    hash.iter().fold(0, |all, &byte| all << 8 | u64::from(byte)),
                    entity,
                )
            });
            if let Some((hash, entity)) = next
                && (hash == current || group.is_empty())
            {
                current = hash;
                group.push(entity);
                continue;
            }
            self.keep_best(&mut group);
            for &entity in &group {
                writer.push(current, entity, &mut data)?;
            }
            self.report.blocking_keys += group.len() as u64;
            group.clear();
            let Some((hash, entity)) = next else { break };
            current = hash;
            group.push(entity);
        }
        let head = writer.finish(&mut data)?;
        self.sections.add(
            Section::Blocking,
            vec![Part::Bytes(head), Part::Spool(rewind(data)?)],
        );
        Ok(())
    }

    /// Leaves the most popular entities of a group, in ascending order.
    fn keep_best(&mut self, group: &mut Vec<u32>) {
        if group.len() > blocking::ENTITIES_MAX {
            self.skip(
                Skipped::RareMeaning,
                (group.len() - blocking::ENTITIES_MAX) as u64,
            );
            let popularities = &self.columns.popularities;
            group.sort_by_key(|&entity| (std::cmp::Reverse(popularities[entity as usize]), entity));
            group.truncate(blocking::ENTITIES_MAX);
            group.sort_unstable();
        }
    }

    fn finish_keys(&mut self) -> Result<(), BuildError> {
        let sorter = std::mem::replace(&mut self.keys, Sorter::new(0, &self.temp_dir));
        let mut uses: Vec<(Usage, u64)> = std::mem::take(&mut self.uses).into_iter().collect();
        uses.sort_by_key(|&(usage, n)| (std::cmp::Reverse(n), usage));
        self.tables.uses = uses.into_iter().map(|(usage, _)| usage).collect();
        let widths = Widths::new(
            self.columns.popularities.len(),
            self.tables.uses.len(),
            sorter.len,
        );
        let codec = self.codecs.keys.clone();
        let filter = FilterWriter::new(sorter.len);
        let mut writer =
            MeaningsWriter::new(DictWriter::new(&codec), filter, widths, || self.spool());
        let mut sorted = sorter.finish()?;
        let ranks: BTreeMap<Usage, u32> = self.tables.uses.iter().copied().zip(0..).collect();
        let (mut key, mut group) = (Vec::new(), Vec::new());
        loop {
            let next = sorted.next()?;
            let (own, meaning) = match next {
                Some(record) => {
                    let (own, meaning) = self.read_key(record, &ranks);
                    (own, Some(meaning))
                }
                None => (&[][..], None),
            };
            if own != key && !group.is_empty() {
                self.report.keys += 1;
                let rare = writer.push(&key, &mut group)?;
                self.skip(Skipped::RareMeaning, rare);
            }
            let Some(meaning) = meaning else { break };
            key.clear();
            key.extend_from_slice(own);
            group.push(meaning);
        }
        writer.finish(&mut self.sections)
    }

    /// The key and the meaning in a record of the key sorter.
    fn read_key<'r>(&self, record: &'r [u8], ranks: &BTreeMap<Usage, u32>) -> (&'r [u8], Meaning) {
        // 16 bytes: 0, entity, kind, language, count.
        let (key, rest) = record.split_at(record.len() - 16);
        let (entity, rest) = rest[1..].split_at(4);
        let kind = KINDS[usize::from(rest[0])];
        let language = self.tables.languages[usize::from(u16::from_be_bytes([rest[1], rest[2]]))];
        let big = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |all, &byte| all << 8 | u64::from(byte))
        };
        let (entity, count) = (big(entity) as u32, big(&rest[3..]));
        let popularity = columns::popularity(self.columns.popularities[entity as usize]);
        let meaning = Meaning {
            entity,
            usage: ranks.get(&(kind, language)).copied().unwrap_or_default(),
            weight: f64::from(popularity.max(POPULARITY_MIN)) * weight(kind),
            count,
        };
        (key, meaning)
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

const KINDS: [AliasKind; 5] = [
    AliasKind::Label,
    AliasKind::Alias,
    AliasKind::Acronym,
    AliasKind::Surname,
    AliasKind::Demonym,
];

struct Pools<'a> {
    names: (PoolWriter, BufWriter<SpooledTempFile>),
    records: (PoolWriter, BufWriter<SpooledTempFile>),
    neighbours: (PoolWriter, BufWriter<SpooledTempFile>),
    any_neighbours: bool,
    name_encoder: Encoder<'a>,
    structure_encoder: Encoder<'a>,
    text_encoder: Encoder<'a>,
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
