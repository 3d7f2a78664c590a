//! What the user typed after `griot tag`.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use griot::boilerplate::BoilerplateHandling;

use super::compute::ComputeArgs;
use super::{Format, Input, LinkingArgs, NotKept, Offsets, Threshold, threshold};

/// Find the named entities of texts.
///
/// Results come in the order of the input. A document that cannot be read is
/// named on standard error and does not stop the others; the exit status is then 1.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  griot tag article.txt
  griot tag news/ 'archive/**/*.txt' --output entities.jsonl
  griot tag dump.jsonl.zst --output-dir entities --errors failed.jsonl --resume
  curl -s https://example.org/feed.jsonl | griot tag --input-format jsonl --text-field body")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct TagArgs {
    /// Files, folders (their texts, web pages and JSON Lines, at any depth), quoted
    /// patterns, or - for standard input, which is also read without paths. Any of them
    /// may be compressed: gzip, bzip2, xz, Zstandard.
    pub(crate) paths: Vec<PathBuf>,

    /// How to write the result [default: text on a terminal, else jsonl].
    #[arg(long, short, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// What `start` and `end` count, in formats where that can be chosen.
    #[arg(long, value_name = "UNIT", default_value = "char")]
    pub(crate) offsets: Offsets,

    /// Write to this file instead of standard output. It has its name once it is
    /// complete.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Drop entities with a lower score, from 0 to 1: 0.5 for all, ORG=0.7 for
    /// those of a label; 0.5,ORG=0.7 for both.
    #[arg(long, value_name = "[LABEL=]SCORE", value_delimiter = ',', value_parser = threshold)]
    pub(crate) threshold: Vec<Threshold>,

    /// Folder of a model, or its name on the Hugging Face Hub (org/name or
    /// org/name@revision), instead of the one in this program.
    #[arg(long, short, value_name = "DIR|ID")]
    pub(crate) model: Option<PathBuf>,

    /// Load only the sub-words written in these scripts, such as latin,cyrillic,
    /// which saves memory; for models that read sub-words.
    #[arg(
        long,
        value_name = "SCRIPTS",
        value_delimiter = ',',
        conflicts_with = "keep_vocab_of"
    )]
    pub(crate) keep_scripts: Vec<String>,

    /// Load only the sub-words that this text has, which saves memory.
    #[arg(long, value_name = "FILE")]
    pub(crate) keep_vocab_of: Option<PathBuf>,

    /// What happens to a document with a sub-word that was not loaded: it fails, or
    /// the model reads its token for the unknown instead.
    #[arg(long, value_name = "HOW", default_value = "fail")]
    pub(crate) not_kept: NotKept,

    #[command(flatten)]
    pub(crate) compute: ComputeArgs,

    /// How to read the input; `auto` goes by the extension, and takes what it does not
    /// know for text.
    #[arg(
        long,
        short,
        value_name = "FORMAT",
        default_value = "auto",
        alias = "input"
    )]
    pub(crate) input_format: Input,

    /// Read HTML, as --input-format html does.
    #[arg(long, conflicts_with = "input_format")]
    pub(crate) html: bool,

    /// Field or column of the text.
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub(crate) text_field: String,

    /// Field or column of the identifier.
    #[arg(long, value_name = "NAME", default_value = "id")]
    pub(crate) id_field: String,

    /// Which files to take from folders, such as '*.md' or 'news/**'; can be given
    /// several times.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) glob: Vec<glob::Pattern>,

    /// Put the text into JSON Lines, so that `griot link` can read them.
    #[arg(long)]
    pub(crate) with_text: bool,

    /// What to do about what stands around the text of web pages: menus, other
    /// headlines, notices about cookies.
    #[arg(long, value_name = "WHAT", default_value = "mark")]
    pub(crate) boilerplate: Boilerplate,

    /// Language of all texts that do not state theirs, such as fr, instead of finding it.
    #[arg(long, value_name = "LANG", value_parser = language)]
    pub(crate) lang: Option<String>,

    /// Form of what is said on standard error.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,

    /// Say at the end where the time went.
    #[arg(long)]
    pub(crate) profile: bool,

    /// Link the entities to a knowledge base, and give one id to one entity.
    #[arg(long)]
    pub(crate) link: bool,

    #[command(flatten, next_help_heading = "Many documents")]
    pub(crate) batch: BatchArgs,

    #[command(flatten, next_help_heading = "With --link")]
    pub(crate) linking: LinkingArgs,

    #[command(flatten, next_help_heading = "With --format hf")]
    pub(crate) pipeline: super::pipeline::PipelineArgs,
}

/// What matters where there are many documents.
#[derive(Debug, Parser)]
pub(crate) struct BatchArgs {
    /// Go on with a run that was killed; begin if there is none. Input and options must
    /// be the same.
    #[arg(long, conflicts_with = "restart")]
    pub(crate) resume: bool,

    /// Throw away what a run that was killed, or an earlier one, left in the output.
    #[arg(long)]
    pub(crate) restart: bool,

    /// Write documents that failed to this file, as JSON Lines with id, path, line and
    /// reason.
    #[arg(long, value_name = "FILE")]
    pub(crate) errors: Option<PathBuf>,

    /// Stop at the first document that fails.
    #[arg(long)]
    pub(crate) fail_fast: bool,

    /// Write to files part-00000, part-00001 and so on in this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub(crate) output_dir: Option<PathBuf>,

    /// Documents in each of these files.
    #[arg(
        long,
        value_name = "N",
        default_value = "100000",
        requires = "output_dir"
    )]
    pub(crate) shard_size: NonZeroU64,

    /// Text that goes through the model together, in bytes.
    #[arg(long, value_name = "N", hide = true)]
    pub(crate) chunk_bytes: Option<NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object an event, progress every ten seconds.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Boilerplate {
    /// Nothing.
    Keep,
    /// Mark entities in it.
    Mark,
    /// Leave them out.
    Skip,
}

impl Boilerplate {
    pub(crate) const fn handling(self) -> BoilerplateHandling {
        match self {
            Self::Keep => BoilerplateHandling::Keep,
            Self::Mark => BoilerplateHandling::Mark,
            Self::Skip => BoilerplateHandling::Skip,
        }
    }
}

/// The form of a BCP 47 tag: letters and digits between hyphens.
fn language(typed: &str) -> Result<String, String> {
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let first = typed.split('-').next().unwrap_or_default();
    if (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && typed.split('-').all(is_part)
    {
        Ok(typed.to_owned())
    } else {
        Err("expected a language tag, such as fr or pt-BR".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_languages() {
        for typed in ["fr", "pt-BR", "zh-Hant-TW", "bam"] {
            assert_eq!(language(typed).as_deref(), Ok(typed));
        }
        for typed in ["", "french", "f", "12", "fr-", "fr_FR", "fr FR"] {
            assert!(language(typed).is_err(), "{typed:?}");
        }
    }
}
