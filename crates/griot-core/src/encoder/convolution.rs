//! Units seen with their neighbors.

use candle_core::{Module, Result, Tensor};
use candle_nn::{LayerNorm, Linear, VarBuilder};

use super::activation::Activation;
use super::layers::Rows;
use super::ops::{add, linear, neighbors};

/// A convolution over each unit and the two beside it, added to another layer.
pub(super) struct Convolution {
    linear: Linear,
    activation: Activation,
    norm: LayerNorm,
}

impl Convolution {
    /// `weights` are a kernel [hidden, hidden, 3] and a bias.
    pub(super) fn load(
        hidden: usize,
        activation: Activation,
        norm: LayerNorm,
        weights: &VarBuilder<'_>,
    ) -> Result<Self> {
        let kernel = weights.get((hidden, hidden, 3), "weight")?;
        let kernel = kernel.transpose(1, 2)?.reshape((hidden, 3 * hidden))?;
        Ok(Self {
            linear: Linear::new(kernel, Some(weights.get(hidden, "bias")?)),
            activation,
            norm,
        })
    }

    /// `hidden` after a layer and the `input` of that layer, both [rows, length,
    /// hidden], to the same shape.
    pub(super) fn forward(&self, input: &Tensor, hidden: &Tensor, rows: &Rows) -> Result<Tensor> {
        let seen = linear(&self.linear, &neighbors(input, rows)?)?;
        self.norm
            .forward(&add(self.activation.apply(seen)?, hidden)?)
    }
}
