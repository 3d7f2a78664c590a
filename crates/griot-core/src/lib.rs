//! Named-entity recognition: text in, mentions out. Kernels of our own compute on a
//! CPU, [Candle](https://github.com/huggingface/candle) on a GPU.
//!
//! ```no_run
//! use griot_core::{Recognizer, RecognizerConfig};
//!
//! let recognizer = Recognizer::load("models/my-model", RecognizerConfig::default())?;
//! let text = "Moussa Ag Assarid vit à Ségou.";
//! for mention in recognizer.tag(text)? {
//!     println!("{} {}", &text[mention.span.range()], mention.label);
//! }
//! # Ok::<(), griot_core::Error>(())
//! ```
//!
//! What happens in between, and where:
//!
//! | step | module | result |
//! |---|---|---|
//! | text to words, sentences and what the model reads | `encoder`, `tokenize` | `Encoding` |
//! | long texts to overlapping windows | `window` | `Window` |
//! | windows of all texts, sorted by length | `batch` | batches under a budget |
//! | batches to scores | `encoder::*` | log-probabilities |
//! | scores to mentions | `griot_text::decode` | `Mention` |
//!
//! No tensor leaves this crate and nothing is truncated. No network is used but
//! by `Recognizer::from_pretrained`, with the feature `hub`.

#![deny(unsafe_code)]

mod aggregate;
mod batch;
mod card;
mod config;
mod device;
mod encoder;
mod error;
mod features;
mod files;
#[cfg(feature = "hub")]
pub mod hub;
mod info;
mod manifest;
mod recognizer;
mod summary;
#[cfg(test)]
mod testing;
mod times;
mod tokenize;
pub mod verify;
mod vocabulary;
mod window;

pub use aggregate::PipelineEntity;
pub use config::{Aggregation, Device, Engine, Precision, RecognizerConfig};
pub use encoder::Architecture;
pub use error::Error;
pub use files::{ModelFiles, Weights};
pub use griot_text::{Consistency, Decoder, Label, LabelSet, Mention, Span, TagSet};
pub use info::{ModelInfo, VocabularyInfo, Warning};
pub use recognizer::{Recognizer, SubWordScores, WordScores};
pub use summary::ModelSummary;
pub use times::Times;
pub use vocabulary::{Missing, Vocabulary};
