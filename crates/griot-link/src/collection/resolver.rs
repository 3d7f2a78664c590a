//! One identifier for one entity over a stream of documents.

mod search;

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use griot_text::{Document, EntityId, Evidence, Label, Link, Target};
use rustc_hash::{FxHashMap, FxHashSet};

use super::context::Context;
use super::group::{Group, Reason};
use super::index::Index;
use super::item::{Item, items};
use super::likeness::{Known, is_full};
use super::nil_id;
use crate::kb::CandidateSource;
use search::{Query, Said, least};

/// Gives the mentions of one entity one identifier, whatever document they are
/// in.
///
/// Documents come one by one ([`resolve`](Self::resolve)) or all at once
/// ([`resolve_all`](Self::resolve_all)). An identifier that was given is never
/// changed and never given to another entity.
///
/// Two full names are taken for one entity if they are alike and what is said
/// around them does not disagree: countries, other entities, trades. A part of a
/// name, such as a family name or an acronym, joins the one entity that it clearly
/// is short for, where something around it agrees. All that joined can be seen in
/// [`spellings`](Self::spellings).
///
/// Memory grows with the number of entities, by about 2 kB each, and not with that of
/// documents; [`resolve_all`](Self::resolve_all) holds its documents besides, about
/// 1 kB a mention with its link. Cost: 30 to 40 µs a mention, however many there are,
/// on one thread.
#[derive(Debug)]
pub struct Resolver {
    source: Arc<dyn CandidateSource>,
    groups: Vec<Group>,
    by_id: FxHashMap<EntityId, u32>,
    index: Index,
    n_documents: u32,
}

/// One entity of a [`Resolver`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolved<'a> {
    /// What it is: in the knowledge base or not.
    pub target: &'a Target,
    /// Its canonical name: that of the knowledge base, else the full name that is used
    /// most in the documents that were read together when it was first seen.
    pub name: &'a str,
    /// Type of the entity.
    pub label: &'a Label,
    /// Mentions so far.
    pub n_mentions: u64,
    /// Documents so far.
    pub n_documents: u32,
}

/// One way in which an entity of a [`Resolver`] is written, and why it was taken for
/// that entity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spelling<'a> {
    /// The name as it was first written.
    pub name: &'a str,
    /// Mentions so far, but for accents, case and punctuation.
    pub n_mentions: u32,
    /// How much the name was like those that were known before it, in `[0, 1]`; 1 if
    /// they are the same, or if the knowledge base says so.
    pub likeness: f32,
    /// How much what was said around it agreed with what was said before, from −1,
    /// all different, over 0, nothing known, to about 1.
    pub agreement: f32,
}

impl Resolver {
    pub(crate) fn new(source: Arc<dyn CandidateSource>) -> Self {
        Self {
            source,
            groups: Vec::new(),
            by_id: FxHashMap::default(),
            index: Index::default(),
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
    /// does not matter among themselves, and entities that turn out to be one when
    /// all is read are made one.
    ///
    /// # Panics
    ///
    /// If links are not of their document.
    pub fn resolve_all(&mut self, documents: Vec<(&Document, Vec<Link>)>) -> Vec<Vec<Link>> {
        let mut batch = Batch {
            first_document: self.n_documents,
            first_group: self.groups.len() as u32,
            documents,
            occurs: FxHashSet::default(),
        };
        let mut items = batch.items(&*self.source);
        self.n_documents += batch.documents.len() as u32;
        items.sort_by(|one, other| batch.compare(one, other));
        let mut homes: Vec<u32> = items
            .iter()
            .map(|item| self.place(item, &mut batch))
            .collect();
        if items.len() > 1 {
            self.unite(&batch);
        }
        for home in &mut homes {
            *home = self.root(*home);
        }
        self.count_documents(&items, &homes);
        let new = &mut self.groups[batch.first_group as usize..];
        for group in new.iter_mut().filter(|group| group.target.is_nil()) {
            group.choose_name();
        }
        self.write_all(batch, &items, &homes)
    }

    /// The entities so far, in the order in which they were first seen.
    pub fn entities(&self) -> impl Iterator<Item = Resolved<'_>> {
        let groups = self.groups.iter().enumerate();
        let whole = groups.filter(|(number, group)| group.root == *number as u32);
        whole.map(|(_, group)| Resolved {
            target: &group.target,
            name: &group.name,
            label: &group.label,
            n_mentions: group.n_mentions,
            n_documents: group.n_documents,
        })
    }

    /// The names under which the entity appeared, in the order in which they were
    /// seen: what was merged, and why. The first 24; none for an entity that was not
    /// seen.
    pub fn spellings(&self, id: &EntityId) -> impl Iterator<Item = Spelling<'_>> {
        let group = self.by_id.get(id).map(|group| self.root(*group));
        let names = group.map_or(&[][..], |group| &self.groups[group as usize].names);
        names.iter().map(|known| Spelling {
            name: known.name.text(),
            n_mentions: known.n_mentions,
            likeness: known.likeness,
            agreement: known.agreement,
        })
    }

    /// The group of the item, which is in it afterwards.
    fn place(&mut self, item: &Item, batch: &mut Batch<'_>) -> u32 {
        let first = batch.first_link(item);
        let home = if item.certain {
            let known = self.by_id.get(first.target.id());
            known.map(|known| {
                (
                    self.root(*known),
                    Reason {
                        likeness: 1.0,
                        agreement: 0.0,
                    },
                )
            })
        } else {
            self.namesake(item, first)
                .or_else(|| self.home(item, batch))
        };
        let (group, reason) = home.unwrap_or_else(|| {
            let group = self.found(item, first, batch.documents[batch.at(item)].0.id());
            (
                group,
                Reason {
                    likeness: 1.0,
                    agreement: 0.0,
                },
            )
        });
        let known = &mut self.groups[group as usize];
        let new = known.join(item, reason);
        for name in &known.names[new..] {
            self.index.add(name, known.kind, group);
        }
        batch.occurs.insert((group, item.document));
        group
    }

    /// The group that has the very full name of the item and agrees with it most: most
    /// items have one, and need no more to be looked at.
    fn namesake(&self, item: &Item, link: &Link) -> Option<(u32, Reason)> {
        let name = &item.names[0].0;
        if !is_full(name, item.kind) {
            return None;
        }
        let said = Said::Once(&item.occurrence);
        let mut best: Option<(u32, Reason)> = None;
        for &group in self.index.same(name, item.kind) {
            let group = self.root(group);
            let known = &self.groups[group as usize];
            let agreement = said.agreement(known);
            let enough = agreement >= least(1.0, known, name.key(), &link.candidates);
            if enough && best.is_none_or(|(_, best)| agreement > best.agreement) {
                best = Some((
                    group,
                    Reason {
                        likeness: 1.0,
                        agreement,
                    },
                ));
            }
        }
        best
    }

    fn home(&self, item: &Item, batch: &Batch<'_>) -> Option<(u32, Reason)> {
        let names = item
            .names
            .iter()
            .map(|(name, n)| Known::new(name.clone(), item.kind, *n));
        let names: Vec<Known> = names.collect();
        self.similar(&Query {
            kind: item.kind,
            names: &names,
            said: Said::Once(&item.occurrence),
            rejected: &batch.first_link(item).candidates,
            excluded: &|group| batch.occurs.contains(&(group, item.document)),
            own: None,
        })
    }

    /// A new group for the item.
    fn found(&mut self, item: &Item, first: &Link, document: &str) -> u32 {
        let target = if item.certain {
            first.target.clone()
        } else {
            Target::Nil(self.free_id(item, first, document))
        };
        let group = self.groups.len() as u32;
        self.by_id.insert(target.id().clone(), group);
        let name = if target.is_nil() {
            item.names[0].0.text()
        } else {
            &first.name
        };
        self.groups.push(Group {
            target,
            label: first.label.clone(),
            kind: item.kind,
            name: name.into(),
            names: Vec::new(),
            context: Context::default(),
            n_mentions: 0,
            n_documents: 0,
            first_document: item.document,
            root: group,
        });
        group
    }

    /// The identifier of the name; of the name and the document if another entity
    /// has that.
    fn free_id(&self, item: &Item, first: &Link, document: &str) -> EntityId {
        let key = item.names[0].0.sorted_key();
        let mut id = nil_id(&first.label, &key, "");
        let mut n = 0;
        while self.by_id.contains_key(&id) {
            n += 1;
            id = nil_id(&first.label, &key, &format!("{document}#{n}"));
        }
        id
    }

    /// Makes entities of the batch one with others that they were not like when they
    /// were first seen. Identifiers are not given before this.
    fn unite(&mut self, batch: &Batch<'_>) {
        for group in batch.first_group..self.groups.len() as u32 {
            let known = &self.groups[group as usize];
            if !known.target.is_nil() {
                continue;
            }
            // Full names were read first: a part of a name that is still alone could be
            // short for several.
            let is_telling = known.is_telling();
            let excluded =
                |other| is_telling || batch.occurs.contains(&(other, known.first_document));
            let home = self.similar(&Query {
                kind: known.kind,
                names: &known.names,
                said: Said::Often(&known.context),
                rejected: &[],
                excluded: &excluded,
                own: Some(group),
            });
            if let Some((home, reason)) = home {
                self.merge(group, home, reason);
            }
        }
    }

    fn merge(&mut self, group: u32, home: u32, reason: Reason) {
        let merged = std::mem::take(&mut self.groups[group as usize].names);
        let [known, other] = self
            .groups
            .get_disjoint_mut([home as usize, group as usize])
            .expect("two groups");
        let new = known.merge(other, merged, reason);
        other.root = home;
        for name in &known.names[new..] {
            self.index.add(name, known.kind, home);
        }
    }

    fn root(&self, group: u32) -> u32 {
        let mut group = group;
        while self.groups[group as usize].root != group {
            group = self.groups[group as usize].root;
        }
        group
    }

    fn count_documents(&mut self, items: &[Item], homes: &[u32]) {
        let mut seen = FxHashSet::default();
        for (item, home) in std::iter::zip(items, homes) {
            if seen.insert((*home, item.document)) {
                self.groups[*home as usize].n_documents += 1;
            }
        }
    }

    fn write_all(&self, batch: Batch<'_>, items: &[Item], homes: &[u32]) -> Vec<Vec<Link>> {
        let first = batch.first_document;
        let mut links: Vec<Vec<Link>> = batch
            .documents
            .into_iter()
            .map(|(_, links)| links)
            .collect();
        for (item, home) in std::iter::zip(items, homes) {
            let group = &self.groups[*home as usize];
            for &at in &item.links {
                write(
                    group,
                    &mut links[(item.document - first) as usize][at as usize],
                );
            }
        }
        links
    }
}

/// The documents that are read together.
struct Batch<'a> {
    first_document: u32,
    first_group: u32,
    documents: Vec<(&'a Document, Vec<Link>)>,
    /// Groups and the documents they occur in.
    occurs: FxHashSet<(u32, u32)>,
}

impl Batch<'_> {
    fn items(&self, source: &dyn CandidateSource) -> Vec<Item> {
        let numbered = (self.first_document..).zip(&self.documents);
        numbered
            .flat_map(|(number, (document, links))| items(source, number, document, links))
            .collect()
    }

    fn at(&self, item: &Item) -> usize {
        (item.document - self.first_document) as usize
    }

    fn first_link(&self, item: &Item) -> &Link {
        &self.documents[self.at(item)].1[item.links[0] as usize]
    }

    /// Full names first, then by name and document, so that the order of arrival does
    /// not matter.
    fn compare(&self, one: &Item, other: &Item) -> Ordering {
        let key = |item: &Item| (!item.certain, Reverse(item.n_words));
        let document = |item: &Item| self.documents[self.at(item)].0;
        key(one)
            .cmp(&key(other))
            .then_with(|| one.names[0].0.key().cmp(other.names[0].0.key()))
            .then_with(|| document(one).id().cmp(document(other).id()))
            .then_with(|| one.links[0].cmp(&other.links[0]))
    }
}

fn write(known: &Group, link: &mut Link) {
    let was_nil = link.target.is_nil();
    if known.target != link.target {
        if !known.target.is_nil() {
            let candidate = link
                .candidates
                .iter()
                .find(|one| one.id == *known.target.id());
            link.score = candidate.map_or(0.5, |candidate| candidate.score.max(0.5));
        }
        link.target = known.target.clone();
        link.label = known.label.clone();
    }
    if known.target.is_nil() || was_nil {
        link.name.clear();
        link.name.push_str(&known.name);
    }
    if was_nil && !known.target.is_nil() {
        link.evidence.push(Evidence::Collection);
    }
}
