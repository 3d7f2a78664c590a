//! What the families share.

use std::iter::repeat_n;

use candle_core::{DType, Device, IndexOp, Result, Tensor};
use candle_nn::{Linear, VarBuilder};

use super::ops::{linear, softmax};
use crate::Error;

/// Where the rows of a padded batch end.
pub(super) struct Rows {
    /// Units in each row.
    pub(super) lengths: Vec<usize>,
    /// Units in the longest row.
    pub(super) longest: usize,
    /// For a GPU and rows of different lengths: the lowest number where a row
    /// has ended, 0 elsewhere, [rows, 1, 1, longest].
    pub(super) attention_mask: Option<Tensor>,
    /// Likewise: 0 where a row has ended, 1 elsewhere, [rows, longest, 1].
    pub(super) word_mask: Option<Tensor>,
}

impl Rows {
    pub(super) fn new(lengths: Vec<usize>, device: &Device) -> Result<Self> {
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let ragged = lengths.iter().any(|&length| length < longest);
        let mask = |there: f32, ended: f32, shape: (usize, usize, usize, usize)| {
            let values = lengths.iter().flat_map(|&length| {
                repeat_n(there, length).chain(repeat_n(ended, longest - length))
            });
            Tensor::from_iter(values, device)?
                .to_dtype(DType::F32)?
                .reshape(shape)
        };
        let (attention_mask, word_mask) = if ragged && !device.is_cpu() {
            let n_rows = lengths.len();
            let words = mask(1.0, 0.0, (n_rows, longest, 1, 1))?.squeeze(3)?;
            (
                Some(mask(0.0, f32::MIN, (n_rows, 1, 1, longest))?),
                Some(words),
            )
        } else {
            (None, None)
        };
        Ok(Self {
            lengths,
            longest,
            attention_mask,
            word_mask,
        })
    }
}

/// Self-attention of all heads over one layer that makes query, key and value.
pub(super) struct SelfAttention {
    /// Weights [3 hidden, hidden]: query, key, value, one below the other; the
    /// query scaled.
    query_key_value: Linear,
    n_heads: usize,
}

impl SelfAttention {
    /// `query_key_value` has weights [3 hidden, hidden] and a bias.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`] when `n_heads` does not divide hidden.
    pub(super) fn new(
        query_key_value: &Linear,
        n_heads: usize,
    ) -> std::result::Result<Self, Error> {
        let hidden = query_key_value.weight().dim(1)?;
        if n_heads == 0 || !hidden.is_multiple_of(n_heads) {
            return Err(Error::ConfigValue {
                field: "num_attention_heads",
                value: n_heads.to_string(),
                expected: "a divisor of `hidden_size`",
            });
        }
        // Scaling the query once spares scaling the scores each time.
        let scale = ((hidden / n_heads) as f64).sqrt().recip();
        let scaled = |x: &Tensor| -> Result<Tensor> {
            let query = (x.narrow(0, 0, hidden)? * scale)?;
            Tensor::cat(&[query, x.narrow(0, hidden, 2 * hidden)?], 0)
        };
        let weight = scaled(query_key_value.weight())?;
        let bias = query_key_value.bias().map(scaled).transpose()?;
        Ok(Self {
            query_key_value: Linear::new(weight, bias),
            n_heads,
        })
    }

    /// [rows, length, hidden] to the same shape, before any output layer.
    pub(super) fn forward(&self, hidden: &Tensor, rows: &Rows) -> Result<Tensor> {
        let (n_rows, length, size) = hidden.dims3()?;
        let all = linear(&self.query_key_value, hidden)?;
        let all = all.reshape((n_rows, length, 3, self.n_heads, size / self.n_heads))?;
        // [3, rows, heads, length, head size]
        let all = all.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let (query, key, value) = (all.i(0)?, all.i(1)?, all.i(2)?);
        let weights = softmax(query.matmul(&key.t()?)?, rows)?;
        weights
            .matmul(&value)?
            .transpose(1, 2)?
            .reshape((n_rows, length, size))
    }
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
