//! What doubtful searches found: they cost most, and texts of one time repeat names.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::kb::Hit;
use crate::name::{Name, NameKind};

/// An entity that a doubtful search found, with its share as prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Doubtful {
    pub(crate) hit: Hit,
    pub(crate) likeness: f32,
    pub(crate) common: Option<f32>,
}

type Shard = FxHashMap<(NameKind, String), Vec<Doubtful>>;

/// The results of doubtful searches by kind and name, for any number of threads;
/// a megabyte or two when it is full.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    shards: [Mutex<Shard>; SHARDS],
}

const SHARDS: usize = 16;

/// Names of a shard; with one more, all are forgotten.
const NAMES_MAX: usize = 1024;

impl Memory {
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
        use std::hash::BuildHasher;
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
    use crate::kb::{AliasKind, EntityRef, Lang, Matched};

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
}
