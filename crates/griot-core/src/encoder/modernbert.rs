//! `ModernBERT` (Warner et al. 2024, arXiv:2412.13663) and mmBERT
//! (arXiv:2509.06888): rotated positions, most layers see near sub-words only,
//! and norms come before what they feed.

use std::collections::HashMap;

use candle_core::{Device, Module, Result as CandleResult, Tensor};
use candle_nn::rotary_emb::rope;
use candle_nn::{LayerNorm, Linear, VarBuilder};
use serde::Deserialize;

use super::activation::Activation;
use super::embeddings::{Embeddings, Places};
use super::layers::{Bias, Reach, Rows, SelfAttention, attend, dense, head_size, layer_norm};
use super::ops::{add, linear};
use crate::Error;

/// The fields of `config.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_activation: String,
    max_position_embeddings: usize,
    norm_eps: f64,
    norm_bias: bool,
    attention_bias: bool,
    mlp_bias: bool,
    classifier_bias: bool,
    classifier_activation: String,
    local_attention: usize,
    layer_types: Option<Vec<LayerType>>,
    global_attn_every_n_layers: usize,
    /// Since transformers 5, for each type of layer.
    rope_parameters: Option<HashMap<LayerType, RopeParameters>>,
    global_rope_theta: f64,
    local_rope_theta: Option<f64>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
enum LayerType {
    #[serde(rename = "full_attention")]
    Full,
    #[serde(rename = "sliding_attention")]
    Sliding,
}

#[derive(Debug, Deserialize)]
struct RopeParameters {
    rope_type: Option<String>,
    rope_theta: Option<f64>,
}

/// The layers, and the dense one before the classifier.
pub(super) struct Layers {
    layers: Vec<Layer>,
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

/// Angles by which places turn the halves of a head (Su et al. 2021,
/// arXiv:2104.09864): per place, one each two numbers of a head.
struct Rotation(Vec<f32>);

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

    /// # Errors
    ///
    /// [`Error::ConfigValue`].
    fn layer_types(&self) -> Result<Vec<LayerType>, Error> {
        let n_layers = self.num_hidden_layers;
        let wrong = |field, value, expected| Error::ConfigValue {
            field,
            value,
            expected,
        };
        match (&self.layer_types, self.global_attn_every_n_layers) {
            (Some(types), _) if types.len() == n_layers => Ok(types.clone()),
            (Some(types), _) => Err(wrong(
                "layer_types",
                format!("{types:?}"),
                "one type a layer",
            )),
            (None, 0) => Err(wrong(
                "global_attn_every_n_layers",
                "0".to_owned(),
                "at least 1",
            )),
            (None, every) => {
                let full = |index: usize| index.is_multiple_of(every);
                let kind = |index| {
                    if full(index) {
                        LayerType::Full
                    } else {
                        LayerType::Sliding
                    }
                };
                Ok((0..n_layers).map(kind).collect())
            }
        }
    }

    /// # Errors
    ///
    /// [`Error::ConfigValue`].
    fn rotation(&self, kind: LayerType) -> Result<Rotation, Error> {
        let given = self
            .rope_parameters
            .as_ref()
            .and_then(|given| given.get(&kind));
        if let Some(other) = given.and_then(|given| given.rope_type.as_ref())
            && other != "default"
        {
            return Err(Error::ConfigValue {
                field: "rope_parameters",
                value: format!("{other:?}"),
                expected: "the type \"default\"",
            });
        }
        let theta = match (given.and_then(|given| given.rope_theta), kind) {
            (Some(theta), _) => theta,
            (None, LayerType::Full) => self.global_rope_theta,
            (None, LayerType::Sliding) => self.local_rope_theta.unwrap_or(self.global_rope_theta),
        };
        let size = head_size(self.hidden_size, self.num_attention_heads)?;
        // Rounded as transformers rounds it.
        let angle = |index| {
            let power = theta.powf(f64::from(index as f32 / size as f32)) as f32;
            1.0 / power
        };
        Ok(Rotation((0..size).step_by(2).map(angle).collect()))
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
            layers: layers.collect::<Result<_, _>>()?,
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
        for layer in &self.layers {
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
    fn forward(
        &self,
        hidden: Tensor,
        ends: &Rows,
        (cos, sin): &(Tensor, Tensor),
    ) -> CandleResult<Tensor> {
        let normed = match &self.attention_norm {
            Some(norm) => &norm.forward(&hidden)?,
            None => &hidden,
        };
        let [query, key, value] = self.attention.project(normed)?;
        let (query, key) = (rope(&query, cos, sin)?, rope(&key, cos, sin)?);
        let attended = attend(query.matmul(&key.t()?)?, &value, ends, self.reach)?;
        let hidden = add(hidden, &linear(&self.attention_output, &attended)?)?;
        let normed = self.norm.forward(&hidden)?;
        let inner = self.activation.apply(linear(&self.up, &normed)?)?;
        let gated = (inner * linear(&self.gate, &normed)?)?;
        add(hidden, &linear(&self.down, &gated)?)
    }
}

impl Rotation {
    /// Cosines and sines [length, half of a head] of the first places.
    fn turns(&self, length: usize, device: &Device) -> CandleResult<(Tensor, Tensor)> {
        let angles = (0..length).flat_map(|place| {
            let turn = move |angle| f64::from(place as f32 * angle);
            self.0.iter().map(move |&angle| turn(angle))
        });
        let table = |function: fn(f64) -> f64| {
            let values = angles.clone().map(|angle| function(angle) as f32);
            Tensor::from_iter(values, device)?.reshape((length, self.0.len()))
        };
        Ok((table(f64::cos)?, table(f64::sin)?))
    }
}
