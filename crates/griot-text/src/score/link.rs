//! How often mentions were linked to what they refer to.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Clusters, Counts, Prf};
use crate::{EntityId, Link, Span, Target};

/// What a mention refers to, as far as gold or a system says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Referent {
    /// This entity of a knowledge base.
    Entity(EntityId),
    /// Something that no knowledge base has. Mentions with the same identifier
    /// refer to the same thing; without one it is not said which do.
    Nil(Option<EntityId>),
    /// Not said. Such a gold mention is left out of every figure, with what was
    /// predicted for its span; such a predicted mention is no answer.
    #[default]
    Unknown,
}

impl Referent {
    /// What an `entity` identifier and a `cluster` identifier say, as gold JSON and
    /// the JSON Lines of a linker write them: an entity, unless it begins with
    /// `nil:` or `NIL:`; without entity, the cluster.
    ///
    /// ```
    /// # use griot_text::{EntityId, score::Referent};
    /// let nil = Referent::Nil(Some(EntityId::from("nil:PER:1f")));
    /// assert_eq!(Referent::new(Some("nil:PER:1f"), None), nil);
    /// assert_eq!(Referent::new(None, Some("nil:PER:1f")), nil);
    /// assert_eq!(Referent::new(None, None), Referent::Nil(None));
    /// let entity = Referent::Entity(EntityId::from("Q912"));
    /// assert_eq!(Referent::new(Some("Q912"), Some("Q912")), entity);
    /// ```
    pub fn new(entity: Option<&str>, cluster: Option<&str>) -> Self {
        let is_nil = |id: &&str| id.starts_with("nil:") || id.starts_with("NIL:");
        match entity {
            Some(id) if !is_nil(&id) => Self::Entity(EntityId::from(id)),
            _ => Self::Nil(entity.or(cluster).map(EntityId::from)),
        }
    }
}

impl From<&Target> for Referent {
    fn from(target: &Target) -> Self {
        match target {
            Target::Entity(id) => Self::Entity(id.clone()),
            Target::Nil(id) => Self::Nil(Some(id.clone())),
        }
    }
}

/// A mention of one document, for [`LinkScorer::add`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Where the mention is; bytes or any other unit, the same for gold and
    /// prediction.
    pub span: Span,
    /// What it refers to.
    pub referent: Referent,
    /// Entities that were considered, best first. Empty in gold.
    pub candidates: Vec<EntityId>,
}

impl Linked {
    /// A mention without candidates.
    pub const fn new(span: Span, referent: Referent) -> Self {
        Self {
            span,
            referent,
            candidates: Vec::new(),
        }
    }
}

impl From<&Link> for Linked {
    fn from(link: &Link) -> Self {
        let candidates = link.candidates.iter();
        Self {
            span: link.mention.span,
            referent: Referent::from(&link.target),
            candidates: candidates.map(|candidate| candidate.id.clone()).collect(),
        }
    }
}

/// Identifiers that lead to others, followed to their end.
///
/// # Example
///
/// ```
/// use griot_text::EntityId;
/// use griot_text::score::Redirects;
///
/// let redirects: Redirects = [("Q3", "Q2"), ("Q2", "Q1")]
///     .map(|(from, to)| (EntityId::from(from), EntityId::from(to)))
///     .into_iter()
///     .collect();
/// assert_eq!(redirects.resolve(&EntityId::from("Q3")).as_str(), "Q1");
/// assert_eq!(redirects.resolve(&EntityId::from("Q9")).as_str(), "Q9");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redirects {
    ends: HashMap<EntityId, EntityId>,
}

impl Redirects {
    /// Where `id` leads: itself if it is no redirect.
    pub fn resolve<'a>(&'a self, id: &'a EntityId) -> &'a EntityId {
        self.ends.get(id).unwrap_or(id)
    }
}

/// Identifiers of a circle all lead to its least. Of two redirects of one
/// identifier the last counts. Cost: O(n · length of the longest chain).
impl FromIterator<(EntityId, EntityId)> for Redirects {
    fn from_iter<I: IntoIterator<Item = (EntityId, EntityId)>>(redirects: I) -> Self {
        let steps: HashMap<EntityId, EntityId> = redirects.into_iter().collect();
        let ends = steps.keys().map(|id| (id.clone(), end(&steps, id).clone()));
        Self {
            ends: ends.collect(),
        }
    }
}

fn end<'a>(steps: &'a HashMap<EntityId, EntityId>, id: &'a EntityId) -> &'a EntityId {
    let mut passed = BTreeSet::new();
    let mut here = id;
    while let Some(next) = steps.get(here) {
        if !passed.insert(here) {
            return least_of_circle(steps, here);
        }
        here = next;
    }
    here
}

fn least_of_circle<'a>(
    steps: &'a HashMap<EntityId, EntityId>,
    start: &'a EntityId,
) -> &'a EntityId {
    let circle = std::iter::successors(steps.get(start), |id| steps.get(*id));
    circle
        .take_while(|id| *id != start)
        .fold(start, |least, id| id.min(least))
}

/// How a gold entity counts that the knowledge base does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outside {
    /// As what it is: a system with that knowledge base cannot find it.
    #[default]
    Missed,
    /// As NIL: the right answer of a system with that knowledge base.
    Nil,
}

/// Which mentions [`LinkScorer::clusters`] compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compared {
    /// All, as [`Clusters`] says.
    #[default]
    All,
    /// Those whose span gold and prediction share.
    Matched,
}

/// The result of a [`LinkScorer`]. A mention is the same in gold and prediction
/// if it has the same span; labels play no part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkReport {
    /// Links to entities: right if gold has the same link (strong link match
    /// without NIL).
    pub links: Counts,
    /// All mentions: right if both are linked to one entity or both are NIL,
    /// whatever the NIL identifier (strong link match with NIL).
    pub all: Counts,
    /// Mentions that refer to nothing in the knowledge base.
    pub nil: Counts,
    /// Only the gold mentions whose entity the knowledge base has, and the links to
    /// entities that were predicted for them.
    pub in_kb: Counts,
    /// Those of `in_kb` whose entity is the first candidate, the second, …
    ranks: Vec<u64>,
}

impl LinkReport {
    /// Share of the gold mentions with an entity in the knowledge base that have
    /// it among their first `k` candidates; zero without such mentions.
    pub fn recall_at(&self, k: usize) -> f64 {
        let found: u64 = self.ranks.iter().take(k).sum();
        Prf::new((0.0, 0.0), (found as f64, self.in_kb.gold as f64)).recall
    }
}

/// Adds up documents.
///
/// # Example
///
/// ```
/// use griot_text::score::{Compared, LinkScorer, Linked, Referent};
/// use griot_text::{EntityId, Span};
///
/// let entity = |id: &str| Referent::Entity(EntityId::from(id));
/// let gold = [
///     Linked::new(Span::new(0, 4), entity("Q912")),
///     Linked::new(Span::new(9, 14), Referent::Nil(None)),
/// ];
/// let predicted = [
///     Linked::new(Span::new(0, 4), entity("Q912")),
///     Linked::new(Span::new(9, 14), entity("Q90")),
/// ];
/// let mut scorer = LinkScorer::default();
/// scorer.add(&gold, &predicted, |_| true);
/// let links = scorer.report().links.prf();
/// assert_eq!((links.precision, links.recall), (0.5, 1.0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct LinkScorer {
    redirects: Redirects,
    outside: Outside,
    report: LinkReport,
    n_documents: usize,
    gold: Vec<(Key, Group)>,
    predicted: Vec<(Key, Group)>,
}

/// A mention: number of its document, and its span.
type Key = (usize, Span);

/// What a mention is grouped under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Entity(EntityId),
    Nil(EntityId),
    Alone(Key),
}

impl LinkScorer {
    /// The same scorer; every identifier is first led through `redirects`.
    #[must_use]
    pub fn with_redirects(mut self, redirects: Redirects) -> Self {
        self.redirects = redirects;
        self
    }

    /// The same scorer, with another way to count entities that the knowledge
    /// base does not have.
    #[must_use]
    pub const fn with_outside(mut self, outside: Outside) -> Self {
        self.outside = outside;
        self
    }

    /// Adds one document, its mentions in any order. `is_known` says whether the
    /// knowledge base has an entity. A span that is given twice counts once, as
    /// what it was first said to be. Cost: O(n log n).
    pub fn add(
        &mut self,
        gold: &[Linked],
        predicted: &[Linked],
        is_known: impl Fn(&EntityId) -> bool,
    ) {
        let document = self.n_documents;
        self.n_documents += 1;
        let predicted = by_span(predicted);
        let gold = by_span(gold);
        for (span, mention) in &gold {
            let answer = predicted.get(span).copied();
            self.count_gold(mention, answer, &is_known);
            self.group(document, mention, answer);
        }
        let twinless = predicted
            .iter()
            .filter(|(span, _)| !gold.contains_key(span));
        for (span, mention) in twinless {
            let answer = resolved(&self.redirects, &mention.referent);
            count_predicted(&mut self.report, &answer);
            let key = (document, *span);
            self.predicted.extend(predicted_group(key, answer));
        }
    }

    /// The counts of all documents so far.
    pub fn report(&self) -> LinkReport {
        self.report.clone()
    }

    /// The groups of mentions over all documents so far, by entity or NIL
    /// identifier. A gold mention that is NIL and of which no identifier says
    /// with which others it goes is left out, with what was predicted for its
    /// span; a predicted one is in a group of its own.
    pub fn clusters(&self, compared: Compared) -> Clusters {
        let as_given = |items: &[(Key, Group)]| items.to_vec();
        if compared == Compared::All {
            return Clusters::new(as_given(&self.gold), as_given(&self.predicted));
        }
        let shared = |items: &[(Key, Group)], others: &[(Key, Group)]| {
            let others: BTreeSet<Key> = others.iter().map(|(key, _)| *key).collect();
            let mut items = as_given(items);
            items.retain(|(key, _)| others.contains(key));
            items
        };
        Clusters::new(
            shared(&self.gold, &self.predicted),
            shared(&self.predicted, &self.gold),
        )
    }

    fn count_gold(
        &mut self,
        gold: &Linked,
        answer: Option<&Linked>,
        is_known: impl Fn(&EntityId) -> bool,
    ) {
        let mut truth = resolved(&self.redirects, &gold.referent);
        let mut in_kb = false;
        match &truth {
            Referent::Unknown => return,
            Referent::Entity(id) if is_known(id) => in_kb = true,
            Referent::Entity(_) if self.outside == Outside::Nil => truth = Referent::Nil(None),
            Referent::Entity(_) | Referent::Nil(_) => {}
        }
        let said = answer.map_or(Referent::Unknown, |answer| {
            resolved(&self.redirects, &answer.referent)
        });
        count_predicted(&mut self.report, &said);
        count_pair(&mut self.report, &truth, &said);
        if let (true, Referent::Entity(id)) = (in_kb, &truth) {
            count_in_kb(&mut self.report.in_kb, id, &said);
            let candidates = answer.map_or(&[][..], |answer| &answer.candidates);
            if let Some(rank) = rank(&self.redirects, candidates, id) {
                let ranks = &mut self.report.ranks;
                ranks.resize(ranks.len().max(rank + 1), 0);
                ranks[rank] += 1;
            }
        }
    }

    fn group(&mut self, document: usize, gold: &Linked, answer: Option<&Linked>) {
        let key = (document, gold.span);
        let group = match resolved(&self.redirects, &gold.referent) {
            Referent::Entity(id) => Group::Entity(id),
            Referent::Nil(Some(id)) => Group::Nil(id),
            Referent::Nil(None) | Referent::Unknown => return,
        };
        self.gold.push((key, group));
        if let Some(answer) = answer {
            let answer = resolved(&self.redirects, &answer.referent);
            self.predicted.extend(predicted_group(key, answer));
        }
    }
}

fn by_span(mentions: &[Linked]) -> BTreeMap<Span, &Linked> {
    let mut map = BTreeMap::new();
    for mention in mentions {
        map.entry(mention.span).or_insert(mention);
    }
    map
}

fn resolved(redirects: &Redirects, referent: &Referent) -> Referent {
    match referent {
        Referent::Entity(id) => Referent::Entity(redirects.resolve(id).clone()),
        other => other.clone(),
    }
}

fn predicted_group(key: Key, answer: Referent) -> Option<(Key, Group)> {
    let group = match answer {
        Referent::Entity(id) => Group::Entity(id),
        Referent::Nil(Some(id)) => Group::Nil(id),
        Referent::Nil(None) => Group::Alone(key),
        Referent::Unknown => return None,
    };
    Some((key, group))
}

fn count_predicted(report: &mut LinkReport, said: &Referent) {
    match said {
        Referent::Entity(_) => report.links.predicted += 1,
        Referent::Nil(_) => report.nil.predicted += 1,
        Referent::Unknown => return,
    }
    report.all.predicted += 1;
}

/// Counts a gold mention and what was said of it.
fn count_pair(report: &mut LinkReport, truth: &Referent, said: &Referent) {
    use Referent::{Entity, Nil, Unknown};
    let (own, is_right) = match (truth, said) {
        (Entity(id), Entity(other)) => (&mut report.links, id == other),
        (Entity(_), _) => (&mut report.links, false),
        (_, said) => (&mut report.nil, matches!(said, Nil(_))),
    };
    own.gold += 1;
    own.correct += u64::from(is_right);
    let same_kind = matches!((truth, said), (Entity(_), Entity(_)));
    own.incorrect += u64::from(same_kind && !is_right);
    report.all.gold += 1;
    report.all.correct += u64::from(is_right);
    report.all.incorrect += u64::from(!is_right && *said != Unknown);
}

/// Counts a gold mention of `id` that could be linked right.
fn count_in_kb(counts: &mut Counts, id: &EntityId, said: &Referent) {
    counts.gold += 1;
    if let Referent::Entity(other) = said {
        counts.predicted += 1;
        counts.correct += u64::from(id == other);
        counts.incorrect += u64::from(id != other);
    }
}

/// Position of `id` among the distinct `candidates`.
fn rank(redirects: &Redirects, candidates: &[EntityId], id: &EntityId) -> Option<usize> {
    let mut before = BTreeSet::new();
    for candidate in candidates {
        let candidate = redirects.resolve(candidate);
        if candidate == id {
            return Some(before.len());
        }
        before.insert(candidate);
    }
    None
}
