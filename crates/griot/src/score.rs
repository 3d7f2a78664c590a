//! Collections of documents against a gold standard.
//!
//! The measures are those of [`griot_text::score`]; this module pairs the
//! documents of two collections, leaves out what must not count, and can count
//! distinct names instead of mentions.

use std::collections::{BTreeMap, BTreeSet};

pub use griot_text::score::{Clusters, Compared, LinkReport, Outside};
use griot_text::score::{LinkScorer, Linked, Referent};
pub use griot_text::{Counts, Match, Prf, Report};
use griot_text::{EntityId, Scorer, Span};

use crate::labelled::Place;
use crate::{Error, LabelledDocument, LabelledMention};

/// What is compared, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScoreConfig {
    /// When a prediction is right; of no effect on [`Counted::Forms`]. Default
    /// [`Match::Strict`].
    pub matching: Match,
    /// What is counted. Default [`Counted::Mentions`].
    pub counted: Counted,
    /// Whether mentions around the article count. Default [`Boilerplate::Keep`].
    pub boilerplate: Boilerplate,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Every mention.
    #[default]
    Mentions,
    /// Every distinct pair of surface form and label of a document, once. Runs
    /// of white space in a form are one space.
    Forms,
}

/// What happens to gold mentions marked as [`Place::Boilerplate`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Boilerplate {
    /// They count like all others.
    #[default]
    Keep,
    /// They are left out, with the predictions that overlap them.
    Drop,
}

impl ScoreConfig {
    /// Sets [`matching`](Self::matching).
    #[must_use]
    pub const fn with_matching(mut self, matching: Match) -> Self {
        self.matching = matching;
        self
    }

    /// Sets [`counted`](Self::counted).
    #[must_use]
    pub const fn with_counted(mut self, counted: Counted) -> Self {
        self.counted = counted;
        self
    }

    /// Sets [`boilerplate`](Self::boilerplate).
    #[must_use]
    pub const fn with_boilerplate(mut self, boilerplate: Boilerplate) -> Self {
        self.boilerplate = boilerplate;
        self
    }
}

/// The result of [`score`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Counts over all labels and for each label.
    pub report: Report,
    /// How the documents were paired.
    pub pairing: Pairing,
    /// Gold documents without predictions: all their mentions count as missed.
    pub missing: Vec<String>,
    /// Predicted documents that are not in the gold collection: not counted.
    pub extra: Vec<String>,
}

/// How gold and predicted documents were paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pairing {
    /// By identifier: the file name in it, without the usual extensions.
    Name,
    /// By position, since no identifiers agree and there are as many documents.
    Position,
}

/// Compares `predicted` with `gold`.
///
/// Documents are paired by the last part of their identifier, without the
/// extensions of text and annotation files: `news/003.txt` is `003`. If no two
/// agree and there are as many documents on both sides, as with two CoNLL files of
/// other names, they are paired by position.
///
/// # Errors
///
/// [`Error::SameName`] if two documents of one collection have one name,
/// [`Error::OffsetUnits`] if two paired ones count in different units,
/// [`Error::NoForm`] if forms are counted and a mention has no text.
///
/// # Panics
///
/// If a mention ends before it starts, which no reader lets through.
pub fn score(
    gold: &[LabelledDocument],
    predicted: &[LabelledDocument],
    config: ScoreConfig,
) -> Result<Comparison, Error> {
    let Paired {
        pairing,
        documents,
        extra,
    } = pair(gold, predicted)?;
    let matching = match config.counted {
        Counted::Mentions => config.matching,
        Counted::Forms => Match::Strict,
    };
    let mut scorer = Scorer::new(matching);
    let mut missing = Vec::new();
    for (gold, predicted) in documents {
        if let Some(predicted) = predicted {
            same_unit(gold, predicted)?;
        } else {
            missing.push(gold.id.clone());
        }
        let (gold, predicted) = kept(gold, predicted, config.boilerplate);
        match config.counted {
            Counted::Mentions => scorer.add(&spans(&gold), &spans(&predicted)),
            Counted::Forms => {
                let mut forms = Forms::default();
                scorer.add(&forms.spans(&gold)?, &forms.spans(&predicted)?);
            }
        }
    }
    Ok(Comparison {
        report: scorer.report(),
        pairing,
        missing,
        extra,
    })
}

/// The result of [`score_links`].
#[derive(Clone, Debug)]
pub struct LinkComparison {
    /// Links and NIL, over all documents.
    pub report: LinkReport,
    /// Mentions grouped by entity, those that both sides have, for measures such as
    /// [`Clusters::b_cubed`].
    pub clusters: Clusters,
    /// How the documents were paired.
    pub pairing: Pairing,
    /// Gold documents without predictions: all their mentions count as missed.
    pub missing: Vec<String>,
    /// Predicted documents that are not in the gold collection: not counted.
    pub extra: Vec<String>,
}

/// Compares what the mentions of `predicted` are linked to with `gold`. `is_known`
/// tells whether the knowledge base that was linked to has an entity.
///
/// Documents are paired as [`score`](fn@score) pairs them. Of the configuration
/// only [`ScoreConfig::boilerplate`] matters.
///
/// # Errors
///
/// [`Error::SameName`] and [`Error::OffsetUnits`], as for [`score`](fn@score).
///
/// # Panics
///
/// If a mention ends before it starts, which no reader lets through.
pub fn score_links(
    gold: &[LabelledDocument],
    predicted: &[LabelledDocument],
    config: ScoreConfig,
    is_known: impl Fn(&EntityId) -> bool,
) -> Result<LinkComparison, Error> {
    let Paired {
        pairing,
        documents,
        extra,
    } = pair(gold, predicted)?;
    let mut scorer = LinkScorer::default();
    let mut missing = Vec::new();
    for (gold, predicted) in documents {
        if let Some(predicted) = predicted {
            same_unit(gold, predicted)?;
        } else {
            missing.push(gold.id.clone());
        }
        let (gold, predicted) = kept(gold, predicted, config.boilerplate);
        scorer.add(&linked(&gold), &linked(&predicted), &is_known);
    }
    Ok(LinkComparison {
        report: scorer.report(),
        clusters: scorer.clusters(Compared::Matched),
        pairing,
        missing,
        extra,
    })
}

fn linked(mentions: &Mentions<'_>) -> Vec<Linked> {
    let linked = |mention: &&LabelledMention| Linked {
        span: span(mention),
        referent: Referent::new(mention.entity.as_deref(), None),
        candidates: mention
            .candidates
            .iter()
            .map(|id| EntityId::from(id.as_str()))
            .collect(),
    };
    mentions.list.iter().map(linked).collect()
}

struct Paired<'a> {
    pairing: Pairing,
    /// Each gold document and its predictions, if there are any.
    documents: Vec<(&'a LabelledDocument, Option<&'a LabelledDocument>)>,
    extra: Vec<String>,
}

fn pair<'a>(
    gold: &'a [LabelledDocument],
    predicted: &'a [LabelledDocument],
) -> Result<Paired<'a>, Error> {
    let gold_names = by_name(gold)?;
    let mut rest = by_name(predicted)?;
    let none_agree = gold_names.keys().all(|name| !rest.contains_key(name));
    if none_agree && gold.len() == predicted.len() {
        let documents = gold.iter().zip(predicted.iter().map(Some)).collect();
        return Ok(Paired {
            pairing: Pairing::Position,
            documents,
            extra: Vec::new(),
        });
    }
    let documents = gold_names
        .into_iter()
        .map(|(name, gold)| (gold, rest.remove(name)))
        .collect();
    let extra = rest
        .into_values()
        .map(|document| document.id.clone())
        .collect();
    Ok(Paired {
        pairing: Pairing::Name,
        documents,
        extra,
    })
}

fn by_name(documents: &[LabelledDocument]) -> Result<BTreeMap<&str, &LabelledDocument>, Error> {
    let mut names = BTreeMap::new();
    for document in documents {
        if let Some(first) = names.insert(name(&document.id), document) {
            let (first, second) = (first.id.clone(), document.id.clone());
            return Err(Error::SameName { first, second });
        }
    }
    Ok(names)
}

/// Extensions that say how a document is stored, not which it is.
const EXTENSIONS: [&str; 5] = [".txt", ".json", ".jsonl", ".conll", ".tsv"];

/// The last part of a path, without extension.
fn name(id: &str) -> &str {
    let file = id.rsplit(['/', '\\']).next().unwrap_or(id);
    EXTENSIONS
        .iter()
        .find_map(|extension| file.strip_suffix(extension))
        .unwrap_or(file)
}

fn same_unit(gold: &LabelledDocument, predicted: &LabelledDocument) -> Result<(), Error> {
    if gold.offset_unit == predicted.offset_unit {
        return Ok(());
    }
    Err(Error::OffsetUnits {
        id: gold.id.clone(),
        gold: gold.offset_unit,
        predicted: predicted.offset_unit,
    })
}

/// The mentions of one document that are compared.
struct Mentions<'a> {
    id: &'a str,
    list: Vec<&'a LabelledMention>,
}

fn kept<'a>(
    gold: &'a LabelledDocument,
    predicted: Option<&'a LabelledDocument>,
    boilerplate: Boilerplate,
) -> (Mentions<'a>, Mentions<'a>) {
    let dropped = |mention: &LabelledMention| {
        boilerplate == Boilerplate::Drop && mention.place == Place::Boilerplate
    };
    let holes: Vec<Span> = gold
        .mentions
        .iter()
        .filter(|m| dropped(m))
        .map(span)
        .collect();
    let in_hole = |mention: &LabelledMention| holes.iter().any(|hole| hole.overlaps(span(mention)));
    let predicted_mentions = predicted.map_or(&[][..], |document| &document.mentions);
    let gold_list = gold.mentions.iter().filter(|m| !dropped(m)).collect();
    let predicted_list = predicted_mentions.iter().filter(|m| !in_hole(m)).collect();
    (
        Mentions {
            id: &gold.id,
            list: gold_list,
        },
        Mentions {
            id: &gold.id,
            list: predicted_list,
        },
    )
}

/// The mention as a span: of bytes in name only, which does not matter since it
/// only meets spans of the same document and unit.
fn span(mention: &LabelledMention) -> Span {
    Span::new(mention.start, mention.end)
}

fn spans<'a>(mentions: &Mentions<'a>) -> Vec<(Span, &'a str)> {
    mentions
        .list
        .iter()
        .map(|mention| (span(mention), mention.label.as_str()))
        .collect()
}

/// Numbers the surface forms of one document, so that the scorer, which
/// compares spans, compares forms.
#[derive(Default)]
struct Forms {
    numbers: BTreeMap<String, u32>,
}

impl Forms {
    fn spans<'a>(&mut self, mentions: &Mentions<'a>) -> Result<Vec<(Span, &'a str)>, Error> {
        let mut distinct = BTreeSet::new();
        for mention in &mentions.list {
            let Some(text) = &mention.text else {
                let (start, end) = (mention.start, mention.end);
                return Err(Error::NoForm {
                    id: mentions.id.to_owned(),
                    start,
                    end,
                });
            };
            let form = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let next = self.numbers.len() as u32;
            let number = *self.numbers.entry(form).or_insert(next);
            distinct.insert((Span::new(number, number + 1), mention.label.as_str()));
        }
        Ok(distinct.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use griot_text::OffsetUnit;

    use super::*;

    /// A document of mentions written `start-end:LABEL:text`, with `!` before a
    /// mention that is boilerplate.
    fn document(id: &str, mentions: &str) -> LabelledDocument {
        let mention = |item: &str| {
            let place = if item.starts_with('!') {
                Place::Boilerplate
            } else {
                Place::Article
            };
            let mut parts = item.trim_start_matches('!').split(':');
            let (start, end) = parts.next()?.split_once('-')?;
            Some(LabelledMention {
                start: start.parse().ok()?,
                end: end.parse().ok()?,
                label: parts.next()?.to_owned(),
                text: parts.next().map(str::to_owned),
                place,
                entity: parts.next().map(str::to_owned),
                candidates: Vec::new(),
            })
        };
        let mentions = mentions.split(", ").filter_map(mention).collect();
        LabelledDocument {
            id: id.to_owned(),
            offset_unit: OffsetUnit::Char,
            mentions,
        }
    }

    /// Correct, predicted, gold.
    fn micro(gold: &str, predicted: &str, config: ScoreConfig) -> [u64; 3] {
        let (gold, predicted) = (document("g", gold), document("g.txt", predicted));
        let micro = score(&[gold], &[predicted], config).unwrap().report.micro;
        [micro.correct, micro.predicted, micro.gold]
    }

    #[test]
    fn counts_mentions_or_forms() {
        let gold = "0-4:LOC:Mali, 9-13:LOC:Mali, 20-24:PER:Keïta";
        let predicted = "0-4:LOC:Mali, 20-24:ORG:Keïta, 30-34:LOC:Mali";
        let mentions = ScoreConfig::default();
        assert_eq!(micro(gold, predicted, mentions), [1, 3, 3]);
        assert_eq!(
            micro(gold, predicted, mentions.with_matching(Match::Exact)),
            [2, 3, 3]
        );
        assert_eq!(
            micro(gold, predicted, mentions.with_counted(Counted::Forms)),
            [1, 2, 2]
        );
    }

    #[test]
    fn white_space_does_not_make_another_form() {
        let forms = ScoreConfig::default().with_counted(Counted::Forms);
        assert_eq!(
            micro("0-9:LOC:Côte  d'I", "0-9:LOC:Côte\nd'I", forms),
            [1, 1, 1]
        );
    }

    #[test]
    fn drops_boilerplate_on_both_sides() {
        let drop = ScoreConfig::default().with_boilerplate(Boilerplate::Drop);
        let (gold, predicted) = ("0-4:LOC, !5-9:ORG", "0-4:LOC, 7-12:PER, 12-13:PER");
        assert_eq!(micro(gold, predicted, drop), [1, 2, 1]);
        assert_eq!(micro(gold, predicted, ScoreConfig::default()), [1, 3, 2]);
    }

    #[test]
    fn pairs_by_name() {
        let gold = ["a.txt", "b"].map(|id| document(id, "0-1:X"));
        let predicted = ["x/b.txt", "c", "d"].map(|id| document(id, "0-1:X"));
        let comparison = score(&gold, &predicted, ScoreConfig::default()).unwrap();
        assert_eq!(comparison.pairing, Pairing::Name);
        assert_eq!(comparison.missing, ["a.txt"]);
        assert_eq!(comparison.extra, ["c", "d"]);
        let micro = comparison.report.micro;
        assert_eq!([micro.correct, micro.predicted, micro.gold], [1, 1, 2]);
    }

    #[test]
    fn pairs_by_position_only_when_no_name_agrees() {
        let documents = |ids: [&str; 2]| ids.map(|id| document(id, "0-1:X"));
        let pairing = |gold, predicted| {
            let (gold, predicted) = (documents(gold), documents(predicted));
            score(&gold, &predicted, ScoreConfig::default())
                .unwrap()
                .pairing
        };
        assert_eq!(pairing(["g:1", "g:2"], ["p:1", "p:2"]), Pairing::Position);
        assert_eq!(pairing(["g:1", "b"], ["p:1", "b"]), Pairing::Name);
    }

    #[test]
    fn counts_links() {
        let gold = "0-4:LOC:Mali:Q912, 5-9:LOC:Gao:Q1, 10-12:PER:Ba:NIL:ba, 20-22:PER:Ba:NIL:ba";
        let gold = document("g", &gold.replace("NIL:", "NIL\u{1}")).with_nil();
        let predicted = "0-4:LOC:Mali:Q912, 5-9:LOC:Gao:Q2, 10-12:PER:Ba:nil:1, 20-22:PER:Ba:nil:2";
        let predicted = document("g", &predicted.replace("nil:", "nil\u{1}")).with_nil();
        let config = ScoreConfig::default();
        let comparison = score_links(&[gold], &[predicted], config, |_| true).unwrap();
        let report = &comparison.report;
        assert_eq!(
            [
                report.links.correct,
                report.links.predicted,
                report.links.gold
            ],
            [1, 2, 2]
        );
        assert_eq!(
            [report.nil.correct, report.nil.predicted, report.nil.gold],
            [2, 2, 2]
        );
        // The two mentions of one person are apart: recall of B-cubed is 3/4.
        assert!((comparison.clusters.b_cubed().recall - 0.75).abs() < 1e-9);
    }

    impl LabelledDocument {
        /// Puts back the colons that stand for the end of a field in `document`.
        fn with_nil(mut self) -> Self {
            for mention in &mut self.mentions {
                mention.entity = mention.entity.take().map(|id| id.replace('\u{1}', ":"));
            }
            self
        }
    }

    #[test]
    fn refuses_what_cannot_be_compared() {
        let gold = [document("a", "0-1:X:x")];
        let mut bytes = document("a", "0-1:X:x");
        bytes.offset_unit = OffsetUnit::Byte;
        let error =
            |gold: &[_], predicted: &[_], config| score(gold, predicted, config).unwrap_err();
        let default = ScoreConfig::default();
        assert!(matches!(
            error(&gold, &[bytes], default),
            Error::OffsetUnits { .. }
        ));
        let twice = [document("x/a.txt", ""), document("y/a.txt", "")];
        assert!(matches!(
            error(&gold, &twice, default),
            Error::SameName { .. }
        ));
        let forms = default.with_counted(Counted::Forms);
        assert!(matches!(
            error(&gold, &[document("a", "0-1:X")], forms),
            Error::NoForm { .. }
        ));
    }
}
