//! Products of 16-bit brain floats (Kalamkar et al. 2019, arXiv:1905.12322), summed
//! in 32 bits.
//!
//! Weights are rounded in 127ths of the greatest of their output, so that those of a
//! model that is stored in as many steps stay what they are.

#[cfg(target_arch = "x86_64")]
mod pairs;

use std::ops::Range;

use super::tile::{self, Then, Tile};
#[cfg(target_arch = "x86_64")]
use crate::isa::Level;
use crate::isa::{Isa, Kernel, fma, panel_width};
use crate::matrix::{Columns, Matrix};

/// Weights [outputs, inputs] in panels: [panels, pairs of inputs, outputs of a
/// panel], a pair in 32 bits, the first input in the lower half.
#[derive(Debug)]
pub(super) struct Halves {
    panels: Vec<u32>,
    pairs: usize,
    /// Of each output, what its sums are multiplied with.
    scales: Vec<f32>,
}

impl Halves {
    pub(super) fn pack(weight: &[f32], inputs: usize, isa: Isa) -> Self {
        let width = panel_width(isa);
        let (outputs, pairs) = (weight.len() / inputs, inputs.div_ceil(2));
        let padded = outputs.next_multiple_of(width);
        let mut panels = vec![0; padded * pairs];
        let mut scales = vec![0.0; padded];
        for (output, weight) in weight.chunks_exact(inputs).enumerate() {
            let (panel, column) = (output / width, output % width);
            let packed = panels[panel * pairs * width..].chunks_exact_mut(width);
            let scale = scale_of(weight);
            for (packed, pair) in packed.zip(weight.chunks(2)) {
                let second = pair.get(1).map_or(0.0, |x| x / scale);
                packed[column] = pair_of(&[pair[0] / scale, second]);
            }
            scales[output] = scale;
        }
        Self {
            panels,
            pairs,
            scales,
        }
    }
}

/// A 127th of the greatest of `weights`; 1 if it is too small or infinite. NaN stays in its
/// weight.
fn scale_of(weights: &[f32]) -> f32 {
    let greatest = weights.iter().fold(0.0, |max: f32, x| max.max(x.abs()));
    let is_usual = greatest > f32::MIN_POSITIVE * 127.0 && greatest.is_finite();
    if is_usual { greatest / 127.0 } else { 1.0 }
}

/// What sums of products with weights of these scales come to.
#[inline(always)]
fn scaled<const R: usize, const C: usize>(
    mut sums: [[f32; C]; R],
    scales: &[f32; C],
) -> [[f32; C]; R] {
    for sums in &mut sums {
        for (sum, scale) in sums.iter_mut().zip(scales) {
            *sum *= scale;
        }
    }
    sums
}

/// `x` as a brain float: the nearest, of two equally near the even one. NaN stays
/// NaN.
#[inline(always)]
fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    let near = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    let quiet = (bits >> 16) | 0x40;
    if x.is_nan() { quiet } else { near }
}

#[inline(always)]
fn pair_of(pair: &[f32]) -> u32 {
    let second = pair.get(1).map_or(0, |&x| rounded(x));
    rounded(pair[0]) | (second << 16)
}

/// Rows of input.
pub(super) enum Input<'a> {
    /// Rounded, in pairs; `pairs` a row.
    #[cfg(target_arch = "x86_64")]
    Pairs(Vec<u32>),
    /// As they are, for processors without products of pairs.
    Floats(&'a Matrix),
}

impl<'a> Input<'a> {
    pub(super) fn of(x: &'a Matrix, isa: Isa) -> Self {
        match isa.level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512Bf16 => Self::Pairs(isa.run(ToPairs(x))),
            _ => Self::Floats(x),
        }
    }
}

#[cfg(target_arch = "x86_64")]
struct ToPairs<'a>(&'a Matrix);

#[cfg(target_arch = "x86_64")]
impl Kernel for ToPairs<'_> {
    type Output = Vec<u32>;

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) -> Vec<u32> {
        let columns = self.0.n_columns();
        let n_pairs = columns.div_ceil(2);
        let mut pairs = vec![0; self.0.n_rows() * n_pairs];
        let rows = self.0.as_slice().chunks_exact(columns);
        for (row, pairs) in rows.zip(pairs.chunks_exact_mut(n_pairs)) {
            for (pair, x) in pairs.iter_mut().zip(row.chunks(2)) {
                *pair = pair_of(x);
            }
        }
        pairs
    }
}

/// The product of `x` and `weights`; see [`tile::product`].
pub(super) fn product(
    weights: &Halves,
    x: &Input<'_>,
    bias: &[f32],
    panels: Range<usize>,
    out: Columns<'_>,
    then: Then,
    isa: Isa,
) {
    match x {
        Input::Floats(x) => isa.run(Widened {
            weights,
            x,
            bias,
            panels,
            out,
            then,
        }),
        #[cfg(target_arch = "x86_64")]
        Input::Pairs(x) => {
            let tile = pairs::PairTile {
                panels: weights.panels.as_chunks().0,
                scales: weights.scales.as_chunks().0,
                x,
                pairs: weights.pairs,
            };
            pairs::run(&tile, bias, panels, out, then, isa);
        }
    }
}

/// The product with weights that are widened to 32 bits on their way.
struct Widened<'a> {
    weights: &'a Halves,
    x: &'a Matrix,
    bias: &'a [f32],
    panels: Range<usize>,
    out: Columns<'a>,
    then: Then,
}

impl Kernel for Widened<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) {
        let tile = WideTile::<FMA, C> {
            panels: self.weights.panels.as_chunks().0,
            scales: self.weights.scales.as_chunks().0,
            pairs: self.weights.pairs,
            x: self.x,
        };
        let row_bytes = self.x.n_columns() * size_of::<f32>();
        tile::product::<FMA, R, C>(
            &tile,
            row_bytes,
            self.bias,
            self.panels,
            self.out,
            self.then,
        );
    }
}

struct WideTile<'a, const FMA: bool, const C: usize> {
    panels: &'a [[u32; C]],
    scales: &'a [[f32; C]],
    pairs: usize,
    x: &'a Matrix,
}

impl<const FMA: bool, const C: usize> WideTile<'_, FMA, C> {
    /// Adds the products of one input of each row.
    #[inline(always)]
    fn add<const R: usize>(
        sums: &mut [[f32; C]; R],
        x: &[&[f32]; R],
        input: usize,
        weights: [f32; C],
    ) {
        for (sums, x) in sums.iter_mut().zip(x) {
            let x = x[input];
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum = fma::<FMA>(x, weight, *sum);
            }
        }
    }
}

impl<const FMA: bool, const C: usize> Tile<C> for WideTile<'_, FMA, C> {
    #[inline(always)]
    fn sums<const R: usize>(&self, row: usize, panel: usize) -> [[f32; C]; R] {
        let scales = &self.scales[panel];
        let panel = &self.panels[panel * self.pairs..][..self.pairs];
        let x: [&[f32]; R] = std::array::from_fn(|r| self.x.row(row + r));
        let inputs = self.x.n_columns();
        let mut sums = [[0.0; C]; R];
        for (pair, weights) in panel.iter().enumerate() {
            Self::add(
                &mut sums,
                &x,
                2 * pair,
                weights.map(|w| f32::from_bits(w << 16)),
            );
            if 2 * pair + 1 < inputs {
                let second = weights.map(|w| f32::from_bits(w & 0xffff_0000));
                Self::add(&mut sums, &x, 2 * pair + 1, second);
            }
        }
        scaled(sums, scales)
    }
}
