//! The entities that a cluster of mentions may refer to.
//!
//! Ways to find a name are tried from sure to doubtful, and the search stops at
//! the first that finds something of a fitting type. Doubtful ways only propose:
//! each entity they find must have a name that compares well.

mod doubtful;
mod exact;

use std::collections::BTreeMap;

use griot_text::Document;

use self::doubtful::{add_doubtful, likeness};
use self::exact::{add_articled, add_explained, add_inflected};
use super::Memory;
use crate::document::{Cluster, Form};
use crate::kb::{AliasKind, CandidateSource, EntityRef, Facts, Hit, Lang, Matched};
use crate::name::NameKind;

/// An entity that a cluster may refer to.
#[derive(Clone, Debug)]
pub(crate) struct Proposal<'a> {
    pub(crate) entity: EntityRef,
    pub(crate) facts: Facts<'a>,
    /// The best way in which a form of the cluster found it.
    pub(crate) hit: Hit,
    /// Index, in the document, of the form that found it.
    pub(crate) form: usize,
    /// Likeness of that form and the name of the entity it matched, in `[0, 1]`.
    pub(crate) likeness: f32,
    /// Share of that form's letters with which the name begins too, 1 for an exact
    /// match; `None` for a name in another script.
    pub(crate) common: Option<f32>,
    /// Number of forms of the cluster that found it.
    pub(crate) n_forms: u32,
    /// How the label of the mentions and the type of the entity go together.
    pub(crate) fit: Fit,
    /// Whether there is nothing left to decide: by hand, or by a composed name.
    pub(crate) decided: bool,
}

impl<'a> Proposal<'a> {
    /// An entity that needs no comparison of names.
    fn sure(source: &'a dyn CandidateSource, entity: EntityRef, form: usize) -> Self {
        let hit = Hit {
            entity,
            kind: AliasKind::Label,
            language: Lang::UND,
            prior: 1.0,
            matched: Matched::Exact,
        };
        let facts = source.facts(entity);
        Self {
            entity,
            facts,
            hit,
            form,
            likeness: 1.0,
            common: Some(1.0),
            n_forms: 1,
            fit: Fit::Same,
            decided: true,
        }
    }
}

/// How a label and a type go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Same type.
    Same,
    /// The source gives no type, or the recognizer one of its own.
    Unknown,
    /// Types that are often taken for each other: a body for a place.
    Near,
}

/// The entities found so far.
type Found<'a> = BTreeMap<EntityRef, Proposal<'a>>;

/// Names with fewer letters are only looked up as they are.
const LETTERS_MIN: usize = 5;

/// Entities kept for one cluster.
const PROPOSALS_MAX: usize = 16;

/// Entities of which every name is compared, for one doubtful way and one form.
const COMPARED_MAX: usize = 12;

/// Forms of one cluster that are looked up.
const FORMS_MAX: usize = 6;

/// The entities of `source` that `cluster` may refer to, the probable first. What
/// people have decided for one of its names in this document holds for all.
pub(crate) fn propose<'a>(
    source: &'a dyn CandidateSource,
    memory: &Memory,
    document: &Document,
    cluster: &Cluster,
    forms: &[Form],
) -> Vec<Proposal<'a>> {
    let mut cannot = Vec::new();
    for &form in &cluster.forms {
        let decisions = source.decisions(&forms[form].name, Some(document.id()));
        if !decisions.must.is_empty() {
            return decisions
                .must
                .into_iter()
                .map(|entity| Proposal::sure(source, entity, form))
                .collect();
        }
        cannot.extend(decisions.cannot);
    }
    let mut proposals = undecided(source, memory, document.language(), cluster, forms);
    proposals.retain(|proposal| !cannot.contains(&proposal.entity));
    proposals
}

fn undecided<'a>(
    source: &'a dyn CandidateSource,
    memory: &Memory,
    language: Option<&str>,
    cluster: &Cluster,
    forms: &[Form],
) -> Vec<Proposal<'a>> {
    let body = cluster
        .forms
        .iter()
        .copied()
        .find(|&form| forms[form].body_key().is_some());
    if let Some(form) = body {
        return propose_body(source, form, forms);
    }
    let mut found = BTreeMap::new();
    let (short, full): (Vec<usize>, Vec<usize>) =
        asked(cluster, forms).partition(|&form| forms[form].name.is_acronym());
    for &form in &full {
        add_hits(source, (&forms[form], form), Matched::Exact, &mut found);
        add_articled(source, forms, form, language, &mut found);
    }
    if found.is_empty() {
        for &form in full.iter().take(2) {
            add_inflected(source, forms, form, language, &mut found);
            if found.is_empty() {
                add_doubtful(source, memory, forms, form, &mut found);
            }
        }
    }
    for &form in &short {
        if full.is_empty() {
            add_hits(source, (&forms[form], form), Matched::Exact, &mut found);
        } else {
            add_explained(source, forms, (form, full[0]), language, &mut found);
        }
    }
    let mut proposals: Vec<Proposal<'_>> = found.into_values().collect();
    proposals.sort_by(|a, b| {
        b.hit
            .prior
            .total_cmp(&a.hit.prior)
            .then(a.entity.cmp(&b.entity))
    });
    proposals.truncate(PROPOSALS_MAX);
    proposals
}

/// The state body that `form` names, by its key or by a name in a list; only one
/// of the same country.
fn propose_body<'a>(
    source: &'a dyn CandidateSource,
    form: usize,
    forms: &[Form],
) -> Vec<Proposal<'a>> {
    let mut found = BTreeMap::new();
    let key = forms[form].body_key();
    if let Some(entity) = key.and_then(|key| source.find(&key)) {
        return vec![Proposal::sure(source, entity, form)];
    }
    add_hits(source, (&forms[form], form), Matched::Exact, &mut found);
    let country = forms[form]
        .body
        .as_ref()
        .and_then(|body| body.country.as_deref());
    found.retain(|_, proposal| proposal.facts.country == country);
    found.into_values().collect()
}

/// The forms to look up: of a person with a full name only full names, since a
/// family name alone has many bearers.
fn asked<'a>(cluster: &'a Cluster, forms: &'a [Form]) -> impl Iterator<Item = usize> + 'a {
    let head = &forms[cluster.forms[0]];
    let full_only = head.kind == NameKind::Person && head.n_words() > 1;
    let asked = cluster.forms.iter().copied();
    asked
        .filter(move |&form| !full_only || forms[form].n_words() > 1)
        .take(FORMS_MAX)
}

/// The language of a tag, without region and script.
pub(super) fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

fn add_hits<'a>(
    source: &'a dyn CandidateSource,
    (form, at): (&Form, usize),
    how: Matched,
    found: &mut Found<'a>,
) {
    let mut hits = Vec::new();
    source.candidates(&form.name, how, &mut hits);
    let sure = how == Matched::Exact;
    let n_kept = if sure { hits.len() } else { COMPARED_MAX };
    let mut n_surnames = 0;
    for hit in hits.into_iter().take(n_kept) {
        let Some(fit) = fit(form.kind, source.label(hit.entity)) else {
            continue;
        };
        // Those of high prior came first, and a family name alone says little.
        n_surnames += usize::from(hit.kind == AliasKind::Surname);
        if n_surnames > PROPOSALS_MAX {
            continue;
        }
        let (likeness, common) = if sure {
            (1.0, Some(1.0))
        } else {
            likeness(source, form, hit.entity, how)
        };
        if likeness == 0.0 {
            continue;
        }
        let (entity, form) = (hit.entity, at);
        let proposal = Proposal {
            entity,
            facts: source.facts(entity),
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

/// One proposal an entity: the best hit, and how many forms found it.
fn merge<'a>(found: &mut Found<'a>, proposal: Proposal<'a>) {
    let entity = proposal.entity;
    let Some(known) = found.get_mut(&entity) else {
        found.insert(entity, proposal);
        return;
    };
    let n_forms = known.n_forms + u32::from(known.form != proposal.form);
    if rank(&proposal) > rank(known) {
        *known = proposal;
    }
    known.n_forms = n_forms;
}

fn rank(proposal: &Proposal<'_>) -> (bool, f32) {
    (proposal.hit.kind != AliasKind::Surname, proposal.hit.prior)
}

/// How well a name of `kind` and an entity of type `label` go together; `None`
/// if not at all.
fn fit(kind: NameKind, label: Option<&str>) -> Option<Fit> {
    let Some(label) = label else {
        return Some(Fit::Unknown);
    };
    let theirs = crate::document::kind_of(label);
    match (kind, theirs) {
        (one, other) if one == other => Some(Fit::Same),
        // A person is hardly ever taken for anything else.
        (NameKind::Person, NameKind::Other) | (NameKind::Other, NameKind::Person) => {
            (label != "PER").then_some(Fit::Unknown)
        }
        (NameKind::Person, _) | (_, NameKind::Person) => None,
        _ => Some(Fit::Near),
    }
}
