use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{Reading, TagScheme, spans_from_tags};

const MODES: [(Match, &str); 4] = [
    (Match::Strict, "strict"),
    (Match::Exact, "exact"),
    (Match::Partial, "partial"),
    (Match::Type, "ent_type"),
];

type Spans = Vec<(Span, String)>;

fn scored(matching: Match, gold: &[Spans], predicted: &[Spans]) -> Report {
    let mut scorer = Scorer::new(matching);
    for (gold, predicted) in gold.iter().zip(predicted) {
        scorer.add(gold, predicted);
    }
    scorer.report()
}

/// `[correct, partial, incorrect, missed, spurious]`, the order of the reference.
fn row(counts: &Counts) -> [u64; 5] {
    [
        counts.correct,
        counts.partial,
        counts.incorrect,
        counts.missed(),
        counts.spurious(),
    ]
}

mod reference {
    //! Equality with seqeval and nervaluate on `tests/reference`.

    use super::*;

    fn cases() -> Vec<Value> {
        let json = include_str!("../../tests/reference/score_reference.json");
        serde_json::from_str(json).expect("the reference is a list")
    }

    fn spans(document: &Value) -> Spans {
        let number = |value: &Value| value.as_u64().expect("an offset") as u32;
        let rows = document.as_array().expect("a list of spans").iter();
        rows.map(|row| {
            let label = row[2].as_str().expect("a label").to_owned();
            (Span::new(number(&row[0]), number(&row[1])), label)
        })
        .collect()
    }

    fn documents(side: &Value) -> Vec<Spans> {
        side.as_array()
            .expect("a list of documents")
            .iter()
            .map(spans)
            .collect()
    }

    /// The counts or figures of a label or of `micro avg`.
    fn by_name(report: &Report, name: &str) -> Counts {
        if name == "micro avg" {
            report.micro
        } else {
            report.labels[name]
        }
    }

    #[test]
    fn nervaluate_counts() {
        for case in cases() {
            let strict = &case["strict"];
            let (gold, predicted) = (documents(&strict["gold"]), documents(&strict["predicted"]));
            for (matching, mode) in MODES {
                let report = scored(matching, &gold, &predicted);
                let expected = case["nervaluate"][mode].as_object().expect(mode);
                assert_eq!(expected.len(), report.labels.len() + 1, "{case}");
                for (name, counts) in expected {
                    let counts: [u64; 5] = serde_json::from_value(counts.clone()).expect(name);
                    assert_eq!(row(&by_name(&report, name)), counts, "{mode} {name} {case}");
                }
            }
        }
    }

    #[test]
    fn seqeval_figures() {
        let mut n_cases = 0;
        for case in cases() {
            let Some(expected) = case["seqeval"].as_object() else {
                continue;
            };
            n_cases += 1;
            let strict = &case["strict"];
            let (gold, predicted) = (documents(&strict["gold"]), documents(&strict["predicted"]));
            let report = scored(Match::Strict, &gold, &predicted);
            assert_eq!(expected.len(), report.labels.len() + 2, "{case}");
            for (name, figures) in expected {
                let [precision, recall, f1, n_gold]: [f64; 4] =
                    serde_json::from_value(figures.clone()).expect(name);
                let prf = if name == "macro avg" {
                    report.macro_average()
                } else {
                    let counts = by_name(&report, name);
                    assert_eq!(counts.gold, n_gold as u64, "{name} {case}");
                    counts.prf()
                };
                for (found, expected) in [
                    (prf.precision, precision),
                    (prf.recall, recall),
                    (prf.f1, f1),
                ] {
                    assert!(
                        (found - expected).abs() < 1e-12,
                        "{found} {expected} {name} {case}"
                    );
                }
            }
        }
        assert!(n_cases > 150, "{n_cases}");
    }

    #[test]
    fn seqeval_readings() {
        for case in cases() {
            let scheme = match case["scheme"].as_str() {
                Some("IOB2") => TagScheme::Iob2,
                Some(_) => TagScheme::Bioes,
                None => continue,
            };
            for (index, document) in case["tags"]
                .as_array()
                .expect("documents")
                .iter()
                .enumerate()
            {
                for side in ["gold", "predicted"] {
                    let strict = &case["strict"][side][index];
                    check(&document[side], Reading::Strict(scheme), strict);
                }
                check(&document["gold"], Reading::Lenient, &case["lenient"][index]);
            }
        }
    }

    #[track_caller]
    fn check(tags: &Value, reading: Reading, expected: &Value) {
        if expected.is_null() {
            return;
        }
        let tags: Vec<&str> = tags.as_str().expect("tags").split(' ').collect();
        let words: Vec<Span> = (0..tags.len() as u32)
            .map(|i| Span::new(i, i + 1))
            .collect();
        let found = spans_from_tags(&words, &tags, reading).expect("valid tags");
        let found: Spans = found
            .into_iter()
            .map(|(span, l)| (span, l.to_string()))
            .collect();
        assert_eq!(found, spans(expected), "{tags:?} {reading:?}");
    }
}

fn spans(rows: &[(u32, u32, &str)]) -> Spans {
    rows.iter()
        .map(|&(start, end, label)| (Span::new(start, end), label.to_owned()))
        .collect()
}

#[track_caller]
fn check(gold: &[(u32, u32, &str)], predicted: &[(u32, u32, &str)], expected: [[u64; 5]; 4]) {
    for ((matching, mode), expected) in MODES.into_iter().zip(expected) {
        let report = scored(matching, &[spans(gold)], &[spans(predicted)]);
        assert_eq!(
            row(&report.micro),
            expected,
            "{mode} {gold:?} {predicted:?}"
        );
    }
}

/// What nervaluate would count in the order of the lists, here with exact pairs
/// first; spans that only touch are apart.
#[test]
fn pairs() {
    check(&[], &[], [[0; 5]; 4]);
    check(&[(0, 5, "X")], &[], [[0, 0, 0, 1, 0]; 4]);
    check(&[], &[(0, 5, "X")], [[0, 0, 0, 0, 1]; 4]);
    check(&[(0, 5, "X")], &[(5, 9, "X")], [[0, 0, 0, 1, 1]; 4]);
    check(
        &[(0, 5, "X")],
        &[(0, 5, "Y")],
        [
            [0, 0, 1, 0, 0],
            [1, 0, 0, 0, 0],
            [1, 0, 0, 0, 0],
            [0, 0, 1, 0, 0],
        ],
    );
    check(
        &[(0, 500, "X")],
        &[(499, 600, "X")],
        [
            [0, 0, 1, 0, 0],
            [0, 0, 1, 0, 0],
            [0, 1, 0, 0, 0],
            [1, 0, 0, 0, 0],
        ],
    );
    // Nested: the short prediction must not take the long gold span.
    check(
        &[(0, 9, "X"), (0, 4, "Y")],
        &[(0, 2, "X"), (0, 4, "Y"), (0, 9, "X")],
        [[2, 0, 0, 0, 1]; 4],
    );
    // The same span twice.
    check(
        &[(0, 5, "X")],
        &[(0, 5, "X"), (0, 5, "X")],
        [[1, 0, 0, 0, 0]; 4],
    );
}

#[test]
fn half_a_point_for_a_partial_match() {
    let report = scored(
        Match::Partial,
        &[spans(&[(0, 5, "X"), (6, 9, "X")])],
        &[spans(&[(0, 4, "X")])],
    );
    let Prf {
        precision,
        recall,
        f1,
    } = report.micro.prf();
    assert_eq!((precision, recall), (0.5, 0.25));
    assert!((f1 - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn a_ratio_without_denominator_is_zero() {
    let report = Scorer::new(Match::Strict).report();
    assert_eq!(report.micro.prf(), Prf::default());
    assert_eq!(report.macro_average(), Prf::default());
}

/// Spans that may overlap and repeat.
fn any_spans() -> impl Strategy<Value = Spans> {
    let span = (0u32..30, 0u32..8, "[XY]");
    prop::collection::vec(
        span.prop_map(|(start, len, l)| (Span::new(start, start + len), l)),
        0..12,
    )
}

proptest! {
    #[test]
    fn counts_add_up(gold in any_spans(), predicted in any_spans()) {
        for (matching, _) in MODES {
            let mut shuffled = predicted.clone();
            shuffled.reverse();
            let report = scored(matching, std::slice::from_ref(&gold), std::slice::from_ref(&predicted));
            prop_assert_eq!(&report, &scored(matching, std::slice::from_ref(&gold), &[shuffled]));
            let Counts { correct, partial, incorrect, predicted, gold } = report.micro;
            prop_assert!(correct + partial + incorrect <= predicted.min(gold));
            let sum = |of: fn(&Counts) -> u64| report.labels.values().map(of).sum::<u64>();
            prop_assert_eq!((sum(|c| c.predicted), sum(|c| c.gold)), (predicted, gold));
        }
    }

    #[test]
    fn strict_is_the_intersection_of_sets(gold in any_spans(), predicted in any_spans()) {
        let set = |spans: &Spans| spans.iter().cloned().collect::<BTreeSet<_>>();
        let report = scored(Match::Strict, std::slice::from_ref(&gold), std::slice::from_ref(&predicted));
        let common = set(&gold).intersection(&set(&predicted)).count() as u64;
        prop_assert_eq!(report.micro.correct, common);
        prop_assert_eq!(report.labels.values().map(|counts| counts.correct).sum::<u64>(), common);
    }
}
