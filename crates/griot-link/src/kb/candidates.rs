//! Candidates from a [`KnowledgeBase`].

use std::borrow::Cow;

use super::base::Inner;
use super::blocking::{self, ENTITIES_MAX};
use super::filter::Poly;
use super::postings::prior;
use super::{
    AliasKind, CandidateSource, Entity, EntityName, EntityRef, Facts, Hit, KnowledgeBase, Lang,
    Matched, alias, edit, near,
};
use crate::name::Name;

impl CandidateSource for KnowledgeBase {
    fn version(&self) -> &str {
        &self.inner.version
    }

    /// Hits of [`Matched::Exact`] and [`Matched::Edit`] have the kind and the
    /// language of the name (`mul` if it is one in several languages) and a prior
    /// from the builder. Of others the name itself is not known before
    /// [`names`](Self::names) is asked, some are false, and the prior is the share
    /// in the popularity of all hits. [`Matched::Trigram`] is for names of ten letters and
    /// more; it finds names that begin with the same half, and of popular entities
    /// those that have the same first letter and rare letters of the second half.
    ///
    /// Cost: exact below 1 µs, edit 10 µs, trigram 5 µs, others about 1 µs.
    fn candidates(&self, name: &Name, how: Matched, hits: &mut Vec<Hit>) {
        let inner = &*self.inner;
        match how {
            Matched::Exact => inner.exact(name.key(), hits),
            Matched::Edit => inner.edited(name.key(), hits),
            Matched::Sorted => inner.blocked_by(how, &[name.sorted_key()], hits),
            Matched::Phonetic => inner.blocked_by(how, &name.phonetic_keys(), hits),
            Matched::Skeleton => inner.blocked_by(how, &[name.skeleton_key()], hits),
            Matched::Trigram => inner.near_by_letters(name.key(), hits),
        }
    }

    /// Empty if there is no such entity.
    fn facts(&self, entity: EntityRef) -> Facts<'_> {
        self.inner.facts(entity).unwrap_or(Facts {
            id: Cow::Borrowed(""),
            name: Cow::Borrowed(""),
            label: None,
            fine: None,
            country: None,
            popularity: 0.0,
            stands_for: None,
        })
    }

    /// Each text once; one of several languages has the language `mul`.
    fn names(&self, entity: EntityRef) -> Vec<EntityName> {
        self.inner.names(entity).unwrap_or_default()
    }

    fn each_name(&self, entity: EntityRef, each: &mut dyn FnMut(&str)) {
        // What comes before damage is as good as any.
        let _ = self.inner.each_name(entity, each);
    }

    fn label(&self, entity: EntityRef) -> Option<&str> {
        self.inner.label(entity)
    }

    /// Wrong for one in 200 words that are no names.
    fn may_be_demonym(&self, key: &str) -> bool {
        // The filter is small, and says no to most words.
        if !self.inner.filter().has(Poly::of_key(key)) {
            return false;
        }
        let mut found = false;
        let hash = blocking::hash_of_demonym(key);
        let _ = self.inner.blocking().each(hash, |_| found = true);
        found
    }

    fn description(&self, entity: EntityRef) -> Option<String> {
        self.inner.description(entity)
    }

    fn neighbours(&self, entity: EntityRef) -> Vec<EntityRef> {
        self.inner.neighbours(entity)
    }

    fn find(&self, id: &str) -> Option<EntityRef> {
        self.inner.find(id)
    }
}

impl Inner {
    fn names(&self, entity: EntityRef) -> Option<Vec<EntityName>> {
        let facts = self.facts(entity)?;
        let mut record = Entity {
            name: facts.name.into_owned(),
            label: facts.label.map(str::to_owned),
            ..Entity::default()
        };
        self.read_lists(entity, &mut record)?;
        Some(alias::names(&record))
    }

    fn each_name(&self, entity: EntityRef, each: &mut dyn FnMut(&str)) -> Option<()> {
        each(&self.name(entity)?);
        self.each_other_name(entity, each)
    }

    fn exact(&self, key: &str, hits: &mut Vec<Hit>) {
        if self.filter().has(Poly::of_key(key))
            && let Some(dict) = self.dict()
            && let Some(ordinal) = dict.find(key.as_bytes())
        {
            self.push_postings(ordinal, Matched::Exact, hits);
        }
    }

    fn edited(&self, key: &str, hits: &mut Vec<Hit>) {
        let Some(dict) = self.dict() else { return };
        let before = hits.len();
        for ordinal in edit::within_one(&dict, &self.filter(), self.letters(), key) {
            self.push_postings(ordinal, Matched::Edit, hits);
        }
        hits[before..].sort_by(|a, b| b.prior.total_cmp(&a.prior));
    }

    fn near_by_letters(&self, key: &str, hits: &mut Vec<Hit>) {
        let before = hits.len();
        for ordinal in self.near(key) {
            self.push_postings(ordinal, Matched::Trigram, hits);
        }
        hits[before..].sort_by(|a, b| b.prior.total_cmp(&a.prior));
        self.blocked(Matched::Trigram, near::probes(key), hits);
    }

    fn push_postings(&self, ordinal: usize, matched: Matched, hits: &mut Vec<Hit>) {
        let Some(postings) = self.postings() else {
            return;
        };
        // What comes before damage is as good as any.
        let _ = postings.each(ordinal, |posting| {
            let usage = self.tables.uses.get(posting.usage as usize);
            if let Some(&(kind, language)) = usage
                && (posting.entity as usize) < self.len
            {
                hits.push(Hit {
                    entity: EntityRef(posting.entity),
                    kind,
                    language,
                    prior: prior(posting.prior),
                    matched,
                });
            }
        });
    }

    fn blocked_by(&self, how: Matched, keys: &[String], hits: &mut Vec<Hit>) {
        let keys = keys.iter().filter(|key| !key.is_empty());
        self.blocked(how, keys.map(|key| blocking::hash(how, key)), hits);
    }

    fn blocked(&self, how: Matched, hashes: impl IntoIterator<Item = u64>, hits: &mut Vec<Hit>) {
        let blocking = self.blocking();
        let mut entities: Vec<u32> = Vec::new();
        for hash in hashes {
            let _ = blocking.each(hash, |entity| entities.push(entity));
        }
        entities.retain(|&entity| (entity as usize) < self.len);
        entities.sort_unstable();
        entities.dedup();
        let columns = self.columns();
        let mut ranked: Vec<(f32, u32)> = entities
            .into_iter()
            .map(|e| (columns.popularity(e as usize).max(POPULARITY_MIN), e))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.truncate(ENTITIES_MAX);
        let total: f32 = ranked.iter().map(|(popularity, _)| popularity).sum();
        hits.extend(ranked.into_iter().map(|(popularity, entity)| Hit {
            entity: EntityRef(entity),
            kind: AliasKind::Alias,
            language: Lang::UND,
            prior: popularity / total,
            matched: how,
        }));
    }
}

/// Popularity of what has none, where shares are computed.
pub(super) const POPULARITY_MIN: f32 = 1e-3;
