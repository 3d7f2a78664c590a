//! Element-wise operations where Candle's own cost as much as the matrix
//! products: one pass over plain slices that the compiler can vectorize.
//! On a GPU, Candle's own are used.

use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor, bail};
use candle_nn::ops::sigmoid;

/// x Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016,
/// arXiv:1606.08415), not its tanh approximation; within 5e-7 of it.
pub(super) fn gelu(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() {
        return x.contiguous()?.apply_op1_no_bwd(&Gelu);
    }
    x.gelu_erf()
}

/// The first half of the last axis times the logistic function of the second
/// (Dauphin et al. 2016, arXiv:1612.08083).
pub(super) fn gated(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() {
        return x.contiguous()?.apply_op1_no_bwd(&Gated);
    }
    let halves = x.chunk(2, D::Minus1)?;
    &halves[0] * sigmoid(&halves[1])?
}

struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let values = contiguous(self.name(), storage, layout)?;
        let out = values.iter().map(|&x| gelu_of(x)).collect();
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }
}

struct Gated;

impl CustomOp1 for Gated {
    fn name(&self) -> &'static str {
        "gated"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let values = contiguous(self.name(), storage, layout)?;
        let mut dims = layout.dims().to_vec();
        let Some(last) = dims.last_mut().filter(|last| **last > 0 && **last % 2 == 0) else {
            bail!("gated: cannot halve the last axis of {:?}", layout.dims());
        };
        *last /= 2;
        let half = *last;
        let mut out = Vec::with_capacity(values.len() / 2);
        for row in values.chunks_exact(2 * half) {
            let (value, gate) = row.split_at(half);
            out.extend(value.iter().zip(gate).map(|(v, g)| v / (1.0 + exp(-g))));
        }
        Ok((CpuStorage::F32(out), dims.into()))
    }
}

fn contiguous<'a>(name: &str, storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (layout.contiguous_offsets(), storage) {
        (Some((start, end)), CpuStorage::F32(values)) => Ok(&values[start..end]),
        _ => bail!("{name}: only contiguous 32-bit floats"),
    }
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
    let p = 1.0 + r * (1.0 + r * (0.5 + r * (0.166_666_67 + r * (0.041_666_66 + r * (0.008_333_33 + r * 0.001_388_89)))));
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
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 3e-7, "{x}: {} for {exact}", exp(x));
        }
        assert!(exp(f32::NAN).is_nan() && exp(f32::INFINITY).is_finite());
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }

    /// Against Candle's, which are what the families computed before.
    #[test]
    fn operations_are_those_of_candle() -> Result<()> {
        let x = Tensor::from_vec(grid()[..40_000].to_vec(), (200, 200), &Device::Cpu)?;
        let close = |a: Tensor, b: Tensor| -> Result<f32> {
            (a - b)?.abs()?.flatten_all()?.max(0)?.to_scalar::<f32>()
        };
        assert!(close(gelu(&x)?, x.gelu_erf()?)? < 2e-5); // values up to 100
        assert!(close(gelu(&(&x / 20.0)?)?, (&x / 20.0)?.gelu_erf()?)? < 1e-6);
        let halves = x.chunk(2, 1)?;
        assert!(close(gated(&x)?, (&halves[0] * sigmoid(&halves[1])?)?)? < 2e-5);
        assert!(close(gated(&x.t()?)?, gated(&x.t()?.contiguous()?)?)? == 0.0);
        Ok(())
    }

    #[test]
    fn not_a_number_stays_what_it_is() {
        assert!(gelu_of(f32::NAN).is_nan());
        assert_eq!(gelu_of(f32::MAX), f32::MAX);
        assert_eq!(gelu_of(-1e9).abs(), 0.0);
    }
}
