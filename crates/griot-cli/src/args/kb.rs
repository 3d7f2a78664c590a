//! The arguments of `griot kb`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Build knowledge bases and look into them.
#[derive(Debug, Parser)]
pub(crate) struct KbArgs {
    #[command(subcommand)]
    pub(crate) command: KbCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KbCommand {
    Build(Box<BuildArgs>),
    Info(InfoArgs),
    Get(GetArgs),
    Search(SearchArgs),
    Diff(DiffArgs),
    Verify(VerifyArgs),
}

/// Build a knowledge base from lists of entities or a dump of Wikidata.
///
/// Files may be compressed by gzip, bzip2, xz or Zstandard. A line that cannot be read
/// is named on standard error and does not stop the others; the exit status is then
/// 1. Lists are merged in memory; a dump is not held in memory.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  griot kb build ministries.csv -o ministries.kb
  griot kb build --manifest kb/starter/manifest.toml --sources data -o starter.kb
  griot kb build latest-all.json.gz -o wikidata.kb --languages fr,en --min-sitelinks 3 \\
      --work-dir work")]
pub(crate) struct BuildArgs {
    /// Lists (JSON Lines or CSV with a header) and dumps (latest-all.json).
    #[arg(value_name = "INPUT", required_unless_present = "manifest")]
    pub(crate) inputs: Vec<PathBuf>,

    /// Write the knowledge base here.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// How to read the inputs; `auto` goes by how each begins, and needs files, not
    /// pipes.
    #[arg(long, short, value_name = "FORMAT", default_value = "auto")]
    pub(crate) format: KbFormat,

    /// Build from the sources that this TOML file lists, before the inputs.
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,

    /// Folder of the sources that are not beside the manifest.
    #[arg(long, value_name = "DIR", requires = "manifest")]
    pub(crate) sources: Option<PathBuf>,

    /// Keep names in these languages only, BCP 47 tags in the order of preference.
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    pub(crate) languages: Vec<String>,

    /// Keep entities of these types only, such as PER,ORG.
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    pub(crate) types: Vec<String>,

    /// Keep items of a dump with at least so many pages in Wikimedia projects.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) min_sitelinks: u32,

    /// Redirects of a dump: two identifiers a line, from and to, with a tab between.
    #[arg(long, value_name = "FILE")]
    pub(crate) redirects: Option<PathBuf>,

    /// What classes and properties of a dump mean, instead of the built-in file.
    #[arg(long, value_name = "FILE")]
    pub(crate) ontology: Option<PathBuf>,

    /// Name of the knowledge base.
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// Date of its sources, as 2026-11-21.
    #[arg(long)]
    pub(crate) date: Option<String>,

    /// Licence of its sources, an SPDX expression.
    #[arg(long, alias = "license")]
    pub(crate) licence: Option<String>,

    /// Keep what is needed of a dump in this folder. A build that was stopped goes on
    /// from there.
    #[arg(long, value_name = "DIR", visible_alias = "resume")]
    pub(crate) work_dir: Option<PathBuf>,

    /// Stop at the first line that cannot be read.
    #[arg(long)]
    pub(crate) strict: bool,

    /// Memory to sort in, such as 512M or 4G.
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = size)]
    pub(crate) memory: usize,

    /// Threads that parse a dump.
    #[arg(long, short = 'j', value_name = "N", default_value = "2")]
    pub(crate) threads: NonZeroUsize,
}

/// Say what a knowledge base is and holds.
#[derive(Debug, Parser)]
pub(crate) struct InfoArgs {
    /// The knowledge base.
    pub(crate) file: Option<PathBuf>,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show an entity.
#[derive(Debug, Parser)]
#[command(allow_missing_positional = true)]
pub(crate) struct GetArgs {
    /// The knowledge base.
    pub(crate) file: Option<PathBuf>,

    /// Identifier of the entity, or one that leads to it.
    #[arg(required = true)]
    pub(crate) id: String,

    /// Print JSON, as `kb build` reads it.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Look for entities by name, in any spelling, and show how they were found.
#[derive(Debug, Parser)]
#[command(allow_missing_positional = true)]
pub(crate) struct SearchArgs {
    /// The knowledge base.
    pub(crate) file: Option<PathBuf>,

    /// The name.
    #[arg(required = true)]
    pub(crate) name: String,

    /// Show at most so many entities.
    #[arg(long, short = 'n', value_name = "N", default_value = "10")]
    pub(crate) limit: NonZeroUsize,

    /// Print JSON Lines.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show what differs between two knowledge bases.
#[derive(Debug, Parser)]
pub(crate) struct DiffArgs {
    /// The one before.
    pub(crate) before: PathBuf,

    /// The one after.
    pub(crate) after: PathBuf,

    /// Print JSON Lines.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Check every byte of a knowledge base.
#[derive(Debug, Parser)]
pub(crate) struct VerifyArgs {
    /// The knowledge base.
    pub(crate) file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KbFormat {
    /// By its beginning.
    Auto,
    /// An entity a line.
    Jsonl,
    /// A header and an entity a record.
    Csv,
    /// A dump of Wikidata.
    Wikidata,
}

/// Bytes, with a unit of 1024, 1024² or 1024³ bytes.
fn size(typed: &str) -> Result<usize, String> {
    let units = [('K', 10), ('M', 20), ('G', 30)];
    let unit = units
        .into_iter()
        .find(|&(unit, _)| typed.to_ascii_uppercase().ends_with(unit));
    let (digits, shift) = match unit {
        Some((_, shift)) => (&typed[..typed.len() - 1], shift),
        None => (typed, 0),
    };
    let number: usize = digits
        .parse()
        .map_err(|_| "expected a number, perhaps with K, M or G".to_owned())?;
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn reads_sizes() {
        for (typed, expected) in [
            ("7", Some(7)),
            ("2k", Some(2048)),
            ("512M", Some(512 << 20)),
            ("4G", Some(4 << 30)),
            ("", None),
            ("G", None),
            ("-1", None),
            ("1T", None),
            ("99999999999999999G", None),
        ] {
            assert_eq!(size(typed).ok(), expected, "{typed:?}");
        }
    }
}
