//! Which entities may have a name: the keys under which they are looked for.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::fnv1a;
use super::likeness::Known;
use crate::name::{Name, NameKind};

/// Entities in one block beyond which its key says nothing: half of the people of a
/// country share a family name.
const BLOCK_MAX: usize = 64;

/// Entities by the keys of their names.
#[derive(Debug, Default)]
pub(super) struct Index {
    blocks: FxHashMap<u64, SmallVec<[u32; 2]>>,
}

impl Index {
    /// Adds a name of `group`.
    pub(super) fn add(&mut self, known: &Known, kind: NameKind, group: u32) {
        let mut add = |key: u64| {
            let block = self.blocks.entry(key).or_default();
            // One more than is used, to see that there are too many.
            if block.len() <= BLOCK_MAX && !block.contains(&group) {
                block.push(group);
            }
        };
        add(same(&known.name, kind));
        similar(known, kind, &mut add);
    }

    /// The groups that have the very name; none if there are too many.
    pub(super) fn same(&self, name: &Name, kind: NameKind) -> &[u32] {
        self.block(same(name, kind))
    }

    /// The groups that share a key with one of the names, each as often as it does, in
    /// no order; too many that share one key are left out.
    pub(super) fn near(&self, names: &[Known], kind: NameKind, near: &mut Vec<u32>) {
        for known in names {
            near.extend_from_slice(self.same(&known.name, kind));
            similar(known, kind, &mut |key| {
                near.extend_from_slice(self.block(key));
            });
        }
    }

    fn block(&self, key: u64) -> &[u32] {
        let block = self.blocks.get(&key).map_or(&[][..], |block| block);
        if block.len() <= BLOCK_MAX { block } else { &[] }
    }
}

/// The kind is part of every key: an entity is of one.
const fn key(hash: u64, kind: NameKind, what: u64) -> u64 {
    (hash ^ ((kind as u64) << 2 | what)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn same(name: &Name, kind: NameKind) -> u64 {
    key(fnv1a(&[name.key()]), kind, 0)
}

/// Keys that names of one entity share: their sound; their consonants, which are all
/// that some scripts write; of a person the first and the
/// last word, either of which may be the family name; of others the initials, which
/// are the key of an acronym.
fn similar(known: &Known, kind: NameKind, each: &mut impl FnMut(u64)) {
    known
        .sounds
        .iter()
        .for_each(|sound| each(key(u64::from(*sound), kind, 1)));
    if let Some(skeleton) = known.skeleton {
        each(key(u64::from(skeleton), kind, 3));
    }
    match kind {
        NameKind::Person => {
            known
                .first
                .iter()
                .for_each(|sound| each(key(u64::from(*sound), kind, 2)));
            let others = known
                .last
                .iter()
                .filter(|sound| !known.first.contains(sound));
            others.for_each(|sound| each(key(u64::from(*sound), kind, 2)));
        }
        NameKind::Organization | NameKind::Other if known.name.key().contains(' ') => {
            each(key(fnv1a(&[&known.name.initials()]), kind, 0));
        }
        NameKind::Organization | NameKind::Other | NameKind::Place => {}
    }
}
