//! One identifier for one entity over a stream of documents.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use griot_text::{Document, EntityId, Evidence, Label, Link, Target};

use super::agreement::{Names, agreement, names};
use super::item::{Item, Signature, items};
use super::{fnv1a, nil_id};
use crate::kb::CandidateSource;
use crate::name::{Name, NameKind};

/// Gives the mentions of one entity one identifier, whatever document they are
/// in.
///
/// Documents come one by one ([`resolve`](Self::resolve)) or all at once
/// ([`resolve_all`](Self::resolve_all)). An identifier that was given is never
/// changed and never given to another entity.
///
/// Memory grows with the number of entities, about 1 kB each, not with that of
/// documents, but for a few bytes a mention.
#[derive(Debug)]
pub struct Resolver {
    source: Arc<dyn CandidateSource>,
    groups: Vec<Group>,
    by_id: HashMap<EntityId, u32>,
    /// Groups by hash of a key of one of their names.
    blocks: HashMap<u64, Vec<u32>>,
    /// Documents in which a group occurs.
    occurs: HashSet<(u32, u32)>,
    n_documents: u32,
}

/// One entity of a [`Resolver`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolved<'a> {
    /// What it is: in the knowledge base or not.
    pub target: &'a Target,
    /// Its canonical name: that of the knowledge base, else the fullest one seen.
    pub name: &'a str,
    /// Type of the entity.
    pub label: &'a Label,
    /// Mentions so far.
    pub n_mentions: u64,
    /// Documents so far.
    pub n_documents: u32,
}

/// What is known of an entity.
#[derive(Debug)]
struct Group {
    target: Target,
    label: Label,
    kind: NameKind,
    /// Name that is shown.
    name: String,
    /// Distinct names seen, the fullest first.
    names: Vec<Name>,
    context: Signature,
    n_mentions: u64,
    n_documents: u32,
}

/// Names kept of an entity.
const NAMES_MAX: usize = 12;

/// Groups in one block beyond which its key says nothing: half of the people of a
/// country share a family name.
const BLOCK_MAX: usize = 64;

impl Resolver {
    pub(crate) fn new(source: Arc<dyn CandidateSource>) -> Self {
        Self {
            source,
            groups: Vec::new(),
            by_id: HashMap::new(),
            blocks: HashMap::new(),
            occurs: HashSet::new(),
            n_documents: 0,
        }
    }

    /// The links of the next document, with identifiers that hold for the stream.
    ///
    /// Entities that were found in the knowledge base keep theirs. Others join an
    /// entity seen before if names and what the documents are about agree, and
    /// have a new identifier if not.
    ///
    /// # Panics
    ///
    /// If the links are not of the document.
    pub fn resolve(&mut self, document: &Document, links: Vec<Link>) -> Vec<Link> {
        let all = self.resolve_all(vec![(document, links)]);
        all.into_iter().flatten().collect()
    }

    /// The same for documents that are all at hand: those with full names are
    /// read before those with parts of names, so that the order of the documents
    /// does not matter among themselves.
    ///
    /// # Panics
    ///
    /// If links are not of their document.
    pub fn resolve_all(&mut self, documents: Vec<(&Document, Vec<Link>)>) -> Vec<Vec<Link>> {
        let first = self.n_documents;
        let mut all: Vec<Item> = Vec::new();
        for (document, links) in &documents {
            all.extend(items(&*self.source, self.n_documents, document, links));
            self.n_documents += 1;
        }
        let id = |item: &Item| documents[(item.document - first) as usize].0.id();
        all.sort_by_cached_key(|item| order(item, id(item)));
        let mut links: Vec<Vec<Link>> = Vec::with_capacity(documents.len());
        let homes: Vec<u32> = all.iter().map(|item| self.place(item, id(item))).collect();
        links.extend(documents.into_iter().map(|(_, links)| links));
        for (item, group) in std::iter::zip(&all, homes) {
            for &at in &item.links {
                self.write(group, item, &mut links[(item.document - first) as usize][at as usize]);
            }
        }
        links
    }

    /// The entities so far, in the order in which they were first seen.
    pub fn entities(&self) -> impl Iterator<Item = Resolved<'_>> {
        self.groups.iter().map(|group| Resolved {
            target: &group.target,
            name: &group.name,
            label: &group.label,
            n_mentions: group.n_mentions,
            n_documents: group.n_documents,
        })
    }

    /// The group of the item, which is in it afterwards.
    fn place(&mut self, item: &Item, document: &str) -> u32 {
        let home = if item.certain {
            self.by_id.get(item.target.id()).copied()
        } else {
            self.home(item)
        };
        let group = home.unwrap_or_else(|| self.found(item, document));
        self.join(group, item);
        group
    }

    /// The one group that the item agrees with.
    fn home(&self, item: &Item) -> Option<u32> {
        let mut full: Option<(f32, u32)> = None;
        let mut parts = Vec::new();
        for group in self.near(item) {
            let known = &self.groups[group as usize];
            if known.kind != item.kind || self.occurs.contains(&(group, item.document)) {
                continue;
            }
            let agreed = agreement(&known.context, &item.context);
            match names(&item.names, &known.names, item.kind) {
                Names::Full(likeness) if agreed >= least(likeness, known, item) => {
                    let score = likeness + 0.5 * agreed;
                    if full.is_none_or(|(best, _)| score > best) {
                        full = Some((score, group));
                    }
                }
                Names::Part if agreed >= PART_AGREED_MIN => parts.push((agreed, group)),
                _ => {}
            }
        }
        if let Some((_, group)) = full {
            return Some(group);
        }
        match parts.as_slice() {
            [(_, only)] => Some(*only),
            _ => None,
        }
    }

    /// Groups that share a key with one of the item's names, ascending.
    fn near(&self, item: &Item) -> Vec<u32> {
        let mut near = Vec::new();
        for key in keys(&item.names, item.kind) {
            let block = self.blocks.get(&key).map_or(&[][..], Vec::as_slice);
            if block.len() <= BLOCK_MAX {
                near.extend_from_slice(block);
            }
        }
        near.sort_unstable();
        near.dedup();
        near
    }

    /// A new group for the item.
    fn found(&mut self, item: &Item, document: &str) -> u32 {
        let target = if item.certain {
            item.target.clone()
        } else {
            Target::Nil(self.free_id(item, document))
        };
        let group = self.groups.len() as u32;
        self.by_id.insert(target.id().clone(), group);
        self.groups.push(Group {
            target,
            label: item.label.clone(),
            kind: item.kind,
            name: item.names[0].text().to_owned(),
            names: Vec::new(),
            context: Signature::default(),
            n_mentions: 0,
            n_documents: 0,
        });
        group
    }

    /// The identifier of the name; of the name and the document if another entity
    /// has that.
    fn free_id(&self, item: &Item, document: &str) -> EntityId {
        let key = item.names[0].sorted_key();
        let mut id = nil_id(&item.label, &key, "");
        let mut n = 0;
        while self.by_id.contains_key(&id) {
            n += 1;
            id = nil_id(&item.label, &key, &format!("{document}#{n}"));
        }
        id
    }

    fn join(&mut self, group: u32, item: &Item) {
        let known = &mut self.groups[group as usize];
        known.n_mentions += item.links.len() as u64;
        known.n_documents += u32::from(self.occurs.insert((group, item.document)));
        known.context.absorb(&item.context);
        let new: Vec<Name> = item
            .names
            .iter()
            .filter(|name| known.names.iter().all(|old| old.key() != name.key()))
            .take(NAMES_MAX.saturating_sub(known.names.len()))
            .cloned()
            .collect();
        for key in keys(&new, item.kind) {
            let block = self.blocks.entry(key).or_default();
            // One more than is used, to see that there are too many.
            if block.len() <= BLOCK_MAX && !block.contains(&group) {
                block.push(group);
            }
        }
        known.names.extend(new);
        known.names.sort_by_key(|name| std::cmp::Reverse(name.tokens().count()));
    }

    fn write(&self, group: u32, item: &Item, link: &mut Link) {
        let known = &self.groups[group as usize];
        if known.target != link.target {
            if !known.target.is_nil() {
                link.score = link.candidates.iter().find(|c| c.id == *known.target.id()).map_or(0.5, |c| c.score.max(0.5));
            }
            link.target = known.target.clone();
            link.label = known.label.clone();
        }
        if known.target.is_nil() {
            link.name.clone_from(&known.name);
        } else if item.target.is_nil() {
            link.name.clone_from(&known.name);
            link.evidence.push(Evidence::Collection);
        }
    }
}

/// Full names first, then by name and document, so that the order of arrival does
/// not matter.
fn order(item: &Item, document: &str) -> (bool, std::cmp::Reverse<usize>, String, String, u32) {
    let n_words = item.n_words();
    let key = item.names[0].key().to_owned();
    (!item.certain, std::cmp::Reverse(n_words), key, document.to_owned(), item.links[0])
}

/// Least agreement of documents that share part of a name.
const PART_AGREED_MIN: f32 = 0.2;

/// Least agreement of documents with names this much alike. The same full name is
/// the same entity unless all else is different; a place needs nothing else, a
/// person of the knowledge base whom the linker did not recognize needs more.
fn least(likeness: f32, known: &Group, item: &Item) -> f32 {
    let same = likeness >= 0.97;
    let recognized_elsewhere = !known.target.is_nil();
    match item.kind {
        NameKind::Organization if same && item.n_words() > 1 => -1.0,
        _ if same && !recognized_elsewhere => -0.2,
        _ if likeness >= 0.9 => 0.0,
        _ => 0.25,
    }
}

/// Hashes of the keys under which an entity with these names is looked for.
fn keys(names: &[Name], kind: NameKind) -> Vec<u64> {
    let mut keys = Vec::new();
    for name in names {
        keys.push(fnv1a(&["key", name.key()]));
        keys.extend(name.phonetic_keys().iter().map(|sound| fnv1a(&["sound", sound])));
        match kind {
            NameKind::Person => keys.extend(family_keys(name)),
            NameKind::Organization | NameKind::Other => {
                keys.push(fnv1a(&["key", &name.initials()]));
            }
            NameKind::Place => {}
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The sounds of the first and of the last word: either may be the family name.
fn family_keys(name: &Name) -> Vec<u64> {
    let words: Vec<&str> = name.tokens().map(|token| token.text).collect();
    let ends = [words.first(), words.last()];
    let sounds = ends.into_iter().flatten().flat_map(|word| Name::new(word).phonetic_keys());
    sounds.map(|sound| fnv1a(&["family", &sound])).collect()
}
