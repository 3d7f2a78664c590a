//! `ModernBERT` (Warner et al. 2024, arXiv:2412.13663) and mmBERT
//! (arXiv:2509.06888): rotated positions, most layers see near sub-words only,
//! and norms come before what they feed.

mod config;

use candle_core::{Module, Result as CandleResult, Tensor};
use candle_nn::{LayerNorm, Linear, VarBuilder};

use super::activation::Activation;
use super::embeddings::{Embeddings, Places};
use super::layers::{Bias, Reach, Rows, SelfAttention, attend, dense, layer_norm};
use super::ops::{add, linear};
use super::rotation::{Rotation, Turns};
use crate::Error;
pub(super) use config::Config;
use config::LayerType;

/// The layers, and the dense one before the classifier.
pub(super) struct Layers {
    stack: Vec<Layer>,
    full: Rotation,
    sliding: Rotation,
    norm: LayerNorm,
    head: Linear,
    head_activation: Activation,
    head_norm: LayerNorm,
}

struct Layer {
    kind: LayerType,
    reach: Reach,
    /// The first layer has none.
    attention_norm: Option<LayerNorm>,
    attention: SelfAttention,
    attention_output: Linear,
    norm: LayerNorm,
    up: Linear,
    gate: Linear,
    activation: Activation,
    down: Linear,
}

impl Config {
    pub(super) fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    /// Most sub-words in a row, with the special tokens.
    pub(super) fn positions_max(&self) -> usize {
        self.max_position_embeddings
    }

    /// # Errors
    ///
    /// [`Error::TensorMissing`], [`Error::TensorShape`].
    pub(super) fn embeddings(&self, weights: &VarBuilder<'_>) -> Result<Embeddings, Error> {
        let weights = weights.pp("embeddings");
        let table = (self.vocab_size, self.hidden_size);
        let words = weights.get(table, "tok_embeddings.weight")?;
        Ok(Embeddings::new(
            words,
            Places::Unknown,
            self.norm("norm", &weights)?,
        )?)
    }

    fn norm(&self, name: &str, weights: &VarBuilder<'_>) -> CandleResult<LayerNorm> {
        let bias = self.norm_bias.into();
        layer_norm(self.hidden_size, self.norm_eps, bias, &weights.pp(name))
    }
}

impl Layers {
    /// `weights` are those of the whole model, with the head.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`], [`Error::TensorMissing`], [`Error::TensorShape`].
    pub(super) fn load(
        config: &Config,
        backbone: &VarBuilder<'_>,
        weights: &VarBuilder<'_>,
    ) -> Result<Self, Error> {
        let types = config.layer_types()?.into_iter().enumerate();
        let layers = types.map(|(index, kind)| {
            Layer::load(config, index, kind, &backbone.pp("layers").pp(index))
        });
        let (size, head) = (config.hidden_size, weights.pp("head"));
        Ok(Self {
            stack: layers.collect::<Result<_, _>>()?,
            full: config.rotation(LayerType::Full)?,
            sliding: config.rotation(LayerType::Sliding)?,
            norm: config.norm("final_norm", backbone)?,
            head: dense(size, size, config.classifier_bias.into(), &head.pp("dense"))?,
            head_activation: Activation::from_name(
                "classifier_activation",
                &config.classifier_activation,
            )?,
            head_norm: config.norm("norm", &head)?,
        })
    }

    /// [rows, length, hidden] to the same shape.
    pub(super) fn forward(&self, mut hidden: Tensor, ends: &Rows) -> CandleResult<Tensor> {
        let turn = |rotation: &Rotation| rotation.turns(ends.longest, hidden.device());
        let (full, sliding) = (turn(&self.full)?, turn(&self.sliding)?);
        for layer in &self.stack {
            let turns = match layer.kind {
                LayerType::Full => &full,
                LayerType::Sliding => &sliding,
            };
            hidden = layer.forward(hidden, ends, turns)?;
        }
        let head = linear(&self.head, &self.norm.forward(&hidden)?)?;
        self.head_norm.forward(&self.head_activation.apply(head)?)
    }
}

impl Layer {
    fn load(
        config: &Config,
        index: usize,
        kind: LayerType,
        weights: &VarBuilder<'_>,
    ) -> Result<Self, Error> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let (attention, mlp) = (weights.pp("attn"), weights.pp("mlp"));
        let attention_bias: Bias = config.attention_bias.into();
        let mlp_bias: Bias = config.mlp_bias.into();
        let all = dense(hidden, 3 * hidden, attention_bias, &attention.pp("Wqkv"))?;
        let both = dense(hidden, 2 * inner, mlp_bias, &mlp.pp("Wi"))?;
        let half = |start| -> CandleResult<Linear> {
            let part = |x: &Tensor| x.narrow(0, start, inner)?.contiguous();
            let bias = both.bias().map(part).transpose()?;
            Ok(Linear::new(part(both.weight())?, bias))
        };
        let attention_norm = match index {
            0 => None,
            _ => Some(config.norm("attn_norm", weights)?),
        };
        Ok(Self {
            kind,
            reach: match kind {
                LayerType::Full => Reach::All,
                LayerType::Sliding => Reach::Near(config.local_attention / 2),
            },
            attention_norm,
            attention: SelfAttention::new(&all, config.num_attention_heads)?,
            attention_output: dense(hidden, hidden, attention_bias, &attention.pp("Wo"))?,
            norm: config.norm("mlp_norm", weights)?,
            up: half(0)?,
            gate: half(inner)?,
            activation: Activation::from_name("hidden_activation", &config.hidden_activation)?,
            down: dense(inner, hidden, mlp_bias, &mlp.pp("Wo"))?,
        })
    }

    /// [rows, length, hidden] to the same shape. `hidden` is overwritten.
    fn forward(&self, hidden: Tensor, ends: &Rows, turns: &Turns) -> CandleResult<Tensor> {
        let normed = match &self.attention_norm {
            Some(norm) => &norm.forward(&hidden)?,
            None => &hidden,
        };
        let [query, key, value] = self.attention.project(normed)?;
        let (query, key) = (turns.apply(&query)?, turns.apply(&key)?);
        let attended = attend(query.matmul(&key.t()?)?, &value, ends, self.reach)?;
        let hidden = add(hidden, &linear(&self.attention_output, &attended)?)?;
        let normed = self.norm.forward(&hidden)?;
        let inner = self.activation.apply(linear(&self.up, &normed)?)?;
        let gated = (inner * linear(&self.gate, &normed)?)?;
        add(hidden, &linear(&self.down, &gated)?)
    }
}
