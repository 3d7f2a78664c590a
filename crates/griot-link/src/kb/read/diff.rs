//! What differs between two knowledge bases.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde::Serialize;

use crate::kb::{CandidateSource, Entity, EntityRef, KnowledgeBase};

/// A difference between two knowledge bases.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Difference {
    /// Only the second has the entity.
    Added {
        /// Its identifier.
        id: String,
        /// Its canonical name.
        name: String,
    },
    /// Only the first has the entity.
    Removed {
        /// Its identifier.
        id: String,
        /// Its canonical name.
        name: String,
    },
    /// Both have the entity, not all alike.
    Changed {
        /// Its identifier.
        id: String,
        /// Its canonical name, that of the second.
        name: String,
        /// Names, with their languages, that only the second has.
        names_added: Vec<(String, String)>,
        /// Names, with their languages, that only the first has.
        names_removed: Vec<(String, String)>,
        /// Other fields that differ.
        fields: Vec<&'static str>,
    },
}

/// The differences from `before` to `after`, by identifier. Reads both from start to
/// end, and holds an entity of each. Identifiers that one redirects and the other has
/// are told as they are: removed or added.
pub fn differences<'a>(
    before: &'a KnowledgeBase,
    after: &'a KnowledgeBase,
) -> impl Iterator<Item = Difference> + 'a {
    let mut left = before.iter().peekable();
    let mut right = after.iter().peekable();
    std::iter::from_fn(move || {
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(&a), Some(&b)) => compare(&before.facts(a).id, &after.facts(b).id),
            };
            let difference = match order {
                Ordering::Less => left.next().map(|entity| {
                    let (id, name) = identity(before, entity);
                    Difference::Removed { id, name }
                }),
                Ordering::Greater => right.next().map(|entity| {
                    let (id, name) = identity(after, entity);
                    Difference::Added { id, name }
                }),
                Ordering::Equal => left
                    .next()
                    .zip(right.next())
                    .and_then(|(a, b)| changed(&before.entity(a)?, after.entity(b)?)),
            };
            if difference.is_some() {
                return difference;
            }
        }
    })
}

/// The order of entities in a knowledge base: those of Wikidata by number, then
/// others as text.
fn compare(a: &str, b: &str) -> Ordering {
    let number = |id: &str| -> Option<u32> {
        let number = id.strip_prefix('Q')?.parse().ok()?;
        // Not `Q01` and `Q+1`, which are not of Wikidata.
        (id == format!("Q{number}")).then_some(number)
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

fn identity(kb: &KnowledgeBase, entity: EntityRef) -> (String, String) {
    let facts = kb.facts(entity);
    (facts.id.into_owned(), facts.name.into_owned())
}

fn changed(before: &Entity, after: Entity) -> Option<Difference> {
    if *before == after {
        return None;
    }
    let (old, new) = (names(before), names(&after));
    let only = |these: &BTreeSet<(String, String)>, those: &BTreeSet<(String, String)>| {
        these.difference(those).cloned().collect()
    };
    let fields = [
        ("name", before.name != after.name),
        ("type", before.label != after.label),
        ("fine", before.fine != after.fine),
        ("demonyms", before.demonyms != after.demonyms),
        ("description", before.description != after.description),
        ("country", before.country != after.country),
        (
            "popularity",
            before.popularity.to_bits() != after.popularity.to_bits(),
        ),
        ("counts", before.counts != after.counts),
        ("neighbours", before.neighbours != after.neighbours),
        ("stands_for", before.stands_for != after.stands_for),
        ("redirects", before.redirects != after.redirects),
    ];
    let differs = |&(_, differs): &(&str, bool)| differs;
    Some(Difference::Changed {
        names_added: only(&new, &old),
        names_removed: only(&old, &new),
        fields: fields
            .into_iter()
            .filter(differs)
            .map(|(name, _)| name)
            .collect(),
        id: after.id,
        name: after.name,
    })
}

/// Names with their languages.
fn names(entity: &Entity) -> BTreeSet<(String, String)> {
    let lists = entity.aliases.iter();
    let pairs = lists
        .flat_map(|(language, names)| names.iter().map(|name| (language.clone(), name.clone())));
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kb::read::jsonl;

    fn kb(list: &str) -> KnowledgeBase {
        let entities = jsonl::entities(list.as_bytes()).map(Result::unwrap);
        KnowledgeBase::from_entities(entities).unwrap()
    }

    #[test]
    fn tells_what_was_added_removed_and_changed() {
        let before = kb(r#"{"id":"Q9","name":"Nine","aliases":{"fr":["Neuf"]}}
            {"id":"Q10","name":"Ten"}
            {"id":"Q11","name":"Eleven","country":"ml"}
            {"id":"x","name":"X"}"#);
        let after = kb(r#"{"id":"Q8","name":"Eight"}
            {"id":"Q9","name":"Nine","aliases":{"fr":["Neuf (9)"],"ru":["Девять"]}}
            {"id":"Q11","name":"Eleven","country":"ne","type":"LOC"}
            {"id":"x","name":"X"}
            {"id":"y","name":"Y"}"#);
        let found: Vec<String> = differences(&before, &after)
            .map(|difference| serde_json::to_string(&difference).unwrap())
            .collect();
        let expected = [
            r#"{"change":"added","id":"Q8","name":"Eight"}"#,
            r#"{"change":"changed","id":"Q9","name":"Nine","names_added":[["fr","Neuf (9)"],["ru","Девять"]],"names_removed":[["fr","Neuf"]],"fields":[]}"#,
            r#"{"change":"removed","id":"Q10","name":"Ten"}"#,
            r#"{"change":"changed","id":"Q11","name":"Eleven","names_added":[],"names_removed":[],"fields":["type","country"]}"#,
            r#"{"change":"added","id":"y","name":"Y"}"#,
        ];
        assert_eq!(found, expected);
        assert_eq!(differences(&before, &before).count(), 0);
    }

    #[test]
    fn orders_as_the_file_does() {
        let ids = [
            "Q2",
            "Q10",
            "Q4294967295",
            "Q+1",
            "Q01",
            "Q4294967296",
            "q1",
            "é",
        ];
        let entities = ids.map(|id| Entity {
            id: id.to_owned(),
            name: "name".to_owned(),
            ..Entity::default()
        });
        let kb = KnowledgeBase::from_entities(entities).unwrap();
        let found: Vec<String> = kb.iter().map(|entity| identity(&kb, entity).0).collect();
        assert_eq!(found, ids);
        assert!(found.is_sorted_by(|a, b| compare(a, b) == Ordering::Less));
    }
}
