//! Whether two documents may speak of one entity.

use std::collections::BTreeMap;

use super::item::Signature;
use crate::alike::{Alike, alike};
use crate::name::{Name, NameKind};

/// How far what two documents say agrees, in `[-1, 1]`: 0 if nothing is known, −1
/// if both are about countries, none is the same and nothing else is shared.
pub(super) fn agreement(one: &Signature, other: &Signature) -> f32 {
    let others = common(&one.others, &other.others);
    let roles = common(&one.roles, &other.roles);
    let countries = cosine(&one.countries, &other.countries);
    let shared = (others.min(3) as f32) / 3.0;
    match countries {
        Some(cosine) if cosine < COUNTRIES_MIN && others == 0 => (roles.min(4) as f32) * 0.25 - 1.0,
        Some(cosine) => 0.6 * cosine + 0.3 * shared + 0.1 * (roles.min(2) as f32) / 2.0,
        None => 0.5 * shared + 0.25 * (roles.min(4) as f32) / 4.0,
    }
}

/// Less in common than this is an accident.
const COUNTRIES_MIN: f32 = 0.1;

fn cosine(one: &BTreeMap<String, f32>, other: &BTreeMap<String, f32>) -> Option<f32> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let dot: f32 = one.iter().map(|(country, a)| a * other.get(country).unwrap_or(&0.0)).sum();
    let norm = |countries: &BTreeMap<String, f32>| countries.values().map(|x| x * x).sum::<f32>().sqrt();
    Some(dot / (norm(one) * norm(other)))
}

/// Number of hashes in both of two sorted lists.
fn common(one: &[u64], other: &[u64]) -> usize {
    let (mut i, mut j, mut n) = (0, 0, 0);
    while i < one.len() && j < other.len() {
        match one[i].cmp(&other[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, n) = (i + 1, j + 1, n + 1),
        }
    }
    n
}

/// How the names of two documents' entities go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Names {
    /// They exclude each other: other given name, other number.
    Apart,
    /// Nothing says that they are one.
    Unlike,
    /// Full names, this much alike.
    Full(f32),
    /// At least one side has only a part of a name: a family name, an acronym.
    Part,
}

/// Names compared on either side: the fullest.
const COMPARED_MAX: usize = 6;

/// How the names `ours` and `theirs`, the fullest first, go together.
///
/// Full names are compared with full names, all with all, and the mean of each
/// one's best is taken: one slip does not join two families of names.
pub(super) fn names(ours: &[Name], theirs: &[Name], kind: NameKind) -> Names {
    let full = |names: &'_ [Name]| {
        let full = names.iter().filter(|name| is_full(name, kind)).take(COMPARED_MAX);
        full.cloned().collect::<Vec<_>>()
    };
    let (our_full, their_full) = (full(ours), full(theirs));
    if our_full.is_empty() || their_full.is_empty() {
        return part(ours, theirs, kind);
    }
    let mut total = 0.0;
    for name in &our_full {
        let mut best: f32 = 0.0;
        for other in &their_full {
            match alike(name, other, kind) {
                Alike::Apart if kind == NameKind::Person => return Names::Apart,
                Alike::Same(likeness) => best = best.max(likeness),
                _ => {}
            }
        }
        total += best;
    }
    let mean = total / our_full.len() as f32;
    if mean >= LIKE_MIN { Names::Full(mean) } else { part(ours, theirs, kind) }
}

/// Names less alike than this are not the same name.
const LIKE_MIN: f32 = 0.6;

/// Whether a name says by itself who is meant: a person's has a given name, a
/// body's is more than an acronym.
fn is_full(name: &Name, kind: NameKind) -> bool {
    match kind {
        NameKind::Person => name.tokens().count() > 1,
        NameKind::Place => true,
        NameKind::Organization | NameKind::Other => !name.is_acronym(),
    }
}

fn part(ours: &[Name], theirs: &[Name], kind: NameKind) -> Names {
    let shared = ours.iter().any(|name| theirs.iter().any(|other| is_short_for(name, other, kind)));
    if shared { Names::Part } else { Names::Unlike }
}

fn is_short_for(one: &Name, other: &Name, kind: NameKind) -> bool {
    one.key() == other.key() || matches!(alike(one, other, kind), Alike::Part | Alike::Same(_))
}
