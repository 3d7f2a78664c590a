//! Keys with all their meanings: priors, and the sections they go to.

use std::io::{self, BufWriter, Write};

use tempfile::SpooledTempFile;

use super::super::bytes::BitWriter;
use super::super::container::Section;
use super::super::dict::DictWriter;
use super::super::filter::FilterWriter;
use super::super::postings::{ENTITIES_MAX, Posting, Widths, put_list, quantize};
use super::BuildError;
use super::sections::{Part, Sections};

/// An entity that a key may mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning {
    pub(super) entity: u32,
    pub(super) usage: u32,
    /// What it weighs if texts were not counted.
    pub(super) weight: f64,
    /// How often it was counted.
    pub(super) count: u64,
}

/// Writes the dictionary and the postings.
#[derive(Debug)]
pub(super) struct MeaningsWriter<'c> {
    dict: DictWriter<'c>,
    filter: FilterWriter,
    widths: Widths,
    bits: BitWriter,
    bytes: Vec<u8>,
    len: u64,
    lists_len: u64,
    keys: BufWriter<SpooledTempFile>,
    entries: BufWriter<SpooledTempFile>,
    lists: BufWriter<SpooledTempFile>,
}

impl<'c> MeaningsWriter<'c> {
    pub(super) fn new(
        dict: DictWriter<'c>,
        filter: FilterWriter,
        widths: Widths,
        mut spool: impl FnMut() -> BufWriter<SpooledTempFile>,
    ) -> Self {
        Self {
            dict,
            filter,
            widths,
            bits: BitWriter::default(),
            bytes: Vec::new(),
            len: 0,
            lists_len: 0,
            keys: spool(),
            entries: spool(),
            lists: spool(),
        }
    }

    /// Writes a key and its meanings, which are cleared; returns how many of them
    /// there was no room for.
    pub(super) fn push(&mut self, key: &[u8], meanings: &mut Vec<Meaning>) -> io::Result<u64> {
        self.dict.push(key, &mut self.keys)?;
        self.filter.push(&String::from_utf8_lossy(key));
        let postings = rank(meanings);
        let single = match postings.as_slice() {
            [posting] => self.widths.single(*posting),
            _ => None,
        };
        let entry = if let Some(entry) = single {
            entry
        } else {
            put_list(&mut self.bytes, &postings);
            self.lists.write_all(&self.bytes)?;
            let entry = self.lists_len << 1 | 1;
            self.lists_len += self.bytes.len() as u64;
            self.bytes.clear();
            entry
        };
        self.bits.put(&mut self.bytes, entry, self.widths.entry);
        self.entries.write_all(&self.bytes)?;
        self.bytes.clear();
        self.len += 1;
        let rare = meanings.len() - postings.len();
        meanings.clear();
        Ok(rare as u64)
    }

    pub(super) fn finish(mut self, sections: &mut Sections) -> Result<(), BuildError> {
        self.bits.finish(&mut self.bytes);
        self.entries.write_all(&self.bytes)?;
        let mut head = Vec::new();
        for number in [
            self.len,
            self.widths.entity.into(),
            self.widths.entry.into(),
            self.lists_len,
        ] {
            head.extend(number.to_le_bytes());
        }
        let spool = |written: BufWriter<SpooledTempFile>| {
            written
                .into_inner()
                .map(Part::Spool)
                .map_err(io::IntoInnerError::into_error)
        };
        sections.add(
            Section::Keys,
            vec![Part::Bytes(self.dict.finish()), spool(self.keys)?],
        );
        sections.add(Section::Filter, vec![Part::Bytes(self.filter.finish())]);
        let postings = vec![Part::Bytes(head), spool(self.entries)?, spool(self.lists)?];
        sections.add(Section::Postings, postings);
        Ok(())
    }
}

/// Meanings by probability, as many as are kept.
fn rank(meanings: &[Meaning]) -> Vec<Posting> {
    // What was never counted, beside others that were, weighs less than once.
    let weight = |meaning: &Meaning| match meaning.count {
        0 => meaning.weight,
        n => n as f64,
    };
    let total: f64 = meanings.iter().map(weight).sum();
    let mut ranked: Vec<(f64, &Meaning)> =
        meanings.iter().map(|m| (weight(m) / total, m)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.entity.cmp(&b.1.entity)));
    ranked
        .into_iter()
        .take(ENTITIES_MAX)
        .map(|(probability, meaning)| Posting {
            entity: meaning.entity,
            usage: meaning.usage,
            prior: quantize(probability),
        })
        .collect()
}
