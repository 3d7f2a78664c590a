//! What doubtful searches found: they cost most, and texts of one time repeat names.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::kb::{EntityRef, Hit};
use crate::name::{Name, NameKind};

/// An entity that a doubtful search found, with its share as prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Doubtful {
    pub(crate) hit: Hit,
    pub(crate) likeness: f32,
    pub(crate) common: Option<f32>,
}

type Shard = FxHashMap<(NameKind, String), Vec<Doubtful>>;

/// The results of doubtful searches by kind and name, and the demonyms among words,
/// for any number of threads; some megabytes when it is full.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    shards: [Mutex<Shard>; SHARDS],
    usual: Usual,
    /// What words are demonyms of; most words are of nothing.
    demonyms: RwLock<FxHashMap<Box<str>, Option<EntityRef>>>,
}

const SHARDS: usize = 16;

/// Words of which it is known whether they are demonyms; with more, all are forgotten.
const WORDS_MAX: usize = 1 << 16;

/// Names of a shard; with one more, all are forgotten.
const NAMES_MAX: usize = 1024;

/// Hashes of words that are certainly no demonyms, each in the one place that it may have;
/// a word takes that of another. Two words of one hash of 64 bits do not come up.
#[derive(Debug)]
struct Usual(Box<[AtomicU64]>);

/// Words that are known to be usual, at most: more than most texts of one time share.
const USUAL: usize = 1 << 13;

impl Default for Usual {
    fn default() -> Self {
        Self((0..USUAL).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Memory {
    /// Whether `word` is usual, as `is_usual` says or said before.
    pub(crate) fn is_usual(&self, word: &str, is_usual: impl FnOnce() -> bool) -> bool {
        // No word has the hash of an empty place.
        let hash = FxBuildHasher.hash_one(word) | 1;
        let place = &self.usual.0[(hash >> 32) as usize % USUAL];
        if place.load(Ordering::Relaxed) == hash {
            return true;
        }
        let found = is_usual();
        if found {
            place.store(hash, Ordering::Relaxed);
        }
        found
    }

    /// Which of `words` are demonyms, and of what: as `search` says, or said before.
    pub(crate) fn demonyms<'a>(
        &self,
        words: impl Iterator<Item = &'a str>,
        search: impl Fn(&str) -> Option<EntityRef>,
    ) -> Vec<(&'a str, EntityRef)> {
        let (mut found, mut new) = (Vec::new(), Vec::new());
        let known = self.demonyms.read().unwrap_or_else(PoisonError::into_inner);
        for word in words {
            match known.get(word) {
                Some(entity) => found.extend(entity.map(|entity| (word, entity))),
                None => new.push(word),
            }
        }
        drop(known);
        // Other threads need not wait for the searches.
        let new: Vec<_> = new.into_iter().map(|word| (word, search(word))).collect();
        found.extend(
            new.iter()
                .filter_map(|&(word, entity)| Some((word, entity?))),
        );
        if !new.is_empty() {
            let mut known = self
                .demonyms
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            if known.len() >= WORDS_MAX {
                known.clear();
            }
            known.extend(new.into_iter().map(|(word, entity)| (word.into(), entity)));
        }
        found
    }

    /// What `search` finds, or found for such a name before.
    pub(crate) fn recall(
        &self,
        name: &Name,
        kind: NameKind,
        search: impl FnOnce() -> Vec<Doubtful>,
    ) -> Vec<Doubtful> {
        let key = (kind, name.text().to_owned());
        if let Some(known) = self.shard(&key).get(&key) {
            return known.clone();
        }
        // Other threads need not wait for the search.
        let found = search();
        let mut shard = self.shard(&key);
        if shard.len() >= NAMES_MAX {
            shard.clear();
        }
        shard.insert(key, found.clone());
        found
    }

    fn shard(&self, key: &(NameKind, String)) -> MutexGuard<'_, Shard> {
        // The high bits: the maps use the low ones.
        let at = (FxBuildHasher.hash_one(key) >> 32) as usize % SHARDS;
        // A map is whole even if a thread ended while it held the lock.
        self.shards[at]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kb::{AliasKind, Lang, Matched};

    fn found(entity: u32) -> Vec<Doubtful> {
        let hit = Hit {
            entity: EntityRef(entity),
            kind: AliasKind::Alias,
            language: Lang::UND,
            prior: 1.0,
            matched: Matched::Edit,
        };
        vec![Doubtful {
            hit,
            likeness: 0.9,
            common: Some(0.5),
        }]
    }

    #[test]
    fn names_of_a_kind_are_searched_once() {
        let memory = Memory::default();
        let rows = [
            ("Bamakko", NameKind::Place, 1, 1),
            ("Bamakko", NameKind::Place, 2, 1),
            ("Bamakko", NameKind::Person, 3, 3),
            ("bamakko", NameKind::Place, 4, 4),
        ];
        for (name, kind, new, expected) in rows {
            let recalled = memory.recall(&Name::new(name), kind, || found(new));
            assert_eq!(recalled, found(expected), "{name} {kind:?}");
        }
    }

    #[test]
    fn no_more_than_the_latest_names_are_kept() {
        let memory = Memory::default();
        for n in 0..3 * SHARDS * NAMES_MAX {
            memory.recall(&Name::new(&n.to_string()), NameKind::Other, Vec::new);
        }
        assert!(
            memory
                .shards
                .iter()
                .all(|shard| shard.lock().unwrap().len() <= NAMES_MAX)
        );
    }

    #[test]
    fn words_are_searched_once() {
        let memory = Memory::default();
        let of = |word: &str| (word == "malien").then_some(EntityRef(7));
        let words = ["malien", "chose", "malien"];
        let expected = vec![("malien", EntityRef(7)); 2];
        assert_eq!(memory.demonyms(words.into_iter(), of), expected);
        let again = memory.demonyms(words.into_iter(), |word| {
            panic!("{word} was searched before")
        });
        assert_eq!(again, expected);
    }
}
