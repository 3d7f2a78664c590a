//! What must hold over the collection.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use griot_text::{EntityId, Link};
use serde::Deserialize;

use crate::set::EvalSet;

/// A rule of `invariants.json`.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// What it is about, in a few words.
    pub name: String,
    /// Whether the mentions are one entity.
    pub relation: Relation,
    /// The mentions it is about: how the file writes it, the position of the
    /// document in the set, and of the mention in the document.
    pub mentions: Vec<(String, usize, usize)>,
}

/// What is asked of the mentions of an [`Invariant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// All refer to one entity.
    Together,
    /// No two refer to one entity.
    Apart,
}

impl Invariant {
    /// The mentions that break the rule, with what each was linked to; empty if
    /// it holds. `links` has the links of the whole set, as
    /// [`System::link`](crate::System::link) gives them.
    pub fn broken<'a>(&'a self, links: &'a [Vec<Link>]) -> Vec<(&'a str, &'a EntityId)> {
        let targets: Vec<(&str, &EntityId)> = self
            .mentions
            .iter()
            .map(|(place, document, mention)| {
                (place.as_str(), links[*document][*mention].target.id())
            })
            .collect();
        let mut counts = BTreeMap::new();
        for (_, id) in &targets {
            *counts.entry(*id).or_insert(0_usize) += 1;
        }
        match self.relation {
            Relation::Together if counts.len() > 1 => targets,
            Relation::Together => Vec::new(),
            Relation::Apart => {
                let is_shared = |(_, id): &(&str, &EntityId)| counts[id] > 1;
                targets.into_iter().filter(is_shared).collect()
            }
        }
    }
}

#[derive(Deserialize)]
struct File {
    must_link: Vec<Rule>,
    must_not_link: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    name: String,
    mentions: Vec<String>,
}

/// Reads `invariants.json` in a folder; `set` is what [`read`](super::read) made
/// of that folder.
///
/// # Errors
///
/// If the file cannot be read or names a mention that `set` has not.
pub fn invariants(folder: &Path, set: &EvalSet) -> Result<Vec<Invariant>> {
    let path = folder.join("invariants.json");
    let json = crate::read::text(&path)?;
    let file: File = serde_json::from_str(&json).with_context(|| path.display().to_string())?;
    let together = file
        .must_link
        .into_iter()
        .map(|rule| (Relation::Together, rule));
    let apart = file
        .must_not_link
        .into_iter()
        .map(|rule| (Relation::Apart, rule));
    let mut invariants = Vec::new();
    for (relation, rule) in together.chain(apart) {
        let mut mentions = Vec::new();
        for place in rule.mentions {
            let (document, mention) = find(set, &place)
                .with_context(|| format!("{:?}: no mention {place:?}", rule.name))?;
            mentions.push((place, document, mention));
        }
        ensure!(mentions.len() > 1, "{:?} has one mention", rule.name);
        invariants.push(Invariant {
            name: rule.name,
            relation,
            mentions,
        });
    }
    Ok(invariants)
}

/// The mention `document: form`, the first of this form, or `document: form#2`,
/// the second.
fn find(set: &EvalSet, place: &str) -> Option<(usize, usize)> {
    let (id, form) = place.split_once(": ")?;
    let (form, number) = match form.split_once('#') {
        Some((form, number)) => (form, number.parse().ok()?),
        None => (form, 1_usize),
    };
    let index = set.documents.iter().position(|it| it.document.id() == id)?;
    let document = &set.documents[index];
    let mentions = document.mentions.iter().enumerate();
    let mut of_form = mentions.filter(|(_, it)| document.form(it.span) == form);
    let (mention, _) = of_form.nth(number.checked_sub(1)?)?;
    Some((index, mention))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use griot_text::Target;
    use griot_text::score::Referent;

    use super::*;
    use crate::catalog::repository;
    use crate::read::collection::read;

    fn collection() -> (EvalSet, Vec<Invariant>) {
        let folder = repository().join("tests/collections");
        let set = read(&folder).expect("the collection is well formed");
        let invariants = invariants(&folder, &set).expect("the rules are well formed");
        (set, invariants)
    }

    /// Links that say what gold says.
    fn perfect(set: &EvalSet) -> Vec<Vec<Link>> {
        let target = |referent: &Referent| match referent {
            Referent::Entity(id) => Target::Entity(id.clone()),
            Referent::Nil(Some(id)) => Target::Nil(id.clone()),
            other => panic!("{other:?} in the collection"),
        };
        let link = |(mention, gold): (_, &crate::EvalMention)| Link {
            mention,
            target: target(&gold.referent),
            name: String::new(),
            label: gold.label.clone(),
            score: 1.0,
            candidates: Vec::new(),
            evidence: Vec::new(),
            stands_for: None,
        };
        let of_document = |document: &crate::EvalDocument| {
            let mentions = document.recognized().into_iter();
            mentions.zip(&document.mentions).map(link).collect()
        };
        set.documents.iter().map(of_document).collect()
    }

    #[test]
    fn gold_keeps_every_rule() {
        let (set, invariants) = collection();
        let links = perfect(&set);
        for invariant in &invariants {
            assert_eq!(invariant.broken(&links), [], "{}", invariant.name);
        }
    }

    #[test]
    fn rules_can_be_broken() {
        let (set, invariants) = collection();
        let mut links = perfect(&set);
        for (number, link) in links.iter_mut().flatten().enumerate() {
            link.target = Target::Nil(EntityId::from(number.to_string()));
        }
        for invariant in &invariants {
            let holds = invariant.broken(&links).is_empty();
            assert_eq!(
                holds,
                invariant.relation == Relation::Apart,
                "{}",
                invariant.name
            );
        }
        for link in links.iter_mut().flatten() {
            link.target = Target::Nil(EntityId::from("one"));
        }
        for invariant in &invariants {
            let holds = invariant.broken(&links).is_empty();
            assert_eq!(
                holds,
                invariant.relation == Relation::Together,
                "{}",
                invariant.name
            );
        }
    }

    #[test]
    fn the_collection_is_varied() {
        let (set, invariants) = collection();
        let languages: BTreeSet<_> = set
            .documents
            .iter()
            .filter_map(|it| it.document.language())
            .collect();
        let of = |relation| {
            invariants
                .iter()
                .filter(|it| it.relation == relation)
                .count()
        };
        let mentions = || set.documents.iter().flat_map(|it| &it.mentions);
        assert!(
            set.documents.len() >= 30,
            "{} documents",
            set.documents.len()
        );
        assert!(languages.len() >= 6, "{languages:?}");
        assert!(of(Relation::Together) >= 15 && of(Relation::Apart) >= 10);
        assert!(mentions().any(|it| it.stands_for.is_some()));
        assert!(mentions().any(|it| matches!(it.referent, Referent::Entity(_))));
    }
}
