//! Nouns and pure algorithms of named-entity recognition.
//!
//! This crate knows nothing of models, tensors, files or networks: everything
//! in it is a plain type or a function from its arguments to its result. What
//! a recognizer, a linker or a scorer share lives here, so that a scorer can be
//! built without an inference engine.
//!
//! | module | what it holds |
//! |---|---|
//! | [`span`] | [`Span`]: a half-open byte range; conversion to characters and UTF-16 units |
//! | [`document`] | [`Document`]: one text and its identity |
//! | [`sentence`] | where sentences begin and end |
//! | [`word`] | where words begin and end |
//! | [`label`] | [`Label`], [`LabelSet`]: names of entity types |
//! | [`scheme`] | [`TagSet`]: tags such as `B-PER`, and which may follow which |
//! | [`decode`](mod@decode) | tag scores to mentions |
//! | [`calibration`] | [`Calibration`]: confidence to probability |
//! | [`consistency`] | one name, one label, all over a document |
//! | [`mention`] | [`Mention`]: a span, its label and a score |
//! | [`entity`] | [`Link`]: what a mention refers to, and why |
//! | [`score`] | precision, recall and F1 of predicted spans |
//!
//! # Offsets
//!
//! Every offset is a count of **bytes** of UTF-8 into the original text, end
//! exclusive, so `&text[span.range()]` is what the span covers. Other units
//! exist only at the edge of a program, through [`convert_spans`].

#![forbid(unsafe_code)]

pub mod calibration;
pub mod consistency;
pub mod decode;
pub mod document;
pub mod entity;
pub mod label;
pub mod mention;
pub mod scheme;
pub mod score;
pub mod sentence;
pub mod source_map;
pub mod span;
pub mod word;

pub use calibration::Calibration;
pub use consistency::Consistency;
pub use decode::{Decoder, decode, decode_calibrated};
pub use document::{Document, DocumentError, Languages};
pub use entity::{Candidate, EntityId, Evidence, Link, Target};
pub use label::{Label, LabelId, LabelSet};
pub use mention::Mention;
pub use scheme::{
    Prefix, Reading, Tag, TagError, TagScheme, TagSet, spans_from_tags, tags_from_spans,
};
pub use score::{Counts, Match, Prf, Report, Scorer};
pub use sentence::segment_sentences;
pub use source_map::SourceMap;
pub use span::{OffsetUnit, Span, SpanError, convert_spans, spans_from_units};
pub use word::segment_words;
