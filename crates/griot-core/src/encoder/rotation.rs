//! Places as angles (Su et al. 2021, arXiv:2104.09864).

use candle_core::{Device, Result, Tensor};
use griot_kernels::{Matrix, Turns};

/// Angles by which one place turns a head: one each two numbers of it.
pub(super) struct Rotation(Vec<f32>);

impl Rotation {
    /// For heads of `size` numbers, the slowest near `theta` places a radian.
    /// Rounded as transformers rounds it.
    pub(super) fn new(theta: f64, size: usize) -> Self {
        let angle = |index: usize| {
            let power = theta.powf(f64::from(index as f32 / size as f32)) as f32;
            1.0 / power
        };
        Self((0..size).step_by(2).map(angle).collect())
    }

    /// The first `length` places.
    pub(super) fn turns(&self, length: usize) -> Turns {
        let angles = (0..length).flat_map(|place| {
            let turn = move |&angle: &f32| f64::from(place as f32 * angle);
            self.0.iter().map(turn)
        });
        let table = |function: fn(f64) -> f64| {
            let values = angles.clone().map(|angle| function(angle) as f32);
            Matrix::from_vec(values.collect(), self.0.len())
        };
        Turns {
            cos: table(f64::cos),
            sin: table(f64::sin),
        }
    }
}

/// A table [places, half of a head] for Candle.
pub(super) fn tensor(table: &Matrix, device: &Device) -> Result<Tensor> {
    let shape = (table.n_rows(), table.n_columns());
    Tensor::from_slice(table.as_slice(), shape, device)
}
