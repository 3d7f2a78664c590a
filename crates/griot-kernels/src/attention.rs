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
mod tests;
