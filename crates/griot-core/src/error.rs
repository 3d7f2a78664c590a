//! Why a model could not be loaded or a text could not be read.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use griot_text::TagError;

use crate::config::{Device, Precision};

/// Why a model could not be loaded, or a text could not be tagged.
///
/// Cloning is cheap: when a batch fails as a whole, each of its texts gets the
/// same error.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the model folder cannot be read.
    #[error("cannot read model file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// `config.json` is not JSON, or lacks a field that the family needs.
    #[error("config.json cannot be read")]
    ConfigSyntax {
        /// What is wrong, with line and column where known.
        source: Arc<serde_json::Error>,
    },
    /// A field of `config.json` has a value this crate cannot honour.
    #[error("config.json: `{field}` is {value}, expected {expected}")]
    ConfigValue {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// The model belongs to no family of this crate.
    #[error("config.json: `model_type` is {model_type:?}, supported: {}", supported.join(", "))]
    UnsupportedModel {
        /// The value of `model_type`.
        model_type: String,
        /// Every value that is supported.
        supported: &'static [&'static str],
    },
    /// The names in `id2label` are no tag set.
    #[error("config.json: `id2label` is not a tag set")]
    Tags {
        /// The name that is wrong.
        #[from]
        source: TagError,
    },
    /// The model scores more or fewer tags than it names.
    #[error("the model names {labels} tags in `id2label` but scores {outputs}")]
    LabelCount {
        /// Names in `id2label`.
        labels: usize,
        /// Rows of the classifier.
        outputs: usize,
    },
    /// `model.safetensors` is not a safetensors file.
    #[error("model weights are not in the safetensors format")]
    Weights {
        /// What is wrong.
        source: Arc<safetensors::SafeTensorError>,
    },
    /// A tensor the family needs is not in the weights.
    #[error("tensor `{name}` is not in the model weights")]
    TensorMissing {
        /// Full name of the tensor.
        name: String,
    },
    /// A tensor of the weights does not have the shape `config.json` implies.
    #[error("{message}: expected {expected:?}, got {got:?}")]
    TensorShape {
        /// Which tensor.
        message: String,
        /// The shape `config.json` implies.
        expected: Vec<usize>,
        /// The shape in the file.
        got: Vec<usize>,
    },
    /// The device that was asked for cannot be used.
    #[error("device {device} is not available: {reason}")]
    DeviceUnavailable {
        /// The device.
        device: Device,
        /// Why.
        reason: String,
    },
    /// This version cannot compute in the precision that was asked for.
    #[error("precision {precision} is not supported, only {}", Precision::F32)]
    PrecisionUnsupported {
        /// The precision.
        precision: Precision,
    },
    /// A field of [`RecognizerConfig`](crate::RecognizerConfig) is out of range.
    #[error("`{field}` is {value}, expected {expected}")]
    Setting {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// The family reads sub-words, and the model has no `tokenizer.json`.
    #[error("a {model_type:?} model needs tokenizer.json")]
    TokenizerMissing {
        /// The value of `model_type`.
        model_type: String,
    },
    /// The tokenizer cannot be built, or failed on a text.
    #[error("tokenizer failed")]
    Tokenizer {
        /// What is wrong.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The tokenizer belongs to another model: it made an id without embedding.
    #[error("the tokenizer made id {id}, the model has {vocab_size} embeddings")]
    TokenId {
        /// The id.
        id: u32,
        /// Rows of the embedding table.
        vocab_size: usize,
    },
    /// A text is longer than offsets can count.
    #[error("text of {bytes} bytes is over the limit of {} bytes", u32::MAX)]
    TextTooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A text that was to be read at once is longer than the model's window.
    #[error(
        "text of {units} sub-words is over the window of {window}: give a stride to read it in \
         overlapping chunks"
    )]
    TextOverWindow {
        /// Its length in sub-words, without special tokens.
        units: usize,
        /// Most of them that fit.
        window: usize,
    },
    /// The threads that were asked for cannot be started.
    #[error("cannot start {threads} threads")]
    Threads {
        /// How many.
        threads: usize,
        /// What the system said.
        source: Arc<rayon::ThreadPoolBuildError>,
    },
    /// A tensor operation failed, for example because memory ran out.
    #[error("tensor operation failed")]
    Tensor {
        /// What is wrong.
        source: Arc<candle_core::Error>,
    },
}

impl From<candle_core::Error> for Error {
    /// Candle wraps an error in context and backtraces; a missing tensor or a
    /// wrong shape below those gets the variant of its own that it deserves.
    fn from(error: candle_core::Error) -> Self {
        let mut inner = &error;
        loop {
            match inner {
                candle_core::Error::Context { inner: next, .. }
                | candle_core::Error::WithPath { inner: next, .. }
                | candle_core::Error::WithBacktrace { inner: next, .. } => inner = next,
                candle_core::Error::CannotFindTensor { path: name }
                | candle_core::Error::SafeTensor(safetensors::SafeTensorError::TensorNotFound(
                    name,
                )) => return Self::TensorMissing { name: name.clone() },
                candle_core::Error::UnexpectedShape { msg, expected, got } => {
                    return Self::TensorShape {
                        message: msg.clone(),
                        expected: expected.dims().to_vec(),
                        got: got.dims().to_vec(),
                    };
                }
                _ => break,
            }
        }
        match error {
            candle_core::Error::SafeTensor(source) => source.into(),
            other => Self::Tensor {
                source: Arc::new(other),
            },
        }
    }
}

impl From<safetensors::SafeTensorError> for Error {
    fn from(source: safetensors::SafeTensorError) -> Self {
        Self::Weights {
            source: Arc::new(source),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(source: serde_json::Error) -> Self {
        Self::ConfigSyntax {
            source: Arc::new(source),
        }
    }
}

impl From<tokenizers::Error> for Error {
    fn from(source: tokenizers::Error) -> Self {
        Self::Tokenizer {
            source: Arc::from(source),
        }
    }
}
