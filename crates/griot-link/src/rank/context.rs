//! What a document is about, as far as it helps to tell entities apart.

use std::collections::BTreeMap;

use griot_text::Document;
use rustc_hash::FxHashMap;

use super::{Memory, Proposal};
use crate::kb::{AliasKind, CandidateSource, EntityRef, Matched};
use crate::name::{Name, fold_word, letter_words};

/// Votes of a document's clusters for countries, and the entities they may mean.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// For each cluster, its votes by country.
    votes: Vec<BTreeMap<String, f32>>,
    /// All votes, those of demonyms in the text among them.
    total: BTreeMap<String, f32>,
    /// For each entity some cluster may mean, the clusters and the prior.
    meant: FxHashMap<EntityRef, Vec<(usize, f32)>>,
}

/// Words of a text that are looked up as demonyms, at most: the start of a long
/// text says what it is about.
const WORDS_MAX: usize = 2000;

/// Letters of the shortest demonym that is looked up.
const DEMONYM_LETTERS_MIN: usize = 4;

/// The weight of a demonym in the text beside a name of the country.
const DEMONYM_WEIGHT: f32 = 0.5;

impl Context {
    /// Reads `document` and what its clusters may mean.
    ///
    /// A cluster votes for the countries of its proposals, each with its prior,
    /// and so does every demonym in the text, for what it belongs to. No score of
    /// a link goes in: the votes do not depend on the order of decisions.
    pub(crate) fn new(
        source: &dyn CandidateSource,
        memory: &Memory,
        document: &Document,
        proposals: &[Vec<Proposal<'_>>],
    ) -> Self {
        let mut context = Self::default();
        for (cluster, proposals) in proposals.iter().enumerate() {
            let mut votes = BTreeMap::new();
            for proposal in proposals {
                let weight = proposal.hit.prior * proposal.likeness;
                context
                    .meant
                    .entry(proposal.entity)
                    .or_default()
                    .push((cluster, weight));
                if let Some(country) = proposal.facts.country {
                    *votes.entry(country.to_owned()).or_insert(0.0) += weight;
                }
            }
            context.add(&votes, 1.0);
            context.votes.push(votes);
        }
        context.add_demonyms(source, memory, document);
        context
    }

    fn add(&mut self, votes: &BTreeMap<String, f32>, weight: f32) {
        for (country, vote) in votes {
            *self.total.entry(country.clone()).or_insert(0.0) += weight * vote;
        }
    }

    fn add_demonyms(&mut self, source: &dyn CandidateSource, memory: &Memory, document: &Document) {
        // Of most words the source says at once that they are none.
        let mut key = String::new();
        let mut is_usual = |word: &str| {
            memory.is_usual(word, || {
                fold_word(word, &mut key);
                !source.may_be_demonym(&key)
            })
        };
        let words = letter_words(document.text(), DEMONYM_LETTERS_MIN).take(WORDS_MAX);
        let mut counts: FxHashMap<&str, f32> = FxHashMap::default();
        for word in words.filter(|word| !is_usual(word)) {
            *counts.entry(word).or_insert(0.0) += 1.0;
        }
        let demonym = |word: &str| {
            let mut hits = Vec::new();
            source.candidates(&Name::new(word), Matched::Exact, &mut hits);
            let demonym = hits.iter().find(|hit| hit.kind == AliasKind::Demonym);
            demonym.map(|hit| hit.entity)
        };
        let demonyms = memory.demonyms(counts.keys().copied(), demonym).into_iter();
        let vote = |(word, entity): (_, EntityRef)| {
            Some((
                word,
                source.facts(entity).country?,
                DEMONYM_WEIGHT * counts[word],
            ))
        };
        let mut votes: Vec<(&str, &str, f32)> = demonyms.filter_map(vote).collect();
        // Sums of floats depend on their order; that of a hash map is none.
        votes.sort_unstable_by_key(|(word, ..)| *word);
        for (_, country, vote) in votes {
            *self.total.entry(country.to_owned()).or_insert(0.0) += vote;
        }
    }

    /// Votes for `country` by all but `cluster`.
    pub(crate) fn votes(&self, country: &str, cluster: usize) -> f32 {
        let total = self.total.get(country).copied().unwrap_or(0.0);
        let own = self.votes[cluster].get(country).copied().unwrap_or(0.0);
        (total - own).max(0.0)
    }

    /// Share of the votes of all but `cluster` that `country` has; 0 without any.
    pub(crate) fn share(&self, country: &str, cluster: usize) -> f32 {
        let own: f32 = self.votes[cluster].values().sum();
        let all: f32 = self.total.values().sum::<f32>() - own;
        if all > 1e-6 {
            self.votes(country, cluster) / all
        } else {
            0.0
        }
    }

    /// Whether other clusters than `cluster` speak for a country.
    pub(crate) fn is_about_some_country(&self, cluster: usize) -> bool {
        let own: f32 = self.votes[cluster].values().sum();
        self.total.values().sum::<f32>() - own > 0.5
    }

    /// How surely another cluster than `cluster` means `entity`, in `[0, 1]`.
    pub(crate) fn meant_elsewhere(&self, entity: EntityRef, cluster: usize) -> f32 {
        let by = self.meant.get(&entity).map_or(&[][..], Vec::as_slice);
        let others = by.iter().filter(|(other, _)| *other != cluster);
        others
            .map(|(_, weight)| *weight)
            .fold(0.0, f32::max)
            .min(1.0)
    }
}
