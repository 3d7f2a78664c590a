//! The families of models, behind one type.
//!
//! A family turns a text into an [`Encoding`] and runs of units into scores.
//! What is in between, windows and batches, is the same for all.

mod bert;
mod layers;
mod ops;
mod words;

use std::fmt;
use std::ops::Range;

use candle_core::Tensor;
use griot_text::word::segment_words;
use griot_text::{Span, segment_sentences};

use crate::Error;
use crate::features::FEATURES_PER_WORD;
use crate::files::ModelFiles;
use crate::manifest::Manifest;
use crate::tokenize::Tokenizer;
use bert::{BertConfig, BertEncoder};
use words::{WordConfig, WordEncoder};

/// The families of models this crate can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Architecture {
    /// BERT with a token classification head, as Hugging Face saves it.
    Bert,
    /// griot's own: words with hashed features, convolutions and attention.
    Words,
}

impl Architecture {
    /// The values of `model_type` in `config.json`.
    const MODEL_TYPES: [&'static str; 2] = ["bert", "griot-words"];

    /// The family that `model_type` names.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedModel`].
    pub(crate) fn from_model_type(model_type: &str) -> Result<Self, Error> {
        match model_type {
            "bert" => Ok(Self::Bert),
            "griot-words" => Ok(Self::Words),
            _ => Err(Error::UnsupportedModel {
                model_type: model_type.to_owned(),
                supported: &Self::MODEL_TYPES,
            }),
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bert => "bert",
            Self::Words => "griot-words",
        })
    }
}

/// A model of one of the families.
pub(crate) enum Encoder {
    /// Reads sub-words.
    Bert {
        tokenizer: Box<Tokenizer>,
        model: BertEncoder,
    },
    /// Reads words.
    Words(WordEncoder),
}

/// A text as a model reads it. A unit is what a model has one vector for: a
/// sub-word or a word.
#[derive(Debug)]
pub(crate) struct Encoding {
    /// The words that get scores, in bytes of the text.
    pub(crate) words: Vec<Span>,
    /// The first unit of each word, strictly increasing.
    pub(crate) word_units: Vec<usize>,
    /// Runs of words that are decoded on their own: one a sentence.
    pub(crate) sentences: Vec<Range<usize>>,
    /// Runs of units that are read on their own: no window goes over their
    /// ends.
    pub(crate) segments: Vec<Range<usize>>,
    /// All units, [`Encoder::unit_width`] numbers each.
    pub(crate) units: Vec<u32>,
}

impl Encoder {
    /// Builds the family that `manifest` names.
    ///
    /// # Errors
    ///
    /// What is wrong with the configuration, the tokenizer or the weights.
    pub(crate) fn load(
        manifest: &Manifest,
        files: &ModelFiles<'_>,
        device: &candle_core::Device,
    ) -> Result<Self, Error> {
        let weights = files.tensors(manifest, device)?;
        match manifest.architecture {
            Architecture::Bert => {
                let config: BertConfig = manifest.family_config()?;
                let Some(tokenizer) = &files.tokenizer else {
                    return Err(Error::TokenizerMissing {
                        model_type: manifest.architecture.to_string(),
                    });
                };
                Ok(Self::Bert {
                    tokenizer: Box::new(Tokenizer::from_bytes(tokenizer)?),
                    model: BertEncoder::load(&config, manifest.tags.len(), &weights)?,
                })
            }
            Architecture::Words => {
                let config: WordConfig = manifest.family_config()?;
                let model = WordEncoder::load(&config, manifest.tags.len(), &weights)?;
                Ok(Self::Words(model))
            }
        }
    }

    /// The tokenizer, of a family that reads sub-words.
    pub(crate) fn tokenizer_mut(&mut self) -> Option<&mut Tokenizer> {
        match self {
            Self::Bert { tokenizer, .. } => Some(tokenizer),
            Self::Words(_) => None,
        }
    }

    /// Most units a window can hold.
    pub(crate) fn window_max(&self) -> usize {
        match self {
            Self::Bert { tokenizer, model } => {
                let special = tokenizer.prefix.len() + tokenizer.suffix.len();
                model.positions_max().saturating_sub(special)
            }
            Self::Words(_) => usize::MAX,
        }
    }

    /// Units in a window unless the user says otherwise.
    pub(crate) fn window_default(&self) -> usize {
        match self {
            Self::Bert { .. } => self.window_max(),
            // Longer than nearly all sentences it was trained on.
            Self::Words(_) => 256,
        }
    }

    /// Numbers per unit in [`Encoding::units`].
    pub(crate) fn unit_width(&self) -> usize {
        match self {
            Self::Bert { .. } => 1,
            Self::Words(_) => FEATURES_PER_WORD,
        }
    }

    /// Reads `text`. Cost: linear.
    ///
    /// # Errors
    ///
    /// When the tokenizer fails or does not fit the model.
    pub(crate) fn encode(&self, text: &str) -> Result<Encoding, Error> {
        let words = segment_words(text);
        match self {
            Self::Bert { tokenizer, model } => {
                let sub_words = tokenizer.encode(text)?;
                model.check_ids(&sub_words.ids)?;
                let aligned = sub_words.align(text, &words);
                Ok(Encoding {
                    sentences: sentences_of(text, &aligned.spans),
                    words: aligned.spans,
                    word_units: aligned.first,
                    // Context helps across sentences.
                    segments: std::iter::once(0..sub_words.ids.len()).collect(),
                    units: sub_words.ids,
                })
            }
            Self::Words(model) => {
                let sentences = sentences_of(text, &words);
                Ok(Encoding {
                    units: model.featurize(text, &words),
                    word_units: (0..words.len()).collect(),
                    words,
                    // The model was trained on sentences.
                    segments: sentences.clone(),
                    sentences,
                })
            }
        }
    }

    /// Scores of windows: log-probabilities [rows, longest row in units, tags].
    /// What is after the end of a shorter row means nothing.
    ///
    /// # Errors
    ///
    /// When a tensor operation fails.
    pub(crate) fn forward(&self, rows: &[&[u32]]) -> Result<Tensor, Error> {
        match self {
            Self::Bert { tokenizer, model } => {
                let (prefix, suffix) = (&tokenizer.prefix, &tokenizer.suffix);
                let with_special = |row: &&[u32]| [prefix, *row, suffix].concat();
                let framed: Vec<Vec<u32>> = rows.iter().map(with_special).collect();
                let scores = model.forward(&framed)?;
                let longest = rows.iter().map(|row| row.len()).max().unwrap_or(0);
                Ok(scores.narrow(1, prefix.len(), longest)?)
            }
            Self::Words(model) => model.forward(rows),
        }
    }
}

/// The runs of `words` that lie in one sentence of `text`, without empty ones.
fn sentences_of(text: &str, words: &[Span]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for sentence in segment_sentences(text) {
        let n_words = words[start..].partition_point(|word| word.start() < sentence.end());
        if n_words > 0 {
            runs.push(start..start + n_words);
        }
        start += n_words;
    }
    runs
}
