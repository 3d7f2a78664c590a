//! What is known of a proposal, as numbers for the [`Model`](super::Model).

use super::candidates::{Fit, primary};
use super::hints::Hints;
use super::{Context, Proposal};
use crate::document::{Cluster, Form};
use crate::kb::{AliasKind, CandidateSource, Facts, Matched};
use crate::name::{NameKind, Script};

/// A feature: its name, under which the weight of the model is stored, and the
/// weight that training starts from and is drawn to where the data say little.
pub(crate) const FEATURES: [(&str, f32); N] = [
    ("bias", 1.0),
    ("matched_sorted", -0.2),
    ("matched_sound", 0.0),
    ("matched_sound_not_latin", 0.7),
    ("matched_edit", -0.5),
    ("unlike", -2.0),
    ("begins_unlike", -1.0),
    ("other_script_for_latin", 0.0),
    ("other_script", 0.3),
    ("kind_alias", -0.2),
    ("kind_acronym", 0.0),
    ("kind_surname", -1.5),
    ("kind_demonym", -2.0),
    ("demonym_of_people", 4.0),
    ("prior_log", 0.7),
    ("best_prior", 0.0),
    ("popularity", 1.0),
    ("fit_near", -1.0),
    ("fit_unknown", -0.5),
    ("person", 0.0),
    ("organization", 0.0),
    ("other", -0.5),
    ("person_full_name", 1.0),
    ("organization_words", 0.5),
    ("short_name", -0.2),
    ("country_share", 1.0),
    ("country_votes", 0.2),
    ("country_absent", 0.0),
    ("country_alien", -0.5),
    ("is_region", -0.3),
    ("language_same", 0.3),
    ("language_unknown", 0.0),
    ("neighbours", 0.5),
    ("hint_fits", 1.0),
    ("hint_against", -1.0),
    ("described", 0.3),
    ("qualified", 2.5),
    ("qualified_otherwise", -2.5),
];

const N: usize = 38;

/// The numbers for one proposal.
pub(crate) type Features = [f32; N];

/// The features of each of a cluster's `proposals`.
///
/// `index` is the position of the cluster among those of the document.
pub(crate) fn features(
    source: &dyn CandidateSource,
    language: Option<&str>,
    forms: &[Form],
    cluster: (usize, &Cluster),
    proposals: &[Proposal<'_>],
    context: &Context,
    hints: &Hints,
) -> Vec<Features> {
    let describe = |(rank, proposal)| {
        let known = Known {
            source,
            language,
            forms,
            cluster: cluster.1,
            index: cluster.0,
            rank,
            proposal,
            facts: &proposal.facts,
            context,
            hints,
        };
        known.features()
    };
    proposals.iter().enumerate().map(describe).collect()
}

/// All that the features of one proposal are made of.
struct Known<'a> {
    source: &'a dyn CandidateSource,
    language: Option<&'a str>,
    forms: &'a [Form],
    cluster: &'a Cluster,
    index: usize,
    rank: usize,
    proposal: &'a Proposal<'a>,
    facts: &'a Facts<'a>,
    context: &'a Context,
    hints: &'a Hints,
}

impl Known<'_> {
    fn features(&self) -> Features {
        let mut values = Vec::with_capacity(N);
        values.push(1.0);
        self.match_of_names(&mut values);
        self.priors(&mut values);
        self.types(&mut values);
        self.name(&mut values);
        self.document(&mut values);
        self.hints(&mut values);
        // A wrong length is a slip in this file, and the first test sees it.
        values
            .try_into()
            .expect("one value for each name in FEATURES")
    }

    fn match_of_names(&self, values: &mut Vec<f32>) {
        let hit = &self.proposal.hit;
        let foreign = self.proposal.common.is_none();
        let sound = matches!(hit.matched, Matched::Phonetic | Matched::Skeleton);
        let latin = self.forms[self.proposal.form].name.script() == Script::Latin;
        let demonym = hit.kind == AliasKind::Demonym;
        let people = self.head().kind != NameKind::Place;
        values.extend([
            flag(hit.matched == Matched::Sorted),
            flag(sound),
            // Other scripts are transliterated, and their languages inflect names.
            flag(sound && !latin),
            flag(matches!(hit.matched, Matched::Edit | Matched::Trigram)),
            1.0 - self.proposal.likeness,
            1.0 - self.proposal.common.unwrap_or(1.0),
            flag(foreign && latin),
            flag(foreign && !latin),
            flag(hit.kind == AliasKind::Alias),
            flag(hit.kind == AliasKind::Acronym),
            flag(hit.kind == AliasKind::Surname),
            flag(demonym),
            flag(demonym && people),
        ]);
    }

    fn priors(&self, values: &mut Vec<f32>) {
        values.extend([
            self.proposal.hit.prior.max(1e-4).ln(),
            flag(self.rank == 0),
            if self.is_bare() {
                POPULARITY_UNKNOWN
            } else {
                self.facts.popularity
            },
        ]);
    }

    fn types(&self, values: &mut Vec<f32>) {
        let kind = self.head().kind;
        values.extend([
            flag(self.proposal.fit == Fit::Near),
            flag(self.proposal.fit == Fit::Unknown),
            flag(kind == NameKind::Person),
            flag(kind == NameKind::Organization),
            flag(kind == NameKind::Other),
        ]);
    }

    fn name(&self, values: &mut Vec<f32>) {
        let form = &self.forms[self.proposal.form];
        let full = form.n_words() > 1;
        values.extend([
            flag(form.kind == NameKind::Person && full),
            flag(form.kind == NameKind::Organization && full),
            flag(form.name.key().chars().count() < SHORT),
        ]);
    }

    fn document(&self, values: &mut Vec<f32>) {
        // The seat of a body of many countries says nothing of it.
        let international = self.facts.fine == Some("international_organization");
        let country = self.facts.country.filter(|_| !international);
        let share = country.map_or(0.0, |country| self.context.share(country, self.index));
        let votes = country.map_or(0.0, |country| self.context.votes(country, self.index));
        let hit = self.proposal.hit.language.as_str();
        let same = self
            .language
            .is_some_and(|language| primary(language) == primary(hit));
        let neighbours = self.source.neighbours(self.proposal.entity);
        let meant = neighbours
            .iter()
            .map(|&other| self.context.meant_elsewhere(other, self.index));
        values.extend([
            share,
            (1.0 + votes).ln(),
            flag(country.is_none() && !international && !self.is_bare()),
            // The text is about some country, and it is not this one.
            flag(
                country.is_some() && votes < 0.05 && self.context.is_about_some_country(self.index),
            ),
            flag(self.facts.fine == Some("region")),
            flag(same),
            flag(hit == "und" || hit == "mul"),
            meant.sum::<f32>().min(3.0),
        ]);
    }

    fn hints(&self, values: &mut Vec<f32>) {
        let qualifier = self.forms[self.proposal.form].qualifier;
        let qualified =
            |fits| flag(qualifier.is_some_and(|it| (self.facts.fine == Some(it)) == fits));
        let fits = self
            .facts
            .fine
            .is_some_and(|fine| self.hints.types.contains(fine));
        let against = !fits && self.facts.fine.is_some() && !self.hints.types.is_empty();
        let description = self.source.description(self.proposal.entity);
        let described = description.map_or(0, |description| self.hints.common_words(&description));
        values.extend([
            flag(fits),
            flag(against),
            described.min(3) as f32,
            qualified(true),
            if self.facts.fine.is_some() {
                qualified(false)
            } else {
                0.0
            },
        ]);
    }

    /// Whether the source says no more of the entity than its names, as a list that
    /// someone keeps does: it is in the list because it matters.
    fn is_bare(&self) -> bool {
        self.facts.popularity == 0.0
    }

    fn head(&self) -> &Form {
        &self.forms[self.cluster.forms[0]]
    }
}

/// Popularity of an entity of which none is given.
const POPULARITY_UNKNOWN: f32 = 1.0;

/// Letters from which on a name is not short.
const SHORT: usize = 5;

const fn flag(yes: bool) -> f32 {
    if yes { 1.0 } else { 0.0 }
}
