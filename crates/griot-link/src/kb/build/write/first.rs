//! The first pass: numbers, tables, and what needs no other entity.

use std::collections::BTreeSet;
use std::io::{self, Write};

use tempfile::SpooledTempFile;

use super::super::clean::{after_sort_key, id_of_sort_key, sort_key};
use super::super::keys::{Letters, keys};
use super::super::sections::Part;
use super::super::sort::{Sorted, Sorter};
use super::super::{BuildError, Skipped};
use super::{Build, place, rewind, split_number};
use crate::kb::base::Codecs;
use crate::kb::codec::{Codec, Encoder};
use crate::kb::columns;
use crate::kb::container::Section;
use crate::kb::ids::{Id, write_numbers};
use crate::kb::pool::PoolWriter;
use crate::kb::tables::Tables;
use crate::kb::{Entity, Lang, record};

impl Build {
    /// Numbers the entities; returns them as JSON Lines in that order.
    pub(super) fn first_pass(&mut self, mut sorted: Sorted) -> Result<SpooledTempFile, BuildError> {
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

    pub(super) fn number_tables(&mut self) -> Result<(), BuildError> {
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
    pub(super) fn train(&mut self) {
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
            .map(|e| {
                keys(e, &Letters::default())
                    .exact
                    .into_keys()
                    .take(8)
                    .collect()
            })
            .collect();
        let texts = samples
            .iter()
            .zip(&parts)
            .flat_map(|(e, (_, texts))| [e.name.as_bytes(), texts]);
        self.letters = Letters::new(samples.iter().map(|e| e.name.as_str()));
        self.codecs = Codecs {
            keys: Codec::train(own.iter().flatten().map(String::as_bytes)),
            names: Codec::train(texts.map(|text| &text[..text.len().min(256)])),
            descriptions: Codec::train(descriptions.iter().map(|d| d.as_bytes())),
            structures: Codec::train(parts.iter().map(|(s, _)| &s[..s.len().min(64)])),
        };
    }

    pub(super) fn finish_descriptions(&mut self) -> Result<(), BuildError> {
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

    pub(super) fn finish_redirects(&mut self) -> Result<(), BuildError> {
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
}
