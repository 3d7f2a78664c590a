//! BERT (Devlin et al. 2018, arXiv:1810.04805) and the families that compute the
//! same under other names: `DistilBERT` (arXiv:1910.01108), `RoBERTa`
//! (arXiv:1907.11692) with `CamemBERT` and XLM-R, and ELECTRA (arXiv:2003.10555).

use candle_core::Result as CandleResult;
use serde::Deserialize;

use super::Architecture;
use super::activation::Activation;
use super::attention::{Look, SelfAttention};
use super::embeddings::{Embeddings, Places, Projection};
use super::hidden::{Hidden, Rows, Weights};
use super::layers::{Bias, PostNorm, PostNormNames, PostNormSizes, dense, norm, stacked};
use crate::Error;

/// The fields of `config.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    vocab_size: usize,
    /// ELECTRA alone may have embeddings of another size than its layers.
    embedding_size: Option<usize>,
    #[serde(alias = "dim")]
    hidden_size: usize,
    #[serde(alias = "n_layers")]
    num_hidden_layers: usize,
    #[serde(alias = "n_heads")]
    num_attention_heads: usize,
    #[serde(alias = "hidden_dim")]
    intermediate_size: usize,
    max_position_embeddings: usize,
    #[serde(alias = "activation")]
    hidden_act: String,
    type_vocab_size: usize,
    layer_norm_eps: f64,
    pad_token_id: Option<u32>,
}

/// What a family calls its tensors.
struct Names {
    layers: &'static str,
    layer: PostNormNames,
}

const BERT: Names = Names {
    layers: "encoder.layer",
    layer: PostNormNames {
        query_key_value: [
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
        ],
        attention_output: "attention.output.dense",
        attention_norm: "attention.output.LayerNorm",
        up: "intermediate.dense",
        down: "output.dense",
        norm: "output.LayerNorm",
    },
};

const DISTIL_BERT: Names = Names {
    layers: "transformer.layer",
    layer: PostNormNames {
        query_key_value: ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
        attention_output: "attention.out_lin",
        attention_norm: "sa_layer_norm",
        up: "ffn.lin1",
        down: "ffn.lin2",
        norm: "output_layer_norm",
    },
};

/// The layers of one of the families.
pub(super) struct Layers(Vec<(SelfAttention, PostNorm)>);

impl Config {
    pub(super) fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    /// Most sub-words in a row, with the special tokens.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`].
    pub(super) fn positions_max(&self, family: Architecture) -> Result<usize, Error> {
        let before = self
            .padding(family)?
            .map_or(0, |padding| padding as usize + 1);
        Ok(self.max_position_embeddings.saturating_sub(before))
    }

    /// The id of padding, in a family whose first place comes after its own.
    fn padding(&self, family: Architecture) -> Result<Option<u32>, Error> {
        use Architecture::{CamemBert, Roberta, XlmRoberta};
        match (family, self.pad_token_id) {
            (Roberta | CamemBert | XlmRoberta, None) => Err(Error::ConfigValue {
                field: "pad_token_id",
                value: "null".to_owned(),
                expected: "the id of padding",
            }),
            (Roberta | CamemBert | XlmRoberta, padding) => Ok(padding),
            _ => Ok(None),
        }
    }

    /// # Errors
    ///
    /// [`Error::ConfigValue`], [`Error::TensorMissing`], [`Error::TensorShape`].
    pub(super) fn embeddings(
        &self,
        family: Architecture,
        weights: &Weights<'_>,
    ) -> Result<Embeddings, Error> {
        let size = match self.embedding_size {
            Some(size) if family == Architecture::Electra => size,
            _ => self.hidden_size,
        };
        let tables = weights.pp("embeddings");
        let places = (self.max_position_embeddings, size);
        let table = tables.rows(places, "position_embeddings.weight")?;
        let places = match self.padding(family)? {
            Some(padding) => Places::AfterPadding { table, padding },
            None => Places::FromStart(table),
        };
        let words = (self.vocab_size, size);
        let norms = tables.pp("LayerNorm");
        let norm = norm(size, self.layer_norm_eps, Bias::Learned, &norms)?;
        let mut embeddings = Embeddings::new(words, "word_embeddings", places, norm, &tables)?;
        if family != Architecture::DistilBert {
            if self.type_vocab_size == 0 {
                return Err(Error::ConfigValue {
                    field: "type_vocab_size",
                    value: self.type_vocab_size.to_string(),
                    expected: "at least 1",
                });
            }
            let types = (self.type_vocab_size, size);
            let table = tables.tensors.get(types, "token_type_embeddings.weight")?;
            embeddings = embeddings.with_types(&table)?;
        }
        if size != self.hidden_size {
            let weights = weights.pp("embeddings_project");
            let layer = dense(size, self.hidden_size, Bias::Learned, &weights)?;
            embeddings = embeddings.with_projection(Projection::AfterNorm(layer));
        }
        Ok(embeddings)
    }
}

impl Layers {
    /// # Errors
    ///
    /// [`Error::ConfigValue`], [`Error::TensorMissing`], [`Error::TensorShape`].
    pub(super) fn load(
        config: &Config,
        family: Architecture,
        weights: &Weights<'_>,
    ) -> Result<Self, Error> {
        let (names, field) = match family {
            Architecture::DistilBert => (&DISTIL_BERT, "activation"),
            _ => (&BERT, "hidden_act"),
        };
        let sizes = PostNormSizes {
            hidden: config.hidden_size,
            inner: config.intermediate_size,
            activation: Activation::from_name(field, &config.hidden_act)?,
            layer_norm_eps: config.layer_norm_eps,
        };
        let layer = |index| {
            let weights = weights.pp(names.layers).pp(index);
            let parts = stacked(sizes.hidden, names.layer.query_key_value, &weights)?;
            let heads = config.num_attention_heads;
            let attention = SelfAttention::new(&parts, heads, weights.backend)?;
            Ok((attention, PostNorm::load(sizes, &names.layer, &weights)?))
        };
        let layers = (0..config.num_hidden_layers).map(layer);
        Ok(Self(layers.collect::<Result<_, Error>>()?))
    }

    /// One vector a unit to one vector a unit.
    pub(super) fn forward(&self, mut hidden: Hidden, rows: &Rows) -> CandleResult<Hidden> {
        for (attention, rest) in &self.0 {
            let attended = attention.forward(&hidden, rows, Look::ALL)?;
            hidden = rest.forward(&attended, hidden)?;
        }
        Ok(hidden)
    }
}
