//! Operations where Candle's own cost as much as the matrix products: one pass
//! over plain slices that the compiler can vectorize, in place where the
//! argument is given away, on the calling thread. (Candle 0.11 shares out large
//! sums over one global pool behind a lock, and its threads spin.)
//! On a GPU, Candle's own are used.

use candle_core::{
    CpuStorage, CustomOp1, CustomOp3, D, Device, InplaceOp1, InplaceOp2, Layout, Module, Result,
    Shape, Tensor, bail,
};
use candle_nn::{Linear, ops};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use super::layers::{Reach, Rows};

/// A matrix product and its bias: [.., from] to [.., to]. On a CPU faer
/// multiplies: on one thread two to three times as fast as the product of
/// Candle, which also cuts it up for a thread pool whose threads are all busy
/// with other batches.
pub(super) fn linear(layer: &Linear, x: &Tensor) -> Result<Tensor> {
    match layer.bias() {
        Some(bias) if x.device().is_cpu() => {
            x.contiguous()?
                .apply_op3_no_bwd(layer.weight(), bias, &Affine)
        }
        _ => layer.forward(x),
    }
}

/// `x` + `y`, where `y` has the shape of `x` or of its last axes. `x` must not
/// share its storage with a tensor that is still needed.
pub(super) fn add(x: Tensor, y: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return x.broadcast_add(y);
    }
    x.inplace_op2(&y.contiguous()?, &Add)?;
    Ok(x)
}

/// x Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016,
/// arXiv:1606.08415), not its tanh approximation; within 5e-7 of it. `x` must
/// not share its storage with a tensor that is still needed.
pub(super) fn gelu(x: Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return x.gelu_erf();
    }
    in_place(x, |values| values.iter_mut().for_each(|x| *x = gelu_of(*x)))
}

/// The approximation of [`gelu`] with a hyperbolic tangent, of the same paper.
/// `x` must not share its storage with a tensor that is still needed.
pub(super) fn gelu_tanh(x: Tensor) -> Result<Tensor> {
    /// √(2/π) twice: (1 + tanh u) / 2 is the logistic function of 2u.
    const SCALE: f32 = 1.595_769;
    if !x.device().is_cpu() {
        return x.gelu();
    }
    in_place(x, |values| {
        for x in values {
            *x *= logistic(SCALE * (*x + 0.044_715 * *x * *x * *x));
        }
    })
}

/// `x` times the logistic function of `slope` · `x`. `x` must not share its
/// storage with a tensor that is still needed.
pub(super) fn sigmoid_weighted(x: Tensor, slope: f32) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return &x * ops::sigmoid(&(&x * f64::from(slope))?)?;
    }
    in_place(x, |values| {
        for x in values {
            *x *= logistic(slope * *x);
        }
    })
}

/// The first half of the last axis times the logistic function of the second
/// (Dauphin et al. 2016, arXiv:1612.08083).
pub(super) fn gated(x: &Tensor) -> Result<Tensor> {
    let mut dims = x.dims().to_vec();
    let [.., last] = dims.as_mut_slice() else {
        bail!("gated: no axis in {:?}", x.shape());
    };
    if !x.device().is_cpu() {
        let halves = x.chunk(2, D::Minus1)?;
        return &halves[0] * ops::sigmoid(&halves[1])?;
    }
    *last /= 2;
    let half = *last;
    map(x, dims, move |values, out| {
        for row in values.chunks_exact(2 * half) {
            let (value, gate) = row.split_at(half);
            out.extend(value.iter().zip(gate).map(|(v, g)| v * logistic(*g)));
        }
    })
}

/// Softmax of attention scores [rows, heads, length, length] over the units that
/// are there and in reach; the others get 0. `scores` must not share its storage
/// with a tensor that is still needed.
pub(super) fn softmax(scores: Tensor, rows: &Rows, reach: Reach) -> Result<Tensor> {
    let (_, n_heads, length, _) = scores.dims4()?;
    if !scores.device().is_cpu() {
        let mut masked = scores;
        if let Some(mask) = &rows.attention_mask {
            masked = masked.broadcast_add(mask)?;
        }
        if let Reach::Near(distance) = reach {
            masked = masked.broadcast_add(&near_mask(length, distance, masked.device())?)?;
        }
        return ops::softmax_last_dim(&masked);
    }
    in_place(scores, |values| {
        let row_size = (n_heads * length * length).max(1);
        for (row, &there) in values.chunks_exact_mut(row_size).zip(&rows.lengths) {
            for (index, scores) in row.chunks_exact_mut(length).enumerate() {
                // Beyond the end of a row the values mean nothing, but there must be some.
                let unit = (index % length).min(there.saturating_sub(1));
                let range = match reach {
                    Reach::All => 0..there,
                    Reach::Near(far) => unit.saturating_sub(far)..(unit + far + 1).min(there),
                };
                scores[..range.start].fill(0.0);
                scores[range.end..].fill(0.0);
                softmax_of(&mut scores[range]);
            }
        }
    })
}

/// The lowest number where two of `length` units are farther apart than
/// `distance`, 0 elsewhere, [length, length].
fn near_mask(length: usize, distance: usize, device: &Device) -> Result<Tensor> {
    let value = |(a, b): (usize, usize)| {
        if a.abs_diff(b) > distance {
            f32::MIN
        } else {
            0.0
        }
    };
    let pairs = (0..length).flat_map(|a| (0..length).map(move |b| (a, b)));
    Tensor::from_iter(pairs.map(value), device)?.reshape((length, length))
}

/// Left neighbor, word and right neighbor of every word, side by side:
/// [rows, length, size] to [rows, length, 3 size]. Beyond the ends of a row
/// there is nothing, 0.
pub(super) fn neighbors(x: &Tensor, rows: &Rows) -> Result<Tensor> {
    let (n_rows, length, size) = x.dims3()?;
    if !x.device().is_cpu() {
        let x = rows
            .word_mask
            .as_ref()
            .map_or_else(|| Ok(x.clone()), |mask| x.broadcast_mul(mask))?;
        let wide = x.pad_with_zeros(1, 1, 1)?;
        let (left, right) = (wide.narrow(1, 0, length)?, wide.narrow(1, 2, length)?);
        return Tensor::cat(&[&left, &x, &right], 2);
    }
    map(x, vec![n_rows, length, 3 * size], move |values, out| {
        out.resize(3 * values.len(), 0.0);
        let row_size = (length * size).max(1);
        let pairs = values
            .chunks_exact(row_size)
            .zip(out.chunks_exact_mut(3 * row_size));
        for ((row, out), &there) in pairs.zip(&rows.lengths) {
            for (at, out) in out.chunks_exact_mut(3 * size).take(there).enumerate() {
                let (from, to) = (at.saturating_sub(1), (at + 2).min(there));
                let skip = if at == 0 { size } else { 0 };
                out[skip..][..(to - from) * size].copy_from_slice(&row[from * size..to * size]);
            }
        }
    })
}

/// [`linear`] on slices.
struct Affine;

impl CustomOp3 for Affine {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (to, from) = weight_layout.shape().dims2()?;
        let (x, weight) = (floats(x, x_layout)?, floats(weight, weight_layout)?);
        let bias = floats(bias, bias_layout)?;
        let mut dims = x_layout.dims().to_vec();
        match dims.last_mut() {
            Some(last) if *last == from && from > 0 && bias.len() == to => *last = to,
            _ => bail!(
                "linear: {:?} by {:?}",
                x_layout.shape(),
                weight_layout.shape()
            ),
        }
        let n_rows = x.len() / from;
        let mut out = bias.repeat(n_rows);
        matmul(
            MatMut::from_row_major_slice_mut(&mut out, n_rows, to),
            Accum::Add,
            MatRef::from_row_major_slice(x, n_rows, from),
            MatRef::from_row_major_slice(weight, to, from).transpose(),
            1.0,
            Par::Seq,
        );
        Ok((CpuStorage::F32(out), dims.into()))
    }
}

/// [`add`] on slices.
struct Add;

impl InplaceOp2 for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn cpu_fwd(
        &self,
        x: &mut CpuStorage,
        x_layout: &Layout,
        y: &CpuStorage,
        y_layout: &Layout,
    ) -> Result<()> {
        let y = floats(y, y_layout)?;
        let x = floats_mut(x, x_layout)?;
        if y.is_empty() || x.len() % y.len() != 0 {
            bail!("add: {:?} to {:?}", y_layout.shape(), x_layout.shape());
        }
        for x in x.chunks_exact_mut(y.len()) {
            x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
        }
        Ok(())
    }
}

/// Changes `x` by a function of all its values.
fn in_place(x: Tensor, change: impl Fn(&mut [f32])) -> Result<Tensor> {
    let x = if x.is_contiguous() {
        x
    } else {
        x.contiguous()?
    };
    x.inplace_op1(&InPlace(change))?;
    Ok(x)
}

struct InPlace<F>(F);

impl<F: Fn(&mut [f32])> InplaceOp1 for InPlace<F> {
    fn name(&self) -> &'static str {
        "in place"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        (self.0)(floats_mut(storage, layout)?);
        Ok(())
    }
}

/// A tensor of shape `dims` whose values `fill` appends, given those of `x`.
fn map(x: &Tensor, dims: Vec<usize>, fill: impl Fn(&[f32], &mut Vec<f32>)) -> Result<Tensor> {
    x.contiguous()?.apply_op1_no_bwd(&Map {
        shape: dims.into(),
        fill,
    })
}

struct Map<F> {
    shape: Shape,
    fill: F,
}

impl<F: Fn(&[f32], &mut Vec<f32>)> CustomOp1 for Map<F> {
    fn name(&self) -> &'static str {
        "map"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut out = Vec::with_capacity(self.shape.elem_count());
        (self.fill)(floats(storage, layout)?, &mut out);
        if out.len() != self.shape.elem_count() {
            bail!("map: {} values for {:?}", out.len(), self.shape);
        }
        Ok((CpuStorage::F32(out), self.shape.clone()))
    }
}

pub(super) fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (layout.contiguous_offsets(), storage) {
        (Some((start, end)), CpuStorage::F32(values)) => Ok(&values[start..end]),
        _ => bail!("only contiguous 32-bit floats"),
    }
}

pub(super) fn floats_mut<'a>(
    storage: &'a mut CpuStorage,
    layout: &Layout,
) -> Result<&'a mut [f32]> {
    match (layout.contiguous_offsets(), storage) {
        (Some((start, end)), CpuStorage::F32(values)) => Ok(&mut values[start..end]),
        _ => bail!("only contiguous 32-bit floats"),
    }
}

fn softmax_of(values: &mut [f32]) {
    let max = values.iter().copied().fold(f32::MIN, f32::max);
    for x in values.iter_mut() {
        *x = exp(*x - max);
    }
    let sum: f32 = values.iter().sum();
    for x in values {
        *x /= sum;
    }
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

fn gelu_of(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: within
/// 1.5e-7 of the error function. NaN stays NaN.
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let poly = t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152 + t * 1.061_405_4)));
    let tail = t * (0.254_829_6 + poly) * exp(-x * x);
    (1.0 - tail).copysign(x)
}

/// e^x with a relative error under 3e-7, without branches. Saturates outside
/// ±87; NaN stays NaN.
fn exp(x: f32) -> f32 {
    /// 1.5 · 2^23: adding it rounds a float to an integer in its low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the product with `n` is exact (Cody and Waite).
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = 1.0
        + r * (1.0
            + r * (0.5
                + r * (0.166_666_67 + r * (0.041_666_66 + r * (0.008_333_33 + r * 0.001_388_89)))));
    let scale = (shifted.to_bits() << 23).wrapping_add(127 << 23);
    p * f32::from_bits(scale)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn grid() -> Vec<f32> {
        (-20_000..=20_000).map(|i| i as f32 * 5e-3).collect()
    }

    #[test]
    fn exp_is_close_to_the_exact_one() {
        for x in grid().into_iter().filter(|x| x.abs() < 87.0) {
            let exact = f64::from(x).exp();
            assert!(
                (f64::from(exp(x)) / exact - 1.0).abs() < 3e-7,
                "{x}: {} for {exact}",
                exp(x)
            );
        }
        assert!(exp(f32::NAN).is_nan() && exp(f32::INFINITY).is_finite());
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }

    fn distance(a: &Tensor, b: &Tensor) -> Result<f32> {
        (a - b)?.abs()?.flatten_all()?.max(0)?.to_scalar::<f32>()
    }

    /// Against Candle's own operations.
    #[test]
    fn operations_are_those_of_candle() -> Result<()> {
        let x = Tensor::from_vec(grid()[..40_000].to_vec(), (200, 200), &Device::Cpu)?;
        assert!(distance(&gelu(x.copy()?)?, &x.gelu_erf()?)? < 2e-5); // values up to 100
        let small = (&x / 20.0)?;
        assert!(distance(&gelu(small.copy()?)?, &small.gelu_erf()?)? < 1e-6);
        let halves = x.chunk(2, 1)?;
        assert!(distance(&gated(&x)?, &(&halves[0] * ops::sigmoid(&halves[1])?)?)? < 2e-5);
        assert!(distance(&gated(&x.t()?)?, &gated(&x.t()?.contiguous()?)?)? == 0.0);
        let bias = x.get(3)?;
        let layer = Linear::new(x.narrow(0, 0, 7)?, Some(bias.narrow(0, 0, 7)?));
        let rows = (x.reshape((4, 50, 200))? / 100.0)?;
        assert!(distance(&linear(&layer, &rows)?, &layer.forward(&rows)?)? < 2e-3); // sums up to 1e4
        assert!(linear(&layer, &halves[0]).is_err());
        assert!(distance(&add(x.copy()?, &bias)?, &x.broadcast_add(&bias)?)? == 0.0);
        assert!(distance(&add(x.copy()?, &x)?, &(&x * 2.0)?)? == 0.0);
        assert!(add(x.copy()?, &x.narrow(1, 0, 7)?.get(0)?).is_err());
        Ok(())
    }

    /// What stands beyond the end of a row has no influence and gets none.
    #[test]
    fn rows_end_where_they_end() -> Result<()> {
        let rows = Rows::new(vec![3, 1], &Device::Cpu)?;
        let x = Tensor::arange(1f32, 13.0, &Device::Cpu)?.reshape((2, 3, 2))?;
        let wide = neighbors(&x, &rows)?.to_vec3::<f32>()?;
        assert_eq!(wide[0][0], [0., 0., 1., 2., 3., 4.]);
        assert_eq!(wide[0][1], [1., 2., 3., 4., 5., 6.]);
        assert_eq!(wide[0][2], [3., 4., 5., 6., 0., 0.]);
        assert_eq!(wide[1], [[0., 0., 7., 8., 0., 0.], [0.; 6], [0.; 6]]);
        let scores = Tensor::zeros((2, 1, 3, 3), candle_core::DType::F32, &Device::Cpu)?;
        let weights = softmax(scores, &rows, Reach::All)?
            .flatten_all()?
            .to_vec1::<f32>()?;
        assert!(
            weights[..9]
                .iter()
                .all(|weight| (weight - 1.0 / 3.0).abs() < 1e-6)
        );
        assert_eq!(weights[9..12], [1., 0., 0.]);
        Ok(())
    }

    #[test]
    fn not_a_number_stays_what_it_is() {
        assert!(gelu_of(f32::NAN).is_nan());
        assert!(gelu_of(f32::MAX) >= f32::MAX);
        assert!(gelu_of(-1e9).abs() <= 0.0);
    }
}
