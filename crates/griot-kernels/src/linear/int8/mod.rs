//! Products of 8-bit integers, summed exactly in 32 bits.
//!
//! A weight is a step from -127 to 127 times the scale of its output. A number of the
//! input is a step times the scale of its row, 256 of them from the least number of the
//! row to the greatest: what comes out of GELU is hardly ever far below zero. Sums of
//! products of steps are exact, so every set of instructions gives the same bits, but
//! for AVX2 without 8-bit dot products, where there are fewer steps.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod vnni256;
#[cfg(target_arch = "x86_64")]
mod vnni512;

use std::ops::Range;

use super::tile::{self, Then, Tile};
use crate::isa::{Isa, Kernel, Level};
use crate::matrix::{Columns, Matrix};

/// How many steps there are.
struct Steps {
    /// Of weights, to either side of zero.
    weight: f32,
    /// Of inputs, from the least to the greatest.
    input: f32,
}

impl Steps {
    fn of(isa: Isa) -> Self {
        match isa.level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 | Level::Avx512 => avx2::STEPS,
            _ => Self {
                weight: 127.0,
                input: 255.0,
            },
        }
    }
}

/// Inputs that stand together in a panel.
const GROUP: usize = 4;

/// Outputs in a panel.
pub(super) fn panel_width(isa: Isa) -> usize {
    match isa.level() {
        Level::Portable => portable::C,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 | Level::Avx512 => avx2::C,
        #[cfg(target_arch = "x86_64")]
        Level::AvxVnni => vnni256::C,
        #[cfg(target_arch = "x86_64")]
        Level::Avx512Vnni | Level::Avx512Bf16 => vnni512::C,
        #[cfg(target_arch = "aarch64")]
        Level::NeonDot => neon::C,
    }
}

/// Weights [outputs, inputs] in panels: [panels, groups of inputs, outputs of a
/// panel, inputs of a group].
#[derive(Debug)]
pub(super) struct Bytes {
    panels: Vec<[i8; GROUP]>,
    groups: usize,
    /// Of each output; 0 where there is none.
    scales: Vec<f32>,
    /// The sum of the steps of each output.
    sums: Vec<i32>,
}

impl Bytes {
    pub(super) fn pack(weight: &[f32], inputs: usize, isa: Isa) -> Self {
        let (width, most) = (panel_width(isa), Steps::of(isa).weight);
        let (outputs, groups) = (weight.len() / inputs, inputs.div_ceil(GROUP));
        let padded = outputs.next_multiple_of(width);
        let mut bytes = Self {
            panels: vec![[0; GROUP]; padded * groups],
            groups,
            scales: vec![0.0; padded],
            sums: vec![0; padded],
        };
        for (output, weight) in weight.chunks_exact(inputs).enumerate() {
            let (least, greatest) = bounds(weight);
            // The bits of positive floats are in the order of their numbers, infinity and
            // NaN last; `f32::max` would pass over NaN.
            let farthest = greatest.to_bits().max(least.abs().to_bits());
            let (scale, inverse) = scales(f32::from_bits(farthest), most);
            let (panel, column) = (output / width, output % width);
            let packed = bytes.panels[panel * groups * width..].chunks_exact_mut(width);
            for (packed, weight) in packed.zip(weight.chunks(GROUP)) {
                for (packed, &weight) in packed[column].iter_mut().zip(weight) {
                    *packed = step(weight, inverse, -most, most) as i8;
                    bytes.sums[output] += i32::from(*packed);
                }
            }
            bytes.scales[output] = scale;
        }
        bytes
    }
}

/// The least and the greatest of `values` and zero. NaN counts as farther from zero than
/// infinity, on the side of its sign.
#[inline(always)]
fn bounds(values: &[f32]) -> (f32, f32) {
    // The bits of floats are in the order of their numbers, but for those below zero,
    // which are the wrong way round.
    let order = |bits: i32| bits ^ ((bits >> 31) & i32::MAX);
    let (mut least, mut greatest) = (0, 0);
    for x in values {
        let x = order(x.to_bits().cast_signed());
        least = least.min(x);
        greatest = greatest.max(x);
    }
    let float = |ordered: i32| f32::from_bits(order(ordered).cast_unsigned());
    (float(least), float(greatest))
}

/// The size of a step, `range` being `most` of them, and its inverse; for what is not
/// finite, NaN, so that it shows in all that comes of it.
#[inline(always)]
fn scales(range: f32, most: f32) -> (f32, f32) {
    if range == 0.0 {
        (0.0, 0.0)
    } else if range.is_finite() {
        (range / most, most / range)
    } else {
        (f32::NAN, 0.0)
    }
}

/// `x` in steps, the nearest, of two equally near the even one.
#[inline(always)]
fn step(x: f32, inverse: f32, least: f32, greatest: f32) -> i32 {
    /// 1.5 · 2^23: adding it rounds a float to an integer in its low bits.
    const ROUND: f32 = 12_582_912.0;
    // Of what has no finite scale, any steps will do.
    let steps = (x * inverse).clamp(least, greatest) + ROUND;
    steps
        .to_bits()
        .cast_signed()
        .wrapping_sub(ROUND.to_bits().cast_signed())
}

/// Rows of input in steps, in groups.
pub(super) struct Input {
    groups: Groups,
    rows: Vec<Row>,
}

/// What the steps of a row are: (step - zero) · scale is the number.
#[derive(Clone, Copy)]
struct Row {
    scale: f32,
    zero: i32,
}

/// As the instructions take them.
enum Groups {
    #[cfg(target_arch = "x86_64")]
    Unsigned(Vec<[u8; GROUP]>),
    #[cfg(target_arch = "aarch64")]
    Signed(Vec<[i8; GROUP]>),
    Wide(Vec<[i16; GROUP]>),
}

impl Input {
    pub(super) fn of(x: &Matrix, isa: Isa) -> Self {
        let mut rows = Vec::with_capacity(x.n_rows());
        let groups = match isa.level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx2
            | Level::AvxVnni
            | Level::Avx512
            | Level::Avx512Vnni
            | Level::Avx512Bf16 => {
                Groups::Unsigned(isa.run(ToSteps::new(x, isa, &mut rows, 0, |step| step as u8)))
            }
            #[cfg(target_arch = "aarch64")]
            Level::NeonDot => {
                Groups::Signed(isa.run(ToSteps::new(x, isa, &mut rows, -128, |step| step as i8)))
            }
            _ => Groups::Wide(isa.run(ToSteps::new(x, isa, &mut rows, 0, |step| step as i16))),
        };
        Self { groups, rows }
    }
}

struct ToSteps<'a, F> {
    x: &'a Matrix,
    rows: &'a mut Vec<Row>,
    /// From the first step to the last.
    most: f32,
    first: i32,
    convert: F,
}

impl<'a, F> ToSteps<'a, F> {
    fn new(x: &'a Matrix, isa: Isa, rows: &'a mut Vec<Row>, first: i32, convert: F) -> Self {
        let most = Steps::of(isa).input;
        Self {
            x,
            rows,
            most,
            first,
            convert,
        }
    }
}

impl<T: Copy, F: Fn(i32) -> T> Kernel for ToSteps<'_, F> {
    type Output = Vec<[T; GROUP]>;

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) -> Vec<[T; GROUP]> {
        let columns = self.x.n_columns();
        let groups = columns.div_ceil(GROUP);
        // Weights beyond the last input are zero, so that any step will do.
        let mut steps = vec![[(self.convert)(0); GROUP]; self.x.n_rows() * groups];
        let rows = self.x.as_slice().chunks_exact(columns);
        for (row, steps) in rows.zip(steps.chunks_exact_mut(groups)) {
            let (low, high) = bounds(row);
            let (scale, inverse) = scales(high - low, self.most);
            let below = if scale.is_finite() {
                step(-low, inverse, 0.0, self.most)
            } else {
                0
            };
            let (least, greatest) = (-(below as f32), self.most - below as f32);
            let zero = self.first + below;
            self.rows.push(Row { scale, zero });
            for (step_of, x) in steps.as_flattened_mut().iter_mut().zip(row) {
                *step_of = (self.convert)(zero + step(*x, inverse, least, greatest));
            }
        }
        steps
    }
}

/// The product of `x` and `weights`; see [`tile::product`].
pub(super) fn product(
    weights: &Bytes,
    x: &Input,
    bias: &[f32],
    panels: Range<usize>,
    out: Columns<'_>,
    then: Then,
    isa: Isa,
) {
    let args = Arguments {
        weights,
        bias,
        panels,
        out,
        then,
    };
    match (&x.groups, isa.level()) {
        #[cfg(target_arch = "x86_64")]
        (Groups::Unsigned(steps), Level::Avx2 | Level::Avx512) => {
            avx2::run(steps, &x.rows, args, isa);
        }
        #[cfg(target_arch = "x86_64")]
        (Groups::Unsigned(steps), Level::AvxVnni) => vnni256::run(steps, &x.rows, args, isa),
        #[cfg(target_arch = "x86_64")]
        (Groups::Unsigned(steps), _) => vnni512::run(steps, &x.rows, args, isa),
        #[cfg(target_arch = "aarch64")]
        (Groups::Signed(steps), _) => neon::run(steps, &x.rows, args, isa),
        (Groups::Wide(steps), _) => portable::run(steps, &x.rows, args),
    }
}

struct Arguments<'a> {
    weights: &'a Bytes,
    bias: &'a [f32],
    panels: Range<usize>,
    out: Columns<'a>,
    then: Then,
}

/// Exact sums of products of steps.
trait Dot<const C: usize> {
    /// A group of steps of the input.
    type Group: Copy;

    /// The sums of products of the steps of `R` rows and those of a panel.
    fn dot<const R: usize>(
        x: &[&[Self::Group]; R],
        panel: &[[[i8; GROUP]; C]],
        dots: &mut [[i32; C]; R],
    );
}

struct ByteTile<'a, D: Dot<C>, const C: usize> {
    weights: &'a Bytes,
    panels: &'a [[[i8; GROUP]; C]],
    steps: &'a [D::Group],
    rows: &'a [Row],
}

impl<D: Dot<C>, const C: usize> Tile<C> for ByteTile<'_, D, C> {
    #[inline(always)]
    fn sums<const R: usize>(&self, row: usize, panel: usize) -> [[f32; C]; R] {
        let groups = self.weights.groups;
        let steps: [&[D::Group]; R] =
            std::array::from_fn(|r| &self.steps[(row + r) * groups..][..groups]);
        let mut dots = [[0; C]; R];
        D::dot(&steps, &self.panels[panel * groups..][..groups], &mut dots);
        let scales: &[f32; C] = &self.weights.scales.as_chunks().0[panel];
        let offsets: &[i32; C] = &self.weights.sums.as_chunks().0[panel];
        let mut sums = [[0.0; C]; R];
        for r in 0..R {
            let Row { scale, zero } = self.rows[row + r];
            for c in 0..C {
                let exact = dots[r][c] - zero * offsets[c];
                sums[r][c] = exact as f32 * (scale * scales[c]);
            }
        }
        sums
    }
}

/// All tiles of a product.
#[inline(always)]
fn tiles<D: Dot<C>, const FMA: bool, const R: usize, const C: usize>(
    steps: &[D::Group],
    rows: &[Row],
    args: Arguments<'_>,
) {
    let tile = ByteTile::<D, C> {
        weights: args.weights,
        panels: args.weights.panels.as_chunks().0,
        steps,
        rows,
    };
    let row_bytes = args.weights.groups * size_of::<D::Group>();
    tile::product::<FMA, R, C>(
        &tile,
        row_bytes,
        args.bias,
        args.panels,
        args.out,
        args.then,
    );
}
