//! What `config.json` says of a `ModernBERT`.

use std::collections::HashMap;

use serde::Deserialize;

use crate::Error;
use crate::encoder::attention::head_size;
use crate::encoder::rotation::Rotation;

/// The fields of `config.json`.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are fields of a file")]
pub(in crate::encoder) struct Config {
    pub(super) vocab_size: usize,
    pub(super) hidden_size: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) num_attention_heads: usize,
    pub(super) intermediate_size: usize,
    pub(super) hidden_activation: String,
    pub(super) max_position_embeddings: usize,
    pub(super) norm_eps: f64,
    pub(super) norm_bias: bool,
    pub(super) attention_bias: bool,
    pub(super) mlp_bias: bool,
    pub(super) classifier_bias: bool,
    pub(super) classifier_activation: String,
    pub(super) local_attention: usize,
    pub(super) layer_types: Option<Vec<LayerType>>,
    pub(super) global_attn_every_n_layers: usize,
    /// Since transformers 5, for each type of layer.
    pub(super) rope_parameters: Option<HashMap<LayerType, RopeParameters>>,
    pub(super) global_rope_theta: f64,
    pub(super) local_rope_theta: Option<f64>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
pub(super) enum LayerType {
    #[serde(rename = "full_attention")]
    Full,
    #[serde(rename = "sliding_attention")]
    Sliding,
}

#[derive(Debug, Deserialize)]
pub(super) struct RopeParameters {
    rope_type: Option<String>,
    rope_theta: Option<f64>,
}

impl Config {
    /// # Errors
    ///
    /// [`Error::ConfigValue`].
    pub(super) fn layer_types(&self) -> Result<Vec<LayerType>, Error> {
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
    pub(super) fn rotation(&self, kind: LayerType) -> Result<Rotation, Error> {
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
        Ok(Rotation::new(theta, size))
    }
}
