//! Precision, recall and F1 of predicted spans, of what they were linked to
//! ([`link`]) and of groups of them ([`cluster`]).

mod assignment;
pub mod cluster;
pub mod link;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::{Label, Span};

pub use cluster::Clusters;
pub use link::{Compared, LinkReport, LinkScorer, Linked, Outside, Redirects, Referent};

/// When a predicted span counts as right.
///
/// The four ways of SemEval-2013 task 9, named and computed as in nervaluate.
/// `Strict` is also what CoNLL, seqeval and most published figures use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Match {
    /// Same span, same label.
    #[default]
    Strict,
    /// Same span, any label.
    Exact,
    /// Same span, any label; an overlap counts one half.
    Partial,
    /// Any overlap, same label.
    Type,
}

/// What was found, over any number of documents.
///
/// Each gold span is paired with at most one predicted span and the reverse;
/// the first three fields count pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// Pairs that match.
    pub correct: u64,
    /// Pairs that overlap and count one half; only in [`Match::Partial`].
    pub partial: u64,
    /// Pairs that overlap and do not match.
    pub incorrect: u64,
    /// Predicted spans, paired or not.
    pub predicted: u64,
    /// Gold spans, paired or not.
    pub gold: u64,
}

impl Counts {
    /// Gold spans without a predicted one.
    pub const fn missed(&self) -> u64 {
        self.gold - self.paired()
    }

    /// Predicted spans without a gold one.
    pub const fn spurious(&self) -> u64 {
        self.predicted - self.paired()
    }

    /// Precision, recall and F1; a ratio without denominator is 0.
    pub fn prf(&self) -> Prf {
        let right = self.correct as f64 + 0.5 * self.partial as f64;
        Prf::new((right, self.predicted as f64), (right, self.gold as f64))
    }

    const fn paired(&self) -> u64 {
        self.correct + self.partial + self.incorrect
    }

    fn add(&mut self, other: Self) {
        self.correct += other.correct;
        self.partial += other.partial;
        self.incorrect += other.incorrect;
        self.predicted += other.predicted;
        self.gold += other.gold;
    }
}

/// Precision, recall and their harmonic mean, each in `[0, 1]`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prf {
    /// Share of the predicted spans that are right.
    pub precision: f64,
    /// Share of the gold spans that were found.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
}

impl Prf {
    /// From the numerators and denominators of precision and of recall; a ratio
    /// without denominator is 0.
    fn new(precision: (f64, f64), recall: (f64, f64)) -> Self {
        let ratio = |(part, whole): (f64, f64)| if whole > 0.0 { part / whole } else { 0.0 };
        let (precision, recall) = (ratio(precision), ratio(recall));
        let sum = precision + recall;
        let f1 = if sum > 0.0 {
            2.0 * precision * recall / sum
        } else {
            0.0
        };
        Self {
            precision,
            recall,
            f1,
        }
    }
}

/// The result of a [`Scorer`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// All labels together.
    pub micro: Counts,
    /// Each label that occurs in gold or predictions, by itself: spans of other
    /// labels are taken away before pairing, as in nervaluate.
    pub labels: BTreeMap<Label, Counts>,
}

impl Report {
    /// Mean over the labels of precision, recall and F1; zero without labels.
    pub fn macro_average(&self) -> Prf {
        let n_labels = self.labels.len().max(1) as f64;
        let mean = |of: fn(Prf) -> f64| {
            self.labels
                .values()
                .map(|counts| of(counts.prf()))
                .sum::<f64>()
                / n_labels
        };
        Prf {
            precision: mean(|prf| prf.precision),
            recall: mean(|prf| prf.recall),
            f1: mean(|prf| prf.f1),
        }
    }
}

/// Adds up documents.
///
/// # Example
///
/// ```
/// use griot_text::{Match, Scorer, Span};
///
/// let gold = [(Span::new(0, 5), "LOC"), (Span::new(9, 14), "PER")];
/// let predicted = [(Span::new(0, 5), "LOC"), (Span::new(9, 20), "PER")];
/// let mut scorer = Scorer::new(Match::Strict);
/// scorer.add(&gold, &predicted);
/// let report = scorer.report();
/// assert_eq!(report.micro.prf().f1, 0.5);
/// assert_eq!(report.labels["PER"].correct, 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Scorer {
    matching: Match,
    report: Report,
}

impl Scorer {
    /// A scorer that has seen no document.
    pub fn new(matching: Match) -> Self {
        Self {
            matching,
            report: Report::default(),
        }
    }

    /// Adds one document: its gold spans and the predicted ones, in any order
    /// and in any one index space (bytes, characters or words).
    ///
    /// Spans that match exactly are paired first, then each predicted span, from
    /// left to right, with the first gold span that it overlaps and that is still
    /// free (in [`Match::Type`], the closest one of its label if there is one).
    /// Where neither list overlaps itself this gives the counts of nervaluate;
    /// where one does, nervaluate depends on the order of the list and this does
    /// not. An overlap is one unit at least, where nervaluate asks for one hundredth
    /// of the gold span. A span that is given twice counts once, as in seqeval.
    ///
    /// Cost: O(n log n) for spans that do not overlap, up to O(n²) for spans
    /// that all overlap.
    pub fn add<G: AsRef<str>, P: AsRef<str>>(
        &mut self,
        gold: &[(Span, G)],
        predicted: &[(Span, P)],
    ) {
        let gold = sorted(gold);
        let predicted = sorted(predicted);
        self.report
            .micro
            .add(count(self.matching, &gold, &predicted));
        let (gold, predicted) = (by_label(&gold), by_label(&predicted));
        let labels: BTreeSet<&str> = gold.keys().chain(predicted.keys()).copied().collect();
        for label in labels {
            let of_label = |items: &BTreeMap<&str, Vec<_>>| items.get(label).cloned();
            let gold = of_label(&gold).unwrap_or_default();
            let predicted = of_label(&predicted).unwrap_or_default();
            let counts = count(self.matching, &gold, &predicted);
            self.report
                .labels
                .entry(Label::from(label))
                .or_default()
                .add(counts);
        }
    }

    /// The counts of all documents so far.
    pub fn report(&self) -> Report {
        self.report.clone()
    }
}

/// A span and its label.
type Item<'a> = (Span, &'a str);

fn sorted<L: AsRef<str>>(spans: &[(Span, L)]) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = spans.iter().map(|(span, l)| (*span, l.as_ref())).collect();
    items.sort_unstable();
    items.dedup();
    items
}

fn by_label<'a>(items: &[Item<'a>]) -> BTreeMap<&'a str, Vec<Item<'a>>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for item in items {
        groups.entry(item.1).or_default().push(*item);
    }
    groups
}

/// How good a pair is; the greatest is taken, and the first of equals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Incorrect,
    Partial,
    /// With the distance between the spans, nearest first.
    Correct(Reverse<u32>),
}

/// The counts of one document; both lists sorted.
fn count(matching: Match, gold: &[Item<'_>], predicted: &[Item<'_>]) -> Counts {
    let mut counts = Counts {
        predicted: predicted.len() as u64,
        gold: gold.len() as u64,
        ..Counts::default()
    };
    let mut free = vec![true; gold.len()];
    let mut left = Vec::new();
    for item in predicted {
        match identical(matching, gold, *item).find(|&index| free[index]) {
            Some(index) => {
                free[index] = false;
                counts.correct += 1;
            }
            None => left.push(*item),
        }
    }
    let reach = reach(gold);
    for item in left {
        let near = near(gold, &reach, item.0).filter(|&index| free[index]);
        let graded = near.filter_map(|index| Some((grade(matching, gold[index], item)?, index)));
        let best = graded.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let Some((grade, index)) = best else {
            continue;
        };
        free[index] = false;
        match grade {
            Grade::Correct(_) => counts.correct += 1,
            Grade::Partial => counts.partial += 1,
            Grade::Incorrect => counts.incorrect += 1,
        }
    }
    counts
}

/// The gold spans that are `item` itself as far as `matching` tells apart.
fn identical(matching: Match, gold: &[Item<'_>], item: Item<'_>) -> impl Iterator<Item = usize> {
    let first = gold.partition_point(|other| other.0 < item.0);
    let same_span = (first..gold.len()).take_while(move |&index| gold[index].0 == item.0);
    same_span.filter(move |&index| match matching {
        Match::Strict | Match::Type => gold[index].1 == item.1,
        Match::Exact | Match::Partial => true,
    })
}

/// For each gold span, the furthest end among it and those before it.
fn reach(gold: &[Item<'_>]) -> Vec<u32> {
    let furthest = |end: &mut u32, item: &Item<'_>| {
        *end = item.0.end().max(*end);
        Some(*end)
    };
    gold.iter().scan(0, furthest).collect()
}

/// A range of the gold spans that holds all that overlap `span`.
fn near(gold: &[Item<'_>], reach: &[u32], span: Span) -> Range<usize> {
    let first = reach.partition_point(|&end| end <= span.start());
    let past = gold.partition_point(|item| item.0.start() < span.end());
    first..past.max(first)
}

/// How a pair that is not identical counts; `None` if it does not overlap.
fn grade(matching: Match, gold: Item<'_>, predicted: Item<'_>) -> Option<Grade> {
    if !gold.0.overlaps(predicted.0) {
        return None;
    }
    let starts = gold.0.start().abs_diff(predicted.0.start());
    let ends = gold.0.end().abs_diff(predicted.0.end());
    Some(match matching {
        Match::Partial => Grade::Partial,
        Match::Type if gold.1 == predicted.1 => {
            Grade::Correct(Reverse(starts.saturating_add(ends)))
        }
        Match::Strict | Match::Exact | Match::Type => Grade::Incorrect,
    })
}
