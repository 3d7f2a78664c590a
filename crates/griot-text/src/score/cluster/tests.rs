use proptest::prelude::*;
use serde_json::Value;

use super::*;

type Groups = Vec<(u32, u32)>;

fn all(clusters: &Clusters) -> [(&'static str, Prf); 4] {
    [
        ("b_cubed", clusters.b_cubed()),
        ("ceaf_e", clusters.ceaf_e()),
        ("lea", clusters.lea()),
        ("pairwise", clusters.pairwise()),
    ]
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-9
}

/// Groups written as words: `abc defg` are two groups of characters.
fn groups(written: &str) -> Vec<(char, usize)> {
    let words = written.split_whitespace().enumerate();
    words
        .flat_map(|(group, items)| items.chars().map(move |item| (item, group)))
        .collect()
}

/// Precision and recall of one figure.
type Ratios = (f64, f64);

/// Name, gold groups, predicted groups; then B-cubed, CEAF-e, LEA and pairwise.
const BY_HAND: [(&str, &str, &str, [Ratios; 4]); 6] = [
    (
        "Pradhan et al. 2014, figure 1; LEA in Moosavi and Strube 2016, 3.2",
        "abc defg",
        "ab cd fghi",
        [
            // P: (2·2/2 + 1/2 + 1/2 + 2·2/4) / 8; R: (2·2/3 + 1/3 + 1/4 + 2·2/4) / 7.
            (4.0 / 8.0, (4.0 / 3.0 + 1.0 / 3.0 + 0.25 + 1.0) / 7.0),
            // abc–ab: 2·2/5; defg–fghi: 2·2/8; 1.3 over three and two groups.
            (1.3 / 3.0, 1.3 / 2.0),
            // P: (2·1/1 + 2·0/1 + 4·1/6) / 8; R: (3·1/3 + 4·1/6) / 7.
            ((2.0 + 4.0 / 6.0) / 8.0, (1.0 + 4.0 / 6.0) / 7.0),
            // ab and fg of the pairs: 1 + 1 + 6 predicted, 3 + 6 gold.
            (2.0 / 8.0, 2.0 / 9.0),
        ],
    ),
    (
        "Luo 2005, figure 1, response (a): groups of 5 and 2 merged",
        "12345 67 89ABC",
        "12345 6789ABC",
        [
            // P: (5 + 2·2/7 + 5·5/7) / 12.
            ((5.0 + 4.0 / 7.0 + 25.0 / 7.0) / 12.0, 1.0),
            // 1, and the better of 2·2/9 and 2·5/12: 11/6 over two and three groups.
            (11.0 / 12.0, 11.0 / 18.0),
            // P: (5 + 7·(1 + 10)/21) / 12; every gold link is found.
            ((5.0 + 7.0 * 11.0 / 21.0) / 12.0, 1.0),
            // 10 + 1 + 10 of 10 + 21.
            (21.0 / 31.0, 1.0),
        ],
    ),
    (
        "Luo 2005, figure 1, response (c): one group of all",
        "12345 67 89ABC",
        "123456789ABC",
        [
            // P: (5·5 + 2·2 + 5·5) / 12 / 12.
            (54.0 / 144.0, 1.0),
            // One pair of 5 and 12: 10/17.
            (10.0 / 17.0, 10.0 / 17.0 / 3.0),
            // P: 12·21/66 / 12.
            (21.0 / 66.0, 1.0),
            (21.0 / 66.0, 1.0),
        ],
    ),
    (
        "Luo 2005, figure 1, response (d): every item alone",
        "12345 67 89ABC",
        "1 2 3 4 5 6 7 8 9 A B C",
        [
            // R: (5·1/5 + 2·1/2 + 5·1/5) / 12.
            (1.0, 3.0 / 12.0),
            // Of three pairs: 2/6 + 2/3 + 2/6.
            ((4.0 / 3.0) / 12.0, (4.0 / 3.0) / 3.0),
            (0.0, 0.0),
            (0.0, 0.0),
        ],
    ),
    (
        "a group of one is found by LEA where it is alone on both sides",
        "a bc",
        "a bcd e",
        [
            ((1.0 + 4.0 / 3.0) / 5.0, 1.0),
            (1.8 / 3.0, 1.8 / 2.0),
            // P: (1·1 + 3·1/3 + 1·0) / 5.
            (2.0 / 5.0, 1.0),
            (1.0 / 3.0, 1.0),
        ],
    ),
    ("nothing", "", "", [(0.0, 0.0); 4]),
];

#[test]
fn by_hand() {
    for (name, gold, predicted, expected) in BY_HAND {
        let clusters = Clusters::new(groups(gold), groups(predicted));
        for ((figure, prf), (precision, recall)) in all(&clusters).into_iter().zip(expected) {
            assert!(close(prf.precision, precision), "{name}: {figure} {prf:?}");
            assert!(close(prf.recall, recall), "{name}: {figure} {prf:?}");
        }
    }
}

#[test]
fn reference() {
    let json = include_str!("../../../tests/reference/cluster_reference.json");
    let cases: Vec<Value> = serde_json::from_str(json).expect("the reference is a list");
    assert_eq!(cases.len(), 200);
    for case in cases {
        let side = |name: &str| -> Groups {
            serde_json::from_value(case[name].clone()).expect("a list of pairs")
        };
        let clusters = Clusters::new(side("gold"), side("predicted"));
        for (figure, prf) in all(&clusters) {
            let found = [prf.precision, prf.recall, prf.f1];
            for (index, value) in found.into_iter().enumerate() {
                let expected = case[figure][index].as_f64().expect("a number");
                assert!(close(value, expected), "{figure} {prf:?} in {case}");
            }
        }
    }
}

fn grouping() -> impl Strategy<Value = Groups> {
    prop::collection::vec((0_u32..30, 0_u32..8), 1..40)
}

proptest! {
    #[test]
    fn perfect_is_one(gold in grouping()) {
        let clusters = Clusters::new(gold.clone(), gold);
        let has_pairs = clusters.n_gold() < clusters.gold.iter().sum::<u32>() as usize;
        for (figure, prf) in all(&clusters) {
            let expected = if figure == "pairwise" && !has_pairs { 0.0 } else { 1.0 };
            prop_assert!(close(prf.f1, expected), "{} {:?}", figure, prf);
        }
    }

    #[test]
    fn names_and_order_do_not_matter(gold in grouping(), predicted in grouping(), by in 1_u32..9) {
        let before = Clusters::new(gold.clone(), predicted.clone());
        let renamed = |mut groups: Groups| {
            let mut seen = std::collections::BTreeSet::new();
            groups.retain(|(item, _)| seen.insert(*item));
            groups.reverse();
            groups.into_iter().map(move |(item, group)| (item, 100 - group * by)).collect::<Groups>()
        };
        let after = Clusters::new(renamed(gold), renamed(predicted));
        for (left, right) in all(&before).into_iter().zip(all(&after)) {
            prop_assert!(close(left.1.f1, right.1.f1), "{:?} {:?}", left, right);
        }
    }

    #[test]
    fn sides_swap(gold in grouping(), predicted in grouping()) {
        let forth = Clusters::new(gold.clone(), predicted.clone());
        let back = Clusters::new(predicted, gold);
        for (left, right) in all(&forth).into_iter().zip(all(&back)) {
            prop_assert!(close(left.1.precision, right.1.recall), "{:?} {:?}", left, right);
            prop_assert!(close(left.1.recall, right.1.precision), "{:?} {:?}", left, right);
        }
    }

    #[test]
    fn every_figure_is_a_ratio(gold in grouping(), predicted in grouping()) {
        for (figure, prf) in all(&Clusters::new(gold, predicted)) {
            for value in [prf.precision, prf.recall, prf.f1] {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&value), "{} {:?}", figure, prf);
            }
        }
    }
}
