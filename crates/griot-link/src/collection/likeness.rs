//! How the names of two entities go together.

use smallvec::SmallVec;

use super::fnv1a;
use crate::alike::{Alike, Sound, alike_by_sound, has_initials, has_telling_sound};
use crate::name::{Name, NameKind};

/// A name of an entity, with what is asked of it again and again.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) name: Name,
    /// Hashes of the sounds of the name, sorted; none if it is too short.
    pub(super) sounds: Hashes,
    /// Hashes of the sounds of its first and its last word, sorted.
    pub(super) first: Hashes,
    pub(super) last: Hashes,
    /// Hash of the consonants of a name of several words.
    pub(super) skeleton: Option<u32>,
    /// See [`is_full`].
    pub(super) is_full: bool,
    /// Whether there are words of one letter.
    has_initials: bool,
    /// Mentions with this name.
    pub(super) n_mentions: u32,
    /// How well it went with the names that were known when it came, and what was
    /// said around it with what was said before.
    pub(super) likeness: f32,
    pub(super) agreement: f32,
}

/// Hashes of a few keys.
pub(super) type Hashes = SmallVec<[u32; 2]>;

impl Known {
    pub(super) fn new(name: Name, kind: NameKind, n_mentions: u32) -> Self {
        let sounds = if has_telling_sound(&name) {
            sounds(&name)
        } else {
            Hashes::new()
        };
        let word = |text: &str| telling(&Name::new(text));
        let mut words = name.tokens().map(|token| token.text);
        let first = words.next().map(word).unwrap_or_default();
        let last = words.last().map_or_else(|| first.clone(), word);
        let has_initials = has_initials(&name);
        let skeleton = name
            .key()
            .contains(' ')
            .then(|| short_hash(&name.skeleton_key()));
        let is_full = is_full(&name, kind);
        Self {
            name,
            sounds,
            first,
            last,
            skeleton,
            is_full,
            has_initials,
            n_mentions,
            likeness: 1.0,
            agreement: 0.0,
        }
    }
}

/// The sounds of a word that is long enough, its spelling else.
fn telling(word: &Name) -> Hashes {
    if has_telling_sound(word) {
        sounds(word)
    } else {
        [short_hash(word.key())].into_iter().collect()
    }
}

fn sounds(name: &Name) -> Hashes {
    let mut hashes: Hashes = name
        .phonetic_keys()
        .iter()
        .map(|key| short_hash(key))
        .collect();
    hashes.sort_unstable();
    hashes
}

fn short_hash(key: &str) -> u32 {
    let hash = fnv1a(&[key]);
    (hash ^ (hash >> 32)) as u32
}

struct Heard<'a>(&'a Known, &'a Known);

impl Sound for Heard<'_> {
    fn whole(&self) -> bool {
        meet(&self.0.sounds, &self.1.sounds)
    }

    fn last_words(&self) -> bool {
        meet(&self.0.last, &self.1.last)
    }
}

fn meet(one: &[u32], other: &[u32]) -> bool {
    one.iter().any(|hash| other.contains(hash))
}

/// How the names of two entities go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Names {
    /// They exclude each other, or nothing says that they are one.
    Unlike,
    /// Full names, this much alike, in `[0, 1]`.
    Full(f32),
    /// At least one side has only a part of a name: a family name, an acronym.
    Part,
}

/// Names compared on either side.
const COMPARED_MAX: usize = 6;

/// Names less alike than this are not the same name.
const LIKE_MIN: f32 = 0.5;

/// How two lists of names go together.
///
/// Full names are compared all with all, and the mean is taken, of names in
/// proportion to the root of their mentions: average linkage between the two. One
/// slip of the pen that is in between does not join two families of names, as single
/// linkage would, and one that is far off does not keep mentions of the same name
/// apart, as complete linkage would.
pub(super) fn names(ours: &[Known], theirs: &[Known], kind: NameKind) -> Names {
    let [our_full, their_full] = [full(ours), full(theirs)];
    if our_full.is_empty() || their_full.is_empty() {
        return part(ours, theirs, kind);
    }
    if our_full.iter().any(|one| {
        their_full
            .iter()
            .any(|other| one.name.key() == other.name.key())
    }) {
        return Names::Full(1.0);
    }
    let (mut total, mut weights) = (0.0, 0.0);
    for one in &our_full {
        for other in &their_full {
            // Initials are letters of one script.
            if one.has_initials != other.has_initials && one.name.script() != other.name.script() {
                continue;
            }
            let weight = (one.n_mentions as f32 * other.n_mentions as f32).sqrt();
            let likeness = match alike_by_sound(&one.name, &other.name, kind, &Heard(one, other)) {
                Alike::Same(likeness) => likeness,
                // An initial leaves open who is meant.
                Alike::Part => 0.6,
                Alike::Unlike => 0.0,
                Alike::Apart => -0.5,
            };
            total += weight * likeness;
            weights += weight;
        }
    }
    let mean = total / weights;
    // Not a number if there was nothing to compare.
    if mean >= LIKE_MIN {
        Names::Full(mean)
    } else {
        Names::Unlike
    }
}

/// The most frequent full names.
fn full(names: &[Known]) -> SmallVec<[&Known; 8]> {
    let mut full: SmallVec<[&Known; 8]> = names.iter().filter(|known| known.is_full).collect();
    // Initials say little beside the names themselves.
    if full.iter().any(|known| !known.has_initials) {
        full.retain(|known| !known.has_initials);
    }
    if full.len() > COMPARED_MAX {
        full.sort_by_key(|known| std::cmp::Reverse(known.n_mentions));
        full.truncate(COMPARED_MAX);
    }
    full
}

/// Whether a name says by itself who is meant: a person's has a given name, a
/// body's is more than an acronym.
pub(super) fn is_full(name: &Name, kind: NameKind) -> bool {
    match kind {
        NameKind::Person => name.key().contains(' '),
        NameKind::Place => true,
        NameKind::Organization | NameKind::Other => !name.is_acronym(),
    }
}

fn part(ours: &[Known], theirs: &[Known], kind: NameKind) -> Names {
    let short = |one: &Known| theirs.iter().any(|other| is_short_for(one, other, kind));
    if ours.iter().any(short) {
        Names::Part
    } else {
        Names::Unlike
    }
}

/// Whether one may be short for the other. Of persons, the sound of the family name
/// says all, and costs nothing.
fn is_short_for(one: &Known, other: &Known, kind: NameKind) -> bool {
    if kind == NameKind::Person {
        return meet(&one.last, &other.last);
    }
    let alike = alike_by_sound(&one.name, &other.name, kind, &Heard(one, other));
    matches!(alike, Alike::Part | Alike::Same(_))
}
