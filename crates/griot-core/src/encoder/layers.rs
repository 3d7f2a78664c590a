//! What the families share.

use candle_core::{Result, Tensor};
use candle_nn::{LayerNorm, Linear};

use super::activation::Activation;
use super::hidden::{Backend, Dense, Hidden, Norm, Weights};
use crate::Error;

/// What follows attention in a layer that normalizes sums (Vaswani et al. 2017,
/// arXiv:1706.03762): its output layer, and two dense layers.
pub(super) struct PostNorm {
    attention_output: Dense,
    attention_norm: Norm,
    up: Dense,
    activation: Activation,
    down: Dense,
    norm: Norm,
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
        weights: &Weights<'_>,
    ) -> Result<Self> {
        let PostNormSizes { hidden, inner, .. } = sizes;
        let dense = |from, to, name| dense(from, to, Bias::Learned, &weights.pp(name));
        let norm = |name| {
            let weights = weights.pp(name);
            norm(hidden, sizes.layer_norm_eps, Bias::Learned, &weights)
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

    /// `attended` and what it was made of.
    pub(super) fn forward(&self, attended: &Hidden, hidden: Hidden) -> Result<Hidden> {
        let sum = self.attention_output.forward_add(attended, hidden)?;
        let hidden = self.attention_norm.forward(&sum)?;
        let inner = self.up.forward_then(&hidden, self.activation)?;
        self.norm.forward(&self.down.forward_add(&inner, hidden)?)
    }
}

/// Whether a layer adds something of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bias {
    Learned,
    Zero,
}

impl From<bool> for Bias {
    fn from(learned: bool) -> Self {
        if learned { Self::Learned } else { Self::Zero }
    }
}

/// A matrix product and its bias.
pub(super) fn dense(from: usize, to: usize, bias: Bias, weights: &Weights<'_>) -> Result<Dense> {
    Dense::new(linear(from, to, bias, weights)?, weights.backend)
}

/// Its tensors.
pub(super) fn linear(from: usize, to: usize, bias: Bias, weights: &Weights<'_>) -> Result<Linear> {
    let weight = weights.tensors.get((to, from), "weight")?;
    let bias = match bias {
        Bias::Learned => Some(weights.tensors.get(to, "bias")?),
        Bias::Zero => None,
    };
    Ok(Linear::new(weight, bias))
}

/// Brings mean and variance of each vector to what was learned.
pub(super) fn norm(size: usize, eps: f64, bias: Bias, weights: &Weights<'_>) -> Result<Norm> {
    Norm::new(norm_of(size, eps, bias, weights)?, eps, weights.backend)
}

/// Its tensors. Checkpoints that were converted from TensorFlow say `gamma` and
/// `beta`.
pub(super) fn norm_of(
    size: usize,
    eps: f64,
    bias: Bias,
    weights: &Weights<'_>,
) -> Result<LayerNorm> {
    let tensors = &weights.tensors;
    let (weight_name, bias_name) = if tensors.contains_tensor("gamma") {
        ("gamma", "beta")
    } else {
        ("weight", "bias")
    };
    let weight = tensors.get(size, weight_name)?;
    let bias = match bias {
        Bias::Learned => tensors.get(size, bias_name)?,
        Bias::Zero => weight.zeros_like()?,
    };
    Ok(LayerNorm::new(weight, bias, eps))
}

/// The layers `names` of [hidden, hidden] side by side, as one.
pub(super) fn stacked(hidden: usize, names: [&str; 3], weights: &Weights<'_>) -> Result<Linear> {
    let parts = names.map(|name| linear(hidden, hidden, Bias::Learned, &weights.pp(name)));
    let parts = parts.into_iter().collect::<Result<Vec<_>>>()?;
    let weights: Vec<&Tensor> = parts.iter().map(Linear::weight).collect();
    let biases: Vec<&Tensor> = parts.iter().filter_map(Linear::bias).collect();
    Ok(Linear::new(
        Tensor::cat(&weights, 0)?,
        Some(Tensor::cat(&biases, 0)?),
    ))
}

/// The first half of what a layer [2 outputs, inputs] makes, and the second, as two.
pub(super) fn halves(layer: &Linear, backend: Backend) -> Result<[Dense; 2]> {
    let outputs = layer.weight().dim(0)? / 2;
    let half = |start| {
        let part = |x: &Tensor| x.narrow(0, start, outputs)?.contiguous();
        let bias = layer.bias().map(part).transpose()?;
        Dense::new(Linear::new(part(layer.weight())?, bias), backend)
    };
    Ok([half(0)?, half(outputs)?])
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
    weights: &Weights<'_>,
) -> std::result::Result<Dense, Error> {
    let has_score = weights.tensors.contains_tensor("score.weight");
    let weights = weights.pp(if has_score { "score" } else { "classifier" });
    let outputs = weights.tensors.get_unchecked("weight")?.dim(0)?;
    if outputs != n_tags {
        return Err(Error::LabelCount {
            labels: n_tags,
            outputs,
        });
    }
    let bias = weights.tensors.contains_tensor("bias").into();
    let layer = linear(hidden, n_tags, bias, &weights)?;
    Ok(Dense::new(layer, weights.backend.exact())?)
}
