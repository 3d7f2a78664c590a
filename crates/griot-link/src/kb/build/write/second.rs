//! The second pass: references, records, and keys.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, BufWriter};

use tempfile::SpooledTempFile;

use super::super::keys::keys;
use super::super::meanings::{Meaning, MeaningsWriter};
use super::super::sections::Part;
use super::super::sort::Sorter;
use super::super::{BuildError, Skipped};
use super::{Build, place, rewind, split_number};
use crate::kb::blocking::{self, BlockingWriter};
use crate::kb::bytes::put_varint;
use crate::kb::candidates::POPULARITY_MIN;
use crate::kb::codec::Encoder;
use crate::kb::columns;
use crate::kb::container::Section;
use crate::kb::dict::DictWriter;
use crate::kb::filter::FilterWriter;
use crate::kb::pool::PoolWriter;
use crate::kb::postings::{Usage, Widths, weight};
use crate::kb::{AliasKind, Entity, record};

struct Pools<'a> {
    names: (PoolWriter, BufWriter<SpooledTempFile>),
    records: (PoolWriter, BufWriter<SpooledTempFile>),
    neighbours: (PoolWriter, BufWriter<SpooledTempFile>),
    any_neighbours: bool,
    name_encoder: Encoder<'a>,
    structure_encoder: Encoder<'a>,
    text_encoder: Encoder<'a>,
}

impl Build {
    pub(super) fn second_pass(&mut self, lines: SpooledTempFile) -> Result<(), BuildError> {
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
        let keys = keys(entity, &self.letters);
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

    pub(super) fn finish_blocking(&mut self) -> Result<(), BuildError> {
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

    pub(super) fn finish_keys(&mut self) -> Result<(), BuildError> {
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
}

const KINDS: [AliasKind; 5] = [
    AliasKind::Label,
    AliasKind::Alias,
    AliasKind::Acronym,
    AliasKind::Surname,
    AliasKind::Demonym,
];
