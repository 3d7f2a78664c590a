//! Names to entities.

use std::collections::{HashMap, HashSet};

use griot_text::{Entity, EntityId};

use crate::AliasKey;

/// Entities and an index of their names.
///
/// Built once in memory; O(total length of the names).
#[derive(Clone, Debug, Default)]
pub struct AliasTable {
    entities: Vec<Entity>,
    // Each list holds indices into `entities`, ascending, each once.
    strong: HashMap<AliasKey, Vec<u32>>,
    weak: HashMap<AliasKey, Vec<u32>>,
}

/// Why a list of entities is not an [`AliasTable`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// Two entities have one identifier.
    #[error("two entities have the identifier {id}")]
    DuplicateId {
        /// The identifier.
        id: EntityId,
    },
    /// A popularity is negative or not a number.
    #[error("popularity of {id} is {value}, it must be finite and not negative")]
    Popularity {
        /// The entity.
        id: EntityId,
        /// Its popularity.
        value: f32,
    },
}

/// How close a text is to the name it was found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// Equal up to case and typography ([`AliasKey`]).
    Same,
    /// Equal once accents are dropped as well.
    WithoutAccents,
}

impl AliasTable {
    /// Indexes the name and aliases of every entity. Names of which nothing is
    /// left after normalisation are skipped.
    ///
    /// # Errors
    ///
    /// [`TableError`] if two entities have one identifier or a popularity is not
    /// a finite number from 0.
    pub fn new(entities: impl IntoIterator<Item = Entity>) -> Result<Self, TableError> {
        let mut table = Self::default();
        let mut ids = HashSet::new();
        for entity in entities {
            let value = entity.popularity;
            if !(value.is_finite() && value >= 0.0) {
                return Err(TableError::Popularity {
                    id: entity.id,
                    value,
                });
            }
            if !ids.insert(entity.id.clone()) {
                return Err(TableError::DuplicateId { id: entity.id });
            }
            table.insert(entity);
        }
        Ok(table)
    }

    /// The entities, in the order given.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The entities that have `name` as a name or alias, in the order given,
    /// and how it is spelled. Accents are dropped only if no entity has the name
    /// with them. Cost: linear in `name`.
    pub fn lookup(&self, name: &str) -> (Vec<&Entity>, Spelling) {
        let key = AliasKey::new(name);
        let entities = |indices: &Vec<u32>| {
            indices
                .iter()
                .map(|&index| &self.entities[index as usize])
                .collect()
        };
        if let Some(indices) = self.strong.get(&key) {
            return (entities(indices), Spelling::Same);
        }
        let found = self.weak.get(&key.without_accents());
        (
            found.map(entities).unwrap_or_default(),
            Spelling::WithoutAccents,
        )
    }

    fn insert(&mut self, entity: Entity) {
        let index = self.entities.len() as u32;
        for name in std::iter::once(&entity.name).chain(&entity.aliases) {
            let key = AliasKey::new(name);
            if key.is_empty() {
                continue;
            }
            add(&mut self.weak, key.without_accents(), index);
            add(&mut self.strong, key, index);
        }
        self.entities.push(entity);
    }
}

/// Adds `index`, the greatest so far, unless the key already has it.
fn add(map: &mut HashMap<AliasKey, Vec<u32>>, key: AliasKey, index: u32) {
    let indices = map.entry(key).or_default();
    if indices.last() != Some(&index) {
        indices.push(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(id: &str, name: &str, aliases: &[&str]) -> Entity {
        Entity {
            id: id.into(),
            name: name.to_owned(),
            label: None,
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
            popularity: 0.0,
        }
    }

    #[track_caller]
    fn check(table: &AliasTable, name: &str, expected: &[&str], spelling: Spelling) {
        let (found, how) = table.lookup(name);
        let ids: Vec<&str> = found.iter().map(|entity| entity.id.as_str()).collect();
        assert_eq!((ids.as_slice(), how), (expected, spelling), "{name:?}");
    }

    #[test]
    fn lookup_by_any_name() {
        let table = AliasTable::new([
            entity("Q1", "Mali", &["République du Mali", "MALI", "", " "]),
            entity("Q2", "Malí", &[]),
            entity("Q3", "Malabo", &["Mali"]),
            entity("Q4", "القاهرة", &["Cairo", "Каир", "カイロ", "ካይሮ"]),
        ])
        .expect("valid table");
        check(&table, "mali", &["Q1", "Q3"], Spelling::Same);
        check(&table, "MALÍ", &["Q2"], Spelling::Same);
        check(
            &table,
            "Màli",
            &["Q1", "Q2", "Q3"],
            Spelling::WithoutAccents,
        );
        check(
            &table,
            "Republique  du Mali",
            &["Q1"],
            Spelling::WithoutAccents,
        );
        check(&table, "КАИР", &["Q4"], Spelling::Same);
        check(&table, "ｶｲﾛ", &["Q4"], Spelling::Same);
        check(&table, "ካይሮ", &["Q4"], Spelling::Same);
        check(&table, "", &[], Spelling::WithoutAccents);
        check(&table, "Bamako", &[], Spelling::WithoutAccents);
    }

    #[test]
    fn bad_tables() {
        let twice = AliasTable::new([entity("Q1", "a", &[]), entity("Q1", "b", &[])]);
        assert_eq!(
            twice.err(),
            Some(TableError::DuplicateId { id: "Q1".into() })
        );
        for value in [-1.0, f32::NAN, f32::INFINITY] {
            let bad = Entity {
                popularity: value,
                ..entity("Q1", "a", &[])
            };
            let error = AliasTable::new([bad])
                .expect_err("bad popularity")
                .to_string();
            assert!(error.contains("popularity of Q1 is"), "{error}");
        }
    }
}
