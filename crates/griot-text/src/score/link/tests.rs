#![expect(clippy::float_cmp, reason = "these ratios are exact")]

use serde_json::Value;

use super::*;

fn entity(id: &str) -> Referent {
    Referent::Entity(EntityId::from(id))
}

fn nil(id: &str) -> Referent {
    Referent::Nil(Some(EntityId::from(id)))
}

/// Mentions at 0, 10, 20, … in the order given; `-` leaves a place empty, `?` is
/// unknown, `0` is NIL without and `~x` NIL with an identifier.
fn mentions(written: &str) -> Vec<Linked> {
    let words = written.split_whitespace().enumerate();
    words
        .filter(|(_, word)| *word != "-")
        .map(|(place, word)| {
            let start = 10 * place as u32;
            let referent = match word {
                "?" => Referent::Unknown,
                "0" => Referent::Nil(None),
                word => word.strip_prefix('~').map_or_else(|| entity(word), nil),
            };
            Linked::new(Span::new(start, start + 4), referent)
        })
        .collect()
}

/// The knowledge base of the tests.
fn is_known(id: &EntityId) -> bool {
    id.as_str().starts_with('Q')
}

/// `[correct, incorrect, predicted, gold]`.
fn row(counts: Counts) -> [u64; 4] {
    [
        counts.correct,
        counts.incorrect,
        counts.predicted,
        counts.gold,
    ]
}

#[test]
fn by_hand() {
    // Name, gold, predicted; then links, all and NIL, as `row` has them.
    let cases = [
        (
            "two links, one right; NIL identifiers need not agree",
            "Q1 Q2 ~a 0",
            "Q1 Q3 ~x 0",
            [1, 1, 2, 2],
            [3, 1, 4, 4],
            [2, 0, 2, 2],
        ),
        (
            "NIL for a link, a link for NIL",
            "Q1 ~a",
            "~a Q1",
            [0, 0, 1, 1],
            [0, 2, 2, 2],
            [0, 0, 1, 1],
        ),
        (
            "a mention missed and one too many",
            "Q1 - Q2",
            "Q1 Q9 -",
            [1, 0, 2, 2],
            [1, 0, 2, 2],
            [0, 0, 0, 0],
        ),
        (
            "unknown gold takes its prediction along; an unknown prediction is none",
            "? Q1",
            "Q5 ?",
            [0, 0, 0, 1],
            [0, 0, 0, 1],
            [0, 0, 0, 0],
        ),
    ];
    for (name, gold, predicted, links, all, nil) in cases {
        let mut scorer = LinkScorer::default();
        scorer.add(&mentions(gold), &mentions(predicted), is_known);
        let report = scorer.report();
        assert_eq!(row(report.links), links, "{name}: links");
        assert_eq!(row(report.all), all, "{name}: all");
        assert_eq!(row(report.nil), nil, "{name}: nil");
    }
}

#[test]
fn entities_outside_the_knowledge_base() {
    let (gold, predicted) = (mentions("X1 X2 Q1"), mentions("~a X2 Q1"));
    // X1 and X2 are not known. Counted as missed links, or as NIL.
    let cases = [
        (Outside::Missed, [2, 0, 2, 3], [0, 0, 1, 0]),
        (Outside::Nil, [1, 0, 2, 1], [1, 0, 1, 2]),
    ];
    for (outside, links, nil) in cases {
        let mut scorer = LinkScorer::default().with_outside(outside);
        scorer.add(&gold, &predicted, is_known);
        let report = scorer.report();
        assert_eq!(row(report.links), links, "{outside:?}");
        assert_eq!(row(report.nil), nil, "{outside:?}");
        assert_eq!(row(report.in_kb), [1, 0, 1, 1], "{outside:?}");
    }
}

#[test]
fn candidates() {
    let gold = mentions("Q1 Q2 Q3 Q4 X1 ~a");
    let mut predicted = mentions("Q1 ~b Q9 - X1 ~a");
    let ids = |ids: &[&str]| ids.iter().map(|id| EntityId::from(*id)).collect();
    predicted[0].candidates = ids(&["Q1", "Q8"]);
    // Q7 and its redirect count as one candidate.
    predicted[1].candidates = ids(&["Q7", "Q70", "Q20"]);
    predicted[2].candidates = ids(&["Q9"]);
    let redirects = [("Q20", "Q2"), ("Q70", "Q7")];
    let redirects = redirects.map(|(from, to)| (EntityId::from(from), EntityId::from(to)));
    let mut scorer = LinkScorer::default().with_redirects(redirects.into_iter().collect());
    scorer.add(&gold, &predicted, is_known);
    let report = scorer.report();
    // Of Q1 to Q4, Q1 is first, Q2 second, Q3 no candidate, Q4 not found at all.
    // Q2 was taken for NIL.
    assert_eq!(row(report.in_kb), [1, 1, 2, 4]);
    assert_eq!(
        [0, 1, 2, 9].map(|k| report.recall_at(k)),
        [0.0, 0.25, 0.5, 0.5]
    );
    assert_eq!(LinkReport::default().recall_at(5), 0.0);
}

#[test]
fn redirects_are_followed() {
    let cases = [
        (
            vec![("a", "b"), ("b", "c")],
            [("a", "c"), ("b", "c"), ("c", "c")],
        ),
        // A circle leads to its least, also for those that lead into it.
        (
            vec![("c", "b"), ("b", "c")],
            [("a", "a"), ("b", "b"), ("c", "b")],
        ),
        (
            vec![("a", "c"), ("c", "b"), ("b", "c")],
            [("a", "b"), ("b", "b"), ("c", "b")],
        ),
        (vec![("a", "a")], [("a", "a"), ("b", "b"), ("c", "c")]),
    ];
    for (steps, expected) in cases {
        let pairs = steps
            .iter()
            .map(|(from, to)| (EntityId::from(*from), EntityId::from(*to)));
        let redirects: Redirects = pairs.collect();
        for (from, to) in expected {
            assert_eq!(
                redirects.resolve(&EntityId::from(from)).as_str(),
                to,
                "{steps:?}"
            );
        }
    }
}

#[test]
fn gold_and_prediction_are_redirected() {
    let redirects = [(EntityId::from("Q10"), EntityId::from("Q1"))];
    for (gold, predicted) in [("Q10", "Q1"), ("Q1", "Q10")] {
        let mut scorer =
            LinkScorer::default().with_redirects(redirects.clone().into_iter().collect());
        scorer.add(&mentions(gold), &mentions(predicted), |id| {
            id.as_str() == "Q1"
        });
        assert_eq!(scorer.report().in_kb.prf().f1, 1.0, "{gold} {predicted}");
        assert_eq!(scorer.clusters(Compared::All).b_cubed().f1, 1.0);
    }
}

#[test]
fn groups_reach_over_documents() {
    let mut scorer = LinkScorer::default();
    scorer.add(&mentions("Q1 ~a 0"), &mentions("Q1 ~x ~y"), is_known);
    scorer.add(&mentions("~a Q1 ?"), &mentions("~x 0 ~y"), is_known);
    let clusters = scorer.clusters(Compared::All);
    // Gold {1.Q1, 2.Q1} {1.a, 2.a}; predicted {1.Q1} {1.x, 2.x} {2.0}. What is
    // predicted for the gold mentions `0` and `?` is left out.
    assert_eq!((clusters.n_gold(), clusters.n_predicted()), (2, 3));
    let b_cubed = clusters.b_cubed();
    assert_eq!((b_cubed.precision, b_cubed.recall), (1.0, 0.75));
}

#[test]
fn one_span_counts_once() {
    let twice = [mentions("Q1"), mentions("Q2")].concat();
    let mut scorer = LinkScorer::default();
    scorer.add(&twice, &twice, is_known);
    assert_eq!(row(scorer.report().links), [1, 0, 1, 1]);
}

/// Rows of `[start, end, entity or null, cluster or null]`.
fn document(rows: &Value) -> Vec<Linked> {
    let rows = rows.as_array().expect("a list of mentions").iter();
    rows.map(|row| {
        let number = |index: usize| row[index].as_u64().expect("an offset") as u32;
        let referent = Referent::new(row[2].as_str(), row[3].as_str());
        Linked::new(Span::new(number(0), number(1)), referent)
    })
    .collect()
}

#[test]
fn minimal_scorer() {
    let json = include_str!("../../../tests/reference/link_reference.json");
    let cases: Vec<Value> = serde_json::from_str(json).expect("the reference is a list");
    assert_eq!(cases.len(), 40);
    for case in cases {
        let side = |name: &str| case[name].as_array().expect("documents").clone();
        let mut scorer = LinkScorer::default();
        for (gold, predicted) in side("gold").iter().zip(&side("predicted")) {
            scorer.add(&document(gold), &document(predicted), is_known);
        }
        let b_cubed = scorer.clusters(Compared::Matched).b_cubed();
        let figures = [("link", scorer.report().links.prf()), ("b_cubed", b_cubed)];
        for (figure, prf) in figures {
            for (index, value) in [prf.precision, prf.recall, prf.f1].into_iter().enumerate() {
                // Without a shared span there is no B-cubed.
                let expected = case[figure][index].as_f64().unwrap_or(0.0);
                assert!(
                    (value - expected).abs() < 1e-9,
                    "{figure} {prf:?} in {case}"
                );
            }
        }
    }
}
