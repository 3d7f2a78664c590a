//! What a mention refers to.

use std::fmt;

use crate::{Label, Mention};

/// Public identifier of an entity in its knowledge base, such as `Q3874799`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(String);

impl EntityId {
    /// The identifier as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for EntityId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl From<String> for EntityId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A record of a knowledge base.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Identifier, unique in the knowledge base.
    pub id: EntityId,
    /// Canonical name; it counts as an alias.
    pub name: String,
    /// Type, or `None` if the knowledge base does not say.
    pub label: Option<Label>,
    /// Other names.
    pub aliases: Vec<String>,
    /// How often the entity is meant, on any scale that is the same for the
    /// whole knowledge base (incoming links, page views, counts); 0 if unknown.
    pub popularity: f32,
}

/// What a linker decided a mention refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// This entity of the knowledge base.
    Entity(EntityId),
    /// No entity of the knowledge base, or no clear one.
    Nil,
}

/// A mention and what it refers to.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The mention.
    pub mention: Mention,
    /// What it refers to.
    pub target: Target,
    /// Confidence in the target, in `[0, 1]`.
    pub score: f32,
}
