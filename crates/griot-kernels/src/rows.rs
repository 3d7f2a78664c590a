//! Functions of rows.

use std::ops::Range;

use crate::isa::{Isa, Kernel, fma};
use crate::math::{exp, logistic};
use crate::matrix::{Matrix, Sequences};

/// Brings mean and variance of each row to what was learned (Ba et al. 2016,
/// arXiv:1607.06450).
#[derive(Clone, Debug)]
pub struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    eps: f32,
}

impl LayerNorm {
    /// # Panics
    ///
    /// If `weight` and `bias` have not the same length.
    pub fn new(weight: Vec<f32>, bias: Vec<f32>, eps: f32) -> Self {
        assert_eq!(weight.len(), bias.len());
        Self { weight, bias, eps }
    }

    /// The rows of `x`, normalized.
    ///
    /// # Panics
    ///
    /// If they have another length than the weights.
    pub fn forward(&self, x: &Matrix, isa: Isa) -> Matrix {
        let mut out = Matrix::scratch(x.n_rows(), x.n_columns());
        assert_eq!(x.n_columns(), self.weight.len());
        isa.run(Normalize {
            norm: self,
            x: x.as_slice(),
            out: out.as_mut_slice(),
        });
        out
    }
}

struct Normalize<'a> {
    norm: &'a LayerNorm,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Normalize<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) {
        let LayerNorm { weight, bias, eps } = self.norm;
        let size = weight.len().max(1);
        for (x, out) in self
            .x
            .chunks_exact(size)
            .zip(self.out.chunks_exact_mut(size))
        {
            let mean = sum::<C>(x, |x| x) / size as f32;
            let variance = sum::<C>(x, |x| (x - mean) * (x - mean)) / size as f32;
            let scale = 1.0 / (variance + eps).sqrt();
            let learned = weight.iter().zip(bias);
            for ((out, x), (weight, bias)) in out.iter_mut().zip(x).zip(learned) {
                *out = fma::<FMA>((x - mean) * scale, *weight, *bias);
            }
        }
    }
}

/// The sum of `term` of each of `values`, `C` sums side by side.
#[inline(always)]
fn sum<const C: usize>(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<C>();
    let mut sums = [0.0; C];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += term(*x);
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        *sum += term(*x);
    }
    sums.into_iter().sum()
}

/// The softmax of `values`, of which there is at least one.
#[inline(always)]
pub(crate) fn softmax<const FMA: bool, const C: usize>(values: &mut [f32]) {
    let max = max::<C>(values);
    for x in values.iter_mut() {
        *x = exp::<FMA>(*x - max);
    }
    let scale = 1.0 / sum::<C>(values, |x| x);
    for x in values {
        *x *= scale;
    }
}

#[inline(always)]
fn max<const C: usize>(values: &[f32]) -> f32 {
    let greater = |a: f32, b: f32| if b > a { b } else { a };
    let (chunks, rest) = values.as_chunks::<C>();
    let mut greatest = [f32::MIN; C];
    for chunk in chunks {
        for (max, x) in greatest.iter_mut().zip(chunk) {
            *max = greater(*max, *x);
        }
    }
    let all = greatest.iter().chain(rest);
    all.fold(f32::MIN, |max, x| greater(max, *x))
}

/// Brings each row of scores to logarithms of probabilities.
pub fn log_softmax(scores: &mut Matrix) {
    for row in scores.rows_mut() {
        let max = row.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = row.iter().map(|x| (x - max).exp()).sum();
        let total = max + sum.ln();
        for x in row {
            *x -= total;
        }
    }
}

/// The first half of each row times the logistic function of the second (Dauphin et
/// al. 2016, arXiv:1612.08083), added to the same row of `sum`.
///
/// # Panics
///
/// If the rows of `x` are not twice as long as those of `sum`.
pub fn add_gated(x: &Matrix, sum: &mut Matrix, isa: Isa) {
    assert_eq!(
        (x.n_rows(), x.n_columns()),
        (sum.n_rows(), 2 * sum.n_columns())
    );
    isa.run(Gated {
        x,
        size: sum.n_columns(),
        sum: sum.as_mut_slice(),
    });
}

struct Gated<'a> {
    x: &'a Matrix,
    size: usize,
    sum: &'a mut [f32],
}

impl Kernel for Gated<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) {
        let size = self.size.max(1);
        let rows = self.x.as_slice().chunks_exact(2 * size);
        for (x, sum) in rows.zip(self.sum.chunks_exact_mut(size)) {
            let (value, gate) = x.split_at(size);
            for (sum, (value, gate)) in sum.iter_mut().zip(value.iter().zip(gate)) {
                *sum = fma::<FMA>(*value, logistic::<FMA>(*gate), *sum);
            }
        }
    }
}

/// Adds to each number of `x` that of `y`.
///
/// # Panics
///
/// If there are not as many.
pub fn add(x: &mut Matrix, y: &Matrix) {
    assert_eq!((x.n_rows(), x.n_columns()), (y.n_rows(), y.n_columns()));
    for (x, y) in x.as_mut_slice().iter_mut().zip(y.as_slice()) {
        *x += y;
    }
}

/// Multiplies each number of `x` with that of `y`.
///
/// # Panics
///
/// If there are not as many.
pub fn multiply(x: &mut Matrix, y: &Matrix) {
    assert_eq!((x.n_rows(), x.n_columns()), (y.n_rows(), y.n_columns()));
    for (x, y) in x.as_mut_slice().iter_mut().zip(y.as_slice()) {
        *x *= y;
    }
}

/// The row before, the row and the row after of each, side by side; beyond the ends
/// of a sequence there is nothing, 0.
///
/// # Panics
///
/// If the sequences have not as many rows as `x`.
pub fn neighbors(x: &Matrix, sequences: &Sequences) -> Matrix {
    assert_eq!(x.n_rows(), sequences.n_rows());
    let size = x.n_columns();
    let mut out = Matrix::scratch(x.n_rows(), 3 * size);
    for Range { start, end } in sequences.ranges() {
        for at in start..end {
            let row = &mut out.as_mut_slice()[3 * size * at..][..3 * size];
            let (from, to) = (at.saturating_sub(1).max(start), (at + 2).min(end));
            let skip = if at == start { size } else { 0 };
            let n = (to - from) * size;
            row[..skip].fill(0.0);
            row[skip..][..n].copy_from_slice(&x.as_slice()[from * size..][..n]);
            row[skip + n..].fill(0.0);
        }
    }
    out
}

/// Places as angles (Su et al. 2021, arXiv:2104.09864): cosines and sines of the
/// angle by which each place turns each pair of numbers of a head.
#[derive(Clone, Debug)]
pub struct Turns {
    /// [places, half of a head].
    pub cos: Matrix,
    /// [places, half of a head].
    pub sin: Matrix,
}

/// Turns the queries and the keys in `query_key_value` [rows, 3 · hidden] by their
/// places in their sequence; number `i` of a head and number `i` of its second half
/// are a pair.
///
/// # Panics
///
/// If `turns` has too few places, or hidden is not a number of whole heads.
pub fn rotate(query_key_value: &mut Matrix, sequences: &Sequences, turns: &Turns, isa: Isa) {
    let hidden = query_key_value.n_columns() / 3;
    let half = turns.cos.n_columns();
    assert!(hidden.is_multiple_of(2 * half));
    isa.run(Rotate {
        query_key_value,
        sequences,
        turns,
    });
}

struct Rotate<'a> {
    query_key_value: &'a mut Matrix,
    sequences: &'a Sequences,
    turns: &'a Turns,
}

impl Kernel for Rotate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) {
        let Turns { cos, sin } = self.turns;
        let columns = self.query_key_value.n_columns();
        let (turned, half) = (columns / 3 * 2, cos.n_columns());
        for range in self.sequences.ranges() {
            for (place, row) in range.enumerate() {
                let row = &mut self.query_key_value.as_mut_slice()[row * columns..][..turned];
                let (cos, sin) = (cos.row(place), sin.row(place));
                for head in row.chunks_exact_mut(2 * half) {
                    let (first, second) = head.split_at_mut(half);
                    for (i, (x, y)) in first.iter_mut().zip(second).enumerate() {
                        let (old_x, old_y) = (*x, *y);
                        *x = old_x * cos[i] - old_y * sin[i];
                        *y = old_x * sin[i] + old_y * cos[i];
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matrix(rows: usize, columns: usize) -> Matrix {
        let values = (0..rows * columns).map(|i| ((i * 37 + 11) % 101) as f32 / 25.0 - 2.0);
        Matrix::from_vec(values.collect(), columns)
    }

    fn close(got: &[f32], expected: &[f64]) {
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            assert!(
                (f64::from(*got) - expected).abs() < 3e-6,
                "{got} for {expected}"
            );
        }
    }

    fn wide(row: &[f32]) -> Vec<f64> {
        row.iter().map(|&x| f64::from(x)).collect()
    }

    fn norm(size: usize) -> LayerNorm {
        let weight = (0..size).map(|i| 1.0 + i as f32 / 300.0).collect();
        let bias = (0..size).map(|i| i as f32 / 200.0).collect();
        LayerNorm::new(weight, bias, 1e-5)
    }

    proptest! {
        // Rows of an odd length begin at any multiple of four bytes.
        #[test]
        fn norms_are_those_of_the_definition(rows in 0usize..5, size in 1usize..210) {
            let (x, norm) = (matrix(rows, size), norm(size));
            for isa in Isa::available() {
                let got = norm.forward(&x, isa);
                for row in 0..rows {
                    let x = wide(x.row(row));
                    let mean = x.iter().sum::<f64>() / x.len() as f64;
                    let squares = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
                    let scale = (squares / x.len() as f64 + f64::from(1e-5f32)).sqrt();
                    let learned = norm.weight.iter().zip(&norm.bias);
                    let expected = x.iter().zip(learned).map(|(x, (weight, bias))| {
                        (x - mean) / scale * f64::from(*weight) + f64::from(*bias)
                    });
                    close(got.row(row), &expected.collect::<Vec<_>>());
                }
            }
        }

        #[test]
        fn probabilities_are_those_of_the_definition(size in 1usize..130, skip in 0usize..9) {
            let x = matrix(1, skip + size);
            let x = &x.row(0)[skip..];
            let sum = wide(x).into_iter().map(f64::exp).sum::<f64>();
            let expected: Vec<f64> = wide(x).iter().map(|x| x.exp() / sum).collect();
            for isa in Isa::available() {
                let mut got = matrix(1, skip + size);
                isa.run(Softmax(&mut got.as_mut_slice()[skip..]));
                close(&got.as_slice()[skip..], &expected);
            }
            let mut logs = Matrix::from_vec(x.to_vec(), size);
            log_softmax(&mut logs);
            let expected: Vec<f64> = expected.into_iter().map(f64::ln).collect();
            close(logs.row(0), &expected);
        }

        #[test]
        fn gates_open_by_the_second_half(rows in 0usize..6, size in 1usize..70) {
            for isa in Isa::available() {
                let (x, before) = (matrix(rows, 2 * size), matrix(rows, size));
                let mut sum = before.clone();
                add_gated(&x, &mut sum, isa);
                for row in 0..rows {
                    let (x, before) = (wide(x.row(row)), wide(before.row(row)));
                    let gate = |i: usize| 1.0 / (1.0 + (-x[size + i]).exp());
                    let expected = (0..size).map(|i| before[i] + x[i] * gate(i));
                    close(sum.row(row), &expected.collect::<Vec<_>>());
                }
            }
        }
    }

    /// What is no number in a row shows in that row, and in no other.
    #[test]
    fn not_a_number_is_seen() {
        let size = 19;
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let broken = |columns: usize| {
                let mut x = matrix(3, columns);
                x.as_mut_slice()[columns + 4] = wrong;
                x
            };
            let mut logs = broken(size);
            log_softmax(&mut logs);
            let mut results = vec![(wrong != f32::NEG_INFINITY, logs)];
            for isa in Isa::available() {
                results.push((true, norm(size).forward(&broken(size), isa)));
                let mut sum = matrix(3, size);
                add_gated(&broken(2 * size), &mut sum, isa);
                results.push((true, sum));
            }
            for (is_wrong, result) in results {
                let finite = |row: usize| result.row(row).iter().all(|x| x.is_finite());
                assert!(finite(0) && finite(2), "{wrong}");
                // Minus infinity is the logarithm of an impossible label: only its own.
                assert!(!finite(1), "{wrong}");
                assert!(is_wrong || result.row(1).iter().all(|x| !x.is_nan()));
            }
        }
        let mut wrong = [0.0, f32::NAN];
        Isa::best().run(Softmax(&mut wrong));
        assert!(wrong.iter().all(|x| x.is_nan()));
    }

    #[test]
    fn sums_and_products_are_number_by_number() {
        let x = matrix(2, 3);
        let (mut sum, mut product) = (x.clone(), x.clone());
        add(&mut sum, &x);
        multiply(&mut product, &x);
        for (i, x) in wide(x.as_slice()).into_iter().enumerate() {
            assert!((f64::from(sum.as_slice()[i]) - 2.0 * x).abs() < 1e-6);
            assert!((f64::from(product.as_slice()[i]) - x * x).abs() < 1e-6);
        }
    }

    struct Softmax<'a>(&'a mut [f32]);

    impl Kernel for Softmax<'_> {
        type Output = ();

        #[inline(always)]
        fn run<const FMA: bool, const R: usize, const C: usize>(self) {
            softmax::<FMA, C>(self.0);
        }
    }

    #[test]
    fn sequences_end_where_they_end() {
        let x = Matrix::from_vec((1..=8).map(|x| x as f32).collect(), 2);
        let wide = neighbors(&x, &Sequences::new([3, 1]));
        assert_eq!(wide.row(0), [0., 0., 1., 2., 3., 4.]);
        assert_eq!(wide.row(1), [1., 2., 3., 4., 5., 6.]);
        assert_eq!(wide.row(2), [3., 4., 5., 6., 0., 0.]);
        assert_eq!(wide.row(3), [0., 0., 7., 8., 0., 0.]);
    }

    #[test]
    fn queries_and_keys_are_turned() {
        let angle = |place: usize, i: usize| (place as f32 * 0.3) * (i + 1) as f32;
        let table = |f: fn(f32) -> f32| {
            let values = (0..2).flat_map(|place| (0..2).map(move |i| f(angle(place, i))));
            Matrix::from_vec(values.collect(), 2)
        };
        let turns = Turns {
            cos: table(f32::cos),
            sin: table(f32::sin),
        };
        // Two heads of four numbers; two sequences.
        let before = matrix(3, 24);
        for isa in Isa::available() {
            let mut x = before.clone();
            rotate(&mut x, &Sequences::new([2, 1]), &turns, isa);
            assert_eq!(x.row(0), before.row(0));
            assert_eq!(x.row(2), before.row(2));
            assert_eq!(x.row(1)[16..], before.row(1)[16..]);
            for head in (0..16).step_by(4) {
                for i in 0..2 {
                    let (a, b) = (before.row(1)[head + i], before.row(1)[head + 2 + i]);
                    let (sin, cos) = angle(1, i).sin_cos();
                    assert!((x.row(1)[head + i] - (a * cos - b * sin)).abs() < 1e-6);
                    assert!((x.row(1)[head + 2 + i] - (a * sin + b * cos)).abs() < 1e-6);
                }
            }
        }
    }
}
