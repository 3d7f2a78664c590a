//! DeBERTa-v2, v3 and mDeBERTa (He et al. 2020, arXiv:2006.03654; 2021,
//! arXiv:2111.09543): attention that also sees how far apart two sub-words are.

mod config;

use candle_core::{Module, Result as CandleResult, Tensor};

use super::activation::Activation;
use super::attention::{Look, SelfAttention};
use super::convolution::Convolution;
use super::distance::{Distances, Meets};
use super::embeddings::{Embeddings, Places, Projection};
use super::hidden::{Hidden, Norm, Rows, Weights};
use super::layers::{
    Bias, PostNorm, PostNormNames, PostNormSizes, dense, linear, norm, norm_of, stacked,
};
use crate::Error;
pub(super) use config::Config;
use config::DistanceNorm;

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
/// Of distances alone.
const OWN_QUERY: &str = "attention.self.pos_query_proj";
const OWN_KEY: &str = "attention.self.pos_key_proj";

/// The layers.
pub(super) struct Layers {
    stack: Vec<(SelfAttention, Option<Meets>, PostNorm)>,
    distances: Distances,
    /// Beside the first layer.
    convolution: Option<Convolution>,
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
        let (hidden, size) = (
            self.hidden_size,
            self.embedding_size.unwrap_or(self.hidden_size),
        );
        let weights = weights.pp("embeddings");

        let places = if self.position_biased_input {
            let rows = self.max_position_embeddings;
            Places::FromStart(weights.rows((rows, size), "position_embeddings.weight")?)
        } else {
            Places::Unknown
        };
        let (words, norm) = ((self.vocab_size, size), self.norm(&weights)?);
        let mut embeddings = Embeddings::new(words, "word_embeddings", places, norm, &weights)?;
        if self.type_vocab_size > 0 {
            let types = (self.type_vocab_size, size);
            let types = weights.tensors.get(types, "token_type_embeddings.weight")?;
            embeddings = embeddings.with_types(&types)?;
        }
        if size != hidden {
            let layer = dense(size, hidden, Bias::Zero, &weights.pp("embed_proj"))?;
            embeddings = embeddings.with_projection(Projection::BeforeNorm(layer));
        }
        Ok(embeddings)
    }

    fn norm(&self, weights: &Weights<'_>) -> CandleResult<Norm> {
        let weights = weights.pp("LayerNorm");
        norm(
            self.hidden_size,
            self.layer_norm_eps,
            Bias::Learned,
            &weights,
        )
    }

    /// The vectors of distances, [vectors, hidden], if there are any.
    fn distance_vectors(&self, weights: &Weights<'_>) -> Result<Option<Tensor>, Error> {
        if !self.relative_attention {
            return Ok(None);
        }
        let vectors = (self.distances().span.saturating_mul(2), self.hidden_size);
        let vectors = weights.tensors.get(vectors, "rel_embeddings.weight")?;
        match self.distance_norm()? {
            DistanceNorm::None => Ok(Some(vectors)),
            DistanceNorm::Layer => {
                let (size, eps) = (self.hidden_size, self.layer_norm_eps);
                let norm = norm_of(size, eps, Bias::Learned, &weights.pp("LayerNorm"))?;
                Ok(Some(norm.forward(&vectors)?))
            }
        }
    }

    fn attention(
        &self,
        vectors: Option<&Tensor>,
        weights: &Weights<'_>,
    ) -> Result<(SelfAttention, Option<Meets>), Error> {
        let hidden = self.hidden_size;
        // A query meets what a key would offer, and a key what a query would.
        let names = if self.share_att_key {
            [KEY, QUERY]
        } else {
            [OWN_KEY, OWN_QUERY]
        };
        let parts = self.parts()?;
        let meets = |index: usize| -> CandleResult<Option<Tensor>> {
            let Some(vectors) = vectors.filter(|_| parts[index]) else {
                return Ok(None);
            };
            let weights = weights.pp(names[index]);
            let layer = linear(hidden, hidden, Bias::Learned, &weights)?;
            layer.forward(vectors).map(Some)
        };
        // The parts of a score are weighted alike.
        let n_terms = 1 + parts.iter().filter(|&&part| part).count();
        let scale = ((self.head_size()? * n_terms) as f64).sqrt().recip();
        let all = stacked(hidden, NAMES.query_key_value, weights)?;
        let (heads, backend) = (self.num_attention_heads, weights.backend);
        let attention = SelfAttention::with_scale(&all, heads, scale, backend)?;
        let meets = Meets::new([meets(0)?, meets(1)?], heads, scale, backend)?;
        Ok((attention, meets))
    }
}

impl Layers {
    /// # Errors
    ///
    /// [`Error::ConfigValue`], [`Error::TensorMissing`], [`Error::TensorShape`].
    pub(super) fn load(config: &Config, weights: &Weights<'_>) -> Result<Self, Error> {
        let weights = weights.pp("encoder");
        let vectors = config.distance_vectors(&weights)?;
        let sizes = PostNormSizes {
            hidden: config.hidden_size,
            inner: config.intermediate_size,
            activation: Activation::from_name("hidden_act", &config.hidden_act)?,
            layer_norm_eps: config.layer_norm_eps,
        };
        let layers = (0..config.num_hidden_layers).map(|index| {
            let weights = weights.pp("layer").pp(index);
            let (attention, meets) = config.attention(vectors.as_ref(), &weights)?;
            Ok((attention, meets, PostNorm::load(sizes, &NAMES, &weights)?))
        });
        let convolution = if config.has_convolution()? {
            let weights = weights.pp("conv");
            let activation = Activation::from_name("conv_act", &config.conv_act)?;
            let norm = config.norm(&weights)?;
            let weights = weights.pp("conv");
            Some(Convolution::load(
                config.hidden_size,
                activation,
                norm,
                &weights,
            )?)
        } else {
            None
        };
        Ok(Self {
            stack: layers.collect::<Result<_, Error>>()?,
            distances: config.distances(),
            convolution,
        })
    }

    /// One vector a unit to one vector a unit.
    pub(super) fn forward(&self, input: Hidden, rows: &Rows) -> CandleResult<Hidden> {
        let table = self.distances.table(rows.longest);
        let mut convolution = self
            .convolution
            .as_ref()
            .map(|convolution| (convolution, input.copy()));
        let mut hidden = input;
        for (attention, meets, rest) in &self.stack {
            let look = Look {
                distances: meets.as_ref().map(|meets| (meets, &*table)),
                ..Look::ALL
            };
            let attended = attention.forward(&hidden, rows, look)?;
            hidden = rest.forward(&attended, hidden)?;
            if let Some((convolution, input)) = convolution.take() {
                hidden = convolution.forward(&input, &hidden, rows)?;
            }
        }
        Ok(hidden)
    }
}
