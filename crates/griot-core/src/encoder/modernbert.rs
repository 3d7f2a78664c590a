//! `ModernBERT` (Warner et al. 2024, arXiv:2412.13663) and mmBERT
//! (arXiv:2509.06888): rotated positions, most layers see near sub-words only,
//! and norms come before what they feed.

mod config;

use candle_core::Result as CandleResult;
use griot_kernels::Turns;

use super::activation::Activation;
use super::attention::{Look, Reach, SelfAttention};
use super::embeddings::{Embeddings, Places};
use super::hidden::{Dense, Hidden, Norm, Rows, Weights};
use super::layers::{Bias, dense, halves, linear, norm};
use super::rotation::Rotation;
use crate::Error;
pub(super) use config::Config;
use config::LayerType;

/// The layers, and the dense one before the classifier.
pub(super) struct Layers {
    stack: Vec<Layer>,
    full: Rotation,
    sliding: Rotation,
    norm: Norm,
    head: Dense,
    head_activation: Activation,
    head_norm: Norm,
}

struct Layer {
    kind: LayerType,
    reach: Reach,
    /// The first layer has none.
    attention_norm: Option<Norm>,
    attention: SelfAttention,
    attention_output: Dense,
    norm: Norm,
    up: Dense,
    gate: Dense,
    activation: Activation,
    down: Dense,
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
    pub(super) fn embeddings(&self, weights: &Weights<'_>) -> Result<Embeddings, Error> {
        let weights = weights.pp("embeddings");
        let words = (self.vocab_size, self.hidden_size);
        let norm = self.norm("norm", &weights)?;
        Ok(Embeddings::new(
            words,
            "tok_embeddings",
            Places::Unknown,
            norm,
            &weights,
        )?)
    }

    fn norm(&self, name: &str, weights: &Weights<'_>) -> CandleResult<Norm> {
        let bias = self.norm_bias.into();
        norm(self.hidden_size, self.norm_eps, bias, &weights.pp(name))
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
        backbone: &Weights<'_>,
        weights: &Weights<'_>,
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

    /// One vector a unit to one vector a unit.
    pub(super) fn forward(&self, mut hidden: Hidden, rows: &Rows) -> CandleResult<Hidden> {
        let turn = |rotation: &Rotation| rotation.turns(rows.longest);
        let (full, sliding) = (turn(&self.full), turn(&self.sliding));
        for layer in &self.stack {
            let turns = match layer.kind {
                LayerType::Full => &full,
                LayerType::Sliding => &sliding,
            };
            hidden = layer.forward(hidden, rows, turns)?;
        }
        let hidden = self.norm.forward(&hidden)?;
        let head = self.head.forward_then(&hidden, self.head_activation)?;
        self.head_norm.forward(&head)
    }
}

impl Layer {
    fn load(
        config: &Config,
        index: usize,
        kind: LayerType,
        weights: &Weights<'_>,
    ) -> Result<Self, Error> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let (attention, mlp) = (weights.pp("attn"), weights.pp("mlp"));
        let attention_bias: Bias = config.attention_bias.into();
        let mlp_bias: Bias = config.mlp_bias.into();
        let all = linear(hidden, 3 * hidden, attention_bias, &attention.pp("Wqkv"))?;
        let both = linear(hidden, 2 * inner, mlp_bias, &mlp.pp("Wi"))?;
        let [up, gate] = halves(&both, weights.backend)?;
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
            attention: SelfAttention::new(&all, config.num_attention_heads, weights.backend)?,
            attention_output: dense(hidden, hidden, attention_bias, &attention.pp("Wo"))?,
            norm: config.norm("mlp_norm", weights)?,
            up,
            gate,
            activation: Activation::from_name("hidden_activation", &config.hidden_activation)?,
            down: dense(inner, hidden, mlp_bias, &mlp.pp("Wo"))?,
        })
    }

    fn forward(&self, hidden: Hidden, rows: &Rows, turns: &Turns) -> CandleResult<Hidden> {
        let look = Look {
            reach: self.reach,
            turns: Some(turns),
            ..Look::ALL
        };
        let attended = match &self.attention_norm {
            Some(norm) => self
                .attention
                .forward(&norm.forward(&hidden)?, rows, look)?,
            None => self.attention.forward(&hidden, rows, look)?,
        };
        let hidden = self.attention_output.forward_add(&attended, hidden)?;
        let normed = self.norm.forward(&hidden)?;
        let inner = self.up.forward_then(&normed, self.activation)?;
        let gated = inner.multiply(&self.gate.forward(&normed)?)?;
        self.down.forward_add(&gated, hidden)
    }
}
