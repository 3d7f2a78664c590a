//! How good is entity linking? Readers of evaluation sets, simple systems to
//! beat, and a table of figures.
//!
//! | module | what it holds |
//! |---|---|
//! | [`set`] | [`EvalSet`]: documents with gold mentions and what they refer to |
//! | [`read`] | one reader for each format |
//! | [`catalog`] | the sets by name |
//! | [`system`] | [`System`]: what is measured |
//! | [`baseline`] | three systems without any linguistics |
//! | [`linker`] | griot itself |
//! | [`evaluate`](mod@evaluate) | the figures of a system on a set |
//! | [`report`] | tables, JSON, lists of errors |

#![forbid(unsafe_code)]

pub mod baseline;
pub mod catalog;
pub mod evaluate;
pub mod linker;
pub mod read;
pub mod report;
pub mod set;
pub mod system;

pub use evaluate::{Evaluation, evaluate};
pub use set::{EvalDocument, EvalMention, EvalSet, Gold};
pub use system::System;
