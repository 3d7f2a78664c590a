//! A source with an [`Overlay`] applied.

use std::collections::{BTreeMap, BTreeSet};

use super::overlay::{Alias, Verdict, WAS_ADDED};
use super::{
    AliasKind, CandidateSource, Decisions, Entity, EntityName, EntityRef, Facts, Hit,
    KnowledgeBase, Lang, Matched, Overlay, OverlayError,
};
use crate::name::Name;

/// A source of candidates with edits on top.
///
/// Entities that the overlay adds are numbered from `u32::MAX` down.
///
/// ```
/// use griot_link::kb::{CandidateSource, Entity, KnowledgeBase, Overlay};
///
/// let mali = Entity { id: "Q912".into(), name: "Mali".into(), ..Entity::default() };
/// let kb = KnowledgeBase::from_entities([mali])?;
/// let overlay = Overlay::parse(r#"{"op": "alias", "id": "Q912", "alias": "Maliba", "lang": "bm"}"#)?;
/// let kb = kb.with_overlay(&overlay)?;
/// assert_eq!(kb.names(kb.find("Q912").expect("it is there"))[1].text, "Maliba");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Overlaid<S> {
    base: S,
    version: String,
    /// Entities and names that were added; one that only gives names to an entity
    /// of the base has its identifier.
    extra: KnowledgeBase,
    /// What each entity of `extra` is.
    meant: Vec<EntityRef>,
    /// Entities of `extra` that were added.
    added: BTreeMap<EntityRef, Added>,
    /// Names that were added to entities of the base.
    names: BTreeMap<EntityRef, Vec<EntityName>>,
    /// Entities of the base that are gone, or are another now.
    moved: BTreeMap<EntityRef, Option<EntityRef>>,
    /// Entities of the base whose names mean nothing any more: another of their
    /// identifier was added.
    replaced: BTreeSet<EntityRef>,
    /// Identifiers that mean another entity than in the base, or none.
    ids: BTreeMap<String, Option<EntityRef>>,
    decisions: Vec<Decision>,
}

#[derive(Clone, Debug)]
struct Added {
    entity: EntityRef,
    stands_for: Option<EntityRef>,
    neighbours: Vec<EntityRef>,
}

#[derive(Clone, Debug)]
struct Decision {
    key: String,
    document: Option<String>,
    verdict: Verdict,
    entity: EntityRef,
}

impl KnowledgeBase {
    /// This knowledge base with edits on top. Cost: that of building what is added.
    ///
    /// # Errors
    ///
    /// If an edit speaks of an entity that is not there, or adds one that cannot
    /// be kept.
    pub fn with_overlay(self, overlay: &Overlay) -> Result<Overlaid<Self>, OverlayError> {
        Overlaid::new(self, overlay)
    }
}

impl<S: CandidateSource> Overlaid<S> {
    /// `base` with edits on top.
    ///
    /// # Errors
    ///
    /// As [`KnowledgeBase::with_overlay`].
    pub fn new(base: S, overlay: &Overlay) -> Result<Self, OverlayError> {
        let mut aliases: BTreeMap<&str, Vec<&Alias>> = BTreeMap::new();
        for (_, alias) in &overlay.aliases {
            aliases.entry(&alias.id).or_default().push(alias);
        }
        let added = overlay.added.values().map(|(_, entity)| entity.clone());
        let named = aliases
            .iter()
            .filter(|(id, _)| !overlay.added.contains_key(**id));
        let named = named.map(|(id, aliases)| Entity {
            id: (*id).to_owned(),
            name: aliases[0].text.clone(),
            ..Entity::default()
        });
        let entities: Vec<Entity> = added
            .chain(named)
            .map(|entity| with_aliases(entity, &aliases))
            .collect();
        let extra = KnowledgeBase::from_entities(entities)?;
        let mut overlaid = Self {
            version: format!("{}+overlay#{:08x}", base.version(), overlay.checksum),
            meant: vec![EntityRef(u32::MAX); extra.len()],
            base,
            extra,
            added: BTreeMap::new(),
            names: BTreeMap::new(),
            moved: BTreeMap::new(),
            replaced: BTreeSet::new(),
            ids: BTreeMap::new(),
            decisions: Vec::new(),
        };
        overlaid.apply_entities(overlay);
        overlaid.apply_removals(overlay)?;
        overlaid.apply_redirects(overlay)?;
        overlaid.apply_names(overlay)?;
        overlaid.resolve_references(overlay);
        overlaid.apply_decisions(overlay)?;
        Ok(overlaid)
    }

    fn apply_entities(&mut self, overlay: &Overlay) {
        for (id, number) in overlay.added.keys().zip(0..) {
            let new = EntityRef(u32::MAX - number);
            // The builder drops no entity whose name the overlay let in.
            let Some(entity) = self.extra.find(id) else {
                continue;
            };
            self.meant[entity.0 as usize] = new;
            self.added.insert(
                new,
                Added {
                    entity,
                    stands_for: None,
                    neighbours: Vec::new(),
                },
            );
            if let Some(old) = self.base.find(id)
                && self.base.facts(old).id == *id
            {
                self.replaced.insert(old);
            }
            self.replace(id, Some(new));
        }
    }

    /// Makes `id`, and what it was in the base, mean `new`.
    fn replace(&mut self, id: &str, new: Option<EntityRef>) {
        if let Some(old) = self.base.find(id) {
            // A former identifier of another entity is not that entity.
            if self.base.facts(old).id == id {
                self.moved.insert(old, new);
            }
        }
        self.ids.insert(id.to_owned(), new);
    }

    fn apply_removals(&mut self, overlay: &Overlay) -> Result<(), OverlayError> {
        for (id, &line) in &overlay.removed {
            if line != WAS_ADDED {
                self.need(line, id)?;
            }
            self.replace(id, None);
        }
        Ok(())
    }

    fn apply_redirects(&mut self, overlay: &Overlay) -> Result<(), OverlayError> {
        for (from, (line, to)) in &overlay.redirects {
            let mut to = to;
            // The overlay has no circles.
            while let Some((_, next)) = overlay.redirects.get(to) {
                to = next;
            }
            let target = self.need(*line, to)?;
            if self.base.find(from) == Some(target) && self.base.facts(target).id != *from {
                continue;
            }
            self.replace(from, Some(target));
        }
        Ok(())
    }

    fn apply_names(&mut self, overlay: &Overlay) -> Result<(), OverlayError> {
        for (line, alias) in &overlay.aliases {
            let entity = self.need(*line, &alias.id)?;
            if overlay.added.contains_key(&alias.id) {
                continue;
            }
            if let Some(extra) = self.extra.find(&alias.id) {
                self.meant[extra.0 as usize] = entity;
            }
            self.names.entry(entity).or_default().push(EntityName {
                text: alias.text.clone(),
                language: Lang::new(&alias.lang),
                kind: AliasKind::Alias,
            });
        }
        Ok(())
    }

    fn resolve_references(&mut self, overlay: &Overlay) {
        for (id, (_, entity)) in &overlay.added {
            let stands_for = entity.stands_for.as_deref().and_then(|id| self.find(id));
            let neighbours = entity
                .neighbours
                .iter()
                .filter_map(|id| self.find(id))
                .collect();
            if let Some(own) = self.find(id)
                && let Some(added) = self.added.get_mut(&own)
            {
                (added.stands_for, added.neighbours) = (stands_for, neighbours);
            }
        }
    }

    fn apply_decisions(&mut self, overlay: &Overlay) -> Result<(), OverlayError> {
        for (line, verdict, decided) in &overlay.decisions {
            let entity = self.need(*line, &decided.id)?;
            self.decisions.push(Decision {
                key: Name::new(&decided.name).key().to_owned(),
                document: decided.document.clone(),
                verdict: *verdict,
                entity,
            });
        }
        self.decisions.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(())
    }

    fn need(&self, line: u64, id: &str) -> Result<EntityRef, OverlayError> {
        self.find(id).ok_or_else(|| OverlayError::UnknownEntity {
            line,
            id: id.to_owned(),
        })
    }

    /// What an entity of the base is now; a redirect may lead to a second one.
    fn now(&self, entity: EntityRef) -> Option<EntityRef> {
        let mut seen = BTreeSet::new();
        let mut at = entity;
        while let Some(next) = self.moved.get(&at) {
            if !seen.insert(at) {
                return None;
            }
            at = (*next)?;
        }
        Some(at)
    }
}

fn with_aliases(mut entity: Entity, aliases: &BTreeMap<&str, Vec<&Alias>>) -> Entity {
    for alias in aliases.get(entity.id.as_str()).into_iter().flatten() {
        entity
            .aliases
            .entry(alias.lang.clone())
            .or_default()
            .push(alias.text.clone());
    }
    // They are resolved above the base.
    entity.redirects.clear();
    entity
}

impl<S: CandidateSource> CandidateSource for Overlaid<S> {
    fn version(&self) -> &str {
        &self.version
    }

    /// Where both have the name, priors are brought to a sum of one.
    fn candidates(&self, name: &Name, how: Matched, hits: &mut Vec<Hit>) {
        let start = hits.len();
        self.base.candidates(name, how, hits);
        let base = hits.split_off(start);
        let mut own: Vec<Hit> = Vec::with_capacity(base.len());
        for hit in base
            .into_iter()
            .filter(|hit| !self.replaced.contains(&hit.entity))
        {
            own.extend(self.now(hit.entity).map(|entity| Hit { entity, ..hit }));
        }
        let mut extra = Vec::new();
        self.extra.candidates(name, how, &mut extra);
        for mut hit in extra {
            hit.entity = self.meant[hit.entity.0 as usize];
            if !self.added.contains_key(&hit.entity) {
                hit.kind = hit.kind.max(AliasKind::Alias);
            }
            own.push(hit);
        }
        own.sort_by(|a, b| b.prior.total_cmp(&a.prior));
        let mut seen = BTreeSet::new();
        own.retain(|hit| seen.insert(hit.entity) || how == Matched::Edit);
        let total: f32 = own.iter().map(|hit| hit.prior).sum();
        if total > 1.0 && how != Matched::Edit {
            for hit in &mut own {
                hit.prior /= total;
            }
        }
        hits.extend(own);
    }

    fn facts(&self, entity: EntityRef) -> Facts<'_> {
        if let Some(added) = self.added.get(&entity) {
            let stands_for = added.stands_for;
            return Facts {
                stands_for,
                ..self.extra.facts(added.entity)
            };
        }
        let facts = self.base.facts(entity);
        let stands_for = facts.stands_for.and_then(|to| self.now(to));
        Facts {
            stands_for,
            ..facts
        }
    }

    fn names(&self, entity: EntityRef) -> Vec<EntityName> {
        let mut names = match self.added.get(&entity) {
            Some(added) => self.extra.names(added.entity),
            None => self.base.names(entity),
        };
        for name in self.names.get(&entity).into_iter().flatten() {
            if names.iter().all(|known| known.text != name.text) {
                names.push(name.clone());
            }
        }
        names
    }

    fn each_name(&self, entity: EntityRef, each: &mut dyn FnMut(&str)) {
        match self.added.get(&entity) {
            Some(added) => self.extra.each_name(added.entity, each),
            None => self.base.each_name(entity, each),
        }
        for name in self.names.get(&entity).into_iter().flatten() {
            each(&name.text);
        }
    }

    fn label(&self, entity: EntityRef) -> Option<&str> {
        match self.added.get(&entity) {
            Some(added) => self.extra.label(added.entity),
            None => self.base.label(entity),
        }
    }

    fn may_be_demonym(&self, key: &str) -> bool {
        self.base.may_be_demonym(key) || self.extra.may_be_demonym(key)
    }

    fn description(&self, entity: EntityRef) -> Option<String> {
        match self.added.get(&entity) {
            Some(added) => self.extra.description(added.entity),
            None => self.base.description(entity),
        }
    }

    fn neighbours(&self, entity: EntityRef) -> Vec<EntityRef> {
        match self.added.get(&entity) {
            Some(added) => added.neighbours.clone(),
            None => self
                .base
                .neighbours(entity)
                .into_iter()
                .filter_map(|to| self.now(to))
                .collect(),
        }
    }

    fn find(&self, id: &str) -> Option<EntityRef> {
        match self.ids.get(id) {
            Some(found) => found.and_then(|entity| self.now(entity)),
            None => self.base.find(id).and_then(|entity| self.now(entity)),
        }
    }

    fn decisions(&self, name: &Name, document: Option<&str>) -> Decisions {
        let mut decisions = self.base.decisions(name, document);
        let start = self
            .decisions
            .partition_point(|d| d.key.as_str() < name.key());
        for decision in self.decisions[start..]
            .iter()
            .take_while(|d| d.key == name.key())
        {
            if decision.document.is_none() || decision.document.as_deref() == document {
                let list = match decision.verdict {
                    Verdict::Must => &mut decisions.must,
                    Verdict::Cannot => &mut decisions.cannot,
                };
                list.push(decision.entity);
            }
        }
        decisions
    }
}
