//! What `config.json` says of a `DeBERTa`.

use serde::Deserialize;

use crate::Error;
use crate::encoder::attention::head_size;
use crate::encoder::distance::Distances;

/// The fields of `config.json`.
#[derive(Debug, Deserialize)]
pub(in crate::encoder) struct Config {
    pub(super) vocab_size: usize,
    pub(super) embedding_size: Option<usize>,
    pub(super) hidden_size: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) num_attention_heads: usize,
    pub(super) attention_head_size: Option<usize>,
    pub(super) intermediate_size: usize,
    pub(super) hidden_act: String,
    pub(super) max_position_embeddings: usize,
    pub(super) type_vocab_size: usize,
    pub(super) layer_norm_eps: f64,
    pub(super) relative_attention: bool,
    pub(super) max_relative_positions: i64,
    pub(super) position_buckets: i64,
    pub(super) position_biased_input: bool,
    pos_att_type: Option<Parts>,
    pub(super) share_att_key: bool,
    pub(super) norm_rel_ebd: String,
    pub(super) conv_kernel_size: usize,
    pub(super) conv_groups: usize,
    pub(super) conv_act: String,
}

/// `["c2p", "p2c"]`, or `"c2p|p2c"`: what of a score comes from distances.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Parts {
    List(Vec<String>),
    Joined(String),
}

/// What is done with the vectors of distances before they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DistanceNorm {
    None,
    Layer,
}

impl Config {
    /// Whether a query meets distances, and whether a key does.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`].
    pub(super) fn parts(&self) -> Result<[bool; 2], Error> {
        let parts: Vec<String> = match &self.pos_att_type {
            None => Vec::new(),
            Some(Parts::List(list)) => list.clone(),
            Some(Parts::Joined(joined)) => {
                let parts = joined.split('|').map(|part| part.trim().to_lowercase());
                parts.collect()
            }
        };
        if parts.iter().any(|part| part != "c2p" && part != "p2c") {
            return Err(Error::ConfigValue {
                field: "pos_att_type",
                value: format!("{parts:?}"),
                expected: "c2p and p2c",
            });
        }
        Ok(["c2p", "p2c"].map(|known| parts.iter().any(|part| part == known)))
    }

    /// # Errors
    ///
    /// [`Error::ConfigValue`] when heads are of another size than their share.
    pub(super) fn head_size(&self) -> Result<usize, Error> {
        let size = head_size(self.hidden_size, self.num_attention_heads)?;
        match self.attention_head_size.filter(|&other| other != size) {
            None => Ok(size),
            Some(other) => Err(Error::ConfigValue {
                field: "attention_head_size",
                value: other.to_string(),
                expected: "`hidden_size` by `num_attention_heads`",
            }),
        }
    }

    /// What is done with the vectors of distances.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`].
    pub(super) fn distance_norm(&self) -> Result<DistanceNorm, Error> {
        match self.norm_rel_ebd.trim().to_lowercase().as_str() {
            "none" => Ok(DistanceNorm::None),
            "layer_norm" => Ok(DistanceNorm::Layer),
            _ => Err(Error::ConfigValue {
                field: "norm_rel_ebd",
                value: format!("{:?}", self.norm_rel_ebd),
                expected: "\"none\" or \"layer_norm\"",
            }),
        }
    }

    /// Whether neighbors are seen together beside the first layer.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`] when more than the next ones are, or in groups.
    pub(super) fn has_convolution(&self) -> Result<bool, Error> {
        let (size, groups) = (self.conv_kernel_size, self.conv_groups);
        let (field, value, expected) = match (size, groups) {
            (0, _) => return Ok(false),
            (3, 1) => return Ok(true),
            (3, _) => ("conv_groups", groups, "1"),
            _ => ("conv_kernel_size", size, "0 or 3"),
        };
        let value = value.to_string();
        Err(Error::ConfigValue {
            field,
            value,
            expected,
        })
    }

    /// The vectors that distances have.
    pub(super) fn distances(&self) -> Distances {
        let farthest = usize::try_from(self.max_relative_positions).unwrap_or_default();
        let farthest = if farthest == 0 {
            self.max_position_embeddings
        } else {
            farthest
        };
        match usize::try_from(self.position_buckets) {
            Ok(span) if span > 0 => Distances {
                span,
                farthest: Some(farthest),
            },
            _ => Distances {
                span: farthest,
                farthest: None,
            },
        }
    }
}
