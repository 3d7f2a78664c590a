//! Which forms of a document name one entity.
//!
//! Full names are read before short ones, whatever their order in the text, so
//! that a family name finds the one full name it can be short for. A short name
//! with two possible full names stays alone: a wrong merge costs more than a
//! missed one.

use std::cmp::Reverse;

use griot_text::{Document, Mention};

use super::Form;
use super::acronym::{Definition, definitions};
use super::form::Heard;
use crate::alike::{Alike, Sound, alike_by_sound, has_initials};
use crate::name::NameKind;

/// Forms of one entity.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    /// Indices of its forms: the fullest first, then those that joined it.
    pub(crate) forms: Vec<usize>,
    /// For each of `forms`, why it is here; the first is here by itself.
    pub(crate) bonds: Vec<Bond>,
}

/// Why a form is in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bond {
    /// It is the fullest form of it.
    Head,
    /// The text says that it is the acronym of another form.
    Defined,
    /// It is spelled like the acronym of the fullest form.
    Acronym,
    /// Some words of a fuller form.
    Part,
    /// Another spelling, or a slip.
    Spelling,
    /// The same state body in other words.
    Body,
}

/// The clusters of `forms`, in the order of their first mention; every form is
/// in one.
///
/// Cost: O(forms × clusters) comparisons of names.
pub(crate) fn clusters(document: &Document, mentions: &[Mention], forms: &[Form]) -> Vec<Cluster> {
    let definitions = definitions(document, mentions, forms);
    let mut order: Vec<usize> = (0..forms.len()).collect();
    // Acronyms come after long forms, and short names after full ones.
    order.sort_by_key(|&index| {
        (
            forms[index].name.is_acronym(),
            Reverse(forms[index].n_words()),
            index,
        )
    });
    let mut clusters: Vec<Cluster> = Vec::new();
    for index in order {
        match home(index, &clusters, forms, &definitions) {
            Some((at, bond)) => {
                clusters[at].forms.push(index);
                clusters[at].bonds.push(bond);
            }
            None => clusters.push(Cluster {
                forms: vec![index],
                bonds: vec![Bond::Head],
            }),
        }
    }
    clusters.sort_by_key(|cluster| first_mention(cluster, forms));
    clusters
}

fn first_mention(cluster: &Cluster, forms: &[Form]) -> usize {
    let first = cluster
        .forms
        .iter()
        .map(|&form| forms[form].mentions[0])
        .min();
    first.unwrap_or(usize::MAX)
}

/// The one cluster that the form belongs to, if there is one and only one.
fn home(
    index: usize,
    clusters: &[Cluster],
    forms: &[Form],
    definitions: &[Definition],
) -> Option<(usize, Bond)> {
    let long = definitions
        .iter()
        .find(|definition| definition.short == index);
    if let Some(long) = long.map(|definition| definition.long) {
        let at = clusters
            .iter()
            .position(|cluster| cluster.forms.contains(&long));
        return at.map(|at| (at, Bond::Defined));
    }
    let bonds = clusters.iter().enumerate();
    let mut possible: Vec<(usize, Bond)> = bonds
        .filter_map(|(at, cluster)| Some((at, bond(&forms[index], cluster, forms)?)))
        .collect();
    // Another spelling of a full name is nearer than a part of some name.
    if possible.iter().any(|(_, bond)| *bond == Bond::Spelling) {
        possible.retain(|(_, bond)| *bond == Bond::Spelling);
    }
    match possible.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// Why `form` may belong to `cluster`, if it may.
fn bond(form: &Form, cluster: &Cluster, forms: &[Form]) -> Option<Bond> {
    let head = &forms[cluster.forms[0]];
    if form.body.is_some() || head.body.is_some() {
        return same_body(form, cluster, forms).then_some(Bond::Body);
    }
    let persons = [form.kind, head.kind].map(|kind| kind == NameKind::Person);
    if persons[0] != persons[1] || (!persons[0] && form.kind != head.kind) {
        return None;
    }
    if form.qualifier.is_some() && head.qualifier.is_some() && form.qualifier != head.qualifier {
        return None;
    }
    if head.kind == NameKind::Person {
        return person_bond(form, cluster, forms);
    }
    match alike_by_sound(&form.name, &head.name, form.kind, &Heard(form, head)) {
        Alike::Same(_) => Some(Bond::Spelling),
        Alike::Part => Some(Bond::Acronym),
        _ => is_distinctive_part(form, head).then_some(Bond::Part),
    }
}

/// Whether the form fits every form of the cluster as the name of a state body.
fn same_body(form: &Form, cluster: &Cluster, forms: &[Form]) -> bool {
    let Some(body) = &form.body else { return false };
    let fits = |&index: &usize| {
        forms[index]
            .body
            .as_ref()
            .is_none_or(|other| other.fits(body))
    };
    cluster.forms.iter().all(fits)
        && cluster
            .forms
            .iter()
            .any(|&index| forms[index].body.is_some())
}

/// A person's name must not exclude any of those that are in the cluster.
fn person_bond(form: &Form, cluster: &Cluster, forms: &[Form]) -> Option<Bond> {
    let mut found = None;
    for &index in &cluster.forms {
        let (other, person) = (&forms[index], NameKind::Person);
        let heard = Heard(form, other);
        // Their letters tell most names of two persons apart, and initials nothing.
        let is_only = cluster.forms.len() == 1;
        let has_initials = has_initials(&form.name) || has_initials(&other.name);
        if is_only && !has_initials && !heard.may_be_spelled_alike() {
            return None;
        }
        match alike_by_sound(&form.name, &other.name, person, &heard) {
            Alike::Apart if form.n_words() > 1 && other.n_words() > 1 => return None,
            Alike::Same(_) => found = Some(Bond::Spelling),
            Alike::Part => found = found.or(Some(Bond::Part)),
            Alike::Apart | Alike::Unlike => {}
        }
    }
    let head = &forms[cluster.forms[0]];
    found.or_else(|| (form.n_words() < head.n_words() && is_part(form, head)).then_some(Bond::Part))
}

/// Whether every word of `part` is a word of `full`, in any spelling, in order.
fn is_part(part: &Form, full: &Form) -> bool {
    let mut words = full.sounds().iter();
    let alike = |one: &[String], other: &[String]| one.iter().any(|sound| other.contains(sound));
    part.sounds()
        .iter()
        .all(|sounds| words.any(|word| alike(word, sounds)))
}

/// Letters of the shortest part of a name that stands for the whole.
const PART_LETTERS_MIN: usize = 5;

/// Whether some words of a body's name stand for all of it, as the name of the
/// founder does for a company.
fn is_distinctive_part(part: &Form, full: &Form) -> bool {
    part.kind == NameKind::Organization
        && part.n_words() < full.n_words()
        && part.name.key().chars().count() >= PART_LETTERS_MIN
        && is_part(part, full)
}
