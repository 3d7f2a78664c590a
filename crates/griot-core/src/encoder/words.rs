//! griot's own family: words with hashed features, gated convolutions and
//! self-attention.
//!
//! A word is the sum of learned vectors of its normalized form, affixes, shape
//! and character n-grams ([`features`](crate::features)), so that a name never
//! seen in training still looks like a name. Convolutions over neighbors carry
//! the order of words; attention sees the sentence and needs no positions.
//! The same network in PyTorch: `models/recipe/griot_recipe/network.py`.

use candle_core::{D, Device, Module, Result as CandleResult, Tensor};
use candle_nn::ops::log_softmax;
use candle_nn::{LayerNorm, Linear, VarBuilder};
use griot_text::Span;
use serde::Deserialize;

use super::layers::{Rows, SelfAttention, classifier};
use super::ops::{add, gated, gelu, linear, neighbors};
use crate::Error;
use crate::features::{FEATURE_VERSION, FEATURES_PER_WORD, Featurizer, NGRAM, TABLES};

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
    tables: Vec<Vec<f32>>,
    embedding_size: usize,
    device: Device,
    project: Linear,
    project_norm: LayerNorm,
    layers: Vec<Layer>,
    norm: LayerNorm,
    classifier: Linear,
}

enum Layer {
    Convolution {
        norm: LayerNorm,
        linear: Linear,
    },
    Attention {
        norm: LayerNorm,
        attention: SelfAttention,
        out: Linear,
        ffn_norm: LayerNorm,
        up: Linear,
        down: Linear,
    },
}

impl WordEncoder {
    /// Takes the weights by the names the recipe exports.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`], [`Error::LabelCount`], [`Error::TensorMissing`],
    /// [`Error::TensorShape`].
    pub(crate) fn load(
        config: &WordConfig,
        n_tags: usize,
        weights: &VarBuilder<'_>,
    ) -> Result<Self, Error> {
        let rows = config.validate()?;
        let embedding = weights.pp("embedding");
        let tables = TABLES.iter().zip(rows).map(|(table, rows)| {
            let shape = (rows as usize, config.embedding_size);
            let vectors = embedding.get(shape, &format!("tables.{}.weight", table.name))?;
            vectors.flatten_all()?.to_vec1()
        });
        let tables = tables.collect::<CandleResult<_>>()?;
        let layers = (config.layers.iter().enumerate())
            .map(|(index, kind)| Layer::load(*kind, config, &weights.pp("layers").pp(index)));
        let joined = TABLES.len() * config.embedding_size;
        Ok(Self {
            rows,
            tables,
            embedding_size: config.embedding_size,
            device: weights.device().clone(),
            project: candle_nn::linear(joined, config.hidden_size, embedding.pp("project"))?,
            project_norm: layer_norm(config, &embedding.pp("norm"))?,
            layers: layers.collect::<Result<_, _>>()?,
            norm: layer_norm(config, &weights.pp("norm"))?,
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

    /// Log-probabilities [rows, longest row in words, tags]; a row is the
    /// features of its words. What is after the end of a row means nothing.
    ///
    /// # Errors
    ///
    /// When a tensor operation fails.
    pub(crate) fn forward(&self, rows: &[&[u32]]) -> Result<Tensor, Error> {
        let lengths = rows
            .iter()
            .map(|row| row.len() / FEATURES_PER_WORD)
            .collect();
        let ends = Rows::new(lengths, &self.device)?;
        let mut hidden = self.embed(rows, ends.longest)?;
        for layer in &self.layers {
            hidden = layer.forward(hidden, &ends)?;
        }
        let logits = linear(&self.classifier, &self.norm.forward(&hidden)?)?;
        Ok(log_softmax(&logits, D::Minus1)?)
    }

    /// Word vectors [rows, longest, hidden].
    fn embed(&self, rows: &[&[u32]], longest: usize) -> CandleResult<Tensor> {
        let n_words = rows.len() * longest;
        let width = TABLES.len() * self.embedding_size;
        let mut vectors = vec![0.0; n_words * width];
        for (row, vectors) in rows
            .iter()
            .zip(vectors.chunks_mut((longest * width).max(1)))
        {
            let words = row.chunks_exact(FEATURES_PER_WORD);
            for (features, vector) in words.zip(vectors.chunks_exact_mut(width)) {
                self.add_features(features, vector);
            }
        }
        let vectors = Tensor::from_vec(vectors, (n_words, width), &self.device)?;
        let words = gelu(linear(&self.project, &vectors)?)?;
        self.project_norm
            .forward(&words)?
            .reshape((rows.len(), longest, ()))
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
                let row = &rows[id as usize * size..][..size];
                for (sum, x) in sum.iter_mut().zip(row) {
                    *sum += x;
                }
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
    fn load(kind: LayerKind, config: &WordConfig, weights: &VarBuilder<'_>) -> Result<Self, Error> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let layer = |from, to, name| candle_nn::linear(from, to, weights.pp(name));
        let norm = layer_norm(config, &weights.pp("norm"))?;
        Ok(match kind {
            LayerKind::Conv => Self::Convolution {
                norm,
                linear: layer(3 * hidden, 2 * hidden, "linear")?,
            },
            LayerKind::Attention => Self::Attention {
                norm,
                attention: SelfAttention::new(
                    &layer(hidden, 3 * hidden, "qkv")?,
                    config.num_attention_heads,
                )?,
                out: layer(hidden, hidden, "out")?,
                ffn_norm: layer_norm(config, &weights.pp("ffn_norm"))?,
                up: layer(hidden, inner, "up")?,
                down: layer(inner, hidden, "down")?,
            },
        })
    }

    /// [rows, length, hidden] to the same shape. `hidden` is overwritten.
    fn forward(&self, hidden: Tensor, ends: &Rows) -> CandleResult<Tensor> {
        match self {
            Self::Convolution {
                norm,
                linear: layer,
            } => {
                let words = neighbors(&norm.forward(&hidden)?, ends)?;
                add(hidden, &gated(&linear(layer, &words)?)?)
            }
            Self::Attention {
                norm,
                attention,
                out,
                ffn_norm,
                up,
                down,
            } => {
                let attended = attention.forward(&norm.forward(&hidden)?, ends)?;
                let hidden = add(hidden, &linear(out, &attended)?)?;
                let inner = gelu(linear(up, &ffn_norm.forward(&hidden)?)?)?;
                add(hidden, &linear(down, &inner)?)
            }
        }
    }
}

fn layer_norm(config: &WordConfig, weights: &VarBuilder<'_>) -> CandleResult<LayerNorm> {
    candle_nn::layer_norm(config.hidden_size, config.layer_norm_eps, weights.clone())
}

#[cfg(all(test, feature = "embedded-model"))]
mod tests {
    use griot_text::segment_words;

    use super::*;
    use crate::ModelFiles;
    use crate::manifest::Manifest;

    fn embedded() -> WordEncoder {
        let files = ModelFiles::embedded();
        let manifest = Manifest::from_json(&files.config).expect("config");
        let config = manifest.family_config().expect("config of the family");
        let weights = files.tensors(&manifest, &Device::Cpu).expect("weights");
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

    /// Alone and in one padded batch, within 1e-4 of the recipe.
    #[test]
    fn log_probabilities_match_the_recipe() {
        let (model, golden) = (embedded(), golden());
        let rows: Vec<Vec<u32>> = golden
            .iter()
            .map(|(text, _)| model.featurize(text, &segment_words(text)))
            .collect();
        let all: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let batch = model
            .forward(&all)
            .and_then(|t| Ok(t.to_vec3::<f32>()?))
            .expect("batch");
        for (((text, expected), row), batched) in golden.iter().zip(&all).zip(&batch) {
            let alone = model
                .forward(&[row])
                .and_then(|t| Ok(t.to_vec3::<f32>()?))
                .expect("row");
            assert_eq!(alone[0].len(), expected.len(), "{text:?}");
            for got in [&alone[0], batched] {
                for (got, expected) in got.iter().flatten().zip(expected.iter().flatten()) {
                    assert!(
                        (got - expected).abs() < 1e-4,
                        "{text:?}: {got} for {expected}"
                    );
                }
            }
        }
    }
}
