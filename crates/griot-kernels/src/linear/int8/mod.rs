//! Products of 8-bit integers, summed exactly in 32 bits.
//!
//! A weight is a step from -127 to 127 times the scale of its output, a number of
//! the input a step from -127 to 127 times the scale of its row. Sums of products
//! of steps are exact, so every set of instructions gives the same bits, but for
//! AVX2 without 8-bit dot products: there steps of weights end at 63.

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

/// Greatest step, to either side.
const STEPS: f32 = 127.0;

/// The same of weights.
fn weight_steps(isa: Isa) -> f32 {
    match isa.level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 | Level::Avx512 => avx2::STEPS,
        _ => STEPS,
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
        let (width, most) = (panel_width(isa), weight_steps(isa));
        let (outputs, groups) = (weight.len() / inputs, inputs.div_ceil(GROUP));
        let padded = outputs.next_multiple_of(width);
        let mut bytes = Self {
            panels: vec![[0; GROUP]; padded * groups],
            groups,
            scales: vec![0.0; padded],
            sums: vec![0; padded],
        };
        for (output, weight) in weight.chunks_exact(inputs).enumerate() {
            let (scale, inverse) = scales(weight, most);
            let (panel, column) = (output / width, output % width);
            let packed = bytes.panels[panel * groups * width..].chunks_exact_mut(width);
            for (packed, weight) in packed.zip(weight.chunks(GROUP)) {
                for (packed, &weight) in packed[column].iter_mut().zip(weight) {
                    *packed = step(weight, inverse, most) as i8;
                    bytes.sums[output] += i32::from(*packed);
                }
            }
            bytes.scales[output] = scale;
        }
        bytes
    }
}

/// The size of a step for `values`, the greatest being `most` steps, and its inverse;
/// for NaN or infinity among them, NaN, so that it shows in all that comes of them.
#[inline(always)]
fn scales(values: &[f32], most: f32) -> (f32, f32) {
    // The bits of positive floats are in the order of their numbers, infinity and NaN
    // last.
    let bits = values.iter().map(|x| x.to_bits() & 0x7fff_ffff);
    let max = f32::from_bits(bits.fold(0, u32::max));
    if max == 0.0 {
        (0.0, 0.0)
    } else if max.is_finite() {
        (max / most, most / max)
    } else {
        (f32::NAN, 0.0)
    }
}

/// `x` in steps, the nearest, of two equally near the even one.
#[inline(always)]
fn step(x: f32, inverse: f32, most: f32) -> i32 {
    /// 1.5 · 2^23: adding it rounds a float to an integer in its low bits.
    const ROUND: f32 = 12_582_912.0;
    // Of what has no finite scale, any steps will do.
    let steps = (x * inverse).clamp(-most, most) + ROUND;
    steps
        .to_bits()
        .cast_signed()
        .wrapping_sub(ROUND.to_bits().cast_signed())
}

/// Rows of input in steps, in groups.
pub(super) struct Input {
    steps: Steps,
    /// Of each row.
    scales: Vec<f32>,
}

/// As the instructions take them.
enum Steps {
    /// 128 more than they are.
    #[cfg(target_arch = "x86_64")]
    Unsigned(Vec<[u8; GROUP]>),
    #[cfg(target_arch = "aarch64")]
    Signed(Vec<[i8; GROUP]>),
    Wide(Vec<[i16; GROUP]>),
}

impl Input {
    pub(super) fn of(x: &Matrix, isa: Isa) -> Self {
        let mut scales = Vec::with_capacity(x.n_rows());
        let steps = match isa.level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx2
            | Level::AvxVnni
            | Level::Avx512
            | Level::Avx512Vnni
            | Level::Avx512Bf16 => {
                let convert = |step: i32| (step + 128) as u8;
                Steps::Unsigned(isa.run(ToSteps {
                    x,
                    scales: &mut scales,
                    convert,
                }))
            }
            #[cfg(target_arch = "aarch64")]
            Level::NeonDot => {
                let convert = |step: i32| step as i8;
                Steps::Signed(isa.run(ToSteps {
                    x,
                    scales: &mut scales,
                    convert,
                }))
            }
            _ => {
                let convert = |step: i32| step as i16;
                Steps::Wide(isa.run(ToSteps {
                    x,
                    scales: &mut scales,
                    convert,
                }))
            }
        };
        Self { steps, scales }
    }
}

struct ToSteps<'a, F> {
    x: &'a Matrix,
    scales: &'a mut Vec<f32>,
    convert: F,
}

impl<T: Copy, F: Fn(i32) -> T> Kernel for ToSteps<'_, F> {
    type Output = Vec<[T; GROUP]>;

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) -> Vec<[T; GROUP]> {
        let columns = self.x.n_columns();
        let groups = columns.div_ceil(GROUP);
        let zero = (self.convert)(0);
        let mut steps = vec![[zero; GROUP]; self.x.n_rows() * groups];
        let rows = self.x.as_slice().chunks_exact(columns);
        for (row, steps) in rows.zip(steps.chunks_exact_mut(groups)) {
            let (scale, inverse) = scales(row, STEPS);
            self.scales.push(scale);
            for (step_of, x) in steps.as_flattened_mut().iter_mut().zip(row) {
                *step_of = (self.convert)(step(*x, inverse, STEPS));
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
    match (&x.steps, isa.level()) {
        #[cfg(target_arch = "x86_64")]
        (Steps::Unsigned(steps), Level::Avx2 | Level::Avx512) => {
            avx2::run(steps, &x.scales, args, isa);
        }
        #[cfg(target_arch = "x86_64")]
        (Steps::Unsigned(steps), Level::AvxVnni) => vnni256::run(steps, &x.scales, args, isa),
        #[cfg(target_arch = "x86_64")]
        (Steps::Unsigned(steps), _) => vnni512::run(steps, &x.scales, args, isa),
        #[cfg(target_arch = "aarch64")]
        (Steps::Signed(steps), _) => neon::run(steps, &x.scales, args, isa),
        (Steps::Wide(steps), _) => portable::run(steps, &x.scales, args),
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
    /// What each step of the input is too great by.
    const OFFSET: i32;

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
    scales: &'a [f32],
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
            let scale = self.scales[row + r];
            for c in 0..C {
                let exact = dots[r][c] - D::OFFSET * offsets[c];
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
    scales: &[f32],
    args: Arguments<'_>,
) {
    let tile = ByteTile::<D, C> {
        weights: args.weights,
        panels: args.weights.panels.as_chunks().0,
        steps,
        scales,
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
