//! What one document says of one entity.

use std::collections::BTreeMap;
use std::sync::Arc;

use griot_text::{Document, EntityId, Evidence, Link};

use super::context::{Around, Occurrence, hash};
use super::roles::{self, Roles};
use crate::document::kind_of;
use crate::kb::CandidateSource;
use crate::name::{Name, NameKind, strip_titles};

/// The mentions of one entity in one document.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Number of the document.
    pub(super) document: u32,
    /// Indices into the links of the document, at least one.
    pub(super) links: Vec<u32>,
    pub(super) kind: NameKind,
    /// Its distinct names and the mentions of each, the fullest first.
    pub(super) names: Vec<(Name, u32)>,
    /// Words of the fullest name.
    pub(super) n_words: usize,
    /// Whether the target comes from a source or from a composed name, which one
    /// document is enough to know.
    pub(super) certain: bool,
    pub(super) occurrence: Occurrence,
}

/// The items of a document whose links are `links`.
pub(super) fn items(
    source: &dyn CandidateSource,
    number: u32,
    document: &Document,
    links: &[Link],
) -> Vec<Item> {
    let mut by_target: BTreeMap<&EntityId, Vec<u32>> = BTreeMap::new();
    for (at, link) in links.iter().enumerate() {
        by_target
            .entry(link.target.id())
            .or_default()
            .push(at as u32);
    }
    let around = Arc::new(Around::new(source, links));
    let item = |(id, of_entity): (&EntityId, Vec<u32>)| {
        let first = &links[of_entity[0] as usize];
        let kind = kind_of(first.label.as_str());
        let roles = roles(document, links, &of_entity, kind);
        let names = names(document, links, &of_entity, kind);
        Item {
            document: number,
            kind,
            n_words: names[0].0.tokens().count(),
            names,
            certain: is_certain(first),
            occurrence: Occurrence {
                around: Arc::clone(&around),
                own: hash(id.as_str()),
                roles,
            },
            links: of_entity,
        }
    };
    by_target.into_iter().map(item).collect()
}

fn is_certain(link: &Link) -> bool {
    let composed = |evidence: &Evidence| matches!(evidence, Evidence::Composed { .. });
    !link.target.is_nil() || link.evidence.iter().any(composed)
}

fn names(
    document: &Document,
    links: &[Link],
    of_entity: &[u32],
    kind: NameKind,
) -> Vec<(Name, u32)> {
    let mut surfaces: Vec<(&str, u32)> = Vec::new();
    for &at in of_entity {
        let surface = links[at as usize].mention.span.slice(document.text());
        let surface = surface.expect("a mention's span is a span of its document's text");
        match surfaces.iter_mut().find(|(known, _)| *known == surface) {
            Some((_, n)) => *n += 1,
            None => surfaces.push((surface, 1)),
        }
    }
    let mut names: Vec<(Name, u32)> = Vec::new();
    for (surface, n) in surfaces {
        let bare = match kind {
            NameKind::Person => &surface[strip_titles(surface)],
            _ => surface,
        };
        let name = Name::new(bare);
        match names
            .iter_mut()
            .find(|(known, _)| known.key() == name.key())
        {
            Some((_, known)) => *known += n,
            None => names.push((name, n)),
        }
    }
    names.sort_by_key(|(name, _)| (std::cmp::Reverse(name.tokens().count()), name.key().len()));
    names
}

/// The trades that stand beside the mentions of a person.
fn roles(document: &Document, links: &[Link], of_entity: &[u32], kind: NameKind) -> Roles {
    let mut found = Roles::default();
    if kind == NameKind::Person {
        for &at in of_entity {
            let range = links[at as usize].mention.span.range();
            found = found.and(roles::beside(document.text(), range));
        }
    }
    found
}
