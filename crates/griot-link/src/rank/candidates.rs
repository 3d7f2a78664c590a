//! The entities that a cluster of mentions may refer to.
//!
//! Ways to find a name are tried from sure to doubtful, and the search stops at
//! the first that finds something of a fitting type. Doubtful ways only propose:
//! each entity they find must have a name that compares well.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::document::{Cluster, Form};
use crate::kb::{AliasKind, CandidateSource, EntityRef, Facts, Hit, Lang, Matched};
use griot_text::Document;

use super::memory::{Doubtful, Memory};
use crate::alike::{Alike, SLIP_LETTERS_MIN, alike, may_be_alike, may_begin_alike, near};
use crate::name::{Bag, Name, NameKind, Script};

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

/// Letters of the shortest name that is looked for with several slips in it.
const NEAR_LETTERS_MIN: usize = 10;

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

/// Hits of an acronym whose long form the text gives: what the text says beats any
/// list. An entity that the long form did not find stays only if the source cannot
/// know that form: it has no name of several words in the language of the text.
fn add_explained<'a>(
    source: &'a dyn CandidateSource,
    forms: &[Form],
    (short, full): (usize, usize),
    language: Option<&str>,
    found: &mut Found<'a>,
) {
    let mut hits = BTreeMap::new();
    add_hits(source, (&forms[short], short), Matched::Exact, &mut hits);
    for (entity, proposal) in hits {
        let cannot_be_known =
            || language.is_some_and(|language| !has_full_name_in(source, entity, language));
        let same_script = forms[full].name.script() == forms[short].name.script();
        if found.contains_key(&entity) || (same_script && cannot_be_known()) {
            merge(found, proposal);
        }
    }
}

fn has_full_name_in(source: &dyn CandidateSource, entity: EntityRef, language: &str) -> bool {
    let names = source.names(entity);
    let known = |lang: &str| lang == primary(language) || matches!(lang, "mul" | "und");
    names
        .iter()
        .any(|name| name.text.contains(' ') && known(name.language.as_str()))
}

/// The language of a tag, without region and script.
pub(super) fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// Articles by language.
static ARTICLES: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    // Part of the crate, and read by a test.
    toml::from_str(include_str!("../../data/articles.toml")).expect("lists of articles")
});

/// Hits of a place with the article that the text has merged with a preposition:
/// « au Havre » is in « Le Havre ».
fn add_articled<'a>(
    source: &'a dyn CandidateSource,
    forms: &[Form],
    form: usize,
    language: Option<&str>,
    found: &mut Found<'a>,
) {
    let whole = &forms[form];
    if whole.kind != NameKind::Place || whole.n_words() > 2 {
        return;
    }
    let articles = language.and_then(|language| ARTICLES.get(primary(language)));
    for article in articles.into_iter().flatten() {
        let name = Name::new(&format!("{article} {}", whole.name.key()));
        let mut hits = Found::new();
        add_hits(
            source,
            (&whole.renamed(name), form),
            Matched::Exact,
            &mut hits,
        );
        for proposal in hits.into_values() {
            merge(found, proposal);
        }
    }
}

/// Endings by language.
static INFLECTIONS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    // Part of the crate, and read by a test.
    toml::from_str(include_str!("../../data/inflections.toml")).expect("lists of endings")
});

/// Hits of the form without the ending that the language of the text may have given
/// it: « Roms », "Berlins", « Helsingissä ».
fn add_inflected<'a>(
    source: &'a dyn CandidateSource,
    forms: &[Form],
    form: usize,
    language: Option<&str>,
    found: &mut Found<'a>,
) {
    let endings = language.and_then(|language| INFLECTIONS.get(primary(language)));
    let (whole, key) = (&forms[form], forms[form].name.key());
    let n_letters = key.chars().count().max(1) as f32;
    for ending in endings.into_iter().flatten() {
        let Some(stem) = key.strip_suffix(ending.as_str()) else {
            continue;
        };
        if stem.chars().count() + 1 < LETTERS_MIN {
            continue;
        }
        let stem = whole.renamed(Name::new(stem));
        let n_stem = stem.name.key().chars().count() as f32;
        add_hits(source, (&stem, form), Matched::Exact, found);
        if !found.is_empty() {
            for proposal in found.values_mut() {
                proposal.form = form;
                proposal.hit.matched = Matched::Edit;
                (proposal.likeness, proposal.common) = (0.9, Some(n_stem / n_letters));
            }
            return;
        }
    }
}

fn add_doubtful<'a>(
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

/// Likeness of `form` and the name of `entity` that is most like it, 0 for one that
/// is not the same name; and the share of the form's letters that begin both.
///
/// Places and things that have a name in Latin letters have others that are like a form in
/// Latin letters by chance only.
fn likeness(
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

type Likeness = (f32, Option<f32>);

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
