//! What a model is, loaded or not.

use std::fmt;

use crate::config::Engine;
use crate::device::OpenDevice;
use crate::encoder::{Architecture, Backend};
use crate::files::without_scales;
use crate::{Device, Error, ModelFiles, Precision};

/// What a [`Recognizer`](crate::Recognizer) loaded, and where it computes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// Name of the model: that of its folder, the one it was given, or
    /// `org/name@commit` for one of the hub.
    pub name: String,
    /// Family of the model.
    pub architecture: Architecture,
    /// Numbers in the weights, before any sub-words are left out.
    pub n_parameters: usize,
    /// What computes; never [`Engine::Auto`].
    pub engine: Engine,
    /// The numbers it computes with; never [`Precision::Auto`].
    pub precision: Precision,
    /// The set of instructions that the kernels use: none with Candle.
    pub instructions: Option<String>,
    /// Where it computes; never [`Device::Auto`].
    pub device: Device,
    /// Why [`Device::Auto`] took the CPU, if it did.
    pub device_note: Option<String>,
    /// Most units (sub-words or words) in a window.
    pub window: usize,
    /// The part of the vocabulary that was loaded, if not all of it.
    pub vocabulary: Option<VocabularyInfo>,
    pub(crate) warnings: Vec<Warning>,
}

/// The part of a vocabulary that was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VocabularyInfo {
    /// Sub-words that were loaded.
    pub n_kept: usize,
    /// Sub-words the model has.
    pub n_all: usize,
    /// Bytes of memory that the others would take.
    pub bytes_saved: u64,
}

/// What is odd about a model and no error. Shown by [`Display`](fmt::Display).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Labels are called `LABEL_0`, `LABEL_1` and so on.
    UnnamedLabels {
        /// How many.
        n_unnamed: usize,
    },
    /// `vocab.txt` comes without a word on upper case.
    LowerCaseAssumed,
    /// The tokenizer knows a few sub-words more than the model has embeddings
    /// for. A text with one of them is an error.
    TokensWithoutEmbedding {
        /// How many.
        n_tokens: usize,
    },
    /// The tokenizer knows much fewer sub-words than the model.
    SmallTokenizer {
        /// Sub-words of the tokenizer.
        n_tokens: usize,
        /// Rows of the embedding table.
        vocab_size: usize,
    },
    /// The hub could not be asked, so what the cache has was taken.
    HubNotAsked {
        /// What went wrong.
        reason: String,
        /// The commit in the cache.
        commit: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnnamedLabels { n_unnamed } => write!(
                f,
                "config.json does not name {n_unnamed} labels; if it names none, LABEL_0 is taken \
                 for O, no entity: put the names into `id2label`"
            ),
            Self::LowerCaseAssumed => f.write_str(
                "tokenizer_config.json does not say `do_lower_case`, so text is lower-cased, as \
                 transformers does",
            ),
            Self::TokensWithoutEmbedding { n_tokens } => write!(
                f,
                "the tokenizer knows {n_tokens} tokens that the model has no embedding for; a text \
                 with one of them cannot be read"
            ),
            Self::SmallTokenizer {
                n_tokens,
                vocab_size,
            } => write!(
                f,
                "the tokenizer knows {n_tokens} sub-words and the model {vocab_size}: it may belong \
                 to another model"
            ),
            Self::HubNotAsked { reason, commit } => write!(
                f,
                "the hub could not be asked for a newer version, {commit} of the cache is used: {reason}"
            ),
        }
    }
}

impl ModelInfo {
    pub(crate) fn new(
        files: &ModelFiles<'_>,
        architecture: Architecture,
        device: &OpenDevice,
        backend: Backend,
    ) -> Result<Self, Error> {
        let (engine, precision, isa) = match backend {
            Backend::Candle => (Engine::Candle, Precision::F32, None),
            Backend::Kernels(precision, isa) => (Engine::Kernels, precision.into(), Some(isa)),
        };
        Ok(Self {
            name: files.name.to_string(),
            architecture,
            n_parameters: n_parameters(files)?,
            engine,
            precision,
            instructions: isa.map(|isa| isa.to_string()),
            device: device.device,
            device_note: device.note.clone(),
            window: 0,
            vocabulary: None,
            warnings: files.warnings.clone(),
        })
    }

    pub(crate) fn with_window(mut self, window: usize) -> Self {
        self.window = window;
        self
    }

    /// What the user should know about the model. Loading goes on without.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

/// Numbers in the weights; the sizes of steps of 8-bit rows are none of the model's.
pub(crate) fn n_parameters(files: &ModelFiles<'_>) -> Result<usize, Error> {
    let tensors = files.weights.tensors()?;
    let sizes = without_scales(&tensors).map(|(_, tensor)| tensor.shape.iter().product::<usize>());
    Ok(sizes.sum())
}
