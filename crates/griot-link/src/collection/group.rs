//! What is known of one entity from all documents.

use griot_text::{Label, Target};

use super::context::Context;
use super::item::Item;
use super::likeness::Known;
use crate::name::{Name, NameKind};

/// One entity of a [`Resolver`](super::Resolver).
#[derive(Debug)]
pub(super) struct Group {
    pub(super) target: Target,
    pub(super) label: Label,
    pub(super) kind: NameKind,
    /// Name that is shown.
    pub(super) name: Box<str>,
    /// Distinct names, in the order in which they were first seen.
    pub(super) names: Vec<Known>,
    pub(super) context: Context,
    pub(super) n_mentions: u64,
    pub(super) n_documents: u32,
    /// Document in which it was first seen.
    pub(super) first_document: u32,
    /// The group that this one turned out to be; its own number if none.
    pub(super) root: u32,
}

/// Names kept of an entity: three scripts, with some cases and slips each.
const NAMES_MAX: usize = 24;

/// Why an item is in a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reason {
    pub(super) likeness: f32,
    pub(super) agreement: f32,
}

impl Reason {
    fn of(self, mut known: Known) -> Known {
        (known.likeness, known.agreement) = (self.likeness, self.agreement);
        known
    }
}

impl Group {
    /// Whether a mention with a part of a name can only mean someone: it is known who.
    pub(super) fn is_telling(&self) -> bool {
        !self.target.is_nil() || self.names.iter().any(|known| known.is_full)
    }

    /// Shows the entity under the full name that is used most, the first of equals,
    /// rather than under a slip or a rare grammatical case.
    pub(super) fn choose_name(&mut self) {
        let key = |known: &&Known| (known.is_full, known.n_mentions);
        if let Some(best) = self.names.iter().rev().max_by_key(key) {
            self.name = best.name.text().into();
        }
    }

    /// Takes in the mentions of a document. Returns where the names that are new
    /// start.
    pub(super) fn join(&mut self, item: &Item, reason: Reason) -> usize {
        self.n_mentions += item.links.len() as u64;
        self.context.absorb(&item.occurrence);
        let n_known = self.names.len();
        for (name, n) in &item.names {
            if !self.count(name, *n) && self.names.len() < NAMES_MAX {
                self.names
                    .push(reason.of(Known::new(name.clone(), self.kind, *n)));
            }
        }
        n_known
    }

    /// Takes in what is known of another group that turned out to be this one, with
    /// the names of it. Returns where the names that are new start.
    pub(super) fn merge(&mut self, other: &Self, names: Vec<Known>, reason: Reason) -> usize {
        self.n_mentions += other.n_mentions;
        self.context.merge(&other.context);
        let n_known = self.names.len();
        for known in names {
            if !self.count(&known.name, known.n_mentions) && self.names.len() < NAMES_MAX {
                self.names.push(reason.of(known));
            }
        }
        n_known
    }

    /// Counts mentions of a name that is known; `false` if it is not.
    fn count(&mut self, name: &Name, n: u32) -> bool {
        let known = self
            .names
            .iter_mut()
            .find(|known| known.name.key() == name.key());
        known
            .map(|known| known.n_mentions = known.n_mentions.saturating_add(n))
            .is_some()
    }
}
