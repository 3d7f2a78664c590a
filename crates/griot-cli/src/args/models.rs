//! The arguments of `griot models`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// List models, look into them, download and check them.
#[derive(Debug, Parser)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub(crate) command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    List(ListArgs),
    Info(InfoArgs),
    #[cfg(feature = "hub")]
    Pull(PullArgs),
    Verify(VerifyArgs),
    Quantize(QuantizeArgs),
}

/// List the models that need no download: in this program and in the cache.
#[derive(Debug, Parser)]
pub(crate) struct ListArgs {
    /// Print JSON Lines.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Say what a model is, without loading it.
#[derive(Debug, Parser)]
pub(crate) struct InfoArgs {
    /// Folder of a model, or its name on the hub: org/name or org/name@revision
    /// [default: the one in this program].
    pub(crate) model: Option<PathBuf>,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Download a model of the Hugging Face Hub into the cache, or go on with it.
///
/// Prints its name with the commit and the folder where it is. `HF_HOME`,
/// `HF_ENDPOINT`, `HF_TOKEN` and `HTTPS_PROXY` mean what they mean in Python.
#[cfg(feature = "hub")]
#[derive(Debug, Parser)]
pub(crate) struct PullArgs {
    /// Name of the model: org/name or org/name@revision.
    pub(crate) model: String,
}

/// Check a model: checksums as far as they are known, structure, numbers.
///
/// Checksums are those of SHA256SUMS in the folder, and those under which the
/// cache of the hub keeps large files. The exit status is 1 if a file is not what
/// it was, 2 if the model does not load.
#[derive(Debug, Parser)]
pub(crate) struct VerifyArgs {
    /// Folder of a model, or its name on the hub, which must be in the cache
    /// [default: the one in this program].
    pub(crate) model: Option<PathBuf>,
}

/// Store a model with its weights in 8 bits: a quarter of the bytes.
///
/// Weights of layers and tables become steps of one size a row. With `--precision
/// int8`, results are those of the model it was made of, but for the rounding of its
/// tables and, on x86 without VNNI, of weights to fewer steps.
#[derive(Debug, Parser)]
pub(crate) struct QuantizeArgs {
    /// Folder of a model, or its name on the hub: org/name or org/name@revision
    /// [default: the one in this program].
    pub(crate) model: Option<PathBuf>,

    /// Folder to write to; must not have a model yet.
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
}
