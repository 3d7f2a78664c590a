//! Several records of one entity made one.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use crate::kb::Entity;

/// Entities of several lists, those of one identifier merged. Holds all of them in
/// memory.
///
/// Of names, neighbours and former identifiers the merged entity has those of all
/// records; of what there can be one of, the last that was given.
///
/// ```
/// use griot_link::kb::read::{Merged, jsonl};
///
/// let mut merged = Merged::default();
/// for line in [
///     r#"{"id": "Q912", "name": "Mali", "aliases": {"ru": ["Мали"]}, "popularity": 0.5}"#,
///     r#"{"id": "Q912", "name": "Mali", "aliases": {"fr": ["République du Mali"]}}"#,
/// ] {
///     for entity in jsonl::entities(line.as_bytes()) {
///         merged.add(entity?);
///     }
/// }
/// let entities: Vec<_> = merged.into_iter().collect();
/// assert_eq!(entities.len(), 1);
/// assert_eq!(entities[0].aliases.len(), 2);
/// assert_eq!(entities[0].popularity, 0.5);
/// # Ok::<(), griot_link::kb::read::LineError>(())
/// ```
#[derive(Debug, Default)]
pub struct Merged {
    /// Nothing where one was taken out.
    entities: Vec<Option<Entity>>,
    by_id: HashMap<String, usize>,
}

impl Merged {
    /// Adds an entity, or what it says of one that is there.
    pub fn add(&mut self, entity: Entity) {
        let place = self.by_id.get(&entity.id);
        if let Some(known) = place.and_then(|&place| self.entities[place].as_mut()) {
            merge(known, entity);
        } else {
            self.by_id.insert(entity.id.clone(), self.entities.len());
            self.entities.push(Some(entity));
        }
    }

    /// Takes a name, in whichever languages, away from the entity `id`; tells whether
    /// it had it.
    pub fn unalias(&mut self, id: &str, name: &str) -> bool {
        let place = self.by_id.get(id);
        let Some(entity) = place.and_then(|&place| self.entities[place].as_mut()) else {
            return false;
        };
        let mut found = false;
        for names in entity.aliases.values_mut() {
            let n_names = names.len();
            names.retain(|known| known != name);
            found |= names.len() < n_names;
        }
        entity.aliases.retain(|_, names| !names.is_empty());
        found
    }

    /// `entity` with what is said of it here, which is taken out.
    pub fn complete(&mut self, mut entity: Entity) -> Entity {
        if let Some(place) = self.by_id.remove(&entity.id)
            && let Some(more) = self.entities[place].take()
        {
            merge(&mut entity, more);
        }
        entity
    }

    /// The same with what `edit` makes of the entities; it keeps their identifiers.
    #[must_use]
    pub fn edited(self, edit: impl FnOnce(&mut [Entity])) -> Self {
        let mut entities: Vec<Entity> = self.into_iter().collect();
        edit(&mut entities);
        let by_id = entities.iter().enumerate();
        Self {
            by_id: by_id
                .map(|(place, entity)| (entity.id.clone(), place))
                .collect(),
            entities: entities.into_iter().map(Some).collect(),
        }
    }

    /// How many entities there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

impl IntoIterator for Merged {
    type Item = Entity;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Option<Entity>>>;

    /// In the order of their first records.
    fn into_iter(self) -> Self::IntoIter {
        self.entities.into_iter().flatten()
    }
}

fn merge(old: &mut Entity, new: Entity) {
    // A name that gives way is still a name.
    let former = mem::replace(&mut old.name, new.name);
    let mut names = old.aliases.values().flatten();
    if former != old.name && !names.any(|name| *name == former) {
        add(
            old.aliases.entry("und".to_owned()).or_default(),
            vec![former],
        );
    }
    unite(&mut old.aliases, new.aliases);
    unite(&mut old.demonyms, new.demonyms);
    replace(&mut old.label, new.label);
    replace(&mut old.fine, new.fine);
    replace(&mut old.description, new.description);
    replace(&mut old.country, new.country);
    replace(&mut old.stands_for, new.stands_for);
    // Zero is what a record without popularity has.
    if new.popularity > 0.0 {
        old.popularity = new.popularity;
    }
    old.counts.extend(new.counts);
    add(&mut old.neighbours, new.neighbours);
    add(&mut old.redirects, new.redirects);
}

fn replace(old: &mut Option<String>, new: Option<String>) {
    if new.is_some() {
        *old = new;
    }
}

fn unite(old: &mut BTreeMap<String, Vec<String>>, new: BTreeMap<String, Vec<String>>) {
    for (language, names) in new {
        add(old.entry(language).or_default(), names);
    }
}

/// Adds what is not there.
fn add(old: &mut Vec<String>, new: Vec<String>) {
    for text in new {
        if !old.contains(&text) {
            old.push(text);
        }
    }
}
