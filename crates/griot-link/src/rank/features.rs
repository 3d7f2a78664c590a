//! What is known of a proposal, as numbers for the [`Model`](super::Model).

use super::candidates::Fit;
use super::{Context, Proposal};
use crate::document::{Bond, Cluster, Form};
use crate::kb::{AliasKind, CandidateSource, Matched};
use crate::name::NameKind;

/// Names of the features, in the order of a [`Features`] vector. The weights of
/// the model are stored under these names.
pub(crate) const FEATURES: [&str; N] = [
    "bias",
    "matched_sorted",
    "matched_sound",
    "matched_edit",
    "likeness_missing",
    "kind_alias",
    "kind_acronym",
    "kind_surname",
    "kind_demonym",
    "prior_log",
    "prior_rank",
    "popularity",
    "only_proposal",
    "fit_near",
    "fit_unknown",
    "person",
    "organization",
    "other",
    "person_full_name",
    "person_single_word",
    "acronym_defined_elsewhere",
    "words",
    "short_name",
    "forms",
    "mentions_log",
    "country_share",
    "country_votes",
    "country_absent",
    "is_country",
    "is_city",
    "language_same",
    "language_unknown",
    "neighbours",
];

const N: usize = 33;

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
    proposals: &[Proposal],
    context: &Context,
) -> Vec<Features> {
    let describe = |(rank, proposal)| {
        let known = Known {
            source,
            language,
            forms,
            cluster: cluster.1,
            index: cluster.0,
            n_proposals: proposals.len(),
            rank,
            proposal,
            context,
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
    n_proposals: usize,
    rank: usize,
    proposal: &'a Proposal,
    context: &'a Context,
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
        // A wrong length is a slip in this file, and the first test sees it.
        values.try_into().expect("one value for each name in FEATURES")
    }

    fn match_of_names(&self, values: &mut Vec<f32>) {
        let hit = &self.proposal.hit;
        values.extend([
            flag(hit.matched == Matched::Sorted),
            flag(matches!(hit.matched, Matched::Phonetic | Matched::Skeleton)),
            flag(matches!(hit.matched, Matched::Edit | Matched::Trigram)),
            1.0 - self.proposal.likeness,
            flag(hit.kind == AliasKind::Alias),
            flag(hit.kind == AliasKind::Acronym),
            flag(hit.kind == AliasKind::Surname),
            flag(hit.kind == AliasKind::Demonym),
        ]);
    }

    fn priors(&self, values: &mut Vec<f32>) {
        let popularity = self.source.facts(self.proposal.entity).popularity;
        values.extend([
            self.proposal.hit.prior.max(1e-4).ln(),
            (self.rank as f32).min(5.0),
            popularity,
            flag(self.n_proposals == 1),
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
        let head = self.head();
        let person = head.kind == NameKind::Person;
        let defined = self.cluster.bonds.contains(&Bond::Defined);
        let by_acronym = self.forms[self.proposal.form].name.is_acronym();
        let form = &self.forms[self.proposal.form];
        values.extend([
            flag(person && form.n_words() > 1),
            flag(person && form.n_words() == 1),
            flag(defined && by_acronym),
            (form.n_words() as f32).min(5.0),
            flag(form.name.key().chars().count() < 5),
            (self.proposal.n_forms as f32).min(4.0),
            (self.n_mentions() as f32).ln(),
        ]);
    }

    fn document(&self, values: &mut Vec<f32>) {
        let facts = self.source.facts(self.proposal.entity);
        let share = |country| self.context.share(country, self.index);
        let votes = |country| self.context.votes(country, self.index);
        let hit = self.proposal.hit.language.as_str();
        let same = self.language.is_some_and(|language| primary(language) == primary(hit));
        let neighbours = self.source.neighbours(self.proposal.entity);
        let meant = neighbours.iter().map(|&other| self.context.meant_elsewhere(other, self.index));
        values.extend([
            facts.country.map_or(0.0, share),
            facts.country.map_or(0.0, |country| (1.0 + votes(country)).ln()),
            flag(facts.country.is_none()),
            flag(facts.fine == Some("country")),
            flag(facts.fine == Some("city")),
            flag(same),
            flag(hit == "und" || hit == "mul"),
            meant.sum::<f32>().min(3.0),
        ]);
    }

    fn head(&self) -> &Form {
        &self.forms[self.cluster.forms[0]]
    }

    fn n_mentions(&self) -> usize {
        self.cluster.forms.iter().map(|&form| self.forms[form].mentions.len()).sum()
    }
}

const fn flag(yes: bool) -> f32 {
    if yes { 1.0 } else { 0.0 }
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}
