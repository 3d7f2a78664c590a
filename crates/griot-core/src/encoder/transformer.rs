//! What the families that read sub-words share: embeddings before their layers,
//! and a classifier after them. Each computes what the class
//! `…ForTokenClassification` of transformers computes.
//!
//! Written on Candle's tensors rather than on `candle-transformers`, which gives
//! the same numbers more slowly where it has the family and gives them right.

use candle_core::{D, Result as CandleResult, Tensor};
use candle_nn::{Linear, VarBuilder, ops};

use super::embeddings::Embeddings;
use super::layers::{Rows, classifier};
use super::ops::linear;
use super::{Architecture, deberta, modernbert, post_norm, settings};
use crate::Error;
use crate::manifest::Manifest;

/// A model of one of the families that read sub-words.
pub(crate) struct Transformer {
    embeddings: Embeddings,
    layers: Layers,
    classifier: Linear,
    positions_max: usize,
}

/// What is between embeddings and classifier.
enum Layers {
    PostNorm(post_norm::Layers),
    Deberta(deberta::Layers),
    ModernBert(modernbert::Layers),
}

impl Transformer {
    /// Takes the weights by the names that transformers has for them.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigSyntax`], [`Error::ConfigValue`], [`Error::LabelCount`],
    /// [`Error::TensorMissing`], [`Error::TensorShape`].
    pub(crate) fn load(manifest: &Manifest, weights: &VarBuilder<'_>) -> Result<Self, Error> {
        let family = manifest.architecture;
        let backbone = weights.pp(family.prefix());
        let (embeddings, layers, hidden, positions_max) = match family {
            Architecture::DebertaV2 => {
                let config: deberta::Config = settings::read(manifest)?;
                let layers = Layers::Deberta(deberta::Layers::load(&config, &backbone)?);
                let embeddings = config.embeddings(&backbone)?;
                (
                    embeddings,
                    layers,
                    config.hidden_size(),
                    config.positions_max(),
                )
            }
            Architecture::ModernBert => {
                let config: modernbert::Config = settings::read(manifest)?;
                let layers = modernbert::Layers::load(&config, &backbone, weights)?;
                let embeddings = config.embeddings(&backbone)?;
                let layers = Layers::ModernBert(layers);
                (
                    embeddings,
                    layers,
                    config.hidden_size(),
                    config.positions_max(),
                )
            }
            _ => {
                let config: post_norm::Config = settings::read(manifest)?;
                let layers = post_norm::Layers::load(&config, family, &backbone)?;
                let embeddings = config.embeddings(family, &backbone)?;
                let positions_max = config.positions_max(family)?;
                (
                    embeddings,
                    Layers::PostNorm(layers),
                    config.hidden_size(),
                    positions_max,
                )
            }
        };
        Ok(Self {
            embeddings,
            layers,
            classifier: classifier(hidden, manifest.tags.len(), weights)?,
            positions_max,
        })
    }

    /// Most sub-words in a row, with the special tokens.
    pub(crate) fn positions_max(&self) -> usize {
        self.positions_max
    }

    /// Checks that every id has an embedding.
    ///
    /// # Errors
    ///
    /// [`Error::TokenId`] with the first that has none.
    pub(crate) fn check_ids(&self, ids: &[u32]) -> Result<(), Error> {
        self.embeddings.check_ids(ids)
    }

    /// Log-probabilities [rows, longest row, tags] of the tags of each id.
    ///
    /// # Errors
    ///
    /// When a tensor operation fails, for example because a row is longer than
    /// [`positions_max`](Self::positions_max).
    pub(crate) fn forward(&self, rows: &[Vec<u32>]) -> Result<Tensor, Error> {
        let lengths = rows.iter().map(Vec::len).collect();
        let ends = Rows::new(lengths, self.embeddings.device())?;
        let hidden = self.embeddings.forward(rows, &ends)?;
        let hidden = self.layers.forward(hidden, &ends)?;
        let logits = linear(&self.classifier, &hidden)?;
        Ok(ops::log_softmax(&logits, D::Minus1)?)
    }
}

impl Layers {
    /// [rows, length, hidden] to the same shape.
    fn forward(&self, hidden: Tensor, ends: &Rows) -> CandleResult<Tensor> {
        match self {
            Self::PostNorm(layers) => layers.forward(hidden, ends),
            Self::Deberta(layers) => layers.forward(&hidden, ends),
            Self::ModernBert(layers) => layers.forward(hidden, ends),
        }
    }
}
