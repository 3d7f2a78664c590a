//! What is found under names that differ: doubtful ways only propose, and the names are
//! compared.

use std::cmp::Ordering;

use super::{Found, LETTERS_MIN, Proposal, add_hits, fit, merge};
use crate::alike::{Alike, SLIP_LETTERS_MIN, alike, may_be_alike, may_begin_alike, near};
use crate::document::Form;
use crate::kb::{CandidateSource, EntityRef, Matched};
use crate::name::{Bag, Name, NameKind, Script};
use crate::rank::memory::{Doubtful, Memory};

/// Letters of the shortest name that is looked for with several slips in it.
const NEAR_LETTERS_MIN: usize = 10;

pub(super) fn add_doubtful<'a>(
    source: &'a dyn CandidateSource,
    memory: &Memory,
    forms: &[Form],
    form: usize,
    found: &mut Found<'a>,
) {
    let (name, kind) = (&forms[form].name, forms[form].kind);
    if name.key().chars().count() < LETTERS_MIN || name.is_acronym() {
        return;
    }
    for doubtful in memory.recall(name, kind, || search_doubtful(source, &forms[form])) {
        let Doubtful {
            hit,
            likeness,
            common,
        } = doubtful;
        let facts = source.facts(hit.entity);
        let Some(fit) = fit(kind, facts.label) else {
            continue;
        };
        let entity = hit.entity;
        let proposal = Proposal {
            entity,
            facts,
            hit,
            form,
            likeness,
            common,
            n_forms: 1,
            fit,
            decided: false,
        };
        merge(found, proposal);
    }
}

/// What the first doubtful way that finds anything finds.
fn search_doubtful(source: &dyn CandidateSource, form: &Form) -> Vec<Doubtful> {
    let consonants = matches!(form.name.script(), Script::Arabic | Script::Hebrew);
    let n_letters = form.name.key().chars().count();
    let is_short = n_letters < SLIP_LETTERS_MIN && form.name.script() == Script::Latin;
    let is_spelled_apart = form.kind != NameKind::Place || !is_short;
    let ways = [
        (form.n_words() > 1).then_some(Matched::Sorted),
        Some(Matched::Phonetic),
        consonants.then_some(Matched::Skeleton),
        is_spelled_apart.then_some(Matched::Edit),
        (n_letters >= NEAR_LETTERS_MIN).then_some(Matched::Trigram),
    ];
    let mut found = Found::new();
    for how in ways.into_iter().flatten() {
        add_hits(source, (form, 0), how, &mut found);
        if !found.is_empty() {
            break;
        }
    }
    prefer_same_script(&mut found);
    share_priors(&mut found);
    let doubtful = |proposal: Proposal<'_>| {
        let Proposal {
            hit,
            likeness,
            common,
            ..
        } = proposal;
        Doubtful {
            hit,
            likeness,
            common,
        }
    };
    found.into_values().map(doubtful).collect()
}

/// Keeps only names in the script of the form if there are some: another case of it
/// is nearer than a transliteration of something else.
fn prefer_same_script(found: &mut Found<'_>) {
    if found.values().any(|proposal| proposal.common.is_some()) {
        found.retain(|_, proposal| proposal.common.is_some());
    }
}

/// Popularity of an entity of which none is known.
const POPULARITY_MIN: f32 = 1e-3;

/// Makes the priors of doubtful hits shares among those whose names compared well:
/// the source knew neither the name nor the false hits.
fn share_priors(found: &mut Found<'_>) {
    let weight = |proposal: &Proposal<'_>| {
        let popularity = proposal.facts.popularity.max(POPULARITY_MIN);
        popularity * proposal.likeness
    };
    let total: f32 = found.values().map(weight).sum();
    for proposal in found.values_mut() {
        proposal.hit.prior = weight(proposal) / total;
    }
}

/// Likeness of `form` and the name of `entity` that is most like it, 0 for one that
/// is not the same name; and the share of the form's letters that begin both.
///
/// Places and things that have a name in Latin letters have others that are like a form in
/// Latin letters by chance only.
pub(super) fn likeness(
    source: &dyn CandidateSource,
    form: &Form,
    entity: EntityRef,
    how: Matched,
) -> Likeness {
    let any_script = matches!(form.kind, NameKind::Person | NameKind::Organization)
        || form.name.script() != Script::Latin;
    let mut best = (0.0, None);
    let mut has_own = any_script;
    let mut compare = |name: &str, is_own: bool| {
        if is_own {
            best = better(best, likeness_of_name(form, name, how));
        }
    };
    source.each_name(entity, &mut |name| {
        let is_own = any_script || may_begin_alike(&form.name, name);
        has_own |= is_own;
        compare(name, is_own);
    });
    if !has_own {
        source.each_name(entity, &mut |name| compare(name, true));
    }
    best
}

fn better(one: Likeness, other: Likeness) -> Likeness {
    let order = other.0.total_cmp(&one.0);
    let order = order.then(other.1.partial_cmp(&one.1).unwrap_or(Ordering::Equal));
    if order.is_gt() { other } else { one }
}

/// How alike two names are, and the share of the letters that begin both.
pub(super) type Likeness = (f32, Option<f32>);

fn likeness_of_name(form: &Form, text: &str, how: Matched) -> Likeness {
    let is_near = how == Matched::Trigram;
    let may_be = if is_near {
        may_be_near(form.name.key(), text)
    } else {
        may_be_alike(&form.name, text, form.kind)
    };
    if !(may_be && form.outline().may_be_alike(text)) {
        return (0.0, None);
    }
    let name = Name::new(text);
    let likeness = if is_near {
        near(&form.name, &name, form.kind)
    } else {
        match alike(&form.name, &name, form.kind) {
            Alike::Same(likeness) => Some(likeness),
            _ => None,
        }
    };
    likeness.map_or((0.0, None), |likeness| {
        (likeness, common(&form.name, &name))
    })
}

/// Whether a name that is written `text` may have most trigrams of `key`.
fn may_be_near(key: &str, text: &str) -> bool {
    if text.is_ascii() {
        Bag::new(key).is_near(text.as_bytes())
    } else {
        // Accents are no letters of a key: only the length is told.
        text.len().abs_diff(key.len()) <= key.len() / 2
    }
}

fn common(one: &Name, other: &Name) -> Option<f32> {
    if one.script() != other.script() {
        return None;
    }
    let n_letters = one.key().chars().count().max(1);
    let n_common =
        std::iter::zip(one.key().chars(), other.key().chars()).take_while(|(a, b)| a == b);
    Some(n_common.count() as f32 / n_letters as f32)
}
