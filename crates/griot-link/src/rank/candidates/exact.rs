//! What is found under a name as it is, without an ending, or with an article.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Found, LETTERS_MIN, Proposal, add_hits, merge, primary};
use crate::document::Form;
use crate::kb::{CandidateSource, EntityRef, Matched};
use crate::name::{Name, NameKind};

/// Hits of an acronym whose long form the text gives: what the text says beats any
/// list. An entity that the long form did not find stays only if the source cannot
/// know that form: it has no name of several words in the language of the text.
pub(super) fn add_explained<'a>(
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

/// Articles by language.
static ARTICLES: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    // Part of the crate, and read by a test.
    toml::from_str(include_str!("../../../data/articles.toml")).expect("lists of articles")
});

/// Hits of a place with the article that the text has merged with a preposition:
/// « au Havre » is in « Le Havre ».
pub(super) fn add_articled<'a>(
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
        let name = format!("{article} {}", whole.name.key());
        for proposal in renamed(source, (whole, form), &name) {
            merge(found, proposal);
        }
    }
}

/// Endings by language.
static INFLECTIONS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    // Part of the crate, and read by a test.
    toml::from_str(include_str!("../../../data/inflections.toml")).expect("lists of endings")
});

/// Hits of the form without the ending that the language of the text may have given
/// it: « Roms », "Berlins", « Helsingissä ».
pub(super) fn add_inflected<'a>(
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
        let n_stem = stem.chars().count() as f32;
        let mut hits = renamed(source, (whole, form), stem).peekable();
        if hits.peek().is_none() {
            continue;
        }
        for mut proposal in hits {
            proposal.hit.matched = Matched::Edit;
            (proposal.likeness, proposal.common) = (0.9, Some(n_stem / n_letters));
            merge(found, proposal);
        }
        return;
    }
}

/// What is found under `name` in the place of that of form `at`.
fn renamed<'a>(
    source: &'a dyn CandidateSource,
    (form, at): (&Form, usize),
    name: &str,
) -> impl Iterator<Item = Proposal<'a>> + use<'a> {
    let mut hits = Found::new();
    let renamed = form.renamed(Name::new(name));
    add_hits(source, (&renamed, at), Matched::Exact, &mut hits);
    hits.into_values()
}
