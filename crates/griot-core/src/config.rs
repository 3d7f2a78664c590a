//! What a user chooses when loading a model.

use std::collections::BTreeMap;
use std::fmt;

use griot_kernels::{self as kernels, Isa};
use griot_text::{Consistency, Decoder, Label, LabelSet};

use crate::encoder::Backend;
use crate::{Error, Missing, Vocabulary};

/// Where a model computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// The first GPU this build and this machine have, else the CPU.
    /// [`ModelInfo`](crate::ModelInfo) tells which was taken and why.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The NVIDIA GPU with this index. Needs the feature `cuda`.
    Cuda(usize),
    /// The Apple GPU with this index. Needs the feature `metal`.
    Metal(usize),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
            Self::Metal(index) => write!(f, "metal:{index}"),
        }
    }
}

/// What computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// Kernels on a CPU, Candle on a GPU.
    #[default]
    Auto,
    /// Our own kernels: on a CPU alone, and there several times as fast as Candle.
    Kernels,
    /// Candle, in 32-bit floats: on any device, and the reference on a CPU.
    Candle,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Kernels => "kernels",
            Self::Candle => "candle",
        })
    }
}

/// The number type a model computes with, whatever type its file holds.
///
/// The same text gives the same scores, bit for bit, whatever other texts are in the
/// batch and on any number of threads, in each precision, on the same processor; in
/// `Int8` the matrix products also on another one that takes as many steps: fewer on
/// AVX2 and AVX-512 without VNNI, 8 bits of them elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// The fastest on this processor that changes results by little:
    /// [`Int8`](Self::Int8) where the processor has an instruction for products of
    /// 8-bit integers, else [`F32`](Self::F32).
    Auto,
    /// 32-bit floats: the reference.
    #[default]
    F32,
    /// 16-bit IEEE floats. Not supported yet.
    F16,
    /// Weights of 16-bit brain floats, half the memory; also inputs of products
    /// where the processor has an instruction for them, and faster there alone.
    BF16,
    /// Matrix products of 8-bit integers: a quarter of the memory, and the fastest.
    Int8,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::BF16 => "bf16",
            Self::Int8 => "int8",
        })
    }
}

/// How the token classification pipeline of transformers makes entities of
/// sub-words; its names and its results.
///
/// [`Recognizer::tag`](crate::Recognizer::tag) uses none of them: there, a word
/// has the scores of its first sub-word, which is what token classifiers are
/// trained on, words are found without the tokenizer, and the likeliest sequence
/// of tags is one that the scheme allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aggregation {
    /// Every sub-word that has a tag is an entity.
    #[default]
    None,
    /// Neighbors of one type are an entity, unless the second begins one. A word
    /// may be cut in two.
    Simple,
    /// As `Simple`, and a word has the scores of its first sub-word.
    First,
    /// As `Simple`, and a word has the mean of the scores of its sub-words.
    Average,
    /// As `Simple`, and a word has the scores of its sub-word with the highest.
    Max,
}

/// How a [`Recognizer`](crate::Recognizer) works. Every field has a default.
///
/// # Example
///
/// ```
/// use griot_core::{Device, RecognizerConfig};
///
/// let config = RecognizerConfig::default()
///     .with_device(Device::Cpu)
///     .with_threshold(0.5);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RecognizerConfig {
    /// Where to compute. Default: [`Device::Auto`].
    pub device: Device,
    /// What computes. Default: [`Engine::Auto`].
    pub engine: Engine,
    /// The numbers to compute with. Default: [`Precision::F32`].
    pub precision: Precision,
    /// How scores become mentions. Default: [`Decoder::Viterbi`].
    pub decoder: Decoder,
    /// Whether the mentions of a text are made to agree. Default:
    /// [`Consistency::Document`].
    pub consistency: Consistency,
    /// Mentions with a score under this are dropped; from 0 to 1. Default: 0.
    pub threshold: f32,
    /// The same for the mentions of a label, in place of `threshold`. Default: none.
    pub label_thresholds: BTreeMap<String, f32>,
    /// Most units (sub-words or words, with padding where there is any) that go
    /// through the model at once; a window longer than this goes alone. More costs
    /// memory and may be faster, above all on a GPU. Default: 512 on a CPU, fewer
    /// where some threads would have nothing to do, 16384 on a GPU.
    pub batch_tokens: Option<usize>,
    /// Most units in one window; a longer text is read in several. Default: for
    /// a model that reads sub-words the most it allows, up to 510, for griot's word
    /// models 256.
    pub window: Option<usize>,
    /// Units two neighboring windows share, at most half a window. Default: 64,
    /// or a quarter of the window when that is less.
    pub overlap: Option<usize>,
    /// Which sub-words are loaded. Default: [`Vocabulary::Whole`].
    pub vocabulary: Vocabulary,
    /// What happens to a text with a sub-word that was not loaded. Default:
    /// [`Missing::Refuse`].
    pub missing: Missing,
    /// Threads of this recognizer's own pool. Default: none of its own, the
    /// global pool of rayon (one thread a core) serves.
    pub threads: Option<usize>,
}

impl RecognizerConfig {
    /// Sets [`device`](Self::device).
    #[must_use]
    pub fn with_device(mut self, device: Device) -> Self {
        self.device = device;
        self
    }

    /// Sets [`engine`](Self::engine).
    #[must_use]
    pub fn with_engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Sets [`precision`](Self::precision).
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// Sets [`consistency`](Self::consistency).
    #[must_use]
    pub fn with_consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }

    /// Sets [`decoder`](Self::decoder).
    #[must_use]
    pub fn with_decoder(mut self, decoder: Decoder) -> Self {
        self.decoder = decoder;
        self
    }

    /// Sets [`threshold`](Self::threshold).
    #[must_use]
    pub fn with_threshold(mut self, threshold: f32) -> Self {
        self.threshold = threshold;
        self
    }

    /// Sets what mentions of `label` need in place of [`threshold`](Self::threshold).
    #[must_use]
    pub fn with_label_threshold(mut self, label: impl Into<String>, threshold: f32) -> Self {
        self.label_thresholds.insert(label.into(), threshold);
        self
    }

    /// Whether a mention of `label` has a high enough `score`.
    pub fn keeps(&self, label: &str, score: f32) -> bool {
        let of_label = self.label_thresholds.get(label);
        score >= of_label.copied().unwrap_or(self.threshold)
    }

    /// Sets [`batch_tokens`](Self::batch_tokens).
    #[must_use]
    pub fn with_batch_tokens(mut self, batch_tokens: usize) -> Self {
        self.batch_tokens = Some(batch_tokens);
        self
    }

    /// Sets [`window`](Self::window).
    #[must_use]
    pub fn with_window(mut self, window: usize) -> Self {
        self.window = Some(window);
        self
    }

    /// Sets [`overlap`](Self::overlap).
    #[must_use]
    pub fn with_overlap(mut self, overlap: usize) -> Self {
        self.overlap = Some(overlap);
        self
    }

    /// Sets [`vocabulary`](Self::vocabulary).
    #[must_use]
    pub fn with_vocabulary(mut self, vocabulary: Vocabulary) -> Self {
        self.vocabulary = vocabulary;
        self
    }

    /// Sets [`missing`](Self::missing).
    #[must_use]
    pub fn with_missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// Sets [`threads`](Self::threads).
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// What can be checked without a model.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        for &threshold in self.label_thresholds.values().chain([&self.threshold]) {
            if !(0.0..=1.0).contains(&threshold) {
                return Err(setting("threshold", threshold, "from 0 to 1"));
            }
        }
        for (field, value) in [
            ("batch_tokens", self.batch_tokens),
            ("threads", self.threads),
        ] {
            if value == Some(0) {
                return Err(setting(field, 0, "at least 1"));
            }
        }
        Ok(())
    }

    /// What can be checked once the labels of the model are known.
    pub(crate) fn validate_for(&self, labels: &LabelSet) -> Result<(), Error> {
        let mut named = self.label_thresholds.keys();
        let Some(unknown) = named.find(|label| labels.id(label).is_none()) else {
            return Ok(());
        };
        let known: Vec<&str> = labels.iter().map(Label::as_str).collect();
        let expected = format!("a label of the model: {}", known.join(", "));
        Err(setting("threshold", unknown, expected))
    }
}

impl RecognizerConfig {
    /// What computes on `device`, which is there.
    ///
    /// # Errors
    ///
    /// [`Error::PrecisionUnsupported`], [`Error::Setting`].
    pub(crate) fn backend(&self, device: Device) -> Result<Backend, Error> {
        let engine = match (self.engine, device) {
            (Engine::Auto | Engine::Kernels, Device::Cpu) => Engine::Kernels,
            (Engine::Kernels, _) => {
                return Err(setting(
                    "engine",
                    self.engine,
                    format!("candle, on {device}"),
                ));
            }
            _ => Engine::Candle,
        };
        let isa = wanted_isa()?;
        let unsupported = Err(Error::PrecisionUnsupported {
            precision: self.precision,
            engine,
        });
        let precision = match (engine, self.precision) {
            (Engine::Candle, Precision::F32 | Precision::Auto) => return Ok(Backend::Candle),
            (Engine::Candle, _) | (_, Precision::F16) => return unsupported,
            (_, Precision::Auto) if isa.has_int8_dot() => kernels::Precision::Int8,
            (_, Precision::F32 | Precision::Auto) => kernels::Precision::F32,
            (_, Precision::BF16) => kernels::Precision::Bf16,
            (_, Precision::Int8) => kernels::Precision::Int8,
        };
        Ok(Backend::Kernels(precision, isa))
    }
}

/// The set of instructions that the kernels are to use.
///
/// # Errors
///
/// [`Error::Setting`] when `GRIOT_ISA` names one that is not there.
pub(crate) fn wanted_isa() -> Result<Isa, Error> {
    Isa::wanted().map_err(|reason| {
        let name = std::env::var_os("GRIOT_ISA").unwrap_or_default();
        let names: Vec<String> = Isa::available().map(|isa| isa.to_string()).collect();
        let expected = format!("one of {} ({reason})", names.join(", "));
        setting("GRIOT_ISA", name.to_string_lossy(), expected)
    })
}

impl From<kernels::Precision> for Precision {
    fn from(precision: kernels::Precision) -> Self {
        match precision {
            kernels::Precision::F32 => Self::F32,
            kernels::Precision::Bf16 => Self::BF16,
            kernels::Precision::Int8 => Self::Int8,
        }
    }
}

/// The error of a field that is out of range.
pub(crate) fn setting(
    field: &'static str,
    value: impl fmt::Display,
    expected: impl Into<String>,
) -> Error {
    Error::Setting {
        field,
        value: value.to_string(),
        expected: expected.into(),
    }
}
