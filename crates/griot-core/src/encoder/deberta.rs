//! DeBERTa-v2, v3 and mDeBERTa (He et al. 2020, arXiv:2006.03654; 2021,
//! arXiv:2111.09543): attention that also sees how far apart two sub-words are.

use candle_core::{Module, Result as CandleResult, Tensor};
use candle_nn::{LayerNorm, Linear, VarBuilder};
use serde::Deserialize;

use super::activation::Activation;
use super::distance::{Distances, Side, add_distances};
use super::embeddings::{Embeddings, Places, Projection};
use super::layers::{
    Bias, PostNorm, PostNormNames, PostNormSizes, Reach, Rows, SelfAttention, attend, dense,
    head_size, layer_norm, stacked,
};
use super::ops::{add, linear, neighbors};
use crate::Error;

/// The fields of `config.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    vocab_size: usize,
    embedding_size: Option<usize>,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    attention_head_size: Option<usize>,
    intermediate_size: usize,
    hidden_act: String,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    layer_norm_eps: f64,
    relative_attention: bool,
    max_relative_positions: i64,
    position_buckets: i64,
    position_biased_input: bool,
    pos_att_type: Option<Parts>,
    share_att_key: bool,
    norm_rel_ebd: String,
    conv_kernel_size: usize,
    conv_groups: usize,
    conv_act: String,
}

/// `["c2p", "p2c"]`, or `"c2p|p2c"`: what of a score comes from distances.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Parts {
    List(Vec<String>),
    Joined(String),
}

const NAMES: PostNormNames = PostNormNames {
    query_key_value: [QUERY, KEY, "attention.self.value_proj"],
    attention_output: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    up: "intermediate.dense",
    down: "output.dense",
    norm: "output.LayerNorm",
};
const QUERY: &str = "attention.self.query_proj";
const KEY: &str = "attention.self.key_proj";

/// The layers.
pub(super) struct Layers {
    layers: Vec<Layer>,
    distances: Distances,
    convolution: Option<Convolution>,
}

struct Layer {
    attention: SelfAttention,
    /// What the vectors of distances are to a query, [1, heads, head size,
    /// vectors].
    to_query: Option<Tensor>,
    /// What they are to a key, likewise.
    to_key: Option<Tensor>,
    rest: PostNorm,
}

/// Each sub-word seen with its neighbors, once, beside the first layer.
struct Convolution {
    linear: Linear,
    activation: Activation,
    norm: LayerNorm,
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
        let (hidden, size) = (
            self.hidden_size,
            self.embedding_size.unwrap_or(self.hidden_size),
        );
        let weights = weights.pp("embeddings");
        let table = |rows, name| weights.get((rows, size), name);
        let places = match self.position_biased_input {
            true => {
                let table = table(self.max_position_embeddings, "position_embeddings.weight")?;
                Places::FromStart(table)
            }
            false => Places::Unknown,
        };
        let words = table(self.vocab_size, "word_embeddings.weight")?;
        let norm = self.norm(&weights)?;
        let mut embeddings = Embeddings::new(words, places, norm)?;
        if self.type_vocab_size > 0 {
            let types = table(self.type_vocab_size, "token_type_embeddings.weight")?;
            embeddings = embeddings.with_types(&types)?;
        }
        if size != hidden {
            let layer = dense(size, hidden, Bias::Zero, &weights.pp("embed_proj"))?;
            embeddings = embeddings.with_projection(Projection::BeforeNorm(layer));
        }
        Ok(embeddings)
    }

    fn norm(&self, weights: &VarBuilder<'_>) -> CandleResult<LayerNorm> {
        let weights = weights.pp("LayerNorm");
        layer_norm(
            self.hidden_size,
            self.layer_norm_eps,
            Bias::Learned,
            &weights,
        )
    }

    /// Whether a score has a part from content to position, and the reverse.
    fn parts(&self) -> Result<[bool; 2], Error> {
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

    fn distances(&self) -> Distances {
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

impl Layers {
    /// # Errors
    ///
    /// [`Error::ConfigValue`], [`Error::TensorMissing`], [`Error::TensorShape`].
    pub(super) fn load(config: &Config, weights: &VarBuilder<'_>) -> Result<Self, Error> {
        let weights = weights.pp("encoder");
        let distances = config.distances();
        let vectors = match config.relative_attention {
            true => Some(distance_vectors(config, distances, &weights)?),
            false => None,
        };
        let layers = (0..config.num_hidden_layers)
            .map(|index| Layer::load(config, vectors.as_ref(), &weights.pp("layer").pp(index)));
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
            distances,
            convolution: match config.conv_kernel_size {
                0 => None,
                _ => Some(Convolution::load(config, &weights.pp("conv"))?),
            },
        })
    }

    /// [rows, length, hidden] to the same shape.
    pub(super) fn forward(&self, input: &Tensor, ends: &Rows) -> CandleResult<Tensor> {
        let table = self.distances.table(ends.longest);
        let mut hidden = input.clone();
        for (index, layer) in self.layers.iter().enumerate() {
            hidden = layer.forward(&hidden, ends, &table)?;
            if let (0, Some(convolution)) = (index, &self.convolution) {
                hidden = convolution.forward(input, &hidden, ends)?;
            }
        }
        Ok(hidden)
    }
}

/// The vectors of distances, [vectors, hidden].
fn distance_vectors(
    config: &Config,
    distances: Distances,
    weights: &VarBuilder<'_>,
) -> Result<Tensor, Error> {
    let vectors = (2 * distances.span, config.hidden_size);
    let vectors = weights.get(vectors, "rel_embeddings.weight")?;
    match config.norm_rel_ebd.trim().to_lowercase().as_str() {
        "none" => Ok(vectors),
        "layer_norm" => Ok(config.norm(weights)?.forward(&vectors)?),
        _ => Err(Error::ConfigValue {
            field: "norm_rel_ebd",
            value: format!("{:?}", config.norm_rel_ebd),
            expected: "\"none\" or \"layer_norm\"",
        }),
    }
}

impl Layer {
    fn load(
        config: &Config,
        vectors: Option<&Tensor>,
        weights: &VarBuilder<'_>,
    ) -> Result<Self, Error> {
        let (hidden, n_heads) = (config.hidden_size, config.num_attention_heads);
        let parts = config.parts()?;
        // The parts of a score are weighted alike.
        let n_terms = 1 + parts.iter().filter(|&&part| part).count();
        let size = head_size(hidden, n_heads)?;
        if let Some(other) = config.attention_head_size.filter(|&other| other != size) {
            return Err(Error::ConfigValue {
                field: "attention_head_size",
                value: other.to_string(),
                expected: "`hidden_size` by `num_attention_heads`",
            });
        }
        let scale = ((size * n_terms) as f64).sqrt().recip();
        let project = |vectors: &Tensor, name: &str| -> CandleResult<Tensor> {
            let layer = candle_nn::linear(hidden, hidden, weights.pp(name))?;
            let vectors = linear(&layer, vectors)?.reshape((1, (), n_heads, size))?;
            vectors.permute((0, 2, 3, 1))?.contiguous()
        };
        let (key, query) = match config.share_att_key {
            true => (KEY, QUERY),
            false => (
                "attention.self.pos_key_proj",
                "attention.self.pos_query_proj",
            ),
        };
        let to = |part: bool, name| {
            vectors
                .filter(|_| part)
                .map(|vectors| project(vectors, name))
        };
        let to_key = to(parts[1], query).transpose()?;
        let sizes = PostNormSizes {
            hidden,
            inner: config.intermediate_size,
            activation: Activation::from_name("hidden_act", &config.hidden_act)?,
            layer_norm_eps: config.layer_norm_eps,
        };
        let stacked = stacked(hidden, NAMES.query_key_value, weights)?;
        Ok(Self {
            attention: SelfAttention::with_scale(&stacked, n_heads, scale)?,
            to_query: to(parts[0], key).transpose()?,
            // The query that meets the others is scaled already.
            to_key: to_key.map(|vectors| vectors * scale).transpose()?,
            rest: PostNorm::load(sizes, &NAMES, weights)?,
        })
    }

    fn forward(&self, hidden: &Tensor, ends: &Rows, table: &[u32]) -> CandleResult<Tensor> {
        let [query, key, value] = self.attention.project(hidden)?;
        let mut scores = query.matmul(&key.t()?)?;
        for (vectors, content, side) in [
            (&self.to_query, &query, Side::Query),
            (&self.to_key, &key, Side::Key),
        ] {
            if let Some(vectors) = vectors {
                let sums = content.broadcast_matmul(vectors)?;
                scores = add_distances(scores, &sums, side, table)?;
            }
        }
        let attended = attend(scores, &value, ends, Reach::All)?;
        self.rest.forward(&attended, hidden)
    }
}

impl Convolution {
    fn load(config: &Config, weights: &VarBuilder<'_>) -> Result<Self, Error> {
        let hidden = config.hidden_size;
        for (field, value, only, expected) in [
            ("conv_kernel_size", config.conv_kernel_size, 3, "0 or 3"),
            ("conv_groups", config.conv_groups, 1, "1"),
        ] {
            if value != only {
                let value = value.to_string();
                return Err(Error::ConfigValue {
                    field,
                    value,
                    expected,
                });
            }
        }
        let kernel = weights.get((hidden, hidden, 3), "conv.weight")?;
        let kernel = kernel.transpose(1, 2)?.reshape((hidden, 3 * hidden))?;
        Ok(Self {
            linear: Linear::new(kernel, Some(weights.get(hidden, "conv.bias")?)),
            activation: Activation::from_name("conv_act", &config.conv_act)?,
            norm: config.norm(weights)?,
        })
    }

    /// `hidden` after the first layer and the `input` of that layer, both [rows,
    /// length, hidden], to the same shape.
    fn forward(&self, input: &Tensor, hidden: &Tensor, ends: &Rows) -> CandleResult<Tensor> {
        let seen = linear(&self.linear, &neighbors(input, ends)?)?;
        self.norm
            .forward(&add(self.activation.apply(seen)?, hidden)?)
    }
}
