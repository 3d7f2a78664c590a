//! The figures of a system on a set.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use griot_text::score::{Clusters, Compared, Counts, LinkReport, LinkScorer, Linked, Outside};
use griot_text::{Document, Link, Mention};

use crate::set::{EvalDocument, EvalSet};
use crate::system::System;

/// What a system did on a set, with gold mentions given.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The links, for each document those of its mentions.
    pub links: Vec<Vec<Link>>,
    /// Figures in which a gold entity that the knowledge base lacks is missed.
    pub report: LinkReport,
    /// Figures in which NIL is the right answer for it.
    pub within_kb: LinkReport,
    /// The groups of mentions over the whole set.
    pub clusters: Clusters,
    /// What places stand for.
    pub stands_for: Counts,
    /// Time to link the set on one thread or more, as the system likes.
    pub took: Duration,
}

/// Runs `system` on the gold mentions of `set`.
///
/// # Errors
///
/// If the system gives more or fewer links than mentions.
pub fn evaluate(system: &dyn System, set: &EvalSet) -> Result<Evaluation> {
    let given: Vec<(Document, Vec<Mention>)> = set
        .documents
        .iter()
        .map(|document| (document.document.clone(), document.recognized()))
        .collect();
    let start = Instant::now();
    let links = system.link(&given);
    let took = start.elapsed();
    ensure!(
        links.len() == given.len(),
        "{} documents linked",
        links.len()
    );
    let mut open = LinkScorer::default();
    let mut within = LinkScorer::default().with_outside(Outside::Nil);
    let mut stands_for = Counts::default();
    for (document, links) in set.documents.iter().zip(&links) {
        let n_links = links.len();
        ensure!(
            n_links == document.mentions.len(),
            "{n_links} links in one document"
        );
        let gold = gold(document);
        let predicted: Vec<Linked> = links.iter().map(Linked::from).collect();
        open.add(&gold, &predicted, |id| system.knows(id));
        within.add(&gold, &predicted, |id| system.knows(id));
        count_stands_for(&mut stands_for, document, links);
    }
    Ok(Evaluation {
        report: open.report(),
        within_kb: within.report(),
        clusters: open.clusters(Compared::All),
        stands_for,
        took,
        links,
    })
}

fn gold(document: &EvalDocument) -> Vec<Linked> {
    let mentions = document.mentions.iter();
    mentions
        .map(|mention| Linked::new(mention.span, mention.referent.clone()))
        .collect()
}

fn count_stands_for(counts: &mut Counts, document: &EvalDocument, links: &[Link]) {
    for (gold, link) in document.mentions.iter().zip(links) {
        let is_right = link.stands_for.is_some() && link.stands_for == gold.stands_for;
        counts.gold += u64::from(gold.stands_for.is_some());
        counts.predicted += u64::from(link.stands_for.is_some());
        counts.correct += u64::from(is_right);
    }
}
