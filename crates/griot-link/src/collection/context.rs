//! What documents say around a name, and whether two may speak of one entity.

use std::sync::Arc;

use griot_text::{Link, Target};
use smallvec::SmallVec;

use super::fnv1a;
use super::roles::Roles;
use crate::kb::CandidateSource;
use crate::name::NameKind;

/// What a document is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// Countries of the entities that were found, by number of mentions.
    countries: Countries,
    /// Entities and names, as sorted hashes.
    others: Vec<u32>,
}

/// Weights of countries, sorted by the hash of the country.
type Countries = SmallVec<[(u32, f32); 4]>;

/// Hashes kept of one document or entity: the lowest, so that what two of them have
/// in common is a fair sample of what the whole have in common.
///
/// After A. Broder, "On the resemblance and containment of documents", 1997.
const OTHERS_MAX: usize = 40;

/// Countries kept of an entity.
const COUNTRIES_MAX: usize = 8;

impl Around {
    /// What the links of a document say it is about.
    pub(super) fn new(source: &dyn CandidateSource, links: &[Link]) -> Self {
        let mut around = Self::default();
        for link in links {
            around.others.push(hash(link.target.id().as_str()));
            if let Some(country) = country(source, &link.target) {
                add(&mut around.countries, country, 1.0);
            }
        }
        lowest(&mut around.others);
        around
    }
}

/// The hash under which an entity stands in what documents are about.
pub(super) fn hash(id: &str) -> u32 {
    let hash = fnv1a(&[id]);
    (hash ^ (hash >> 32)) as u32
}

fn country(source: &dyn CandidateSource, target: &Target) -> Option<u32> {
    let Target::Entity(id) = target else {
        return None;
    };
    let entity = source.find(id.as_str())?;
    source.facts(entity).country.map(hash)
}

fn add(countries: &mut Countries, country: u32, weight: f32) {
    match countries.binary_search_by_key(&country, |(known, _)| *known) {
        Ok(at) => countries[at].1 += weight,
        Err(at) => countries.insert(at, (country, weight)),
    }
}

fn lowest(hashes: &mut Vec<u32>) {
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(OTHERS_MAX);
}

/// What is said around the mentions of one entity in one document.
#[derive(Clone, Debug)]
pub(super) struct Occurrence {
    pub(super) around: Arc<Around>,
    /// Hash of the entity itself, which is among those around.
    pub(super) own: u32,
    pub(super) roles: Roles,
}

/// What is said around the mentions of one entity in all documents.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    countries: Countries,
    others: Vec<u32>,
    roles: Roles,
}

impl Context {
    /// Takes in what another document says.
    pub(super) fn absorb(&mut self, occurrence: &Occurrence) {
        let others = occurrence.around.others.iter().copied();
        self.take(
            &occurrence.around.countries,
            others.filter(|other| *other != occurrence.own),
        );
        self.roles = self.roles.and(occurrence.roles);
    }

    /// Takes in what is known of an entity that turned out to be the same.
    pub(super) fn merge(&mut self, other: &Self) {
        self.take(&other.countries, other.others.iter().copied());
        self.roles = self.roles.and(other.roles);
    }

    fn take(&mut self, countries: &Countries, others: impl Iterator<Item = u32>) {
        for (country, weight) in countries {
            add(&mut self.countries, *country, *weight);
        }
        if self.countries.len() > COUNTRIES_MAX {
            let weights = self.countries.iter().enumerate();
            let least = weights
                .min_by(|a, b| a.1.1.total_cmp(&b.1.1))
                .map(|(at, _)| at);
            self.countries.remove(least.unwrap_or(0));
        }
        self.others.extend(others);
        lowest(&mut self.others);
    }

    /// How far what a document says agrees with this, in about `[-1, 1]`: 0 if
    /// nothing is known, below 0 if both are about countries and none is the same,
    /// or if persons have trades that do not go together.
    pub(super) fn agreement(&self, occurrence: &Occurrence, kind: NameKind) -> f32 {
        let around = &occurrence.around;
        let n_common = common(&self.others, &around.others, occurrence.own);
        let parts = Parts {
            countries: (&self.countries, &around.countries),
            n_common,
        };
        parts.agreement() + trades(self.roles, occurrence.roles, kind)
    }

    /// The same for two entities.
    pub(super) fn agreement_with(&self, other: &Self, kind: NameKind) -> f32 {
        let n_common = common(&self.others, &other.others, 0);
        let parts = Parts {
            countries: (&self.countries, &other.countries),
            n_common,
        };
        parts.agreement() + trades(self.roles, other.roles, kind)
    }
}

fn trades(one: Roles, other: Roles, kind: NameKind) -> f32 {
    if kind == NameKind::Person {
        one.agreement(other)
    } else {
        0.0
    }
}

struct Parts<'a> {
    countries: (&'a Countries, &'a Countries),
    n_common: usize,
}

/// Less in common than this is an accident.
const COUNTRIES_MIN: f32 = 0.1;

/// Weight of what is around, if as much as this is shared.
const OTHERS_WEIGHT: f32 = 0.3;
const OTHERS_ENOUGH: usize = 3;

/// Weight of the countries if they are the same.
const COUNTRIES_WEIGHT: f32 = 0.5;

impl Parts<'_> {
    fn agreement(&self) -> f32 {
        let others =
            OTHERS_WEIGHT * (self.n_common.min(OTHERS_ENOUGH) as f32) / (OTHERS_ENOUGH as f32);
        let (one, other) = self.countries;
        if one.is_empty() || other.is_empty() {
            return others;
        }
        let cosine = cosine(one, other);
        if cosine >= COUNTRIES_MIN {
            others + COUNTRIES_WEIGHT * cosine
        } else {
            let doubt = 1.0 - (self.n_common as f32) / (OTHERS_ENOUGH as f32);
            others - doubt * locality(one) * locality(other)
        }
    }
}

fn cosine(one: &Countries, other: &Countries) -> f32 {
    let (mut i, mut j, mut dot) = (0, 0, 0.0);
    while i < one.len() && j < other.len() {
        match one[i].0.cmp(&other[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                dot += one[i].1 * other[j].1;
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    dot / (norm(one) * norm(other))
}

fn norm(countries: &Countries) -> f32 {
    countries
        .iter()
        .map(|(_, weight)| weight * weight)
        .sum::<f32>()
        .sqrt()
}

/// How much of one country it all is, in `[0, 1]`: little if there are many
/// countries, and not much if there are few mentions. What happens in many countries
/// may happen in one more.
fn locality(countries: &Countries) -> f32 {
    let total: f32 = countries.iter().map(|(_, weight)| weight).sum();
    norm(countries) / (total + 1.0)
}

/// Number of hashes but `own` in both of two sorted lists.
fn common(one: &[u32], other: &[u32], own: u32) -> usize {
    let (mut i, mut j, mut n) = (0, 0, 0);
    while i < one.len() && j < other.len() && n < OTHERS_ENOUGH {
        match one[i].cmp(&other[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                n += usize::from(one[i] != own);
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    n
}
