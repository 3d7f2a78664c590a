//! What the families share.

use std::iter::repeat_n;

use candle_core::{DType, Device, IndexOp, Module, Result, Tensor};
use candle_nn::{Linear, VarBuilder, ops};

use crate::Error;

/// Self-attention of all heads over one layer that makes query, key and value.
pub(super) struct SelfAttention {
    /// Weights [3 hidden, hidden]: query, key, value, one below the other.
    pub(super) query_key_value: Linear,
    pub(super) n_heads: usize,
}

impl SelfAttention {
    /// [rows, length, hidden] to the same shape, before any output layer. `mask`
    /// [rows, 1, 1, length] is added to the attention scores.
    pub(super) fn forward(&self, hidden: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let (n_rows, length, size) = hidden.dims3()?;
        let head_size = size / self.n_heads;
        let all = self.query_key_value.forward(hidden)?;
        let all = all.reshape((n_rows, length, 3, self.n_heads, head_size))?;
        // [3, rows, heads, length, head size]
        let all = all.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let (query, key, value) = (all.i(0)?, all.i(1)?, all.i(2)?);
        let query = (query / (head_size as f64).sqrt())?;
        let mut scores = query.matmul(&key.t()?)?;
        if let Some(mask) = mask {
            scores = scores.broadcast_add(mask)?;
        }
        let context = ops::softmax_last_dim(&scores)?.matmul(&value)?;
        context.transpose(1, 2)?.reshape((n_rows, length, size))
    }
}

/// What hides padding from attention: the lowest number where a row has ended,
/// 0 elsewhere, [rows, 1, 1, longest]. `None` when all rows are equally long.
pub(super) fn padding_mask(lengths: &[usize], device: &Device) -> Result<Option<Tensor>> {
    let Some(longest) = ragged(lengths) else {
        return Ok(None);
    };
    let mask = lengths
        .iter()
        .flat_map(|&length| repeat_n(0.0, length).chain(repeat_n(f32::MIN, longest - length)));
    let mask = Tensor::from_iter(mask, device)?.to_dtype(DType::F32)?;
    mask.reshape((lengths.len(), 1, 1, longest)).map(Some)
}

/// The longest of `lengths`, if they differ.
pub(super) fn ragged(lengths: &[usize]) -> Option<usize> {
    let longest = lengths.iter().copied().max()?;
    lengths.iter().any(|&length| length < longest).then_some(longest)
}

/// The head; its shape says how many tags the model scores.
///
/// # Errors
///
/// [`Error::LabelCount`] when that is not `n_tags`, [`Error::TensorMissing`],
/// [`Error::TensorShape`].
pub(super) fn classifier(
    hidden: usize,
    n_tags: usize,
    weights: &VarBuilder<'_>,
) -> std::result::Result<Linear, Error> {
    let outputs = weights.get_unchecked("weight")?.dim(0)?;
    if outputs != n_tags {
        return Err(Error::LabelCount {
            labels: n_tags,
            outputs,
        });
    }
    Ok(candle_nn::linear(hidden, n_tags, weights.clone())?)
}
