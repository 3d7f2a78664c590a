//! Small lists of strings that columns refer to by number.

use super::bytes::{put_varint, take, take_varint};
use super::{AliasKind, Lang};

/// The lists, read when a file is opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tables {
    pub(super) labels: Vec<String>,
    pub(super) fines: Vec<String>,
    pub(super) countries: Vec<String>,
    pub(super) languages: Vec<Lang>,
    /// Pairs of kind and language that postings have, frequent ones first.
    pub(super) uses: Vec<(AliasKind, Lang)>,
}

impl Tables {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for list in [&self.labels, &self.fines, &self.countries] {
            put_list(&mut out, list.iter().map(String::as_str));
        }
        put_list(&mut out, self.languages.iter().map(Lang::as_str));
        put_varint(&mut out, self.uses.len() as u64);
        for (kind, language) in &self.uses {
            out.push(*kind as u8);
            put_text(&mut out, language.as_str());
        }
        out
    }

    pub(super) fn read(mut section: &[u8]) -> Option<Self> {
        let data = &mut section;
        let (labels, fines, countries) = (take_list(data)?, take_list(data)?, take_list(data)?);
        let languages = take_list(data)?.iter().map(|tag| Lang::new(tag)).collect();
        let mut uses = Vec::new();
        for _ in 0..take_varint(data)? {
            let kind = kind_of(take(data, 1)?[0])?;
            uses.push((kind, Lang::new(take_text(data)?)));
        }
        Some(Self {
            labels,
            fines,
            countries,
            languages,
            uses,
        })
    }
}

fn kind_of(number: u8) -> Option<AliasKind> {
    use AliasKind::{Acronym, Alias, Demonym, Label, Surname};
    [Label, Alias, Acronym, Surname, Demonym]
        .get(usize::from(number))
        .copied()
}

fn put_list<'a>(out: &mut Vec<u8>, list: impl ExactSizeIterator<Item = &'a str>) {
    put_varint(out, list.len() as u64);
    for text in list {
        put_text(out, text);
    }
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// The list grows as items are found, so a false count costs no memory.
fn take_list(data: &mut &[u8]) -> Option<Vec<String>> {
    (0..take_varint(data)?)
        .map(|_| take_text(data).map(str::to_owned))
        .collect()
}

pub(super) fn take_text<'a>(data: &mut &'a [u8]) -> Option<&'a str> {
    let len = usize::try_from(take_varint(data)?).ok()?;
    std::str::from_utf8(take(data, len)?).ok()
}
