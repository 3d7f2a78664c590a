//! What the families share.

use std::iter::repeat_n;

use candle_core::{DType, Device, IndexOp, Module, Result, Tensor};
use candle_nn::{LayerNorm, Linear, VarBuilder};

use super::activation::Activation;
use super::ops::{add, linear, softmax};
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
        let scale = (head_size(hidden, n_heads)? as f64).sqrt().recip();
        Ok(Self::with_scale(query_key_value, n_heads, scale)?)
    }

    /// Likewise, for scores that are multiplied by `scale`. `n_heads` must
    /// divide hidden.
    pub(super) fn with_scale(query_key_value: &Linear, n_heads: usize, scale: f64) -> Result<Self> {
        let hidden = query_key_value.weight().dim(1)?;
        // Scaling the query once spares scaling the scores each time.
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
        let [query, key, value] = self.project(hidden)?;
        attend(query.matmul(&key.t()?)?, &value, rows, Reach::All)
    }

    /// Query, key and value, each [rows, heads, length, head size].
    pub(super) fn project(&self, hidden: &Tensor) -> Result<[Tensor; 3]> {
        let (n_rows, length, size) = hidden.dims3()?;
        let all = linear(&self.query_key_value, hidden)?;
        let all = all.reshape((n_rows, length, 3, self.n_heads, size / self.n_heads))?;
        // [3, rows, heads, length, head size]
        let all = all.permute((2, 0, 3, 1, 4))?.contiguous()?;
        Ok([all.i(0)?, all.i(1)?, all.i(2)?])
    }
}

/// How far a unit sees.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach {
    /// All of its row.
    All,
    /// So many units to either side.
    Near(usize),
}

/// Values [rows, heads, length, head size] weighted by scores [rows, heads,
/// length, length], as [rows, length, hidden].
pub(super) fn attend(scores: Tensor, value: &Tensor, rows: &Rows, reach: Reach) -> Result<Tensor> {
    let (n_rows, _, length, _) = value.dims4()?;
    let mixed = softmax(scores, rows, reach)?.matmul(value)?;
    mixed.transpose(1, 2)?.reshape((n_rows, length, ()))
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

/// What follows attention in a layer that normalizes sums (Vaswani et al. 2017,
/// arXiv:1706.03762): its output layer, and two dense layers.
pub(super) struct PostNorm {
    attention_output: Linear,
    attention_norm: LayerNorm,
    up: Linear,
    activation: Activation,
    down: Linear,
    norm: LayerNorm,
}

/// What a family calls the parts of such a layer.
pub(super) struct PostNormNames {
    pub(super) query_key_value: [&'static str; 3],
    pub(super) attention_output: &'static str,
    pub(super) attention_norm: &'static str,
    pub(super) up: &'static str,
    pub(super) down: &'static str,
    pub(super) norm: &'static str,
}

/// The sizes of such a layer.
#[derive(Clone, Copy)]
pub(super) struct PostNormSizes {
    pub(super) hidden: usize,
    pub(super) inner: usize,
    pub(super) activation: Activation,
    pub(super) layer_norm_eps: f64,
}

impl PostNorm {
    pub(super) fn load(
        sizes: PostNormSizes,
        names: &PostNormNames,
        weights: &VarBuilder<'_>,
    ) -> Result<Self> {
        let PostNormSizes { hidden, inner, .. } = sizes;
        let dense = |from, to, name| candle_nn::linear(from, to, weights.pp(name));
        let norm = |name| {
            layer_norm(
                hidden,
                sizes.layer_norm_eps,
                Bias::Learned,
                &weights.pp(name),
            )
        };
        Ok(Self {
            attention_output: dense(hidden, hidden, names.attention_output)?,
            attention_norm: norm(names.attention_norm)?,
            up: dense(hidden, inner, names.up)?,
            activation: sizes.activation,
            down: dense(inner, hidden, names.down)?,
            norm: norm(names.norm)?,
        })
    }

    /// `attended` and `hidden`, both [rows, length, hidden], to the same shape.
    pub(super) fn forward(&self, attended: &Tensor, hidden: &Tensor) -> Result<Tensor> {
        let attended = linear(&self.attention_output, attended)?;
        let hidden = self.attention_norm.forward(&add(attended, hidden)?)?;
        let inner = self.activation.apply(linear(&self.up, &hidden)?)?;
        self.norm
            .forward(&add(linear(&self.down, &inner)?, &hidden)?)
    }
}

/// Whether a layer adds something of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bias {
    Learned,
    /// Zeros, so that the fast operations do.
    Zero,
}

impl From<bool> for Bias {
    fn from(learned: bool) -> Self {
        if learned { Self::Learned } else { Self::Zero }
    }
}

/// A matrix product and its bias.
pub(super) fn dense(
    from: usize,
    to: usize,
    bias: Bias,
    weights: &VarBuilder<'_>,
) -> Result<Linear> {
    let weight = weights.get((to, from), "weight")?;
    let bias = match bias {
        Bias::Learned => weights.get(to, "bias")?,
        Bias::Zero => Tensor::zeros(to, weight.dtype(), weight.device())?,
    };
    Ok(Linear::new(weight, Some(bias)))
}

/// Brings mean and variance of each vector to what was learned. Checkpoints that
/// were converted from TensorFlow say `gamma` and `beta`.
pub(super) fn layer_norm(
    size: usize,
    eps: f64,
    bias: Bias,
    weights: &VarBuilder<'_>,
) -> Result<LayerNorm> {
    let (weight_name, bias_name) = if weights.contains_tensor("gamma") {
        ("gamma", "beta")
    } else {
        ("weight", "bias")
    };
    let weight = weights.get(size, weight_name)?;
    let bias = match bias {
        Bias::Learned => weights.get(size, bias_name)?,
        Bias::Zero => weight.zeros_like()?,
    };
    Ok(LayerNorm::new(weight, bias, eps))
}

/// The layers `names` of [hidden, hidden] side by side, as one.
pub(super) fn stacked(hidden: usize, names: [&str; 3], weights: &VarBuilder<'_>) -> Result<Linear> {
    let parts = names.map(|name| candle_nn::linear(hidden, hidden, weights.pp(name)));
    let parts = parts.into_iter().collect::<Result<Vec<_>>>()?;
    let weights: Vec<&Tensor> = parts.iter().map(Linear::weight).collect();
    let biases: Vec<&Tensor> = parts.iter().filter_map(Linear::bias).collect();
    Ok(Linear::new(
        Tensor::cat(&weights, 0)?,
        Some(Tensor::cat(&biases, 0)?),
    ))
}

/// The head, which is called `classifier` or `score`; its shape says how many
/// tags the model scores. `weights` are those of the whole model.
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
    let has_score = weights.contains_tensor("score.weight");
    let weights = weights.pp(if has_score { "score" } else { "classifier" });
    let outputs = weights.get_unchecked("weight")?.dim(0)?;
    if outputs != n_tags {
        return Err(Error::LabelCount {
            labels: n_tags,
            outputs,
        });
    }
    let bias = weights.contains_tensor("bias").into();
    Ok(dense(hidden, n_tags, bias, &weights)?)
}
