use proptest::prelude::*;

use super::*;
use crate::testing::numbers;

/// In 64 bits, one query at a time.
fn reference(
    x: &Matrix,
    sequences: &Sequences,
    n_heads: usize,
    reach: Reach,
    vectors: Option<(&[f32], &[f32], &[u32])>,
) -> Vec<f64> {
    let hidden = x.n_columns() / 3;
    let size = hidden / n_heads;
    let at = |row: usize, part: usize, i: usize| f64::from(x.row(row)[part * hidden + i]);
    let mut out = vec![0.0; x.n_rows() * hidden];
    for range in sequences.ranges() {
        for query in range.clone() {
            for head in 0..n_heads {
                let numbers = head * size..(head + 1) * size;
                let score = |key: usize| {
                    let mut score = 0.0;
                    for i in numbers.clone() {
                        score += at(query, 0, i) * at(key, 1, i);
                        if let Some((of_query, of_key, table)) = vectors {
                            let place = query + table.len().div_ceil(2) - 1 - key;
                            let vector = table[place] as usize * hidden + i;
                            score += at(query, 0, i) * f64::from(of_query[vector]);
                            score += at(key, 1, i) * f64::from(of_key[vector]);
                        }
                    }
                    score
                };
                let near = |key: &usize| match reach {
                    Reach::All => true,
                    Reach::Near(n) => key.abs_diff(query) <= n,
                };
                let keys: Vec<usize> = range.clone().filter(near).collect();
                let weights: Vec<f64> = keys.iter().map(|&key| score(key).exp()).collect();
                let total: f64 = weights.iter().sum();
                for i in numbers.clone() {
                    let values = keys.iter().zip(&weights);
                    let mixed = values.map(|(&key, weight)| weight * at(key, 2, i));
                    out[query * hidden + i] = mixed.sum::<f64>() / total;
                }
            }
        }
    }
    out
}

/// 9 vectors a side; far distances share theirs.
fn table(longest: usize) -> Vec<u32> {
    let last = i64::try_from(longest).unwrap() - 1;
    (-last..=last)
        .map(|distance| (distance + 9).clamp(0, 17) as u32)
        .collect()
}

proptest! {
    #[test]
    fn attention_is_that_of_the_definition(
        lengths in prop::collection::vec(0usize..70, 0..4),
        (n_heads, size) in (1usize..4, 1usize..20),
        near in prop::option::of(0usize..20),
        has_distances: bool,
        seed: u64,
    ) {
        let sequences = Sequences::new(lengths);
        let hidden = n_heads * size;
        let x = Matrix::from_vec(numbers(sequences.n_rows() * 3 * hidden, seed), 3 * hidden);
        let reach = near.map_or(Reach::All, Reach::Near);
        // No family has both.
        let has_distances = has_distances && near.is_none();
        let (of_query, of_key) = (numbers(18 * hidden, !seed), numbers(18 * hidden, seed ^ 5));
        let table = table(sequences.longest().max(1));
        let vectors = has_distances.then_some((&of_query[..], &of_key[..], &table[..]));
        let expected = reference(&x, &sequences, n_heads, reach, vectors);
        for isa in Isa::available() {
            let distances =
                Distances::new(Some(&of_query), Some(&of_key), hidden, n_heads, isa);
            let attention = Attention {
                n_heads,
                reach,
                distances: has_distances.then_some((&distances, &table[..])),
            };
            let got = attend(&x, &sequences, attention, isa);
            for (got, expected) in got.as_slice().iter().zip(&expected) {
                prop_assert!((f64::from(*got) - expected).abs() < 1e-5, "{isa}");
            }
        }
    }
}

/// A sequence gives the same bits alone and beside others, on one thread and on
/// several.
#[test]
fn sequences_are_on_their_own() {
    let lengths = [300, 40, 1, 129];
    let (n_heads, hidden) = (4, 64);
    let sequences = Sequences::new(lengths);
    let x = Matrix::from_vec(numbers(sequences.n_rows() * 3 * hidden, 8), 3 * hidden);
    let attention = Attention {
        n_heads,
        reach: Reach::All,
        distances: None,
    };
    let pool = |n| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .unwrap()
    };
    for isa in Isa::available() {
        let one = pool(1).install(|| attend(&x, &sequences, attention, isa));
        let four = pool(4).install(|| attend(&x, &sequences, attention, isa));
        assert_eq!(one.as_slice(), four.as_slice());
        for rows in sequences.ranges() {
            let part = rows.start * 3 * hidden..rows.end * 3 * hidden;
            let alone = Matrix::from_vec(x.as_slice()[part].to_vec(), 3 * hidden);
            let alone = attend(&alone, &Sequences::new([rows.len()]), attention, isa);
            let part = rows.start * hidden..rows.end * hidden;
            assert_eq!(alone.as_slice(), &one.as_slice()[part]);
        }
    }
}

/// What is no number shows in its sequence, and in no other.
#[test]
fn not_a_number_stays_in_its_sequence() {
    let (n_heads, hidden) = (2, 10);
    let sequences = Sequences::new([5, 50, 3]);
    for part in 0..3 {
        let mut numbers = numbers(sequences.n_rows() * 3 * hidden, 6);
        numbers[20 * 3 * hidden + part * hidden + 1] = f32::NAN;
        let x = Matrix::from_vec(numbers, 3 * hidden);
        let attention = Attention {
            n_heads,
            reach: Reach::All,
            distances: None,
        };
        for isa in Isa::available() {
            let got = attend(&x, &sequences, attention, isa);
            let finite = |row: usize| got.row(row).iter().all(|x| x.is_finite());
            assert!((0..5).chain(55..58).all(finite), "{isa} {part}");
            assert!(!finite(20), "{isa} {part}");
        }
    }
}
