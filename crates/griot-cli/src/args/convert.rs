//! `griot convert`, as clap understands it.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::{Format, Offsets};

/// Turn annotated texts into another format.
///
/// What the new format cannot hold is counted on standard error. Nothing is
/// recognized or linked: see `griot tag` and `griot link` for that.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  griot convert entities.jsonl entities.parquet
  griot convert --from brat annotated/ --to jsonl - | griot link -
  griot convert entities.jsonl --to brat annotated/")]
pub(crate) struct ConvertArgs {
    /// File to read, - for standard input, or for brat a folder or an .ann file.
    pub(crate) input: PathBuf,

    /// File to write, - for standard output, or for brat a folder.
    #[arg(default_value = "-")]
    pub(crate) output: PathBuf,

    /// How to read the input [default: by its extension].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) from: Option<Source>,

    /// How to write the output [default: by its extension].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) to: Option<Format>,

    /// What `start` and `end` count, in formats where that can be chosen.
    #[arg(long, value_name = "UNIT", default_value = "char")]
    pub(crate) offsets: Offsets,
}

/// A format that annotations can be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// One JSON object a document, with its text.
    Jsonl,
    /// A word and its tag a line.
    Conll,
    /// A .txt and an .ann file a document.
    Brat,
    /// Tokens in the columns of HIPE 2022.
    Hipe,
    /// One document a row, as this program writes them.
    #[cfg(feature = "parquet")]
    Parquet,
}
