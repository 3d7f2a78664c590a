//! Long keys with several slips, or a word more or less: by how they begin, or by some
//! letters of their second half.

use std::ops::Range;

use super::base::Inner;
use super::dict::Dict;
use super::{Matched, blocking};
use crate::name::{Bag, trigrams_alike};

/// Shortest key that is looked for, in characters: a few slips make any other of a
/// shorter one.
pub(super) const CHARS_MIN: usize = 10;
/// Longest key that is looked for, in characters.
const CHARS_MAX: usize = 150;
/// Keys with one beginning that are compared, at most.
const WALKED_MAX: usize = 64;
/// Share of trigrams in common from which on two keys are near.
pub(super) const ALIKE_MIN: f32 = 0.6;

/// Ordinals of the keys near `key` that begin as it does: with the same half.
pub(super) fn with_same_start(dict: &Dict<'_>, key: &str) -> Vec<usize> {
    let n_chars = key.chars().count();
    if !(CHARS_MIN..=CHARS_MAX).contains(&n_chars) {
        return Vec::new();
    }
    let half = key.char_indices().nth(n_chars / 2);
    let start = &key[..half.map_or(key.len(), |(at, _)| at)];
    let Some(range) = dict.with_prefix(start, 0..dict.len()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // A damaged file ends the walk early.
    let _ = walk(dict, range, key, &mut found);
    found
}

fn walk(dict: &Dict<'_>, range: Range<usize>, key: &str, found: &mut Vec<usize>) -> Option<()> {
    if range.is_empty() || range.len() > WALKED_MAX {
        return None;
    }
    let bag = Bag::new(key);
    let mut walk = dict.at(range.start)?;
    loop {
        if bag.is_near(walk.key())
            && let Ok(other) = std::str::from_utf8(walk.key())
            && trigrams_alike(key, other) >= ALIKE_MIN
        {
            found.push(walk.ordinal);
        }
        walk.advance()?;
        if walk.ordinal >= range.end {
            return Some(());
        }
    }
}

/// The hashes under which the second half of a name is found: of each of its trigrams with
/// its first letter.
pub(super) fn probes(key: &str) -> Vec<u64> {
    let n_chars = key.chars().count();
    if !(CHARS_MIN..=CHARS_MAX).contains(&n_chars) {
        return Vec::new();
    }
    let mut probe = String::with_capacity(16);
    let hashes = grams(key).map(|(_, gram)| {
        probe.clear();
        probe.extend(gram);
        blocking::hash(Matched::Trigram, &probe)
    });
    let mut hashes: Vec<u64> = hashes.collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// The trigrams of `key` with its first letter before them, and where they start, in
/// characters.
pub(super) fn grams(key: &str) -> impl Iterator<Item = (usize, [char; 4])> + '_ {
    let first = key.chars().next().unwrap_or_default();
    let chars: Vec<char> = key.chars().collect();
    (0..chars.len().saturating_sub(2))
        .map(move |at| (at, [first, chars[at], chars[at + 1], chars[at + 2]]))
}

impl Inner {
    /// Ordinals of keys near `key`, see [`with_same_start`].
    pub(super) fn near(&self, key: &str) -> Vec<usize> {
        self.dict()
            .map(|dict| with_same_start(&dict, key))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use crate::alike::near;
    use crate::kb::{CandidateSource, Entity, KnowledgeBase, Matched};
    use crate::name::{Name, NameKind};

    #[test]
    fn names_with_several_slips_are_found() {
        let names = [
            "Organization for Fisheries of the Northern Coast",
            "Ibrahim Moussa Adjovi",
            "Constantinople",
            "National Institute of Tropical Forestry",
        ];
        let fillers = (0..300).map(|n| format!("National Bureau {n} of Weights and Scales"));
        let entities = names.iter().map(|name| (*name).to_owned()).chain(fillers);
        let entities = entities.enumerate().map(|(n, name)| Entity {
            id: format!("e{n:03}"),
            name,
            ..Entity::default()
        });
        let kb = KnowledgeBase::from_entities(entities).unwrap();
        let rows: [(&str, Option<usize>); 9] = [
            // Slips in the second half, the first half, a word less, a word more.
            ("Organization for Fisheries of the Northen Cost", Some(0)),
            ("Organisatoin for Fisheries of the Northern Coast", Some(0)),
            ("Organization for Fisheries of the Coast", Some(0)),
            (
                "Organization for Fisheries of the Great Northern Coast",
                Some(0),
            ),
            ("Ibrahim Moussa Adjowy", Some(1)),
            ("Coustantinoqle", Some(2)),
            ("National Institute of Tropical Foresty Research", Some(3)),
            // Another name altogether; too short to tell.
            ("Association of Mountain Shepherds", None),
            ("Moussa Adj", None),
        ];
        for (name, expected) in rows {
            let mut hits = Vec::new();
            kb.candidates(&Name::new(name), Matched::Trigram, &mut hits);
            let found: Vec<_> = hits.iter().map(|hit| kb.facts(hit.entity)).collect();
            let Some(n) = expected else {
                // Hashes meet by chance: the linker compares names too.
                let is_near = |other: &str| {
                    let (name, other) = (Name::new(name), Name::new(other));
                    near(&name, &other, NameKind::Organization).is_some()
                };
                assert!(!found.iter().any(|facts| is_near(&facts.name)), "{name}");
                continue;
            };
            let id = format!("e{n:03}");
            assert!(
                found.iter().any(|facts| facts.id == id),
                "{name}: {found:?}"
            );
        }
    }
}
