//! Self-attention of all heads.

use candle_core::{D, Device, IndexOp, Result, Tensor, bail};
use candle_nn::rotary_emb::rope;
use candle_nn::{Linear, ops};
pub(super) use griot_kernels::Reach;
use griot_kernels::{self as kernels, Turns, attend, rotate};

use super::distance::{self, Meets};
use super::hidden::{Backend, Dense, Hidden, Rows};
use super::rotation;
use crate::Error;

/// Self-attention over one layer that makes query, key and value.
pub(super) struct SelfAttention {
    /// Weights [3 hidden, hidden]: query, key, value, one below the other; the
    /// query scaled.
    query_key_value: Dense,
    n_heads: usize,
    backend: Backend,
}

/// What attention looks at.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) reach: Reach,
    /// By what places turn queries and keys.
    pub(super) turns: Option<&'a Turns>,
    /// The vectors of distances, and which each distance has
    /// ([`Distances::table`](distance::Distances::table)).
    pub(super) distances: Option<(&'a Meets, &'a [u32])>,
}

impl Look<'_> {
    /// All of a row, without places.
    pub(super) const ALL: Self = Self {
        reach: Reach::All,
        turns: None,
        distances: None,
    };
}

impl SelfAttention {
    /// `query_key_value` has weights [3 hidden, hidden].
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`] when `n_heads` does not divide hidden.
    pub(super) fn new(
        query_key_value: &Linear,
        n_heads: usize,
        backend: Backend,
    ) -> std::result::Result<Self, Error> {
        let hidden = query_key_value.weight().dim(1)?;
        let scale = (head_size(hidden, n_heads)? as f64).sqrt().recip();
        Ok(Self::with_scale(query_key_value, n_heads, scale, backend)?)
    }

    /// Likewise, for scores that are multiplied by `scale`. `n_heads` must
    /// divide hidden.
    pub(super) fn with_scale(
        query_key_value: &Linear,
        n_heads: usize,
        scale: f64,
        backend: Backend,
    ) -> Result<Self> {
        let hidden = query_key_value.weight().dim(1)?;
        // Scaling the query once spares scaling the scores each time.
        let scaled = |x: &Tensor| -> Result<Tensor> {
            let query = (x.narrow(0, 0, hidden)? * scale)?;
            Tensor::cat(&[query, x.narrow(0, hidden, 2 * hidden)?], 0)
        };
        let weight = scaled(query_key_value.weight())?;
        let bias = query_key_value.bias().map(scaled).transpose()?;
        Ok(Self {
            query_key_value: Dense::new(Linear::new(weight, bias), backend)?,
            n_heads,
            backend,
        })
    }

    /// What each unit sees, before any output layer.
    pub(super) fn forward(&self, hidden: &Hidden, rows: &Rows, look: Look<'_>) -> Result<Hidden> {
        match (self.query_key_value.forward(hidden)?, self.backend) {
            (Hidden::Packed(mut all), Backend::Kernels(_, isa)) => {
                let sequences = rows.sequences()?;
                if let Some(turns) = look.turns {
                    rotate(&mut all, sequences, turns, isa);
                }
                let distances = match look.distances {
                    Some((Meets::Kernels(distances), table)) => Some((distances, table)),
                    Some((Meets::Candle { .. }, _)) => bail!("distances of another engine"),
                    None => None,
                };
                let attention = kernels::Attention {
                    n_heads: self.n_heads,
                    reach: look.reach,
                    distances,
                };
                Ok(Hidden::Packed(attend(&all, sequences, attention, isa)))
            }
            (Hidden::Padded(all), Backend::Candle) => {
                Ok(Hidden::Padded(self.attend_padded(&all, rows, look)?))
            }
            _ => bail!("vectors and attention of two engines"),
        }
    }

    /// `all` is query, key and value [rows, length, 3 hidden].
    fn attend_padded(&self, all: &Tensor, rows: &Rows, look: Look<'_>) -> Result<Tensor> {
        let (n_rows, length, size) = all.dims3()?;
        let all = all.reshape((n_rows, length, 3, self.n_heads, size / 3 / self.n_heads))?;
        // [3, rows, heads, length, head size]
        let all = all.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let [mut query, mut key, value] = [all.i(0)?, all.i(1)?, all.i(2)?];
        if let Some(turns) = look.turns {
            let cos = rotation::tensor(&turns.cos, all.device())?;
            let sin = rotation::tensor(&turns.sin, all.device())?;
            (query, key) = (rope(&query, &cos, &sin)?, rope(&key, &cos, &sin)?);
        }
        let mut scores = query.matmul(&key.t()?)?;
        if let Some((meets, table)) = look.distances {
            scores = distance::add(scores, &query, &key, meets, table)?;
        }
        if let Some(mask) = rows.attention_mask() {
            scores = scores.broadcast_add(mask)?;
        }
        if let Reach::Near(distance) = look.reach {
            scores = scores.broadcast_add(&near_mask(length, distance, scores.device())?)?;
        }
        let mixed = ops::softmax(&scores, D::Minus1)?.matmul(&value)?;
        mixed.transpose(1, 2)?.reshape((n_rows, length, size / 3))
    }
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

/// Numbers a head has of `hidden`.
///
/// # Errors
///
/// [`Error::ConfigValue`] when `n_heads` does not divide `hidden`.
pub(super) fn head_size(hidden: usize, n_heads: usize) -> std::result::Result<usize, Error> {
    if n_heads == 0 || !hidden.is_multiple_of(n_heads) {
        return Err(Error::ConfigValue {
            field: "num_attention_heads",
            value: n_heads.to_string(),
            expected: "a divisor of `hidden_size`",
        });
    }
    Ok(hidden / n_heads)
}
