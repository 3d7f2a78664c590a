//! Links as records have them: [`write::jsonl`](crate::write::jsonl) says how.

use std::collections::HashMap;

use griot_text::{
    Candidate, Document, Evidence, Link, Mention, OffsetUnit, Span, Target, spans_from_units,
};
use serde::Deserialize;

use crate::{Annotation, LineError};

/// What offsets count, as files name it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unit {
    Byte,
    #[default]
    Char,
    Utf16,
}

/// A mention and its link.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Entity {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) text: Option<String>,
    pub(super) label: String,
    pub(super) score: Option<f32>,
    #[serde(rename = "entity")]
    pub(super) target: Option<Named>,
    #[serde(default)]
    pub(super) candidates: Vec<Named>,
    #[serde(default)]
    pub(super) evidence: Vec<Reason>,
    pub(super) stands_for: Option<String>,
    /// Where it stands in a web page, which cannot be kept without the page.
    pub(super) source_start: Option<u32>,
}

/// An entity by its identifier, and what is said of it.
#[derive(Debug, Deserialize)]
#[serde(from = "IdOrObject")]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) label: Option<String>,
    pub(super) score: Option<f32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum IdOrObject {
    Id(String),
    Object {
        id: String,
        name: Option<String>,
        #[serde(rename = "type")]
        label: Option<String>,
        score: Option<f32>,
    },
}

impl From<IdOrObject> for Named {
    fn from(read: IdOrObject) -> Self {
        let (id, name, label, score) = match read {
            IdOrObject::Id(id) => (id, None, None, None),
            IdOrObject::Object {
                id,
                name,
                label,
                score,
            } => (id, name, label, score),
        };
        Self {
            id,
            name,
            label,
            score,
        }
    }
}

/// [`Evidence`] as it is written.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Reason {
    Alias {
        language: String,
        matched: String,
        alias: String,
    },
    Transliteration {
        latin: String,
    },
    Acronym {
        start: u32,
        end: u32,
    },
    Coreference {
        start: u32,
        end: u32,
    },
    Prior {
        probability: f32,
    },
    Country {
        country: String,
        votes: u32,
    },
    Context {
        words: Vec<String>,
    },
    Composed {
        key: String,
    },
    Collection,
    Decision,
    Other,
}

/// How names are matched, in `matched`.
const MATCHED: [&str; 6] = ["exact", "sorted", "phonetic", "skeleton", "edit", "trigram"];

/// What names are to an entity, in `alias`.
const KINDS: [&str; 5] = ["label", "alias", "acronym", "surname", "demonym"];

/// The annotation that records say a document has.
pub(super) fn annotation(
    document: Document,
    entities: Vec<Entity>,
    unit: OffsetUnit,
) -> Result<Annotation, LineError> {
    let text = document.text();
    let places: Vec<_> = entities
        .iter()
        .map(|entity| (entity.start, entity.end))
        .collect();
    let spans = spans_from_units(text, &places, unit);
    let others = others(&entities, text, unit);
    let mut mentions = Vec::with_capacity(entities.len());
    let mut links = Vec::new();
    for (entity, span) in entities.into_iter().zip(spans) {
        let covered = span.and_then(|span| span.slice(text)).unwrap_or_default();
        let given = entity.text.as_deref();
        let is_same = !covered.is_empty() && given.is_none_or(|given| given == covered);
        let Some(span) = span.filter(|_| is_same) else {
            return Err(LineError::Mention {
                start: entity.start,
                end: entity.end,
                text: entity.text.unwrap_or_default(),
            });
        };
        let mention = Mention {
            span,
            label: entity.label.as_str().into(),
            score: entity.score.unwrap_or(1.0),
        };
        links.extend(entity.link(&mention, text, &others)?);
        mentions.push(mention);
    }
    super::sort(&mut mentions);
    links.sort_by_key(|link: &Link| {
        let span = link.mention.span;
        (span.start(), std::cmp::Reverse(span.end()))
    });
    Ok(Annotation {
        document,
        mentions,
        links,
    })
}

impl Entity {
    fn link(
        self,
        mention: &Mention,
        text: &str,
        others: &Places,
    ) -> Result<Option<Link>, LineError> {
        let Some(target) = self.target else {
            return Ok(None);
        };
        let candidate = |named: Named| Candidate {
            id: named.id.into(),
            name: named.name.unwrap_or_default(),
            score: named.score.unwrap_or(0.0),
        };
        let reasons = self.evidence.into_iter();
        let evidence = reasons
            .filter_map(|reason| reason.into_evidence(others).transpose())
            .collect::<Result<_, _>>()?;
        let surface = &text[mention.span.range()];
        // As in gold files, where such an identifier has a name after a colon.
        let is_nil = ["nil:", "NIL"].iter().any(|nil| target.id.starts_with(nil));
        Ok(Some(Link {
            mention: mention.clone(),
            target: if is_nil {
                Target::Nil(target.id.into())
            } else {
                Target::Entity(target.id.into())
            },
            name: target.name.unwrap_or_else(|| surface.to_owned()),
            label: target
                .label
                .map_or_else(|| mention.label.clone(), Into::into),
            score: target.score.unwrap_or(1.0),
            candidates: self.candidates.into_iter().map(candidate).collect(),
            evidence,
            stands_for: self.stands_for.map(Into::into),
        }))
    }
}

impl Reason {
    /// `None` for what no version can say more of.
    fn into_evidence(self, others: &Places) -> Result<Option<Evidence>, LineError> {
        let span = |start, end| span(others, start, end);
        Ok(Some(match self {
            Self::Alias {
                language,
                matched,
                alias,
            } => Evidence::Alias {
                language,
                matched: known(&MATCHED, "matched", matched)?,
                kind: known(&KINDS, "alias", alias)?,
            },
            Self::Transliteration { latin } => Evidence::Transliteration { latin },
            Self::Acronym { start, end } => Evidence::Acronym {
                span: span(start, end)?,
            },
            Self::Coreference { start, end } => Evidence::Coreference {
                span: span(start, end)?,
            },
            Self::Prior { probability } => Evidence::Prior { probability },
            Self::Country { country, votes } => Evidence::Country { country, votes },
            Self::Context { words } => Evidence::Context { words },
            Self::Composed { key } => Evidence::Composed { key },
            Self::Collection => Evidence::Collection,
            Self::Decision => Evidence::Decision,
            Self::Other => return Ok(None),
        }))
    }
}

/// Places that evidence speaks of, as the file gives them, and as spans if they are.
type Places = HashMap<(u32, u32), Option<Span>>;

/// The places of all evidence, found in one pass over the text.
fn others(entities: &[Entity], text: &str, unit: OffsetUnit) -> Places {
    let reasons = entities.iter().flat_map(|entity| &entity.evidence);
    let places: Vec<(u32, u32)> = reasons
        .filter_map(|reason| match reason {
            Reason::Acronym { start, end } | Reason::Coreference { start, end } => {
                Some((*start, *end))
            }
            _ => None,
        })
        .collect();
    let spans = spans_from_units(text, &places, unit);
    places.into_iter().zip(spans).collect()
}

fn span(others: &Places, start: u32, end: u32) -> Result<Span, LineError> {
    let span = others.get(&(start, end)).copied().flatten();
    span.ok_or_else(|| LineError::Mention {
        start,
        end,
        text: String::new(),
    })
}

fn known(
    words: &[&'static str],
    field: &'static str,
    found: String,
) -> Result<&'static str, LineError> {
    let word = words.iter().copied().find(|word| *word == found);
    word.ok_or(LineError::Evidence { field, found })
}

impl From<Unit> for OffsetUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Byte => Self::Byte,
            Unit::Char => Self::Char,
            Unit::Utf16 => Self::Utf16,
        }
    }
}
