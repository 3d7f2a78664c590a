//! What one document says of one entity.

use std::collections::BTreeMap;

use griot_text::{Document, EntityId, Evidence, Label, Link, Target};

use super::fnv1a;
use crate::document::kind_of;
use crate::kb::CandidateSource;
use crate::name::{Name, NameKind, strip_titles};

/// The mentions of one entity in one document.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) document: u32,
    /// Indices into the links of the document, at least one.
    pub(super) links: Vec<u32>,
    pub(super) kind: NameKind,
    pub(super) label: Label,
    /// Its distinct names, the fullest first.
    pub(super) names: Vec<Name>,
    pub(super) target: Target,
    /// Whether the target comes from a source or from a composed name, which one
    /// document is enough to know.
    pub(super) certain: bool,
    pub(super) context: Signature,
}

impl Item {
    /// Number of words of the fullest name.
    pub(super) fn n_words(&self) -> usize {
        self.names[0].tokens().count()
    }
}

/// What else a document is about, as sorted hashes.
#[derive(Clone, Debug, Default)]
pub(super) struct Signature {
    /// Countries of the entities around, with their share.
    pub(super) countries: BTreeMap<String, f32>,
    /// Other entities and names.
    pub(super) others: Vec<u64>,
    /// Words beside the mentions: roles, trades.
    pub(super) roles: Vec<u64>,
}

/// Words on either side of a mention that may say a role.
const ROLE_WORDS: usize = 5;

/// Letters of the shortest such word; articles and prepositions are shorter.
const ROLE_LETTERS_MIN: usize = 5;

/// The items of a document whose links are `links`.
pub(super) fn items(
    source: &dyn CandidateSource,
    index: u32,
    document: &Document,
    links: &[Link],
) -> Vec<Item> {
    let mut by_target: BTreeMap<&EntityId, Vec<u32>> = BTreeMap::new();
    for (at, link) in links.iter().enumerate() {
        by_target.entry(link.target.id()).or_default().push(at as u32);
    }
    let countries = countries(source, links);
    let groups: Vec<(&EntityId, Vec<u32>)> = by_target.into_iter().collect();
    groups
        .iter()
        .map(|(id, of_entity)| {
            let others = groups.iter().filter(|(other, _)| other != id);
            let mut others: Vec<u64> = others.map(|(other, _)| fnv1a(&[other.as_str()])).collect();
            others.sort_unstable();
            let first = &links[of_entity[0] as usize];
            let kind = kind_of(&first.label);
            let context = Signature {
                countries: without(&countries, source, &first.target),
                others,
                roles: roles(document, links, of_entity),
            };
            Item {
                document: index,
                kind,
                label: first.label.clone(),
                names: names(document, links, of_entity, kind),
                target: first.target.clone(),
                certain: is_certain(first),
                context,
                links: of_entity.clone(),
            }
        })
        .collect()
}

fn is_certain(link: &Link) -> bool {
    let composed = |evidence: &Evidence| matches!(evidence, Evidence::Composed { .. });
    !link.target.is_nil() || link.evidence.iter().any(composed)
}

fn names(document: &Document, links: &[Link], of_entity: &[u32], kind: NameKind) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for &at in of_entity {
        let span = links[at as usize].mention.span;
        let surface = span.slice(document.text());
        let surface = surface.expect("a mention's span is a span of its document's text");
        let bare = match kind {
            NameKind::Person => &surface[strip_titles(surface)],
            _ => surface,
        };
        let name = Name::new(bare);
        if names.iter().all(|known| known.key() != name.key()) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| (std::cmp::Reverse(name.tokens().count()), name.key().len()));
    names
}

/// The countries of what a document was linked to, by number of links.
fn countries(source: &dyn CandidateSource, links: &[Link]) -> BTreeMap<String, f32> {
    let mut countries = BTreeMap::new();
    for link in links {
        if let Some(country) = country(source, &link.target) {
            *countries.entry(country).or_insert(0.0) += 1.0;
        }
    }
    countries
}

fn country(source: &dyn CandidateSource, target: &Target) -> Option<String> {
    let Target::Entity(id) = target else { return None };
    let entity = source.find(id.as_str())?;
    source.facts(entity).country.map(str::to_owned)
}

/// The countries, without the votes of the entity itself.
fn without(
    countries: &BTreeMap<String, f32>,
    source: &dyn CandidateSource,
    target: &Target,
) -> BTreeMap<String, f32> {
    let own = country(source, target);
    let mut countries = countries.clone();
    if let Some(own) = own {
        countries.remove(&own);
    }
    countries
}

fn roles(document: &Document, links: &[Link], of_entity: &[u32]) -> Vec<u64> {
    let text = document.text();
    let mut roles = Vec::new();
    for &at in of_entity {
        let range = links[at as usize].mention.span.range();
        let before = text[..range.start].split_whitespace().rev().take(ROLE_WORDS);
        let after = text[range.end..].split_whitespace().take(ROLE_WORDS);
        roles.extend(before.chain(after).filter_map(role));
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// A word that may say a role: in lower case, so no name, and not short.
fn role(word: &str) -> Option<u64> {
    let word = word.trim_matches(|c: char| !c.is_alphabetic());
    let is_plain = word.chars().all(char::is_alphabetic) && !word.starts_with(char::is_uppercase);
    let long = word.chars().nth(ROLE_LETTERS_MIN - 1).is_some();
    (is_plain && long).then(|| fnv1a(&[word]))
}

impl Signature {
    /// Takes in what another document says of the same entity.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (country, weight) in &other.countries {
            *self.countries.entry(country.clone()).or_insert(0.0) += weight;
        }
        merge(&mut self.others, &other.others);
        merge(&mut self.roles, &other.roles);
    }
}

/// Hashes kept of one kind: enough to see that two stories have something in
/// common, little enough for a million entities.
const HASHES_MAX: usize = 64;

fn merge(into: &mut Vec<u64>, from: &[u64]) {
    if into.len() >= HASHES_MAX {
        return;
    }
    into.extend(from.iter().take(HASHES_MAX));
    into.sort_unstable();
    into.dedup();
    into.truncate(HASHES_MAX);
}
