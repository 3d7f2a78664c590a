//! Which of the entities so far a name belongs to.

use std::cmp::Reverse;

use griot_text::Candidate;

use super::Resolver;
use crate::collection::context::{Context, Occurrence};
use crate::collection::group::{Group, Reason};
use crate::collection::likeness::{Known, Names, names};
use crate::name::NameKind;

/// What a group is looked for by.
pub(super) struct Query<'a> {
    pub(super) kind: NameKind,
    /// The fullest first.
    pub(super) names: &'a [Known],
    pub(super) said: Said<'a>,
    /// Entities of the source that the linker did not take.
    pub(super) rejected: &'a [Candidate],
    /// Groups of which the document itself has a full name: had the text meant them,
    /// a part of their name would have been taken for it.
    pub(super) excluded: &'a dyn Fn(u32) -> bool,
    /// The group that looks for another one.
    pub(super) own: Option<u32>,
}

/// What is said around a name.
#[derive(Clone, Copy)]
pub(super) enum Said<'a> {
    Once(&'a Occurrence),
    Often(&'a Context),
}

impl Said<'_> {
    pub(super) fn agreement(self, known: &Group) -> f32 {
        match self {
            Self::Once(occurrence) => known.context.agreement(occurrence, known.kind),
            Self::Often(context) => known.context.agreement_with(context, known.kind),
        }
    }
}

/// Groups that a full name is compared with.
const NEAR_MAX: usize = 12;

/// Least agreement of documents that share part of a name.
const PART_AGREED_MIN: f32 = 0.15;

/// What is shown as the likeness of a part of a name.
const PART_LIKENESS: f32 = 0.5;

/// How much more an entity with an agreement higher by 1 is meant, as a power of e.
const AGREED_WEIGHT: f32 = 4.0;

/// Least share of the entity that a part of a name is taken for.
const CLEAR_MIN: f32 = 0.6;

/// Least agreement of documents with names this much alike. The same full name is
/// the same entity unless all else is different; an entity that the linker saw and
/// did not take needs much in common.
pub(super) fn least(likeness: f32, known: &Group, key: &str, rejected: &[Candidate]) -> f32 {
    let was_rejected =
        !known.target.is_nil() && rejected.iter().any(|one| one.id == *known.target.id());
    if was_rejected {
        return REJECTED_MIN;
    }
    let same = likeness >= 0.97;
    match known.kind {
        NameKind::Person if same => -0.2,
        NameKind::Place if same => -0.35,
        // A body or a thing with a name of its own is one all over the world.
        NameKind::Organization | NameKind::Other if same && is_distinctive(key) => -1.0,
        NameKind::Organization | NameKind::Other | NameKind::Place if likeness >= 0.7 => -0.3,
        _ if likeness >= 0.7 => -0.1,
        _ => 0.15,
    }
}

const REJECTED_MIN: f32 = 0.3;

/// Letters of a name of one word that others hardly have.
const DISTINCTIVE_LETTERS_MIN: usize = 6;

fn is_distinctive(key: &str) -> bool {
    key.contains(' ') || key.chars().count() >= DISTINCTIVE_LETTERS_MIN
}

impl Resolver {
    /// The one group that goes with what is asked for.
    pub(super) fn similar(&self, query: &Query<'_>) -> Option<(u32, Reason)> {
        let mut full: Option<(f32, u32, Reason)> = None;
        let mut parts = Vec::new();
        for group in self.near(query) {
            let known = &self.groups[group as usize];
            let found = names(query.names, &known.names, query.kind);
            if found == Names::Unlike {
                continue;
            }
            let agreement = query.said.agreement(known);
            if let Names::Full(likeness) = found {
                let score = likeness + 0.5 * agreement;
                let least = least(likeness, known, query.names[0].name.key(), query.rejected);
                if agreement >= least && full.is_none_or(|(best, ..)| score > best) {
                    full = Some((
                        score,
                        group,
                        Reason {
                            likeness,
                            agreement,
                        },
                    ));
                }
            } else if agreement >= PART_AGREED_MIN && !(query.excluded)(group) {
                parts.push((group, agreement));
            }
        }
        full.map(|(_, group, reason)| (group, reason))
            .or_else(|| self.clear(&parts))
    }

    /// Groups that share a key with the names, those that share more of them first. For
    /// a full name, only the first few: the others share a family name or a given name.
    fn near(&self, query: &Query<'_>) -> Vec<u32> {
        let mut hits = Vec::new();
        self.index.near(query.names, query.kind, &mut hits);
        for group in &mut hits {
            *group = self.root(*group);
        }
        hits.sort_unstable();
        let counted = hits
            .chunk_by(|one, other| one == other)
            .map(|same| (Reverse(same.len()), same[0]));
        let mut counted: Vec<_> = counted
            .filter(|(_, group)| Some(*group) != query.own)
            .collect();
        counted.sort_unstable();
        if query.names[0].is_full {
            counted.truncate(NEAR_MAX);
        }
        counted.into_iter().map(|(_, group)| group).collect()
    }

    /// Which of the entities that a part of a name may be short for it clearly is: as
    /// much as it is mentioned, and as its texts agree. If there is none, one of which
    /// nothing but this part is known either.
    fn clear(&self, parts: &[(u32, f32)]) -> Option<(u32, Reason)> {
        let weight = |group: u32, agreement: f32| {
            (self.groups[group as usize].n_mentions as f32).sqrt()
                * (AGREED_WEIGHT * agreement).exp()
        };
        let best = |telling: bool| {
            let mut total = 0.0;
            let mut best: Option<(f32, u32, f32)> = None;
            for &(group, agreement) in parts {
                if self.groups[group as usize].is_telling() == telling {
                    let weight = weight(group, agreement);
                    total += weight;
                    if best.is_none_or(|(most, ..)| weight > most) {
                        best = Some((weight, group, agreement));
                    }
                }
            }
            best.map(|(weight, group, agreement)| {
                (
                    weight / total,
                    group,
                    Reason {
                        likeness: PART_LIKENESS,
                        agreement,
                    },
                )
            })
        };
        let clear = best(true).filter(|(share, ..)| *share >= CLEAR_MIN);
        clear
            .or_else(|| best(false))
            .map(|(_, group, reason)| (group, reason))
    }
}
