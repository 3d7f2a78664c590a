//! The keys by which an entity is found.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::super::alias;
use super::super::blocking::{hash, hash_of_demonym};
use super::super::dict::KEY_BYTES_MAX;
use super::super::near::{CHARS_MIN, grams};
use super::super::postings::Usage;
use crate::kb::{AliasKind, Entity, EntityName, Matched};
use crate::name::Name;

/// Most words of an organization's name that may come in another order.
const SORTED_WORDS_MAX: usize = 4;
/// Most words of an organization's name that is looked for by its sound.
const PHONETIC_WORDS_MAX: usize = 2;

/// Popularity from which on an entity is found by letters of its canonical name, and of
/// the names that languages have for it.
const POPULAR: f32 = 0.15;
const MORE_POPULAR: f32 = 0.3;

/// How many names of a sample have the same first letter and trigram.
#[derive(Debug, Default)]
pub(super) struct Letters(FxHashMap<[char; 4], u32>);

impl Letters {
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut counts = FxHashMap::default();
        for name in names {
            for (_, gram) in grams(Name::new(name).key()) {
                *counts.entry(gram).or_default() += 1;
            }
        }
        Self(counts)
    }

    /// The rarest trigram of the second half of `key`, with its first letter.
    fn rarest(&self, key: &str) -> Option<String> {
        let n_chars = key.chars().count();
        if n_chars < CHARS_MIN {
            return None;
        }
        let later = grams(key).filter(|(at, _)| *at >= n_chars / 2);
        let rare = later.min_by_key(|(at, gram)| (self.0.get(gram).copied().unwrap_or(0), *at));
        rare.map(|(_, gram)| gram.iter().collect())
    }
}

/// The keys of one entity.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// What the name of each key is, and how often it was counted to mean this
    /// entity.
    pub(super) exact: BTreeMap<String, (Usage, u64)>,
    /// Hashes of blocking keys.
    pub(super) blocking: BTreeSet<u64>,
    /// Number of names.
    pub(super) names: u64,
    /// Names that have no key.
    pub(super) without_key: u64,
}

/// The keys of `entity`.
pub(super) fn keys(entity: &Entity, letters: &Letters) -> Keys {
    let mut keys = Keys::default();
    // One of which no popularity is given is in a list because it matters.
    let popularity = if entity.popularity == 0.0 {
        1.0
    } else {
        entity.popularity
    };
    for EntityName {
        text,
        language,
        kind,
    } in alias::names(entity)
    {
        keys.names += 1;
        let name = Name::new(&text);
        if !keys.add(&name, (kind, language)) {
            keys.without_key += 1;
            continue;
        }
        if kind == AliasKind::Demonym {
            keys.blocking.insert(hash_of_demonym(name.key()));
        }
        if matches!(kind, AliasKind::Acronym | AliasKind::Demonym) {
            continue;
        }
        let by_letters = if keys.names == 1 {
            popularity >= POPULAR
        } else {
            popularity >= MORE_POPULAR && kind == AliasKind::Label
        };
        if by_letters {
            let rarest = letters.rarest(name.key());
            keys.add_hashes(Matched::Trigram, rarest);
        }
        keys.block(&name, entity.label.as_deref(), keys.names == 1);
        if entity.label.as_deref() == Some("PER") {
            for surname in alias::surnames(&text) {
                let surname = Name::new(surname);
                keys.add(&surname, (AliasKind::Surname, language));
                keys.add_hashes(Matched::Phonetic, surname.phonetic_keys());
            }
        }
    }
    for (name, &count) in &entity.counts {
        if let Some((_, total)) = keys.exact.get_mut(Name::new(name).key()) {
            *total = total.saturating_add(count).min(u64::MAX >> 16);
        }
    }
    keys
}

impl Keys {
    fn add(&mut self, name: &Name, (kind, language): Usage) -> bool {
        let key = name.key();
        // A byte 0 ends the key where keys are sorted.
        if key.is_empty() || key.len() > KEY_BYTES_MAX || key.contains('\0') {
            return false;
        }
        let entry = self
            .exact
            .entry(key.to_owned())
            .or_insert(((kind, language), 0));
        entry.0 = (entry.0.0.min(kind), alias::join(entry.0.1, language));
        true
    }

    /// Short of a hash for each way and name, which would take a fifth of a file:
    ///
    /// - Long names of organizations are translated rather than transcribed, and
    ///   have an order of words; their sound is of no use.
    /// - One of two names that are compared by consonants is in a script without
    ///   vowels, so other names of an entity add little to the canonical one.
    fn block(&mut self, name: &Name, label: Option<&str>, canonical: bool) {
        let words = name.key().split(' ').count();
        let organization = label == Some("ORG");
        if words > 1 && (!organization || words <= SORTED_WORDS_MAX) {
            self.add_hashes(Matched::Sorted, [name.sorted_key()]);
        }
        if !organization || words <= PHONETIC_WORDS_MAX {
            self.add_hashes(Matched::Phonetic, name.phonetic_keys());
        }
        if !organization && (canonical || name.text().chars().any(is_of_abjad)) {
            self.add_hashes(Matched::Skeleton, [name.skeleton_key()]);
        }
    }

    fn add_hashes(&mut self, how: Matched, keys: impl IntoIterator<Item = String>) {
        let keys = keys.into_iter().filter(|key| !key.is_empty());
        self.blocking.extend(keys.map(|key| hash(how, &key)));
    }
}

/// Whether `c` is of a script that writes consonants: Hebrew, Arabic, Syriac and
/// their kin.
fn is_of_abjad(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}
