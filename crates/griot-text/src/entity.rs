//! What a mention refers to.

use std::fmt;

use crate::{Label, Mention, Span};

/// Public identifier of an entity, such as `Q3874799` in Wikidata, or
/// `nil:PER:6c1f0a2b93d4e857` for one that no knowledge base has.
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

/// Whether a mention was found in a knowledge base.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// This entity of the knowledge base.
    Entity(EntityId),
    /// No entity of the knowledge base, or no clear one. The identifier is the
    /// same for all mentions that were taken for one entity.
    Nil(EntityId),
}

impl Target {
    /// The identifier, in the knowledge base or not.
    pub const fn id(&self) -> &EntityId {
        match self {
            Self::Entity(id) | Self::Nil(id) => id,
        }
    }

    /// Whether no knowledge base has the entity.
    pub const fn is_nil(&self) -> bool {
        matches!(self, Self::Nil(_))
    }
}

/// A mention, what it refers to, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The mention.
    pub mention: Mention,
    /// What it refers to.
    pub target: Target,
    /// Canonical name of the target: that of the knowledge base, else the fullest
    /// form that was seen.
    pub name: String,
    /// Type of the target, which need not be that of the mention: a recognizer
    /// may take a band for a place.
    pub label: Label,
    /// Probability that the target is right, in `[0, 1]`.
    pub score: f32,
    /// Entities that were considered, best first, the target among them if it is
    /// one of a knowledge base.
    pub candidates: Vec<Candidate>,
    /// Why the target was chosen, in no order that matters.
    pub evidence: Vec<Evidence>,
    /// What the mention speaks of by naming the target: « Moscou a signé » names
    /// the city and stands for the state.
    pub stands_for: Option<EntityId>,
}

/// An entity that a mention might refer to.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The entity.
    pub id: EntityId,
    /// Its canonical name.
    pub name: String,
    /// Probability, in `[0, 1]`; those of one mention add up to 1 at most.
    pub score: f32,
}

/// A reason for a [`Link`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Evidence {
    /// The knowledge base has the name of the mention.
    Alias {
        /// Language of that name as a BCP 47 tag; `und` if not known.
        language: String,
        /// How the two were matched, such as `exact` or `phonetic`.
        matched: &'static str,
        /// What the name is to the entity, such as `label` or `acronym`.
        kind: &'static str,
    },
    /// The name was found in another script than that of the mention.
    Transliteration {
        /// The mention in Latin letters.
        latin: String,
    },
    /// The text says what the acronym stands for, or the reverse.
    Acronym {
        /// The other form.
        span: Span,
    },
    /// The text has a fuller or clearer mention of the same entity.
    Coreference {
        /// That mention.
        span: Span,
    },
    /// How often the name means this entity, whatever the text.
    Prior {
        /// Probability, in `[0, 1]`.
        probability: f32,
    },
    /// The text is about the country of the entity.
    Country {
        /// ISO 3166-1 code in lower case, such as `ml`.
        country: String,
        /// Mentions in the text that speak for that country.
        votes: u32,
    },
    /// The text has words of the entity's description, or names what it is
    /// linked with.
    Context {
        /// Those words.
        words: Vec<String>,
    },
    /// Composed of a kind of body, its field and a country, as ministries are.
    Composed {
        /// Key in which all languages agree, such as `gov:ru:ministry:defence`.
        key: String,
    },
    /// Other documents of the collection have clearer mentions of the entity.
    Collection,
    /// Decided by hand, in an overlay.
    Decision,
}
