//! Which forms of a document name one entity.
//!
//! Full names are read before short ones, whatever their order in the text, so
//! that a family name finds the one full name it can be short for. A short name
//! with two possible full names stays alone: a wrong merge costs more than a
//! missed one.

use std::cmp::Reverse;

use griot_text::{Document, Mention};

use super::Form;
use super::acronym::{Definition, definitions, is_acronym, is_acronym_of};
use crate::name::{NameKind, compare};

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

/// How alike two full names of one document must be to be one, as
/// [`compare`] counts.
const SAME_NAME: f32 = 0.86;

/// Shorter words are too often other names when one letter differs: Mali, Bali.
const TYPO_LETTERS_MIN: usize = 5;

/// The clusters of `forms`, in the order of their first mention; every form is
/// in one.
///
/// Cost: O(forms × clusters) comparisons of names.
pub(crate) fn clusters(document: &Document, mentions: &[Mention], forms: &[Form]) -> Vec<Cluster> {
    let definitions = definitions(document, mentions, forms);
    let mut order: Vec<usize> = (0..forms.len()).collect();
    // Acronyms come after long forms, and short names after full ones.
    order.sort_by_key(|&index| (is_acronym(&forms[index].name), Reverse(forms[index].n_words()), index));
    let mut clusters: Vec<Cluster> = Vec::new();
    for index in order {
        match home(index, &clusters, forms, &definitions) {
            Some((at, bond)) => {
                clusters[at].forms.push(index);
                clusters[at].bonds.push(bond);
            }
            None => clusters.push(Cluster { forms: vec![index], bonds: vec![Bond::Head] }),
        }
    }
    clusters.sort_by_key(|cluster| first_mention(cluster, forms));
    clusters
}

fn first_mention(cluster: &Cluster, forms: &[Form]) -> usize {
    let first = cluster.forms.iter().map(|&form| forms[form].mentions[0]).min();
    first.unwrap_or(usize::MAX)
}

/// The one cluster that the form belongs to, if there is one and only one.
fn home(
    index: usize,
    clusters: &[Cluster],
    forms: &[Form],
    definitions: &[Definition],
) -> Option<(usize, Bond)> {
    let long = definitions.iter().find(|definition| definition.short == index);
    if let Some(long) = long.map(|definition| definition.long) {
        let at = clusters.iter().position(|cluster| cluster.forms.contains(&long));
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
    if persons[0] != persons[1] {
        return None;
    }
    match head.kind {
        NameKind::Person => person_bond(form, cluster, forms),
        NameKind::Organization | NameKind::Other => {
            (form.kind == head.kind).then(|| body_bond(form, head)).flatten()
        }
        NameKind::Place => (form.kind == head.kind && is_slip(form, head)).then_some(Bond::Spelling),
    }
}

/// Whether the form fits every form of the cluster as the name of a state body.
fn same_body(form: &Form, cluster: &Cluster, forms: &[Form]) -> bool {
    let Some(body) = &form.body else { return false };
    let fits = |&index: &usize| forms[index].body.as_ref().is_none_or(|other| other.fits(body));
    cluster.forms.iter().all(fits) && cluster.forms.iter().any(|&index| forms[index].body.is_some())
}

fn person_bond(form: &Form, cluster: &Cluster, forms: &[Form]) -> Option<Bond> {
    let head = &forms[cluster.forms[0]];
    if form.n_words() == 1 {
        let full = cluster.forms.iter().map(|&index| &forms[index]);
        if head.n_words() == 1 {
            return is_slip(form, head).then_some(Bond::Spelling);
        }
        return full
            .filter(|full| full.n_words() > 1)
            .any(|full| is_part(form, full))
            .then_some(Bond::Part);
    }
    let compared = compare(&form.name, &head.name, NameKind::Person);
    if compared.veto.is_some() {
        return None;
    }
    if compared.score >= SAME_NAME {
        return Some(Bond::Spelling);
    }
    (form.n_words() < head.n_words() && is_part(form, head)).then_some(Bond::Part)
}

fn body_bond(form: &Form, head: &Form) -> Option<Bond> {
    if is_acronym(&form.name) && !is_acronym(&head.name) {
        return is_acronym_of(&form.name, &head.name).then_some(Bond::Acronym);
    }
    if is_slip(form, head) {
        return Some(Bond::Spelling);
    }
    let shorter = form.n_words() < head.n_words();
    (shorter && head.kind == NameKind::Organization && is_distinctive_part(form, head)).then_some(Bond::Part)
}

/// Whether every word of `part` is a word of `full`, in any spelling, in order.
fn is_part(part: &Form, full: &Form) -> bool {
    let mut words = full.sounds.iter();
    let alike = |one: &[String], other: &[String]| one.iter().any(|sound| other.contains(sound));
    part.sounds.iter().all(|sounds| words.any(|word| alike(word, sounds)))
}

/// Whether the first or the last word of a body's name stands for all of it, as
/// Wagner does for « groupe Wagner »: only a word that names nothing by itself.
fn is_distinctive_part(part: &Form, full: &Form) -> bool {
    let letters = part.name.key().chars().count();
    letters >= TYPO_LETTERS_MIN && is_part(part, full)
}

/// Whether the names differ only as spellings or by a slip of the pen.
fn is_slip(one: &Form, other: &Form) -> bool {
    let long = |form: &Form| form.name.key().chars().count() >= TYPO_LETTERS_MIN;
    if !(long(one) && long(other)) || one.n_words() != other.n_words() {
        return false;
    }
    let compared = compare(&one.name, &other.name, one.kind);
    compared.veto.is_none() && compared.score >= SAME_NAME
}
