//! The record of an entity, as people write it and builders read it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An entity of a knowledge base: one line of a JSON Lines list.
///
/// Only `id` and `name` are required.
///
/// ```
/// # use griot_link::kb::Entity;
/// let line = r#"{"id": "Q912", "name": "Mali", "type": "LOC", "country": "ml",
///     "aliases": {"ru": ["Мали"], "fr": ["République du Mali"]}}"#;
/// let entity: Entity = serde_json::from_str(line)?;
/// assert_eq!(entity.aliases["ru"], ["Мали"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entity {
    /// Identifier, unique in the knowledge base; any text.
    pub id: String,
    /// Canonical name; it counts as an alias.
    pub name: String,
    /// Type, in the labels of the recognizer: `PER`, `ORG`, `LOC`, `MISC`, or any
    /// other.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Finer type, in words of the maker: `city`, `politician`, `armed_force`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fine: Option<String>,
    /// Other names by language, a BCP 47 tag; `mul` for all, `und` for not known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, Vec<String>>,
    /// Adjectives and nouns for what belongs to a place, by language:
    /// « malien », "Malian". They are not names of the place.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub demonyms: BTreeMap<String, Vec<String>>,
    /// What it is, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Country as an ISO 3166-1 alpha-2 code in lower case: where a place lies,
    /// of whom a person is a citizen, where a body sits; for a country, its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// How often it is meant, in `[0, 1]`, on one scale for the knowledge base.
    pub popularity: f32,
    /// How often each name means this entity, as a count from a corpus. It takes
    /// the place of `popularity` for these names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// Identifiers of entities that texts mention together with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub neighbours: Vec<String>,
    /// Identifier of what the place often stands for: for a capital, its country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<String>,
    /// Former identifiers that lead here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<String>,
}
