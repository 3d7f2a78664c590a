//! Documents with gold mentions and what they refer to.

use griot_text::score::Referent;
use griot_text::{Document, EntityId, Label, Mention, Span};

/// A collection to measure on.
#[derive(Clone, Debug)]
pub struct EvalSet {
    /// Name of the row in tables.
    pub name: String,
    /// What its gold says.
    pub gold: Gold,
    /// Its documents, in the order they were written or published if known.
    pub documents: Vec<EvalDocument>,
}

/// What the gold of a set says of a mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gold {
    /// The entity of a public knowledge base, or that there is none.
    Links,
    /// Which mentions refer to the same thing, and nothing of knowledge bases.
    Clusters,
    /// Both.
    LinksAndClusters,
}

impl Gold {
    /// Whether links can be scored.
    pub fn has_links(self) -> bool {
        self != Self::Clusters
    }
}

/// A document of an [`EvalSet`].
#[derive(Clone, Debug)]
pub struct EvalDocument {
    /// Identity, text and language.
    pub document: Document,
    /// Date as the set writes it.
    pub date: Option<String>,
    /// Gold mentions, sorted by span, disjoint.
    pub mentions: Vec<EvalMention>,
}

/// A gold mention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalMention {
    /// Bytes of the text.
    pub span: Span,
    /// PER, ORG, LOC or MISC, mapped from the types of the set.
    pub label: Label,
    /// What it refers to.
    pub referent: Referent,
    /// What it speaks of by naming the referent, if the set says so.
    pub stands_for: Option<EntityId>,
}

impl EvalDocument {
    /// A document; its mentions are sorted, and of mentions that overlap the
    /// longest is kept, the first of equals.
    pub fn new(document: Document, date: Option<String>, mut mentions: Vec<EvalMention>) -> Self {
        let longest_first = |mention: &EvalMention| {
            let span = mention.span;
            (std::cmp::Reverse(span.len()), span.start())
        };
        mentions.sort_by_key(longest_first);
        let mut kept: Vec<EvalMention> = Vec::with_capacity(mentions.len());
        for mention in mentions {
            let overlaps = |other: &EvalMention| other.span.overlaps(mention.span);
            if !kept.iter().any(overlaps) {
                kept.push(mention);
            }
        }
        kept.sort_by_key(|mention| mention.span);
        Self {
            document,
            date,
            mentions: kept,
        }
    }

    /// The text of `span`.
    ///
    /// # Panics
    ///
    /// If `span` is not one of this text.
    pub fn form(&self, span: Span) -> &str {
        span.slice(self.document.text())
            .expect("a span of this text")
    }

    /// The gold mentions as a recognizer would give them.
    pub fn recognized(&self) -> Vec<Mention> {
        let mentions = self.mentions.iter();
        mentions
            .map(|mention| Mention {
                span: mention.span,
                label: mention.label.clone(),
                score: 1.0,
            })
            .collect()
    }
}
