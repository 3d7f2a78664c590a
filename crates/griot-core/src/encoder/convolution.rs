//! Units seen with their neighbors.

use candle_core::Result;
use candle_nn::Linear;

use super::activation::Activation;
use super::hidden::{Dense, Hidden, Norm, Rows, Weights};

/// A convolution over each unit and the two beside it, added to another layer.
pub(super) struct Convolution {
    linear: Dense,
    activation: Activation,
    norm: Norm,
}

impl Convolution {
    /// `weights` are a kernel [hidden, hidden, 3] and a bias.
    pub(super) fn load(
        hidden: usize,
        activation: Activation,
        norm: Norm,
        weights: &Weights<'_>,
    ) -> Result<Self> {
        let tensors = &weights.tensors;
        let kernel = tensors.get((hidden, hidden, 3), "weight")?;
        let kernel = kernel.transpose(1, 2)?.reshape((hidden, 3 * hidden))?;
        let layer = Linear::new(kernel, Some(tensors.get(hidden, "bias")?));
        Ok(Self {
            linear: Dense::new(layer, weights.backend)?,
            activation,
            norm,
        })
    }

    /// `hidden` after a layer, and the `input` of that layer.
    pub(super) fn forward(&self, input: &Hidden, hidden: &Hidden, rows: &Rows) -> Result<Hidden> {
        let near = input.neighbors(rows)?;
        let seen = self.linear.forward_then(&near, self.activation)?;
        self.norm.forward(&seen.add(hidden)?)
    }
}
