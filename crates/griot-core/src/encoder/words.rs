//! griot's own family: words with hashed features, gated convolutions and
//! self-attention.
//!
//! A word is the sum of learned vectors of its normalized form, affixes, shape
//! and character n-grams ([`features`](crate::features)), so that a name never
//! seen in training still looks like a name. Convolutions over neighbors carry
//! the order of words; attention sees the sentence and needs no positions.
//! The same network in PyTorch: `models/recipe/griot_recipe/network.py`.

use candle_core::{Device, Result as CandleResult};
use griot_text::Span;
use serde::Deserialize;

use super::activation::Activation;
use super::attention::{Look, SelfAttention};
use super::hidden::{Backend, Dense, Hidden, Norm, Rows, Weights};
use super::layers::{self, Bias, classifier, dense, linear};
use crate::Error;
use crate::features::{FEATURE_VERSION, FEATURES_PER_WORD, Featurizer, NGRAM, TABLES};
use crate::files::RowTable;

/// The fields of `config.json` that the family needs.
#[derive(Debug, Deserialize)]
pub(crate) struct WordConfig {
    feature_version: u32,
    tables: Vec<TableConfig>,
    embedding_size: usize,
    hidden_size: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    layers: Vec<LayerKind>,
    layer_norm_eps: f64,
}

/// Name and size of an embedding table.
#[derive(Debug, Deserialize)]
struct TableConfig {
    name: String,
    rows: u32,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LayerKind {
    Conv,
    Attention,
}

impl WordConfig {
    /// The sizes of the tables, after the checks that keep wrong values from
    /// becoming wrong numbers.
    fn validate(&self) -> Result<[u32; TABLES.len()], Error> {
        if self.feature_version != FEATURE_VERSION {
            return Err(Error::ConfigValue {
                field: "feature_version",
                value: self.feature_version.to_string(),
                expected: "1",
            });
        }
        let names = self.tables.iter().map(|table| table.name.as_str());
        let rows: Vec<u32> = self.tables.iter().map(|table| table.rows).collect();
        let known = names.eq(TABLES.iter().map(|table| table.name));
        // Row 0 is no feature, and there must be a row to hash into.
        let full = rows.iter().all(|&rows| rows >= 2);
        match <[u32; TABLES.len()]>::try_from(rows) {
            Ok(rows) if known && full => Ok(rows),
            _ => Err(Error::ConfigValue {
                field: "tables",
                value: format!("{:?}", self.tables),
                expected: "norm, prefix, suffix, shape and ngram with at least 2 rows each",
            }),
        }
    }
}

/// The network of the family.
pub(crate) struct WordEncoder {
    rows: [u32; TABLES.len()],
    /// One [rows, embedding size] a feature table, on the host: looking up and
    /// adding a few rows a word is no work for a device.
    tables: Vec<RowTable>,
    embedding_size: usize,
    backend: Backend,
    device: Device,
    project: Dense,
    project_norm: Norm,
    layers: Vec<Layer>,
    norm: Norm,
    classifier: Dense,
}

enum Layer {
    Convolution { norm: Norm, linear: Dense },
    Attention(Box<AttentionLayer>),
}

struct AttentionLayer {
    norm: Norm,
    attention: SelfAttention,
    out: Dense,
    ffn_norm: Norm,
    up: Dense,
    down: Dense,
}

impl WordEncoder {
    /// Takes the weights by the names the recipe exports.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`], [`Error::LabelCount`], [`Error::TensorMissing`],
    /// [`Error::TensorShape`].
    pub(super) fn load(
        config: &WordConfig,
        n_tags: usize,
        weights: &Weights<'_>,
    ) -> Result<Self, Error> {
        let rows = config.validate()?;
        let embedding = weights.pp("embedding");
        let tables = TABLES.iter().zip(rows).map(|(table, rows)| {
            let shape = (rows as usize, config.embedding_size);
            embedding.rows(shape, &format!("tables.{}.weight", table.name))
        });
        let tables = tables.collect::<CandleResult<_>>()?;
        let layers = (config.layers.iter().enumerate())
            .map(|(index, kind)| Layer::load(*kind, config, &weights.pp("layers").pp(index)));
        let joined = TABLES.len() * config.embedding_size;
        let project = embedding.pp("project");
        Ok(Self {
            rows,
            tables,
            embedding_size: config.embedding_size,
            backend: weights.backend,
            device: weights.tensors.device().clone(),
            project: Dense::new(
                linear(joined, config.hidden_size, Bias::Learned, &project)?,
                weights.backend.exact(),
            )?,
            project_norm: norm(config, &embedding.pp("norm"))?,
            layers: layers.collect::<Result<_, _>>()?,
            norm: norm(config, &weights.pp("norm"))?,
            classifier: classifier(config.hidden_size, n_tags, weights)?,
        })
    }

    /// What the model reads of `words`: [`FEATURES_PER_WORD`] row numbers each.
    /// Cost: linear in the text.
    pub(crate) fn featurize(&self, text: &str, words: &[Span]) -> Vec<u32> {
        let mut featurizer = Featurizer::new(self.rows);
        let mut features = Vec::with_capacity(words.len() * FEATURES_PER_WORD);
        for word in words {
            featurizer.push(&text[word.range()], &mut features);
        }
        features
    }

    /// Log-probabilities of the tags of each word of each row, row-major [words,
    /// tags]; a row is the features of its words.
    ///
    /// # Errors
    ///
    /// When a tensor operation fails.
    pub(crate) fn forward(&self, features: &[&[u32]]) -> Result<Vec<Vec<f32>>, Error> {
        let lengths = features.iter().map(|row| row.len() / FEATURES_PER_WORD);
        let rows = Rows::new(lengths.collect(), self.backend, &self.device)?;
        let mut hidden = self.embed(features, &rows)?;
        for layer in &self.layers {
            hidden = layer.forward(hidden, &rows)?;
        }
        let scores = self.classifier.forward(&self.norm.forward(&hidden)?)?;
        Ok(scores.into_log_probs(&rows)?)
    }

    /// A vector a word.
    fn embed(&self, features: &[&[u32]], rows: &Rows) -> CandleResult<Hidden> {
        let width = TABLES.len() * self.embedding_size;
        let vectors = rows.vectors(width, |row, vectors| {
            let words = features[row].chunks_exact(FEATURES_PER_WORD);
            for (features, vector) in words.zip(vectors.chunks_exact_mut(width)) {
                self.add_features(features, vector);
            }
        })?;
        let words = self.project.forward_then(&vectors, Activation::Gelu)?;
        self.project_norm.forward(&words)
    }

    /// Adds to `vector` the rows that `features` name, one table beside the
    /// other; the n-grams count as their mean.
    fn add_features(&self, mut features: &[u32], vector: &mut [f32]) {
        let size = self.embedding_size;
        for ((table, rows), sum) in TABLES
            .iter()
            .zip(&self.tables)
            .zip(vector.chunks_exact_mut(size))
        {
            let (ids, rest) = features.split_at(table.width);
            features = rest;
            let present = ids.iter().filter(|&&id| id != 0);
            for &id in present.clone() {
                rows.add_row(id as usize, sum);
            }
            if table.name == NGRAM {
                let count = present.count().max(1) as f32;
                for sum in sum {
                    *sum /= count;
                }
            }
        }
    }
}

impl Layer {
    fn load(kind: LayerKind, config: &WordConfig, weights: &Weights<'_>) -> Result<Self, Error> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let layer = |from, to, name| dense(from, to, Bias::Learned, &weights.pp(name));
        Ok(match kind {
            LayerKind::Conv => Self::Convolution {
                norm: norm(config, &weights.pp("norm"))?,
                linear: layer(3 * hidden, 2 * hidden, "linear")?,
            },
            LayerKind::Attention => Self::Attention(Box::new(AttentionLayer {
                norm: norm(config, &weights.pp("norm"))?,
                attention: SelfAttention::new(
                    &linear(hidden, 3 * hidden, Bias::Learned, &weights.pp("qkv"))?,
                    config.num_attention_heads,
                    weights.backend,
                )?,
                out: layer(hidden, hidden, "out")?,
                ffn_norm: norm(config, &weights.pp("ffn_norm"))?,
                up: layer(hidden, inner, "up")?,
                down: layer(inner, hidden, "down")?,
            })),
        })
    }

    /// One vector a word to one vector a word.
    fn forward(&self, hidden: Hidden, rows: &Rows) -> CandleResult<Hidden> {
        match self {
            Self::Convolution { norm, linear } => {
                let words = norm.forward(&hidden)?.neighbors(rows)?;
                hidden.add_gated(&linear.forward(&words)?, rows)
            }
            Self::Attention(layer) => {
                let normed = layer.norm.forward(&hidden)?;
                let attended = layer.attention.forward(&normed, rows, Look::ALL)?;
                let hidden = layer.out.forward_add(&attended, hidden)?;
                let normed = layer.ffn_norm.forward(&hidden)?;
                let inner = layer.up.forward_then(&normed, Activation::Gelu)?;
                layer.down.forward_add(&inner, hidden)
            }
        }
    }
}

fn norm(config: &WordConfig, weights: &Weights<'_>) -> CandleResult<Norm> {
    let (size, eps) = (config.hidden_size, config.layer_norm_eps);
    layers::norm(size, eps, Bias::Learned, weights)
}

#[cfg(all(test, feature = "embedded-model"))]
mod tests {
    use griot_kernels::{Isa, Precision};
    use griot_text::segment_words;

    use super::*;
    use crate::ModelFiles;
    use crate::manifest::Manifest;

    fn embedded(backend: Backend) -> WordEncoder {
        let files = ModelFiles::embedded();
        let manifest = Manifest::from_json(&files.config).expect("config");
        let config = manifest.family_config().expect("config of the family");
        let table = files.tensors(&manifest).expect("weights");
        let weights = Weights::new(&table, backend, &Device::Cpu);
        WordEncoder::load(&config, manifest.tags.len(), &weights).expect("model")
    }

    /// Text and log-probabilities [words][tags] as the recipe's PyTorch model
    /// gives them (`models/recipe/griot_recipe/golden.py`).
    fn golden() -> Vec<(String, Vec<Vec<f32>>)> {
        let lines =
            include_str!("../../../../models/recipe/golden/griot-mini-logits.jsonl").lines();
        let records = lines.map(|line| {
            let record: serde_json::Value = serde_json::from_str(line).expect("golden line");
            let logits: Vec<Vec<f32>> =
                serde_json::from_value(record["logits"].clone()).expect("logits");
            let text = record["text"].as_str().expect("text").to_owned();
            (text, logits.iter().map(|row| normalized(row)).collect())
        });
        records.collect()
    }

    fn normalized(row: &[f32]) -> Vec<f32> {
        let max = row.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = row.iter().map(|x| (x - max).exp()).sum();
        row.iter().map(|x| x - max - sum.ln()).collect()
    }

    /// Alone and in one batch, by both engines, with every set of instructions and in
    /// every precision. Stored in 8 bits, weights are exact in 16; inputs are where the
    /// processor does not round them.
    #[test]
    fn log_probabilities_match_the_recipe() {
        let with = |precision| move |isa| Backend::Kernels(precision, isa);
        let halves = Isa::available().filter(|isa| isa.to_string() != "avx512-bf16");
        let exact = Isa::available().map(with(Precision::F32));
        let exact = exact.chain(halves.map(with(Precision::Bf16)));
        let exact = exact
            .chain([Backend::Candle])
            .map(|backend| (backend, 1e-4));
        let close = Isa::available().map(with(Precision::Int8));
        let close = close.map(|backend| (backend, 0.5));
        for (backend, tolerance) in exact.chain(close) {
            let (model, golden) = (embedded(backend), golden());
            let rows: Vec<Vec<u32>> = golden
                .iter()
                .map(|(text, _)| model.featurize(text, &segment_words(text)))
                .collect();
            let all: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
            let batch = model.forward(&all).expect("batch");
            for (((text, expected), row), batched) in golden.iter().zip(&all).zip(&batch) {
                let alone = model.forward(&[row]).expect("row").remove(0);
                let expected = expected.concat();
                for got in [&alone, batched] {
                    assert_eq!(got.len(), expected.len(), "{text:?}");
                    for (got, expected) in got.iter().zip(&expected) {
                        let error = (got - expected).abs();
                        assert!(
                            error < tolerance,
                            "{backend:?} {text:?}: {got} for {expected}"
                        );
                    }
                }
                if backend != Backend::Candle {
                    assert_eq!(&alone, batched, "what is beside a row changes nothing");
                }
            }
        }
    }
}
