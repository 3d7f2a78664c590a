//! What the families that read sub-words share: embeddings before their layers,
//! and a classifier after them. Each computes what the class
//! `…ForTokenClassification` of transformers computes.
//!
//! Written on Candle's tensors rather than on `candle-transformers`, which gives
//! the same numbers more slowly where it has the family and gives them right.

use candle_core::{Device, Result as CandleResult};

use super::embeddings::Embeddings;
use super::hidden::{Backend, Dense, Hidden, Rows, Weights};
use super::layers::classifier;
use super::{Architecture, deberta, modernbert, post_norm, settings};
use crate::Error;
use crate::manifest::Manifest;

/// A model of one of the families that read sub-words.
pub(crate) struct Transformer {
    embeddings: Embeddings,
    layers: Layers,
    classifier: Dense,
    positions_max: usize,
    backend: Backend,
    device: Device,
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
    pub(super) fn load(manifest: &Manifest, weights: &Weights<'_>) -> Result<Self, Error> {
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
            backend: weights.backend,
            device: weights.tensors.device().clone(),
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

    /// Log-probabilities of the tags of each id of each row, row-major [ids, tags].
    ///
    /// # Errors
    ///
    /// When a tensor operation fails, for example because a row is longer than
    /// [`positions_max`](Self::positions_max).
    pub(crate) fn forward(&self, ids: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, Error> {
        let lengths = ids.iter().map(Vec::len).collect();
        let rows = Rows::new(lengths, self.backend, &self.device)?;
        let hidden = self.embeddings.forward(ids, &rows)?;
        let hidden = self.layers.forward(hidden, &rows)?;
        let scores = self.classifier.forward(&hidden)?;
        Ok(scores.into_log_probs(&rows)?)
    }
}

impl Layers {
    /// One vector a unit to one vector a unit.
    fn forward(&self, hidden: Hidden, rows: &Rows) -> CandleResult<Hidden> {
        match self {
            Self::PostNorm(layers) => layers.forward(hidden, rows),
            Self::Deberta(layers) => layers.forward(hidden, rows),
            Self::ModernBert(layers) => layers.forward(hidden, rows),
        }
    }
}
