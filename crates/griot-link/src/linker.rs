//! Mentions to links: the steps in order.

use std::cell::OnceCell;
use std::sync::Arc;

use griot_text::{Candidate, Document, EntityId, Evidence, Label, Link, Mention, Target};

use crate::collection::{Resolver, nil_id};
use crate::document::{Bond, Cluster, Form, clusters, forms};
use crate::kb::{AliasKind, CandidateSource, Matched};
use crate::metonymy;
use crate::name::{NameKind, Script};
use crate::rank::{Context, Features, Hints, Memory, Model, Proposal, features, propose};
use crate::training::Example;

/// Share of the probability of all candidates that the best one must have: of two
/// people of one name, as good as each other, neither is the target. Of two places
/// one mostly holds the other, as countries hold capitals of their name, and either
/// is better than none.
const CLEAR_SHARE: f32 = 0.51;

/// Settings of a [`Linker`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinkerConfig {
    /// Least probability that the entity is in the knowledge base; below, the target
    /// is [`Target::Nil`]. In `[0, 1]`; default 0.5: more likely in it than not.
    pub score_min: f32,
    /// Candidates listed with a link, at most; default 5.
    pub candidates_max: usize,
}

impl Default for LinkerConfig {
    fn default() -> Self {
        Self {
            score_min: 0.5,
            candidates_max: 5,
        }
    }
}

impl LinkerConfig {
    /// Sets [`score_min`](Self::score_min).
    #[must_use]
    pub const fn with_score_min(mut self, score_min: f32) -> Self {
        self.score_min = score_min;
        self
    }

    /// Sets [`candidates_max`](Self::candidates_max).
    #[must_use]
    pub const fn with_candidates_max(mut self, candidates_max: usize) -> Self {
        self.candidates_max = candidates_max;
        self
    }
}

/// Links mentions to the entities of a source, and tells what is not in it.
///
/// Cheap to clone, and one linker serves any number of threads. Clones share what
/// they remember.
#[derive(Clone, Debug)]
pub struct Linker {
    source: Arc<dyn CandidateSource>,
    config: LinkerConfig,
    memory: Arc<Memory>,
}

impl Linker {
    /// A linker to the entities of `source`: a
    /// [`KnowledgeBase`](crate::KnowledgeBase) or one of your own.
    pub fn new(source: impl CandidateSource + 'static, config: LinkerConfig) -> Self {
        Self {
            source: Arc::new(source),
            config,
            memory: Arc::default(),
        }
    }

    /// Where the entities come from.
    pub fn source(&self) -> &dyn CandidateSource {
        &*self.source
    }

    /// One link for each of `mentions`, in their order.
    ///
    /// The whole document is read: which mentions are one entity, what country it
    /// is about, which acronyms it explains. Mentions of one entity get one
    /// target. An entity that is not in the source has an identifier made of its
    /// name, the same in all documents; see
    /// [`link_collection`](Self::link_collection) to tell apart two that share a
    /// name and to join one that has several.
    ///
    /// Names that no certain way finds are searched in doubtful ones, which costs
    /// most; the linker remembers the latest of them, some thousands, so a source
    /// that changes needs another linker.
    ///
    /// Cost: 10 to 50 µs a mention of news text; names that were seen before cost least.
    ///
    /// # Panics
    ///
    /// If a mention's span is not a span of the document's text.
    pub fn link(&self, document: &Document, mentions: &[Mention]) -> Vec<Link> {
        let analysis = self.analyze(document, mentions);
        let mut links: Vec<Option<Link>> = vec![None; mentions.len()];
        for index in 0..analysis.clusters.len() {
            self.link_cluster(&analysis, index, &mut links);
        }
        // Every mention is in a form, and every form in a cluster.
        links.into_iter().flatten().collect()
    }

    /// Links the mentions of many documents, and gives one identifier to one
    /// entity over all of them, in the knowledge base or not.
    ///
    /// The result does not depend on the order of the documents, but for their
    /// own. All is held in memory; see [`Resolver`] for a stream.
    ///
    /// # Panics
    ///
    /// If a mention's span is not a span of its document's text.
    pub fn link_collection<'a>(
        &self,
        documents: impl IntoIterator<Item = (&'a Document, &'a [Mention])>,
    ) -> Vec<Vec<Link>> {
        let documents: Vec<(&Document, &[Mention])> = documents.into_iter().collect();
        let links: Vec<_> = documents
            .iter()
            .map(|(document, mentions)| self.link(document, mentions))
            .collect();
        let documents = documents.into_iter().map(|(document, _)| document);
        self.resolver().resolve_all(documents.zip(links).collect())
    }

    /// A resolver that has seen no document, for this linker's links.
    pub fn resolver(&self) -> Resolver {
        Resolver::new(Arc::clone(&self.source))
    }

    fn analyze<'a>(&'a self, document: &'a Document, mentions: &'a [Mention]) -> Analysis<'a> {
        let forms = forms(&*self.source, document, mentions);
        let clusters = clusters(document, mentions, &forms);
        let proposals: Vec<Vec<Proposal<'_>>> = clusters
            .iter()
            .map(|cluster| propose(&*self.source, &self.memory, document, cluster, &forms))
            .collect();
        let context = Context::new(&*self.source, &self.memory, document, &proposals);
        Analysis {
            hints: vec![OnceCell::new(); clusters.len()],
            document,
            mentions,
            forms,
            clusters,
            proposals,
            context,
        }
    }

    /// What training learns from: the features of the proposals for each entity of
    /// the document, and which of them is right.
    ///
    /// `gold` has the identifier of each mention's entity; `None` says that the
    /// source does not have it. Entities whose mentions disagree are left out.
    pub(crate) fn examples(
        &self,
        document: &Document,
        mentions: &[Mention],
        gold: &[Option<EntityId>],
    ) -> Vec<Example> {
        let analysis = self.analyze(document, mentions);
        let clusters = analysis.clusters.iter().enumerate();
        let example = |(index, cluster): (usize, &Cluster)| {
            let mut of_cluster = cluster
                .forms
                .iter()
                .flat_map(|&form| &analysis.forms[form].mentions);
            let first = &gold[*of_cluster.next()?];
            if !of_cluster.all(|&mention| gold[mention] == *first) {
                return None;
            }
            let entity = first.as_ref().and_then(|id| self.source.find(id.as_str()));
            let proposals = analysis.proposals[index].iter();
            let right =
                entity.and_then(|entity| proposals.clone().position(|p| p.entity == entity));
            let weight = cluster
                .forms
                .iter()
                .map(|&form| analysis.forms[form].mentions.len())
                .sum();
            Some(Example {
                proposals: self.features(&analysis, index),
                right,
                weight,
            })
        };
        clusters.filter_map(example).collect()
    }

    fn features(&self, analysis: &Analysis<'_>, index: usize) -> Vec<Features> {
        features(
            &*self.source,
            analysis.document.language(),
            &analysis.forms,
            (index, &analysis.clusters[index]),
            &analysis.proposals[index],
            &analysis.context,
            analysis.hints(index),
        )
    }

    fn link_cluster(&self, analysis: &Analysis<'_>, index: usize, links: &mut [Option<Link>]) {
        let cluster = &analysis.clusters[index];
        let proposals = &analysis.proposals[index];
        let probabilities = self.probabilities(analysis, index);
        let mut ranked: Vec<usize> = (0..proposals.len()).collect();
        ranked.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let best = ranked.first().copied();
        let total: f32 = probabilities.iter().sum();
        let is_place = analysis.forms[cluster.forms[0]].kind == NameKind::Place;
        let is_clear = |&best: &usize| is_place || probabilities[best] >= CLEAR_SHARE * total;
        let chosen = best
            .filter(is_clear)
            .filter(|_| total >= self.config.score_min);
        let candidate = |&at: &usize| Self::candidate(&proposals[at], probabilities[at]);
        let candidates: Vec<Candidate> = ranked
            .iter()
            .take(self.config.candidates_max)
            .map(candidate)
            .collect();
        let decision = if let Some(at) = chosen {
            self.known(analysis, index, &proposals[at], probabilities[at])
        } else {
            let score = 1.0 - best.map_or(0.0, |best| probabilities[best]);
            Self::unknown(analysis, cluster, score)
        };
        Self::write(analysis, cluster, &decision, &candidates, links);
    }

    /// The probability of each proposal. A single one that was decided on is certain.
    fn probabilities(&self, analysis: &Analysis<'_>, index: usize) -> Vec<f32> {
        match analysis.proposals[index].as_slice() {
            [] => Vec::new(),
            [only] if only.decided => vec![1.0],
            _ => Model::trained().probabilities(&self.features(analysis, index)),
        }
    }

    fn candidate(proposal: &Proposal<'_>, score: f32) -> Candidate {
        let facts = &proposal.facts;
        Candidate {
            id: EntityId::from(&*facts.id),
            name: facts.name.to_string(),
            score,
        }
    }

    fn known(
        &self,
        analysis: &Analysis<'_>,
        index: usize,
        proposal: &Proposal<'_>,
        score: f32,
    ) -> Decision {
        let facts = &proposal.facts;
        let head = &analysis.forms[analysis.clusters[index].forms[0]];
        let stands_for = facts
            .stands_for
            .map(|other| self.source.facts(other).id.into_owned());
        let label = facts.label.map_or_else(|| head.label.clone(), Label::from);
        Decision {
            target: Target::Entity(EntityId::from(&*facts.id)),
            name: facts.name.to_string(),
            label,
            score,
            evidence: self.evidence(analysis, index, proposal),
            stands_for: stands_for.map(EntityId::from),
        }
    }

    fn evidence(
        &self,
        analysis: &Analysis<'_>,
        index: usize,
        proposal: &Proposal<'_>,
    ) -> Vec<Evidence> {
        let form = &analysis.forms[proposal.form];
        if proposal.decided {
            return vec![
                form.body_key()
                    .map_or(Evidence::Decision, |key| Evidence::Composed { key }),
            ];
        }
        let mut evidence = vec![
            Evidence::Alias {
                language: proposal.hit.language.as_str().to_owned(),
                matched: matched_name(proposal.hit.matched),
                kind: kind_name(proposal.hit.kind),
            },
            Evidence::Prior {
                probability: proposal.hit.prior,
            },
        ];
        if proposal.hit.matched > Matched::Sorted && form.name.script() != Script::Latin {
            evidence.push(Evidence::Transliteration {
                latin: form.name.latin().to_owned(),
            });
        }
        let facts = &proposal.facts;
        let description = self.source.description(proposal.entity);
        let words = analysis
            .hints(index)
            .reasons(facts.fine, description.as_deref());
        if !words.is_empty() {
            evidence.push(Evidence::Context { words });
        }
        if let Some(country) = facts.country {
            let votes = analysis.context.votes(country, index).round() as u32;
            if votes > 0 {
                evidence.push(Evidence::Country {
                    country: country.to_owned(),
                    votes,
                });
            }
        }
        evidence
    }

    fn unknown(analysis: &Analysis<'_>, cluster: &Cluster, score: f32) -> Decision {
        let head = &analysis.forms[cluster.forms[0]];
        let body = cluster
            .forms
            .iter()
            .find_map(|&form| analysis.forms[form].body_key());
        let evidence = body
            .iter()
            .map(|key| Evidence::Composed { key: key.clone() })
            .collect();
        let key = body.unwrap_or_else(|| head.name.sorted_key());
        Decision {
            target: Target::Nil(nil_id(&head.label, &key, "")),
            name: head.name.text().to_owned(),
            label: head.label.clone(),
            score,
            evidence,
            stands_for: None,
        }
    }

    fn write(
        analysis: &Analysis<'_>,
        cluster: &Cluster,
        decision: &Decision,
        candidates: &[Candidate],
        links: &mut [Option<Link>],
    ) {
        for (&form, bond) in std::iter::zip(&cluster.forms, &cluster.bonds) {
            let head = &analysis.mentions[analysis.forms[cluster.forms[0]].mentions[0]];
            let why = match bond {
                Bond::Head => None,
                Bond::Defined | Bond::Acronym => Some(Evidence::Acronym { span: head.span }),
                Bond::Part | Bond::Spelling | Bond::Body => {
                    Some(Evidence::Coreference { span: head.span })
                }
            };
            for &index in &analysis.forms[form].mentions {
                let mention = &analysis.mentions[index];
                let stands_for = decision.stands_for.clone();
                links[index] = Some(Link {
                    mention: mention.clone(),
                    target: decision.target.clone(),
                    name: decision.name.clone(),
                    label: decision.label.clone(),
                    score: decision.score,
                    candidates: candidates.to_vec(),
                    evidence: decision
                        .evidence
                        .iter()
                        .cloned()
                        .chain(why.clone())
                        .collect(),
                    stands_for: stands_for
                        .filter(|_| metonymy::speaks_for(analysis.document.text(), mention.span)),
                });
            }
        }
    }
}

/// What is known of a document before anything is decided.
struct Analysis<'a> {
    document: &'a Document,
    mentions: &'a [Mention],
    forms: Vec<Form>,
    clusters: Vec<Cluster>,
    /// For each cluster, the entities it may mean.
    proposals: Vec<Vec<Proposal<'a>>>,
    context: Context,
    hints: Vec<OnceCell<Hints>>,
}

impl Analysis<'_> {
    /// What stands beside the mentions of a cluster, read when it is first asked for.
    fn hints(&self, index: usize) -> &Hints {
        self.hints[index].get_or_init(|| {
            let cluster = &self.clusters[index];
            Hints::new(self.document, self.mentions, &self.forms, cluster)
        })
    }
}

/// What was decided for a cluster.
struct Decision {
    target: Target,
    name: String,
    label: Label,
    score: f32,
    evidence: Vec<Evidence>,
    stands_for: Option<EntityId>,
}

const fn matched_name(matched: Matched) -> &'static str {
    match matched {
        Matched::Exact => "exact",
        Matched::Sorted => "sorted",
        Matched::Phonetic => "phonetic",
        Matched::Skeleton => "skeleton",
        Matched::Edit => "edit",
        Matched::Trigram => "trigram",
    }
}

const fn kind_name(kind: AliasKind) -> &'static str {
    match kind {
        AliasKind::Label => "label",
        AliasKind::Alias => "alias",
        AliasKind::Acronym => "acronym",
        AliasKind::Surname => "surname",
        AliasKind::Demonym => "demonym",
    }
}
