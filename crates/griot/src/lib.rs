//! Named-entity recognition and entity linking for many languages, French first.
//!
//! A [`Pipeline`] turns a [`Document`] into an [`Annotation`]: what is named in it,
//! and, with a [`Linker`], which entity of a [`KnowledgeBase`] each name means.
//! [`read`] makes documents of files, [`write`](mod@write) makes files of
//! annotations, and [`score`](mod@score) compares annotations with a gold standard.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "embedded-model")]
//! # fn main() -> Result<(), griot::Error> {
//! use griot::{Document, Pipeline};
//!
//! let pipeline = Pipeline::embedded()?;
//! let document = Document::new("brève", "Assimi Goïta est arrivé à Bamako mardi.")?;
//! let annotation = pipeline.annotate(document)?;
//! for mention in &annotation.mentions {
//!     println!("{} {}", mention.label, annotation.surface(mention));
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "embedded-model"))]
//! # fn main() {}
//! ```
//!
//! # Offsets
//!
//! Inside, every offset is a byte of the original text, end exclusive, so
//! `&text[mention.span.range()]` is the mention. Writers convert to the unit
//! asked for, Unicode characters by default.
//!
//! # Features
//!
//! | feature | effect |
//! |---|---|
//! | `embedded-model` (default) | [`Pipeline::embedded`]: a small model in the program itself |
//! | `starter-kb` (default) | `starter_kb`: a knowledge base in the program itself |
//! | `kb-build` | [`kb`]`::read`: knowledge bases from lists and Wikidata dumps |
//! | `compression` | `read::open_file`: gzip, bzip2, xz, Zstandard |
//! | `hub` | [`Recognizer`]`::from_pretrained`: models of the Hugging Face Hub |
//! | `parquet` | `read::parquet` and `write::parquet`: Parquet files |
//! | `cuda`, `metal` | run on a GPU, through Candle |

#![forbid(unsafe_code)]

pub mod batch;
pub mod boilerplate;
mod error;
mod labelled;
pub mod language;
mod linking;
mod pipeline;
pub mod read;
pub mod score;
pub mod write;

pub use error::{Error, LineError};
#[cfg(feature = "hub")]
pub use griot_core::hub;
pub use griot_core::verify;
pub use griot_core::{
    Aggregation, Architecture, Consistency, Device, Engine, Error as ModelError, Missing,
    ModelFiles, ModelInfo, ModelSummary, PipelineEntity, Precision, Recognizer, RecognizerConfig,
    SubWordScores, Times, Vocabulary, Warning,
};
pub use griot_link::{
    CandidateSource, Entity, KnowledgeBase, Linker, LinkerConfig, Resolved, Resolver, Spelling,
};
pub use griot_link::{kb, name, state_body_key};
pub use griot_text::{
    Candidate, Decoder, Document, DocumentError, EntityId, Evidence, Label, LabelSet, Languages,
    Link, Mention, OffsetUnit, SourceMap, Span, Target, convert_spans, segment_sentences,
    segment_words, spans_from_units,
};
pub use labelled::{LabelledDocument, LabelledMention, Place};
#[cfg(feature = "starter-kb")]
pub use linking::starter_kb;
pub use pipeline::{Annotation, Pipeline};
