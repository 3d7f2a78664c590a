//! The families of models, behind one type.
//!
//! A family turns a text into an [`Encoding`] and runs of units into scores.
//! What is in between, windows and batches, is the same for all.

mod activation;
mod attention;
mod convolution;
mod deberta;
mod distance;
mod embeddings;
mod hidden;
mod layers;
mod modernbert;
mod post_norm;
mod rotation;
mod settings;
mod transformer;
mod words;

use std::fmt;
use std::ops::Range;

use griot_text::word::segment_words;
use griot_text::{Span, segment_sentences};

use crate::Error;
use crate::config::setting;
use crate::features::FEATURES_PER_WORD;
use crate::files::ModelFiles;
use crate::manifest::Manifest;
use crate::tokenize::{SubWords, Tokenizer};
pub(crate) use hidden::Backend;
use hidden::Weights;
use transformer::Transformer;
use words::{WordConfig, WordEncoder};

/// The families of models this crate can run, with a token classification head,
/// as Hugging Face saves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Architecture {
    /// BERT, multilingual BERT and what is built like it.
    Bert,
    /// `DistilBERT`.
    DistilBert,
    /// `RoBERTa`.
    Roberta,
    /// `CamemBERT`.
    CamemBert,
    /// XLM-R.
    XlmRoberta,
    /// ELECTRA.
    Electra,
    /// DeBERTa-v2, DeBERTa-v3 and mDeBERTa.
    DebertaV2,
    /// `ModernBERT` and mmBERT.
    ModernBert,
    /// griot's own: words with hashed features, convolutions and attention.
    Words,
}

/// What `config.json` calls a family, and the prefix of its tensors.
struct Family {
    architecture: Architecture,
    model_type: &'static str,
    prefix: &'static str,
}

const fn family(
    architecture: Architecture,
    model_type: &'static str,
    prefix: &'static str,
) -> Family {
    Family {
        architecture,
        model_type,
        prefix,
    }
}

const FAMILIES: [Family; 9] = [
    family(Architecture::Bert, "bert", "bert"),
    family(Architecture::DistilBert, "distilbert", "distilbert"),
    family(Architecture::Roberta, "roberta", "roberta"),
    family(Architecture::CamemBert, "camembert", "roberta"),
    family(Architecture::XlmRoberta, "xlm-roberta", "roberta"),
    family(Architecture::Electra, "electra", "electra"),
    family(Architecture::DebertaV2, "deberta-v2", "deberta"),
    family(Architecture::ModernBert, "modernbert", "model"),
    family(Architecture::Words, "griot-words", ""),
];

impl Architecture {
    /// The values of `model_type` in `config.json`, in the order of [`FAMILIES`].
    const MODEL_TYPES: [&'static str; FAMILIES.len()] = {
        let mut types = [""; FAMILIES.len()];
        let mut index = 0;
        while index < types.len() {
            types[index] = FAMILIES[index].model_type;
            index += 1;
        }
        types
    };

    /// The family that `model_type` names.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedModel`].
    pub(crate) fn from_model_type(model_type: &str) -> Result<Self, Error> {
        let family = FAMILIES
            .iter()
            .find(|family| family.model_type == model_type);
        let architecture = family.map(|family| family.architecture);
        architecture.ok_or_else(|| Error::UnsupportedModel {
            model_type: model_type.to_owned(),
            supported: &Self::MODEL_TYPES,
        })
    }

    /// Where the names of its tensors begin, up to the head.
    fn prefix(self) -> &'static str {
        self.family().prefix
    }

    fn family(self) -> &'static Family {
        let mut families = FAMILIES.iter();
        let family = families.find(|family| family.architecture == self);
        family.expect("a test asks for every architecture")
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.family().model_type)
    }
}

/// A model of one of the families.
pub(crate) enum Encoder {
    /// Reads sub-words.
    SubWords {
        tokenizer: Box<Tokenizer>,
        model: Box<Transformer>,
    },
    /// Reads words.
    Words(Box<WordEncoder>),
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
        backend: Backend,
    ) -> Result<Self, Error> {
        let tensors = files.tensors(manifest)?;
        let weights = Weights::new(&tensors, backend, device);
        if manifest.architecture == Architecture::Words {
            let config: WordConfig = manifest.family_config()?;
            let model = WordEncoder::load(&config, manifest.tags.len(), &weights)?;
            return Ok(Self::Words(Box::new(model)));
        }
        let Some(tokenizer) = &files.tokenizer else {
            return Err(Error::TokenizerMissing {
                model_type: manifest.architecture.to_string(),
            });
        };
        Ok(Self::SubWords {
            tokenizer: Box::new(Tokenizer::from_bytes(tokenizer)?),
            model: Box::new(Transformer::load(manifest, &weights)?),
        })
    }

    /// The tokenizer, of a family that reads sub-words.
    pub(crate) fn tokenizer_mut(&mut self) -> Option<&mut Tokenizer> {
        match self {
            Self::SubWords { tokenizer, .. } => Some(tokenizer),
            Self::Words(_) => None,
        }
    }

    /// Most units a window can hold.
    pub(crate) fn window_max(&self) -> usize {
        match self {
            Self::SubWords { tokenizer, model } => {
                let special = tokenizer.prefix.len() + tokenizer.suffix.len();
                model.positions_max().saturating_sub(special)
            }
            Self::Words(_) => usize::MAX,
        }
    }

    /// Units in a window unless the user says otherwise.
    pub(crate) fn window_default(&self) -> usize {
        match self {
            // Longer than what such models are fine-tuned on, where attention costs
            // more than it helps.
            Self::SubWords { .. } => self.window_max().min(510),
            // Longer than nearly all sentences it was trained on.
            Self::Words(_) => 256,
        }
    }

    /// Numbers per unit in [`Encoding::units`].
    pub(crate) fn unit_width(&self) -> usize {
        match self {
            Self::SubWords { .. } => 1,
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
            Self::SubWords { tokenizer, model } => {
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

    /// The sub-words of `text`. Cost: linear.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode); [`Error::Setting`] for a model that reads
    /// words.
    pub(crate) fn sub_words(&self, text: &str) -> Result<SubWords, Error> {
        let Self::SubWords { tokenizer, model } = self else {
            let reads = "a model that reads sub-words";
            return Err(setting("model", Architecture::Words, reads));
        };
        let sub_words = tokenizer.encode(text)?;
        model.check_ids(&sub_words.ids)?;
        Ok(sub_words)
    }

    /// Scores of windows: log-probabilities of the tags of each unit of each window,
    /// row-major [units, tags].
    ///
    /// # Errors
    ///
    /// When a tensor operation fails.
    pub(crate) fn forward(&self, windows: &[&[u32]]) -> Result<Vec<Vec<f32>>, Error> {
        match self {
            Self::SubWords { tokenizer, model } => {
                let (prefix, suffix) = (&tokenizer.prefix, &tokenizer.suffix);
                let with_special = |window: &&[u32]| [prefix, *window, suffix].concat();
                let framed: Vec<Vec<u32>> = windows.iter().map(with_special).collect();
                let mut scores = model.forward(&framed)?;
                for (scores, (framed, window)) in scores.iter_mut().zip(framed.iter().zip(windows))
                {
                    let n_tags = scores.len() / framed.len().max(1);
                    scores.truncate((prefix.len() + window.len()) * n_tags);
                    scores.drain(..prefix.len() * n_tags);
                }
                Ok(scores)
            }
            Self::Words(model) => model.forward(windows),
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

#[cfg(test)]
mod tests;
