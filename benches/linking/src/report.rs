//! Tables, JSON, lists of errors.

use std::io::{self, Write};

use griot_text::score::{Prf, Referent};
use griot_text::{Link, Target};
use serde_json::{Value, json};

use crate::evaluate::Evaluation;
use crate::set::{EvalDocument, EvalMention, EvalSet};
use crate::system::System;

const COLUMNS: [&str; 18] = [
    "docs", "ments", "in KB", "R@1", "R@5", "R@64", "R@1fin", "F1in", "P@1", "F1", "F1kb",
    "F1+nil", "NIL", "B3", "CEAFe", "LEA", "stands", "ms",
];

/// What the columns of the table mean.
pub const LEGEND: &str = "\
in KB   gold mentions whose entity the knowledge base has, of those whose referent is known
R@k     of those in the KB: the entity is among the first k candidates
R@1fin  of those in the KB: the mention was linked to it
F1in    the same, with the links that were given to such mentions as precision
P@1     of the links to entities: right
F1      links to entities; an entity outside the KB counts as missed
F1kb    links to entities; an entity outside the KB counts as NIL, here and in the next two
F1+nil  links to entities and NIL together
NIL     NIL or not
B3, CEAFe, LEA  groups of mentions over the whole set, F1
stands  what places stand for, F1
";

/// Writes the names of the columns.
///
/// # Errors
///
/// If `out` does.
pub fn write_head(out: &mut impl Write) -> io::Result<()> {
    write!(out, "{:18} {:18}", "set", "system")?;
    for column in COLUMNS {
        write!(out, " {column:>6}")?;
    }
    writeln!(out)
}

/// Writes a row; `-` where gold says nothing.
///
/// # Errors
///
/// If `out` does.
pub fn write_row(
    out: &mut impl Write,
    set: &EvalSet,
    system: &dyn System,
    evaluation: &Evaluation,
) -> io::Result<()> {
    let report = &evaluation.report;
    let within = &evaluation.within_kb;
    let clusters = &evaluation.clusters;
    let has_links = set.gold.has_links() && report.in_kb.gold > 0;
    let ratio = |value: f64| format!("{value:.3}");
    let of_links = |value: f64| {
        if has_links {
            ratio(value)
        } else {
            "-".to_owned()
        }
    };
    // Without a knowledge base everything is NIL, which would look perfect.
    let has_nil = set.gold.has_links() && report.in_kb.gold + report.links.predicted > 0;
    let of_nil = |prf: Prf| {
        if has_nil {
            ratio(prf.f1)
        } else {
            "-".to_owned()
        }
    };
    let stands_for = match evaluation.stands_for.gold {
        0 => "-".to_owned(),
        _ => ratio(evaluation.stands_for.prf().f1),
    };
    let cells = [
        set.documents.len().to_string(),
        n_mentions(set).to_string(),
        of_links(report.in_kb.gold as f64 / report.all.gold.max(1) as f64),
        of_links(report.recall_at(1)),
        of_links(report.recall_at(5)),
        of_links(report.recall_at(64)),
        of_links(report.in_kb.prf().recall),
        of_links(report.in_kb.prf().f1),
        of_links(report.links.prf().precision),
        of_links(report.links.prf().f1),
        of_links(within.links.prf().f1),
        of_nil(within.all.prf()),
        of_nil(within.nil.prf()),
        ratio(clusters.b_cubed().f1),
        ratio(clusters.ceaf_e().f1),
        ratio(clusters.lea().f1),
        stands_for,
        evaluation.took.as_millis().to_string(),
    ];
    write!(out, "{:18} {:18}", set.name, system.name())?;
    for cell in cells {
        write!(out, " {cell:>6}")?;
    }
    writeln!(out)
}

/// Everything as one JSON object.
pub fn json(set: &EvalSet, system: &dyn System, evaluation: &Evaluation) -> Value {
    let prf = |prf: Prf| json!([prf.precision, prf.recall, prf.f1]);
    let report = &evaluation.report;
    let within = &evaluation.within_kb;
    let clusters = &evaluation.clusters;
    let recall_at = [1, 5, 10, 64].map(|k| (k, report.recall_at(k)));
    json!({
        "set": set.name,
        "system": system.name(),
        "documents": set.documents.len(),
        "mentions": n_mentions(set),
        "scored": report.all.gold,
        "in_kb": report.in_kb.gold,
        "recall_at": recall_at,
        "links_in_kb": prf(report.in_kb.prf()),
        "links": prf(report.links.prf()),
        "links_and_nil": prf(report.all.prf()),
        "nil": prf(report.nil.prf()),
        "within_kb": {
            "links": prf(within.links.prf()),
            "links_and_nil": prf(within.all.prf()),
            "nil": prf(within.nil.prf()),
        },
        "clusters": {
            "gold": clusters.n_gold(),
            "predicted": clusters.n_predicted(),
            "b_cubed": prf(clusters.b_cubed()),
            "ceaf_e": prf(clusters.ceaf_e()),
            "lea": prf(clusters.lea()),
            "pairwise": prf(clusters.pairwise()),
        },
        "stands_for": prf(evaluation.stands_for.prf()),
        "seconds": evaluation.took.as_secs_f64(),
    })
}

fn n_mentions(set: &EvalSet) -> usize {
    set.documents
        .iter()
        .map(|document| document.mentions.len())
        .sum()
}

/// Names of the columns of [`write_errors`].
pub const ERROR_HEAD: &str =
    "set\tsystem\tdocument\tform\tlabel\tgold\tpredicted\tgold in KB\tcandidates\tcontext";

/// Writes a line of tabs for each mention that was linked wrong. Right is the gold
/// entity, or NIL if the knowledge base has not got it. Says nothing of sets whose
/// gold has no links.
///
/// # Errors
///
/// If `out` does.
pub fn write_errors(
    out: &mut impl Write,
    set: &EvalSet,
    system: &dyn System,
    evaluation: &Evaluation,
) -> io::Result<()> {
    if !set.gold.has_links() {
        return Ok(());
    }
    for (document, links) in set.documents.iter().zip(&evaluation.links) {
        for (gold, link) in document.mentions.iter().zip(links) {
            if let Some(line) = error(system, document, gold, link) {
                writeln!(out, "{}\t{}\t{line}", set.name, system.name())?;
            }
        }
    }
    Ok(())
}

fn error(
    system: &dyn System,
    document: &EvalDocument,
    gold: &EvalMention,
    link: &Link,
) -> Option<String> {
    let (id, in_kb) = match &gold.referent {
        Referent::Entity(id) => (id.as_str(), system.knows(id)),
        Referent::Nil(id) => (id.as_ref().map_or("NIL", |id| id.as_str()), false),
        Referent::Unknown => return None,
    };
    let is_right = match &link.target {
        Target::Entity(found) => in_kb && found.as_str() == id,
        Target::Nil(_) => !in_kb,
    };
    if is_right {
        return None;
    }
    let candidates: Vec<String> = link.candidates.iter().map(candidate).collect();
    let cells = [
        document.document.id(),
        document.form(gold.span),
        gold.label.as_str(),
        id,
        link.target.id().as_str(),
        if in_kb { "yes" } else { "no" },
        &candidates.join(" | "),
        &context(document, gold),
    ];
    Some(
        cells
            .map(|cell| cell.replace(['\t', '\n', '\r'], " "))
            .join("\t"),
    )
}

fn candidate(candidate: &griot_text::Candidate) -> String {
    format!("{} {} {:.2}", candidate.id, candidate.name, candidate.score)
}

/// The mention between bars with some characters on both sides.
fn context(document: &EvalDocument, mention: &EvalMention) -> String {
    const REACH: usize = 40;
    let text = document.document.text();
    let (before, after) = (
        &text[..mention.span.range().start],
        &text[mention.span.range().end..],
    );
    let skipped = before.chars().count().saturating_sub(REACH);
    let before: String = before.chars().skip(skipped).collect();
    let after: String = after.chars().take(REACH).collect();
    format!("{before}|{}|{after}", document.form(mention.span))
}
