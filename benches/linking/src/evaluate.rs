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

#[cfg(test)]
mod tests {
    use griot_text::{EntityId, Target};

    use super::*;
    use crate::read::collection;
    use crate::report;

    /// Links every mention to one entity, and says that it stands for another.
    struct Stubborn;

    impl System for Stubborn {
        fn name(&self) -> &'static str {
            "stubborn"
        }

        fn knows(&self, id: &EntityId) -> bool {
            matches!(id.as_str(), "Q649" | "Q90")
        }

        fn link(&self, documents: &[(Document, Vec<Mention>)]) -> Vec<Vec<Link>> {
            let link = |mention: &Mention| Link {
                mention: mention.clone(),
                target: Target::Entity(EntityId::from("Q649")),
                name: "Moscow".to_owned(),
                label: mention.label.clone(),
                score: 1.0,
                candidates: Vec::new(),
                evidence: Vec::new(),
                stands_for: Some(EntityId::from("Q159")),
            };
            documents
                .iter()
                .map(|(_, mentions)| mentions.iter().map(link).collect())
                .collect()
        }
    }

    fn set() -> EvalSet {
        let text = "language: fr\n\n[Moscou](LOC Q649 for Q159), [Paris](LOC Q90 for Q142), \
            [Rome](LOC Q220) et [Zoé](PER zoe).";
        collection::of_texts(&[("a", text)]).expect("well formed")
    }

    #[test]
    fn figures() {
        let evaluation = evaluate(&Stubborn, &set()).expect("as many links as mentions");
        let counts = |counts: Counts| [counts.correct, counts.predicted, counts.gold];
        assert_eq!(counts(evaluation.report.links), [1, 4, 3]);
        assert_eq!(counts(evaluation.report.in_kb), [1, 2, 2]);
        assert_eq!(counts(evaluation.within_kb.links), [1, 4, 2]);
        assert_eq!(counts(evaluation.within_kb.nil), [0, 0, 2]);
        assert_eq!(counts(evaluation.stands_for), [1, 4, 2]);
        assert_eq!(
            (
                evaluation.clusters.n_gold(),
                evaluation.clusters.n_predicted()
            ),
            (4, 1)
        );
    }

    #[test]
    fn errors_say_what_was_expected() {
        let set = set();
        let evaluation = evaluate(&Stubborn, &set).expect("as many links as mentions");
        let mut out = Vec::new();
        report::write_errors(&mut out, &set, &Stubborn, &evaluation).expect("memory");
        let out = String::from_utf8(out).expect("text");
        let cells: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
        let n_columns = report::ERROR_HEAD.split('\t').count();
        assert!(cells.iter().all(|cells| cells.len() == n_columns), "{out}");
        let rows: Vec<_> = cells
            .iter()
            .map(|it| (it[3], it[5], it[6], it[7]))
            .collect();
        let expected = [
            ("Paris", "Q90", "Q649", "yes"),
            ("Rome", "Q220", "Q649", "no"),
            ("Zoé", "zoe", "Q649", "no"),
        ];
        assert_eq!(rows, expected);
        assert_eq!(cells[0][9], "Moscou, |Paris|, Rome et Zoé.");
    }
}
