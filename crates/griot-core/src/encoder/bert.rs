//! BERT with a token classification head (Devlin et al. 2018,
//! arXiv:1810.04805), computing what `BertForTokenClassification` of
//! transformers computes.
//!
//! Written on Candle's tensors rather than on `candle-transformers`, whose
//! `bert.rs` gives the same numbers more slowly: it spends a quarter of the
//! time of a long window in a softmax of five passes, multiplies by query, key
//! and value weights apart and always adds a mask.

use candle_core::{D, IndexOp, Module, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear, VarBuilder, ops};
use serde::Deserialize;

use super::layers::{Rows, SelfAttention, classifier};
use super::ops::{add, gelu, linear};
use crate::Error;

/// The fields of `config.json` that BERT needs, with the defaults of
/// transformers.
#[derive(Debug, Deserialize)]
pub(crate) struct BertConfig {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    #[serde(default = "default_hidden_act")]
    hidden_act: String,
    #[serde(default = "default_type_vocab_size")]
    type_vocab_size: usize,
    #[serde(default = "default_layer_norm_eps")]
    layer_norm_eps: f64,
    #[serde(default)]
    position_embedding_type: Option<String>,
}

fn default_hidden_act() -> String {
    "gelu".to_owned()
}

fn default_type_vocab_size() -> usize {
    2
}

fn default_layer_norm_eps() -> f64 {
    1e-12
}

/// What `hidden_act` can be.
#[derive(Clone, Copy)]
enum Activation {
    /// x Φ(x), with the error function.
    Gelu,
    /// The approximation of it with a hyperbolic tangent.
    GeluTanh,
    Relu,
}

/// The layers of BERT and the classifier on top.
pub(crate) struct BertEncoder {
    words: Embedding,
    /// Position and token type embeddings [positions, hidden]: every sub-word
    /// has type 0, so the two are added once, here.
    positions: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
    classifier: Linear,
}

struct Layer {
    attention: SelfAttention,
    attention_output: Linear,
    attention_norm: LayerNorm,
    intermediate: Linear,
    activation: Activation,
    output: Linear,
    output_norm: LayerNorm,
}

impl BertEncoder {
    /// Takes the weights of `BertForTokenClassification` by their names there.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`], [`Error::LabelCount`], [`Error::TensorMissing`],
    /// [`Error::TensorShape`].
    pub(crate) fn load(
        config: &BertConfig,
        n_tags: usize,
        weights: &VarBuilder<'_>,
    ) -> Result<Self, Error> {
        let activation = config.validate()?;
        let bert = weights.pp("bert");
        let embeddings = bert.pp("embeddings");
        let hidden = config.hidden_size;
        let layers = (0..config.num_hidden_layers)
            .map(|index| Layer::load(config, activation, &bert.pp("encoder.layer").pp(index)));
        let types = (config.type_vocab_size, hidden);
        let types = embeddings.get(types, "token_type_embeddings.weight")?;
        let positions = (config.max_position_embeddings, hidden);
        let positions = embeddings.get(positions, "position_embeddings.weight")?;
        Ok(Self {
            words: candle_nn::embedding(
                config.vocab_size,
                hidden,
                embeddings.pp("word_embeddings"),
            )?,
            positions: positions.broadcast_add(&types.i(0)?)?,
            norm: layer_norm(config, &embeddings.pp("LayerNorm"))?,
            layers: layers.collect::<Result<_, _>>()?,
            classifier: classifier(hidden, n_tags, &weights.pp("classifier"))?,
        })
    }

    /// Most sub-words in a row, with the special tokens.
    pub(crate) fn positions_max(&self) -> usize {
        self.positions.dims()[0]
    }

    /// Checks that every id has an embedding.
    ///
    /// # Errors
    ///
    /// [`Error::TokenId`] with the first that has none.
    pub(crate) fn check_ids(&self, ids: &[u32]) -> Result<(), Error> {
        let vocab_size = self.words.embeddings().dims()[0];
        match ids.iter().find(|&&id| id as usize >= vocab_size) {
            Some(&id) => Err(Error::TokenId { id, vocab_size }),
            None => Ok(()),
        }
    }

    /// Log-probabilities [rows, longest row, tags] of the tags of each id.
    ///
    /// # Errors
    ///
    /// When a tensor operation fails, for example because a row is longer than
    /// [`positions_max`](Self::positions_max).
    pub(crate) fn forward(&self, rows: &[Vec<u32>]) -> Result<Tensor, Error> {
        let ends = Rows::new(rows.iter().map(Vec::len).collect(), self.positions.device())?;
        let longest = ends.longest;
        let device = self.positions.device();
        let padded = rows.iter().flat_map(|row| {
            let padding = longest - row.len();
            row.iter().copied().chain(std::iter::repeat_n(0, padding))
        });
        let ids = Tensor::from_iter(padded, device)?.reshape((rows.len(), longest))?;
        let positions = self.positions.narrow(0, 0, longest)?;
        let mut hidden = add(self.words.forward(&ids)?, &positions)?;
        hidden = self.norm.forward(&hidden)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden, &ends)?;
        }
        let logits = linear(&self.classifier, &hidden)?;
        Ok(ops::log_softmax(&logits, D::Minus1)?)
    }
}

impl Layer {
    fn load(
        config: &BertConfig,
        activation: Activation,
        weights: &VarBuilder<'_>,
    ) -> Result<Self, Error> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let attention = weights.pp("attention");
        let layer = |from, to, name| candle_nn::linear(from, to, weights.pp(name));
        let parts = ["query", "key", "value"]
            .map(|name| candle_nn::linear(hidden, hidden, attention.pp("self").pp(name)));
        Ok(Self {
            attention: SelfAttention::new(&stack(parts)?, config.num_attention_heads)?,
            attention_output: layer(hidden, hidden, "attention.output.dense")?,
            attention_norm: layer_norm(config, &attention.pp("output.LayerNorm"))?,
            intermediate: layer(hidden, inner, "intermediate.dense")?,
            activation,
            output: layer(inner, hidden, "output.dense")?,
            output_norm: layer_norm(config, &weights.pp("output.LayerNorm"))?,
        })
    }

    /// [rows, length, hidden] to the same shape.
    fn forward(&self, hidden: &Tensor, ends: &Rows) -> candle_core::Result<Tensor> {
        let attended = linear(
            &self.attention_output,
            &self.attention.forward(hidden, ends)?,
        )?;
        let hidden = self.attention_norm.forward(&add(attended, hidden)?)?;
        let inner = linear(&self.intermediate, &hidden)?;
        let inner = match self.activation {
            Activation::Gelu => gelu(inner)?,
            Activation::GeluTanh => inner.gelu()?,
            Activation::Relu => inner.relu()?,
        };
        self.output_norm
            .forward(&add(linear(&self.output, &inner)?, &hidden)?)
    }
}

impl BertConfig {
    /// Checks what a wrong value would turn into a panic or wrong numbers.
    fn validate(&self) -> Result<Activation, Error> {
        if self.type_vocab_size == 0 {
            return Err(Error::ConfigValue {
                field: "type_vocab_size",
                value: self.type_vocab_size.to_string(),
                expected: "at least 1",
            });
        }
        if let Some(kind) = &self.position_embedding_type
            && kind != "absolute"
        {
            return Err(Error::ConfigValue {
                field: "position_embedding_type",
                value: format!("{kind:?}"),
                expected: "\"absolute\"",
            });
        }
        match self.hidden_act.as_str() {
            "gelu" | "gelu_python" => Ok(Activation::Gelu),
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
            "relu" => Ok(Activation::Relu),
            other => Err(Error::ConfigValue {
                field: "hidden_act",
                value: format!("{other:?}"),
                expected: "\"gelu\", \"gelu_new\", \"gelu_fast\", \"gelu_pytorch_tanh\" or \"relu\"",
            }),
        }
    }
}

fn layer_norm(config: &BertConfig, weights: &VarBuilder<'_>) -> candle_core::Result<LayerNorm> {
    candle_nn::layer_norm(config.hidden_size, config.layer_norm_eps, weights.clone())
}

/// One layer that computes what `parts` compute, side by side.
fn stack(parts: [candle_core::Result<Linear>; 3]) -> candle_core::Result<Linear> {
    let parts = parts.into_iter().collect::<candle_core::Result<Vec<_>>>()?;
    let weights: Vec<&Tensor> = parts.iter().map(Linear::weight).collect();
    let biases: Vec<&Tensor> = parts.iter().filter_map(Linear::bias).collect();
    Ok(Linear::new(
        Tensor::cat(&weights, 0)?,
        Some(Tensor::cat(&biases, 0)?),
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fs;

    use candle_core::Device;
    use candle_core::safetensors::load_buffer;

    use super::*;
    use crate::encoder::Encoder;
    use crate::manifest::Manifest;
    use crate::testing::{files, folder, golden};

    const TOLERANCE: f32 = 1e-4;

    fn encoder(hidden_act: &str) -> BertEncoder {
        let mut files = files("wordpiece");
        let config = String::from_utf8(files.config.to_vec()).unwrap();
        let config = config.replace("\"gelu\"", &format!("{hidden_act:?}"));
        files.config = config.into_bytes().into();
        let manifest = Manifest::from_json(&files.config).unwrap();
        match Encoder::load(&manifest, &files, &Device::Cpu).unwrap() {
            Encoder::Bert { model, .. } => model,
            Encoder::Words(_) => unreachable!("the configuration says bert"),
        }
    }

    fn golden_scores() -> HashMap<String, Tensor> {
        let bytes = fs::read(folder().join("golden.safetensors")).unwrap();
        load_buffer(&bytes, &Device::Cpu).unwrap()
    }

    fn assert_close(scores: &Tensor, expected: &Tensor, name: &str) {
        let difference = (scores - expected)
            .unwrap()
            .abs()
            .unwrap()
            .flatten_all()
            .unwrap();
        let difference: f32 = difference.max(0).unwrap().to_scalar().unwrap();
        assert!(difference < TOLERANCE, "{name}: {difference}");
    }

    #[test]
    fn scores_are_those_of_transformers() {
        let encoder = encoder("gelu");
        let (golden, expected) = (golden(), golden_scores());
        for tokenizer in ["wordpiece", "unigram"] {
            let rows = golden.tokenizers[tokenizer]
                .iter()
                .map(|encoding| encoding.ids.clone());
            let rows: Vec<Vec<u32>> = rows.collect();
            let batch = encoder.forward(&rows).unwrap();
            for (index, row) in rows.iter().enumerate() {
                let name = format!("{tokenizer}.{index}");
                let single = encoder.forward(std::slice::from_ref(row)).unwrap();
                assert_close(&single.i(0).unwrap(), &expected[&name], &name);
                // The mask must hide the padding of a batch of all lengths.
                assert_close(
                    &batch.i((index, ..row.len())).unwrap(),
                    &expected[&name],
                    &name,
                );
            }
        }
    }

    #[test]
    fn activations_are_those_of_transformers() {
        let (golden, expected) = (golden(), golden_scores());
        let ids = &golden.tokenizers["wordpiece"][0].ids;
        for hidden_act in ["gelu_new", "relu"] {
            let scores = encoder(hidden_act)
                .forward(std::slice::from_ref(ids))
                .unwrap();
            assert_close(
                &scores.i(0).unwrap(),
                &expected[&format!("{hidden_act}.0")],
                hidden_act,
            );
        }
    }

    #[test]
    fn ids_without_embedding_are_refused() {
        let encoder = encoder("gelu");
        assert!(encoder.check_ids(&[0, 639]).is_ok());
        let error = encoder.check_ids(&[0, 640, 641]).unwrap_err();
        assert!(
            matches!(
                error,
                Error::TokenId {
                    id: 640,
                    vocab_size: 640
                }
            ),
            "{error}"
        );
    }
}
