//! The arguments of `griot tag --format hf`.

use clap::{Parser, ValueEnum};

/// How the pipeline of transformers is followed.
#[derive(Debug, Parser)]
pub(crate) struct PipelineArgs {
    /// How sub-words become entities: the strategies of transformers
    /// [default: simple].
    #[arg(long, value_name = "STRATEGY")]
    pub(crate) aggregation: Option<Strategy>,

    /// Sub-words that two chunks of a long text share; without it, a text over
    /// the window of the model is an error.
    #[arg(long, value_name = "N")]
    pub(crate) stride: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strategy {
    /// Each sub-word by itself.
    None,
    /// Neighbors of one type together.
    Simple,
    /// A word has the scores of its first sub-word.
    First,
    /// A word has the mean scores of its sub-words.
    Average,
    /// A word has the highest scores of its sub-words.
    Max,
}
