//! Why a model could not be loaded or a text could not be read.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use griot_text::TagError;

use crate::config::{Device, Engine, Precision};
#[cfg(feature = "hub")]
use crate::hub::HubProblem;

/// `name of`, if there is a name.
#[cfg(feature = "hub")]
fn of_file(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!("{name} of ")
    }
}

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
    /// A file is larger than any that makes sense; it was not read.
    #[error("{} has {bytes} bytes, at most {limit} are read", path.display())]
    FileSize {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
        /// The most that would be read.
        limit: u64,
    },
    /// A folder has no weights in a form that can be read.
    #[error("no weights in {}: expected {}", folder.display(), expected.join(" or "))]
    WeightsMissing {
        /// The folder.
        folder: PathBuf,
        /// The files that would be read.
        expected: [&'static str; 4],
    },
    /// The index of weights in several files cannot be read.
    #[error("{file} cannot be read")]
    IndexSyntax {
        /// Name of the index.
        file: String,
        /// What is wrong, with line and column where known.
        source: Arc<serde_json::Error>,
    },
    /// The index of weights in several files leads nowhere, or elsewhere.
    #[error("{file}: tensor `{tensor}` is in {shard:?}, expected {expected}")]
    IndexEntry {
        /// Name of the index.
        file: String,
        /// The tensor.
        tensor: String,
        /// The file that is to hold it.
        shard: String,
        /// What would be accepted.
        expected: &'static str,
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
    /// A file of weights is not in the safetensors format, or is cut off.
    #[error("{file} is damaged or not in the safetensors format")]
    Weights {
        /// Name of the file.
        file: String,
        /// What is wrong.
        source: Arc<safetensors::SafeTensorError>,
    },
    /// A file that PyTorch wrote is damaged, or holds something else than
    /// tensors.
    #[error("{file} {problem}: {found}")]
    Pickle {
        /// Name of the file.
        file: String,
        /// What is wrong with it.
        problem: &'static str,
        /// Where, or what was found instead.
        found: String,
    },
    /// A tensor the family needs is not in the weights.
    #[error("tensor `{name}` is not in {files}")]
    TensorMissing {
        /// Full name of the tensor.
        name: String,
        /// Names of the files that were read.
        files: String,
    },
    /// A tensor of the weights holds no floats.
    #[error("{tensor} holds {got}, expected F32, F16, BF16 or F64")]
    TensorType {
        /// The tensor and its file.
        tensor: String,
        /// The type in the file.
        got: String,
    },
    /// A tensor of the weights has an infinite number, or what is no number.
    #[error(
        "tensor `{name}` in {file}: number {index} is infinite or NaN, expected finite numbers"
    )]
    TensorValue {
        /// Full name of the tensor.
        name: String,
        /// Name of the file.
        file: String,
        /// Which of its numbers, from 0, row by row.
        index: usize,
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
    #[error("precision {precision} is not supported by the engine {engine}")]
    PrecisionUnsupported {
        /// The precision.
        precision: Precision,
        /// What computes.
        engine: Engine,
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
    /// The model has a tokenizer in a form that only Python reads.
    #[error(
        "{} has {found} but no tokenizer.json; make one with Python:\n  \
         python -c \"from transformers import AutoTokenizer as T; \
         T.from_pretrained('{0}').save_pretrained('{0}')\"",
        folder.display()
    )]
    TokenizerFormat {
        /// The folder.
        folder: PathBuf,
        /// The file that it has.
        found: &'static str,
    },
    /// `tokenizer_config.json` is not JSON, or has fields of other types.
    #[error("tokenizer_config.json cannot be read")]
    TokenizerSyntax {
        /// What is wrong, with line and column where known.
        source: Arc<serde_json::Error>,
    },
    /// A file of the tokenizer has a value this crate cannot honor.
    #[error("{file}: `{field}` is {value}, expected {expected}")]
    TokenizerConfig {
        /// Name of the file.
        file: &'static str,
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// The tokenizer belongs to another model: it knows more sub-words.
    #[error(
        "the tokenizer belongs to another model: its {token:?} has id {id}, \
         the model has {vocab_size} embeddings"
    )]
    TokenizerVocabulary {
        /// A sub-word without embedding.
        token: String,
        /// Its id.
        id: u32,
        /// Rows of the embedding table.
        vocab_size: usize,
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
    /// A text has a sub-word that was left out when the model was loaded; see
    /// [`Vocabulary`](crate::Vocabulary).
    #[error("{token:?} is not in the part of the vocabulary that was loaded")]
    TokenNotKept {
        /// The sub-word.
        token: String,
    },
    /// What was given is not the name of a model on the hub.
    #[cfg(feature = "hub")]
    #[error("{id:?} is no name of a model: expected org/name or org/name@revision")]
    ModelId {
        /// What was given.
        id: String,
    },
    /// A model could not be had from the hub.
    #[cfg(feature = "hub")]
    #[error("cannot get {}{id} from the hub ({path}): {problem}", of_file(file))]
    Hub {
        /// The model, as `org/name@revision`.
        id: String,
        /// The file; empty when the model itself was asked for.
        file: String,
        /// The path of the URL.
        path: String,
        /// What is wrong, and what to try.
        problem: HubProblem,
        /// What was said, by the server or the system.
        source: Option<Arc<dyn std::error::Error + Send + Sync>>,
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
    /// Candle wraps an error in context and backtraces; a missing tensor, a
    /// wrong shape or type below those gets the variant of its own that it
    /// deserves.
    fn from(error: candle_core::Error) -> Self {
        use candle_core::Error as Candle;
        let mut inner = &error;
        // The tensor or the files, as `files::tensors` puts them there.
        let mut place = String::new();
        loop {
            match inner {
                Candle::Context {
                    inner: next,
                    context,
                } => {
                    place = context.to_string();
                    inner = next;
                }
                Candle::WithPath { inner: next, .. }
                | Candle::WithBacktrace { inner: next, .. } => {
                    inner = next;
                }
                Candle::CannotFindTensor { path: name } => {
                    let name = name.clone();
                    return Self::TensorMissing { name, files: place };
                }
                Candle::UnsupportedSafeTensorDtype(dtype) => {
                    return Self::TensorType {
                        tensor: place,
                        got: format!("{dtype:?}"),
                    };
                }
                Candle::UnexpectedShape { msg, expected, got } => {
                    return Self::TensorShape {
                        message: msg.clone(),
                        expected: expected.dims().to_vec(),
                        got: got.dims().to_vec(),
                    };
                }
                _ => break,
            }
        }
        Self::Tensor {
            source: Arc::new(error),
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
