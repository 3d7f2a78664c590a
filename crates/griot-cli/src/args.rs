//! What the user typed, as clap understands it.

pub(crate) mod compute;
pub(crate) mod convert;
pub(crate) mod kb;
pub(crate) mod models;
pub(crate) mod pipeline;
#[cfg(feature = "serve")]
pub(crate) mod serve;
pub(crate) mod tag;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use griot::{OffsetUnit, score::Match, write};

/// Named-entity recognition and linking for many languages, French first.
#[derive(Debug, Parser)]
#[command(name = "griot", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Color the output; `auto` asks the terminal and the variable `NO_COLOR`.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,

    /// Print nothing but results and errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Tag(tag::TagArgs),
    Link(LinkArgs),
    Score(ScoreArgs),
    Convert(convert::ConvertArgs),
    Kb(kb::KbArgs),
    Models(models::ModelsArgs),
    #[cfg(feature = "serve")]
    Serve(serve::ServeArgs),
}

/// To what is linked, and how.
#[derive(Debug, Parser)]
pub(crate) struct LinkingArgs {
    /// Knowledge base, instead of the one in this program.
    #[arg(long, value_name = "FILE")]
    pub(crate) kb: Option<PathBuf>,

    /// Edits of the knowledge base, in JSON Lines: names to add, entities to
    /// remove, decisions.
    #[arg(long, value_name = "FILE")]
    pub(crate) overlay: Option<PathBuf>,

    /// Least probability that an entity is in the knowledge base, from 0 to 1
    /// [default: 0.5].
    #[arg(long, value_name = "SCORE", value_parser = score)]
    pub(crate) link_threshold: Option<f32>,
}

/// Link mentions, found by any program, to a knowledge base.
///
/// Reads JSON Lines with the text and its mentions:
///
/// {"id": "1", "text": "Accra et Lomé", "entities": [{"start": 0, "end": 5, "label": "LOC"}]}
///
/// `offset_unit` (char, byte or utf16; char if absent) tells what start and end
/// count. Entities that the knowledge base does not have get an id that starts with
/// nil:, the same for all mentions of one entity in all documents.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  griot tag --with-text -f jsonl news/ | griot link --explain
  griot link mentions.jsonl --kb my.kb --output linked.jsonl")]
pub(crate) struct LinkArgs {
    /// Files of JSON Lines, or - for standard input, which is also read without
    /// paths.
    pub(crate) paths: Vec<PathBuf>,

    /// Write for people to read: each entity, its candidates and the evidence.
    #[arg(long)]
    pub(crate) explain: bool,

    /// Read all documents before the first is written, so that a name in an early
    /// one can be understood by a later one and their order does not matter. Holds
    /// everything in memory.
    #[arg(long)]
    pub(crate) whole: bool,

    /// What `start` and `end` count in the result.
    #[arg(long, value_name = "UNIT", default_value = "char")]
    pub(crate) offsets: Offsets,

    /// Put the text into the result.
    #[arg(long)]
    pub(crate) with_text: bool,

    /// Write to this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Field of the text.
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub(crate) text_field: String,

    /// Field of the identifier.
    #[arg(long, value_name = "NAME", default_value = "id")]
    pub(crate) id_field: String,

    #[command(flatten)]
    pub(crate) linking: LinkingArgs,
}

/// Score predictions against a gold standard.
///
/// GOLD and PRED are gold JSON, CoNLL or JSON Lines files, or folders of such
/// files. Documents are paired by file name, without extension.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  griot tag examples/data/*.txt | griot score benches/gold -")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct ScoreArgs {
    /// The gold standard.
    pub(crate) gold: PathBuf,

    /// The predictions; - for standard input.
    #[arg(value_name = "PRED")]
    pub(crate) predicted: PathBuf,

    /// When a prediction is right.
    #[arg(long = "match", value_name = "HOW", default_value = "strict")]
    pub(crate) matching: Matching,

    /// Count the distinct pairs of form and label of each document, not mentions.
    #[arg(long, conflicts_with = "matching")]
    pub(crate) by_form: bool,

    /// Score what the entities are linked to: links, NIL, candidates, clusters.
    #[arg(long, conflicts_with_all = ["matching", "by_form"])]
    pub(crate) link: bool,

    /// Knowledge base that was linked to; gold entities that it does not have are
    /// counted apart. By default the one in this program.
    #[arg(long, value_name = "FILE", requires = "link")]
    pub(crate) kb: Option<PathBuf>,

    /// Leave out gold mentions marked as boilerplate, and what overlaps them.
    #[arg(long)]
    pub(crate) no_boilerplate: bool,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The text with its entities marked, and a table of them.
    Text,
    /// One JSON object a document.
    Jsonl,
    /// A word and its IOB2 tag a line.
    Conll,
    /// What the pipeline of transformers gives: a JSON array a document.
    Hf,
    /// A .txt and an .ann file a document, into --output-dir.
    Brat,
    /// spaCy's `Doc.to_json`, one object a line.
    Spacy,
    /// Tasks to import into Label Studio.
    LabelStudio,
    /// W3C Web Annotation, JSON-LD.
    WebAnnotation,
    /// NLP Interchange Format, Turtle.
    Nif,
    /// Tokens in the columns of HIPE 2022.
    Hipe,
    /// One mention a row, commas.
    Csv,
    /// One mention a row, tabs.
    Tsv,
    /// One document a row.
    #[cfg(feature = "parquet")]
    Parquet,
    /// A page to look at.
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Input {
    /// By extension.
    Auto,
    /// One document a file.
    Text,
    /// One JSON object a document.
    Jsonl,
    /// One row a document, with a header.
    Csv,
    /// The same, with tabs.
    Tsv,
    /// One web page a file.
    Html,
    /// A word a line; tags are ignored.
    Conll,
    /// One row a document.
    #[cfg(feature = "parquet")]
    Parquet,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum NotKept {
    /// The document fails.
    Fail,
    /// The model does not see what stands there.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Offsets {
    /// Unicode characters, as in Python.
    #[value(alias = "chars")]
    Char,
    /// Bytes of UTF-8, as in Rust and Go.
    #[value(alias = "bytes")]
    Byte,
    /// UTF-16 units, as in JavaScript and Java.
    Utf16,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Matching {
    /// Same span, same label.
    Strict,
    /// Same span, any label.
    Exact,
    /// Same span, any label; an overlap counts one half.
    Partial,
    /// Any overlap, same label.
    Type,
}

impl Format {
    /// The format as the library has it; nothing for what only a recognizer can give.
    pub(crate) const fn written(self) -> Option<write::Format> {
        Some(match self {
            Self::Hf => return None,
            Self::Text => write::Format::Text,
            Self::Jsonl => write::Format::Jsonl,
            Self::Conll => write::Format::Conll,
            Self::Brat => write::Format::Brat,
            Self::Spacy => write::Format::Spacy,
            Self::LabelStudio => write::Format::LabelStudio,
            Self::WebAnnotation => write::Format::WebAnnotation,
            Self::Nif => write::Format::Nif,
            Self::Hipe => write::Format::Hipe,
            Self::Csv => write::Format::Csv,
            Self::Tsv => write::Format::Tsv,
            #[cfg(feature = "parquet")]
            Self::Parquet => write::Format::Parquet,
            Self::Html => write::Format::Html,
        })
    }

    /// Whether documents can be added to a file, so that a run can be gone on with.
    pub(crate) const fn grows(self) -> bool {
        matches!(self, Self::Text | Self::Jsonl | Self::Conll)
    }
}

impl Offsets {
    pub(crate) fn unit(self) -> OffsetUnit {
        match self {
            Self::Char => OffsetUnit::Char,
            Self::Byte => OffsetUnit::Byte,
            Self::Utf16 => OffsetUnit::Utf16,
        }
    }
}

impl Color {
    pub(crate) fn choice(self) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
    }
}

impl Matching {
    pub(crate) fn matching(self) -> Match {
        match self {
            Self::Strict => Match::Strict,
            Self::Exact => Match::Exact,
            Self::Partial => Match::Partial,
            Self::Type => Match::Type,
        }
    }
}

fn score(typed: &str) -> Result<f32, String> {
    let score: f32 = typed.parse().map_err(|_| "not a number".to_owned())?;
    match score {
        0.0..=1.0 => Ok(score),
        _ => Err("not between 0 and 1".to_owned()),
    }
}

/// A score that entities need, those of one label or all.
#[derive(Clone, Debug)]
pub(crate) struct Threshold {
    pub(crate) label: Option<String>,
    pub(crate) score: f32,
}

fn threshold(typed: &str) -> Result<Threshold, String> {
    let (label, typed) = match typed.rsplit_once('=') {
        Some((label, typed)) => (Some(label.to_owned()), typed),
        None => (None, typed),
    };
    let score = score(typed)?;
    Ok(Threshold { label, score })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn reads_scores() {
        let rows = [
            ("0", Some(0.0)),
            ("0.5", Some(0.5)),
            ("1", Some(1.0)),
            ("1.01", None),
            ("-0.1", None),
            ("NaN", None),
            ("x", None),
        ];
        for (typed, expected) in rows {
            assert_eq!(score(typed).ok(), expected, "{typed:?}");
        }
    }
}
