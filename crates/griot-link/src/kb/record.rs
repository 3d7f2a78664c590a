//! The lists of an entity in bytes: what its columns do not have.
//!
//! A record is a structure and the texts it refers to, each through a codec of
//! its own. Each text is stored once, and the canonical name not at all.

use std::collections::BTreeMap;

use super::bytes::{put_varint, take, take_varint};
use super::codec::{Codec, Encoder};
use super::{Entity, Lang};

/// Ends a text; no text has it.
pub(super) const END: u8 = 0;

/// A text list by language.
type ByLanguage = BTreeMap<String, Vec<String>>;

/// The structure and the texts of the lists of `entity`; `place` gives the number
/// of a language.
pub(super) fn parts(entity: &Entity, place: impl Fn(Lang) -> u64) -> (Vec<u8>, Vec<u8>) {
    let mut writer = Writer::default();
    writer.known.insert(&entity.name, 0);
    writer.put_lists(&entity.aliases, &place);
    writer.put_lists(&entity.demonyms, &place);
    put_varint(&mut writer.structure, entity.counts.len() as u64);
    for (name, &count) in &entity.counts {
        writer.put_text(name);
        put_varint(&mut writer.structure, count & (u64::MAX >> 1));
    }
    put_varint(&mut writer.structure, entity.redirects.len() as u64);
    for id in &entity.redirects {
        writer.put_text(id);
    }
    if entity.counts.is_empty() && entity.redirects.is_empty() {
        // The reader takes what is missing for zeros: no demonyms, no counts, no
        // redirects.
        let empty = if entity.demonyms.is_empty() { 3 } else { 2 };
        writer.structure.truncate(writer.structure.len() - empty);
    }
    (writer.structure, writer.texts)
}

#[derive(Default)]
struct Writer<'a> {
    structure: Vec<u8>,
    texts: Vec<u8>,
    known: BTreeMap<&'a str, u64>,
}

impl<'a> Writer<'a> {
    fn put_lists(&mut self, lists: &'a ByLanguage, place: impl Fn(Lang) -> u64) {
        let mut rows: Vec<(u64, &Vec<String>)> = lists
            .iter()
            .map(|(tag, texts)| (place(Lang::new(tag)), texts))
            .collect();
        rows.sort_unstable_by_key(|&(place, _)| place);
        put_varint(&mut self.structure, rows.len() as u64);
        let mut previous = 0;
        for (place, texts) in rows {
            put_varint(&mut self.structure, place - previous);
            previous = place;
            put_varint(&mut self.structure, texts.len() as u64);
            for text in texts {
                self.put_text(text);
            }
        }
    }

    /// 0 for a new text, its number plus one for a known one.
    fn put_text(&mut self, text: &'a str) {
        if let Some(&known) = self.known.get(text) {
            put_varint(&mut self.structure, known + 1);
        } else {
            self.structure.push(0);
            self.texts.extend_from_slice(text.as_bytes());
            self.texts.push(END);
            self.known.insert(text, self.known.len() as u64);
        }
    }
}

/// Codes the two parts into one string.
pub(super) fn encode(
    parts: &(Vec<u8>, Vec<u8>),
    structures: &Encoder<'_>,
    texts: &Encoder<'_>,
) -> Vec<u8> {
    let mut structure = Vec::new();
    structures.encode(&parts.0, &mut structure);
    let mut out = Vec::new();
    put_varint(&mut out, structure.len() as u64);
    out.extend(structure);
    texts.encode(&parts.1, &mut out);
    out
}

/// Adds the lists of a record to `entity`, whose name is known; `None`, with part
/// of them added, if the record is damaged.
pub(super) fn decode(
    mut code: &[u8],
    structures: &Codec,
    texts: &Codec,
    languages: &[Lang],
    entity: &mut Entity,
) -> Option<()> {
    let len = usize::try_from(take_varint(&mut code)?).ok()?;
    let (mut structure, mut text) = (Vec::new(), Vec::new());
    structures.decode(take(&mut code, len)?, &mut structure)?;
    texts.decode(code, &mut text)?;
    let name = entity.name.clone();
    let mut reader = Reader {
        structure: &structure,
        texts: &text,
        known: vec![name.as_str()],
        bytes_left: BYTES_MAX,
    };
    reader.take_lists(languages, &mut entity.aliases)?;
    reader.take_lists(languages, &mut entity.demonyms)?;
    for _ in 0..reader.number()? {
        let name = reader.text()?.to_owned();
        entity.counts.insert(name, reader.number()?);
    }
    for _ in 0..reader.number()? {
        let id = reader.text()?.to_owned();
        entity.redirects.push(id);
    }
    reader.structure.is_empty().then_some(())
}

/// Hands every name of a record to `each`, each once; `None`, with some of them
/// handed over, if the record is damaged.
pub(super) fn each_name(
    mut code: &[u8],
    structures: &Codec,
    texts: &Codec,
    each: &mut dyn FnMut(&str),
) -> Option<()> {
    let len = usize::try_from(take_varint(&mut code)?).ok()?;
    let (mut structure, mut text) = (Vec::with_capacity(2 * len), Vec::with_capacity(128));
    structures.decode(take(&mut code, len)?, &mut structure)?;
    texts.decode(code, &mut text)?;
    let mut reader = Reader {
        structure: &structure,
        texts: &text,
        known: Vec::new(),
        bytes_left: BYTES_MAX,
    };
    // Aliases, demonyms.
    for _ in 0..2 {
        for _ in 0..reader.number()? {
            // A list is never empty, so this is not its end.
            if reader.structure.is_empty() {
                return None;
            }
            let _language = reader.number()?;
            for _ in 0..reader.number()? {
                // The end of the structure would be the number 0 for ever.
                if reader.structure.is_empty() {
                    return None;
                }
                if reader.number()? == 0 {
                    each(reader.new_text()?);
                }
            }
        }
    }
    Some(())
}

/// Most bytes of texts in a record: a damaged one may refer to a long text over
/// and over.
pub(super) const BYTES_MAX: usize = 16 << 20;

struct Reader<'a> {
    structure: &'a [u8],
    texts: &'a [u8],
    known: Vec<&'a str>,
    bytes_left: usize,
}

impl<'a> Reader<'a> {
    /// The writer leaves empty lists at the end out.
    fn number(&mut self) -> Option<u64> {
        if self.structure.is_empty() {
            Some(0)
        } else {
            take_varint(&mut self.structure)
        }
    }

    fn take_lists(&mut self, languages: &[Lang], lists: &mut ByLanguage) -> Option<()> {
        let mut place = 0u64;
        for _ in 0..self.number()? {
            // A list is never empty, so this is not its end.
            if self.structure.is_empty() {
                return None;
            }
            place = place.checked_add(self.number()?)?;
            let language = languages.get(usize::try_from(place).ok()?)?;
            let list = lists.entry(language.as_str().to_owned()).or_default();
            for _ in 0..self.number()? {
                list.push(self.text()?.to_owned());
            }
        }
        Some(())
    }

    fn new_text(&mut self) -> Option<&'a str> {
        let len = self.texts.iter().position(|&byte| byte == END)?;
        let text = std::str::from_utf8(take(&mut self.texts, len)?).ok()?;
        take(&mut self.texts, 1)?;
        Some(text)
    }

    fn text(&mut self) -> Option<&'a str> {
        // The end of the structure would be the number 0 for ever.
        if self.structure.is_empty() {
            return None;
        }
        let text = if let Some(known) = self.number()?.checked_sub(1) {
            self.known.get(usize::try_from(known).ok()?).copied()?
        } else {
            let text = self.new_text()?;
            self.known.push(text);
            text
        };
        self.bytes_left = self.bytes_left.checked_sub(text.len().max(1))?;
        Some(text)
    }
}
