//! What is kept of an entity.

use std::collections::BTreeMap;

use super::super::ids::Id;
use super::{DESCRIPTION_BYTES_MAX, ID_BYTES_MAX, NAME_CHARS_MAX, NAMES_MAX, Skipped};
use crate::kb::{Entity, Lang};
use crate::name::Name;

/// Leaves out what cannot be kept, and counts it.
#[derive(Debug)]
pub(super) struct Cleaner {
    languages: Vec<Lang>,
    pub(super) skipped: BTreeMap<Skipped, u64>,
}

impl Cleaner {
    pub(super) fn new(languages: &[Lang]) -> Self {
        Self {
            languages: languages.to_vec(),
            skipped: BTreeMap::new(),
        }
    }

    fn skip(&mut self, reason: Skipped) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// The entity as it will be stored; `None` if its name cannot be.
    pub(super) fn clean(&mut self, mut entity: Entity) -> Option<Entity> {
        entity.name = String::from(entity.name.trim());
        if is_long(&entity.name) {
            self.skip(Skipped::EntityWithLongName);
            return None;
        }
        if entity.name.contains('\0') || Name::new(&entity.name).key().is_empty() {
            self.skip(Skipped::EntityWithoutName);
            return None;
        }
        let mut names = 0;
        entity.aliases = self.clean_lists(entity.aliases, &mut names);
        entity.demonyms = self.clean_lists(entity.demonyms, &mut names);
        entity
            .counts
            .retain(|name, _| !is_long(name) && !name.contains('\0'));
        for text in [&mut entity.label, &mut entity.fine, &mut entity.country] {
            *text = text.take().filter(|text| !text.is_empty());
        }
        if entity
            .description
            .as_ref()
            .is_some_and(|d| d.len() > DESCRIPTION_BYTES_MAX)
        {
            self.skip(Skipped::LongDescription);
            entity.description = None;
        }
        entity.description = entity.description.filter(|d| !d.is_empty());
        let own = entity.id.clone();
        for list in [&mut entity.neighbours, &mut entity.redirects] {
            list.sort_unstable();
            list.dedup();
            list.retain(|id| self.is_good_id(id));
        }
        entity.neighbours.retain(|id| *id != own);
        entity.stands_for = entity.stands_for.filter(|id| self.is_good_id(id));
        // JSON has no way to write what is not a number.
        entity.popularity = if entity.popularity.is_nan() {
            0.0
        } else {
            entity.popularity.clamp(0.0, 1.0)
        };
        Some(entity)
    }

    fn is_good_id(&mut self, id: &str) -> bool {
        let good = is_id(id);
        if !good {
            self.skip(Skipped::BadId);
        }
        good
    }

    fn clean_lists(
        &mut self,
        lists: BTreeMap<String, Vec<String>>,
        names: &mut usize,
    ) -> BTreeMap<String, Vec<String>> {
        let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (tag, aliases) in lists {
            let language = Lang::new(&tag);
            for alias in aliases {
                if let Some(reason) = self.reason(&alias, language, *names) {
                    self.skip(reason);
                    continue;
                }
                let list = kept.entry(language.as_str().to_owned()).or_default();
                let alias = alias.trim();
                if !list.iter().any(|known| known == alias) {
                    list.push(alias.to_owned());
                    *names += 1;
                }
            }
        }
        kept
    }

    fn reason(&self, alias: &str, language: Lang, names: usize) -> Option<Skipped> {
        if alias.trim().is_empty() {
            Some(Skipped::EmptyAlias)
        } else if is_long(alias) {
            Some(Skipped::LongAlias)
        } else if alias.contains('\0') {
            Some(Skipped::AliasWithNul)
        } else if !self.keeps(language) {
            Some(Skipped::OtherLanguage)
        } else {
            (names >= NAMES_MAX).then_some(Skipped::TooManyAliases)
        }
    }

    fn keeps(&self, language: Lang) -> bool {
        let tag = language.as_str();
        self.languages.is_empty()
            || matches!(tag, "und" | "mul")
            || self.languages.iter().any(|kept| {
                tag.strip_prefix(kept.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
    }
}

/// Whether an entity may have this identifier.
pub(super) fn is_id(id: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&id.len()) && !id.contains('\0')
}

fn is_long(name: &str) -> bool {
    name.len() > NAME_CHARS_MAX && name.chars().nth(NAME_CHARS_MAX).is_some()
}

/// Bytes in the order of [`Id`], no one of which begins another.
pub(super) fn sort_key(id: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(id.len() + 2);
    match Id::new(id) {
        Id::Wikidata(number) => {
            key.push(0);
            key.extend(number.to_be_bytes());
        }
        Id::Other(text) => {
            key.push(1);
            key.extend_from_slice(text.as_bytes());
            // `is_id` lets no other one in.
            key.push(0);
        }
    }
    key
}

/// What follows the sort key in a record.
pub(super) fn after_sort_key(record: &[u8]) -> &[u8] {
    let len = match record.first() {
        Some(0) => Some(5),
        _ => record.iter().position(|&byte| byte == 0).map(|end| end + 1),
    };
    len.and_then(|len| record.get(len..)).unwrap_or_default()
}

/// The identifier of a sort key that is whole.
pub(super) fn id_of_sort_key(key: &[u8]) -> String {
    let (class, rest) = key.split_at(1);
    if class == [0] {
        let number = rest.iter().fold(0, |all, &byte| all << 8 | u32::from(byte));
        return format!("Q{number}");
    }
    String::from_utf8_lossy(&rest[..rest.len() - 1]).into_owned()
}
