//! Attention of each sequence over itself.

use std::ops::Range;

use crate::isa::{Isa, Kernel, panel_width};
use crate::linear::{FloatProduct, Floats, Rows, Then};
use crate::math::Activation;
use crate::matrix::{Columns, Matrix, Sequences};
use crate::rows::softmax;

/// How far a unit sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of its sequence.
    All,
    /// So many units to either side.
    Near(usize),
}

/// What attention looks at.
#[derive(Clone, Copy, Debug)]
pub struct Attention<'a> {
    /// Heads; they divide hidden.
    pub n_heads: usize,
    /// How far a unit sees.
    pub reach: Reach,
    /// What it knows of distances, and the table of the longest sequence: the
    /// vector of each distance from -(longest - 1) to longest - 1, query minus key,
    /// in an order that does not fall.
    pub distances: Option<(&'a Distances, &'a [u32])>,
}

/// Vectors of distances (He et al. 2020, arXiv:2006.03654).
#[derive(Debug)]
pub struct Distances {
    /// Those that queries meet, of each head.
    query: Option<Vec<Floats>>,
    /// Those that keys meet.
    key: Option<Vec<Floats>>,
}

impl Distances {
    /// `query` and `key` are [vectors, hidden], row-major: what queries and keys
    /// meet.
    pub fn new(
        query: Option<&[f32]>,
        key: Option<&[f32]>,
        hidden: usize,
        n_heads: usize,
        isa: Isa,
    ) -> Self {
        let size = hidden / n_heads;
        let of_heads = |vectors: &[f32]| {
            let n_vectors = vectors.len() / hidden;
            let head = |head: usize| {
                let mut floats = Floats::default();
                floats.repack(&vectors[head * size..], hidden, n_vectors, size, isa);
                floats
            };
            (0..n_heads).map(head).collect()
        };
        Self {
            query: query.map(of_heads),
            key: key.map(of_heads),
        }
    }
}

/// Queries that go together: their scores stay in a cache.
const BLOCK: usize = 48;

/// Multiplications that are worth a task of their own.
const TASK: usize = 1 << 19;

/// What each row sees of its sequence, [rows, hidden]: values weighted by the
/// softmax of the products of its query and all keys. `query_key_value` is
/// [rows, 3 · hidden], its queries scaled.
///
/// # Panics
///
/// If the shapes do not fit each other.
pub fn attend(
    query_key_value: &Matrix,
    sequences: &Sequences,
    attention: Attention<'_>,
    isa: Isa,
) -> Matrix {
    let hidden = query_key_value.n_columns() / 3;
    assert!(query_key_value.n_columns() == 3 * hidden && hidden.is_multiple_of(attention.n_heads));
    assert_eq!(query_key_value.n_rows(), sequences.n_rows());
    let longest = sequences.longest();
    if let Some((_, table)) = attention.distances {
        assert!(table.len() + 1 == 2 * longest.max(1));
    }
    let mut out = Matrix::scratch(sequences.n_rows(), hidden);
    let heads = Heads {
        query_key_value,
        sequences,
        attention,
        size: hidden / attention.n_heads,
        isa,
    };
    let products: usize = sequences.ranges().map(|range| range.len().pow(2)).sum();
    let at_once = (TASK / (2 * products * heads.size).max(1)).max(1);
    heads.halve(0..attention.n_heads, out.columns_mut(), at_once);
    out
}

struct Heads<'a> {
    query_key_value: &'a Matrix,
    sequences: &'a Sequences,
    attention: Attention<'a>,
    /// Numbers of a head.
    size: usize,
    isa: Isa,
}

/// What is made anew for each head, in the same memory.
#[derive(Default)]
struct Scratch {
    keys: Floats,
    values: Floats,
}

impl Heads<'_> {
    /// `heads`, of which `out` has the columns, on as many threads as that is worth.
    fn halve(&self, heads: Range<usize>, mut out: Columns<'_>, at_once: usize) {
        if heads.len() <= at_once || rayon::current_num_threads() == 1 {
            let mut scratch = Scratch::default();
            for (index, head) in heads.enumerate() {
                for rows in self.sequences.ranges() {
                    let columns = index * self.size..(index + 1) * self.size;
                    let out = out.part(rows.clone(), columns);
                    self.run(head, rows, out, &mut scratch);
                }
            }
            return;
        }
        let middle = heads.start + heads.len() / 2;
        let (left, right) = out.split_at((middle - heads.start) * self.size);
        rayon::join(
            || self.halve(heads.start..middle, left, at_once),
            || self.halve(middle..heads.end, right, at_once),
        );
    }

    /// The numbers of part 0, 1 or 2 (query, key, value) of a head, from a row on.
    fn rows(&self, part: usize, head: usize, row: usize) -> Rows<'_> {
        let stride = self.query_key_value.n_columns();
        let column = part * stride / 3 + head * self.size;
        Rows {
            data: &self.query_key_value.as_slice()[row * stride + column..],
            stride,
        }
    }

    /// One head of the sequence in `rows`.
    fn run(&self, head: usize, rows: Range<usize>, mut out: Columns<'_>, scratch: &mut Scratch) {
        let length = rows.len();
        if length == 0 {
            return;
        }
        let (keys, values) = (
            self.rows(1, head, rows.start),
            self.rows(2, head, rows.start),
        );
        let size = self.size;
        scratch
            .keys
            .repack(keys.data, keys.stride, length, size, self.isa);
        scratch
            .values
            .repack_transposed(values.data, values.stride, size, length, self.isa);
        let far = self.of_distances(head, rows.clone());
        for start in (0..length).step_by(BLOCK) {
            let block = start..length.min(start + BLOCK);
            let seen = self.seen(&block, length);
            let queries = self.rows(0, head, rows.start + start);
            let mut scores = Matrix::scratch(block.len(), seen.len());
            let width = panel_width(self.isa);
            let panels = seen.start / width..seen.end.div_ceil(width);
            self.multiply(
                &scratch.keys,
                0..size,
                queries,
                panels,
                scores.columns_mut(),
            );
            if let Some(far) = &far {
                far.add_to(&mut scores, self, queries, &block);
            }
            self.isa.run(Weigh {
                scores: &mut scores,
                reach: self.attention.reach,
                block: block.clone(),
                seen: seen.clone(),
            });
            let panels = 0..size.div_ceil(width);
            let out = out.part(block, 0..size);
            self.multiply(&scratch.values, seen, Rows::of(&scores), panels, out);
        }
    }

    /// The keys that some query of `block` sees, and a few more: whole panels.
    fn seen(&self, block: &Range<usize>, length: usize) -> Range<usize> {
        match self.attention.reach {
            Reach::All => 0..length,
            Reach::Near(n) => {
                let width = panel_width(self.isa);
                let start = block.start.saturating_sub(n) / width * width;
                start..length.min(block.end + n)
            }
        }
    }

    /// The product of rows and some panels of weights, summed over `inputs`.
    fn multiply(
        &self,
        weights: &Floats,
        inputs: Range<usize>,
        x: Rows<'_>,
        panels: Range<usize>,
        out: Columns<'_>,
    ) {
        self.isa.run(FloatProduct {
            weights,
            inputs,
            x,
            bias: &[],
            panels,
            out,
            then: Then::Store(Activation::Identity),
        });
    }

    /// What `head` knows of the distances of the sequence in `rows`.
    fn of_distances(&self, head: usize, rows: Range<usize>) -> Option<Far<'_>> {
        let (distances, table) = self.attention.distances?;
        let longest = table.len().div_ceil(2);
        let length = rows.len();
        let table = &table[longest - length..longest + length - 1];
        let width = panel_width(self.isa);
        let (first, last) = (table[0] as usize, table[table.len() - 1] as usize);
        let panels = first / width..last / width + 1;
        let mut far = Far {
            query: distances.query.as_ref().map(|vectors| &vectors[head]),
            key: None,
            table,
            panels,
            width,
        };
        let vectors = distances.key.as_ref();
        far.key = vectors.map(|vectors| {
            let keys = self.rows(1, head, rows.start);
            far.sums(self, &vectors[head], keys, length)
        });
        Some(far)
    }
}

/// Products with the vectors of distances, of one head and one sequence.
struct Far<'a> {
    /// The vectors that queries meet.
    query: Option<&'a Floats>,
    /// The products of each key with those it meets, [length, vectors of `panels`].
    key: Option<Matrix>,
    /// The vector of each distance from -(length - 1) on, query minus key.
    table: &'a [u32],
    /// The panels of vectors that are in the table.
    panels: Range<usize>,
    width: usize,
}

impl Far<'_> {
    /// The products of `n` rows and the vectors of the panels.
    fn sums(&self, heads: &Heads<'_>, vectors: &Floats, x: Rows<'_>, n: usize) -> Matrix {
        let n_vectors = vectors.outputs().min(self.panels.end * self.width);
        let mut sums = Matrix::scratch(n, n_vectors - self.panels.start * self.width);
        let out = sums.columns_mut();
        heads.multiply(vectors, 0..heads.size, x, self.panels.clone(), out);
        sums
    }

    /// Adds to the scores of the queries of `block` and all keys what their
    /// distances say.
    fn add_to(
        &self,
        scores: &mut Matrix,
        heads: &Heads<'_>,
        queries: Rows<'_>,
        block: &Range<usize>,
    ) {
        let of_query = self
            .query
            .map(|vectors| self.sums(heads, vectors, queries, block.len()));
        let first = self.panels.start * self.width;
        for ((index, query), scores) in block.clone().enumerate().zip(scores.rows_mut()) {
            // The distances of this query to key 0, 1 and so on.
            let length = scores.len();
            let table = self.table[query..query + length].iter().rev();
            for (key, (score, &vector)) in scores.iter_mut().zip(table).enumerate() {
                let vector = vector as usize - first;
                if let Some(sums) = &of_query {
                    *score += sums.row(index)[vector];
                }
                if let Some(sums) = &self.key {
                    *score += sums.row(key)[vector];
                }
            }
        }
    }
}

/// Scores to weights: the softmax of those in reach, 0 for the others.
struct Weigh<'a> {
    /// [block, seen].
    scores: &'a mut Matrix,
    reach: Reach,
    block: Range<usize>,
    seen: Range<usize>,
}

impl Kernel for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) {
        let Range { start, end } = self.seen;
        for (query, scores) in self.block.zip(self.scores.rows_mut()) {
            let range = match self.reach {
                Reach::All => 0..scores.len(),
                Reach::Near(n) => {
                    query.saturating_sub(n).max(start) - start..end.min(query + n + 1) - start
                }
            };
            scores[..range.start].fill(0.0);
            scores[range.end..].fill(0.0);
            softmax::<FMA, C>(&mut scores[range]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut state = seed | 1;
        let next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        std::iter::repeat_with(next).take(n).collect()
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
}
