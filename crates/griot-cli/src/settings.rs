//! What the program will do: what the user typed, checked and completed.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use griot::read::jsonl;
use griot::score::{Boilerplate, Counted, ScoreConfig};
use griot::write::jsonl::Text;
use griot::{LinkerConfig, Missing, OffsetUnit, RecognizerConfig, Vocabulary};

use crate::args::{Format, LinkArgs, LinkingArgs, NotKept, ScoreArgs, TagArgs};
use crate::input::Inputs;
use crate::model::Model;

/// What `griot tag` will do.
#[derive(Debug)]
pub(crate) struct TagSettings {
    pub(crate) inputs: Inputs,
    pub(crate) format: Format,
    pub(crate) unit: OffsetUnit,
    pub(crate) target: Target,
    pub(crate) model: Model,
    pub(crate) recognizer: RecognizerConfig,
    pub(crate) text: Text,
    /// To what entities are linked, if they are.
    pub(crate) linking: Option<LinkingSettings>,
}

/// What `griot link` will do.
#[derive(Debug)]
pub(crate) struct LinkSettings {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) fields: jsonl::Fields,
    pub(crate) form: LinkForm,
    pub(crate) reach: Reach,
    pub(crate) target: Target,
    pub(crate) linking: LinkingSettings,
}

/// How links are written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LinkForm {
    Explained,
    Jsonl(OffsetUnit, Text),
}

/// How much is read before the first result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// One document.
    Stream,
    /// All of them.
    Whole,
}

/// To what entities are linked, and how.
#[derive(Debug)]
pub(crate) struct LinkingSettings {
    /// The knowledge base; that of the program if there is none.
    pub(crate) kb: Option<PathBuf>,
    pub(crate) overlay: Option<PathBuf>,
    pub(crate) config: LinkerConfig,
}

/// Where the result goes.
#[derive(Debug)]
pub(crate) enum Target {
    /// Standard output, to a terminal.
    Terminal,
    /// Standard output, to a file or another program.
    Pipe,
    File(PathBuf),
}

/// What `griot score` will do.
#[derive(Debug)]
pub(crate) struct ScoreSettings {
    pub(crate) gold: PathBuf,
    pub(crate) predicted: PathBuf,
    pub(crate) config: ScoreConfig,
    pub(crate) form: ReportForm,
    pub(crate) scored: Scored,
}

/// What is scored.
#[derive(Debug)]
pub(crate) enum Scored {
    /// Spans and labels.
    Mentions,
    /// What mentions are linked to, in this knowledge base.
    Links { kb: Option<PathBuf> },
}

/// How scores are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ReportForm {
    Table,
    Json,
}

impl TagSettings {
    pub(crate) fn new(args: TagArgs) -> anyhow::Result<Self> {
        let target = Target::new(args.output);
        let default_format = match target {
            Target::Terminal => Format::Text,
            Target::Pipe | Target::File(_) => Format::Jsonl,
        };
        let mut recognizer = RecognizerConfig::default()
            .with_device(args.device)
            .with_threshold(args.threshold);
        if let Some(threads) = args.threads {
            recognizer = recognizer.with_threads(threads.get());
        }
        recognizer = recognizer
            .with_vocabulary(vocabulary(
                args.keep_scripts,
                args.keep_vocab_of.as_deref(),
            )?)
            .with_missing(match args.not_kept {
                NotKept::Fail => Missing::Refuse,
                NotKept::Unknown => Missing::Unknown,
            });
        let mut paths = args.paths;
        if paths.is_empty() {
            paths.push("-".into());
        }
        let inputs = Inputs {
            output: output_among(&paths, &target)?,
            paths,
            format: args.input,
            fields: jsonl::Fields {
                text: args.text_field,
                id: args.id_field,
            },
        };
        Ok(Self {
            inputs,
            format: args.format.unwrap_or(default_format),
            unit: args.offsets.unit(),
            target,
            model: Model::new(args.model)?,
            recognizer,
            text: kept(args.with_text),
            linking: linking(args.link, args.linking)?,
        })
    }
}

impl LinkSettings {
    pub(crate) fn new(args: LinkArgs) -> Self {
        let mut paths = args.paths;
        if paths.is_empty() {
            paths.push("-".into());
        }
        Self {
            paths,
            fields: jsonl::Fields {
                text: args.text_field,
                id: args.id_field,
            },
            form: if args.explain {
                LinkForm::Explained
            } else {
                LinkForm::Jsonl(args.offsets.unit(), kept(args.with_text))
            },
            reach: if args.whole {
                Reach::Whole
            } else {
                Reach::Stream
            },
            target: Target::new(args.output),
            linking: LinkingSettings::new(args.linking),
        }
    }
}

impl LinkingSettings {
    fn new(args: LinkingArgs) -> Self {
        Self {
            kb: args.kb,
            overlay: args.overlay,
            config: args
                .link_threshold
                .map_or_else(LinkerConfig::default, |score| {
                    LinkerConfig::default().with_score_min(score)
                }),
        }
    }
}

impl Target {
    fn new(output: Option<PathBuf>) -> Self {
        match output {
            Some(path) => Self::File(path),
            None if io::stdout().is_terminal() => Self::Terminal,
            None => Self::Pipe,
        }
    }
}

/// How `griot tag` links, if it does.
fn linking(is_asked_for: bool, args: LinkingArgs) -> anyhow::Result<Option<LinkingSettings>> {
    let is_set = args.kb.is_some() || args.overlay.is_some() || args.link_threshold.is_some();
    if is_set && !is_asked_for {
        bail!("--kb, --overlay and --link-threshold need --link");
    }
    Ok(is_asked_for.then(|| LinkingSettings::new(args)))
}

const fn kept(with_text: bool) -> Text {
    if with_text { Text::Kept } else { Text::Left }
}

impl ScoreSettings {
    pub(crate) fn new(args: ScoreArgs) -> Self {
        let counted = if args.by_form {
            Counted::Forms
        } else {
            Counted::Mentions
        };
        let boilerplate = if args.no_boilerplate {
            Boilerplate::Drop
        } else {
            Boilerplate::Keep
        };
        Self {
            gold: args.gold,
            predicted: args.predicted,
            config: ScoreConfig::default()
                .with_matching(args.matching.matching())
                .with_counted(counted)
                .with_boilerplate(boilerplate),
            form: if args.json {
                ReportForm::Json
            } else {
                ReportForm::Table
            },
            scored: if args.link {
                Scored::Links { kb: args.kb }
            } else {
                Scored::Mentions
            },
        }
    }
}

/// Which sub-words to load.
fn vocabulary(scripts: Vec<String>, sample: Option<&Path>) -> anyhow::Result<Vocabulary> {
    let Some(path) = sample else {
        return Ok(match scripts.as_slice() {
            [] => Vocabulary::Whole,
            _ => Vocabulary::Scripts(scripts),
        });
    };
    let text = fs::read_to_string(path);
    let text = text.with_context(|| format!("cannot read the sample {}", path.display()))?;
    Ok(Vocabulary::Sample(text.into()))
}

/// The path of the output file if there is one already, to keep a walk through
/// a folder from reading what an earlier run wrote there.
///
/// Naming it as input would empty it before it is read, so that is an error.
fn output_among(paths: &[PathBuf], target: &Target) -> anyhow::Result<Option<PathBuf>> {
    let Target::File(output) = target else {
        return Ok(None);
    };
    let parent = match output.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let parent = parent.canonicalize().with_context(|| {
        format!(
            "cannot write {}: its folder cannot be used",
            output.display()
        )
    })?;
    let name = output
        .file_name()
        .with_context(|| format!("cannot write {}: it is not a file", output.display()))?;
    let output = parent.join(name);
    let output = output.canonicalize().unwrap_or(output);
    if let Some(input) = paths.iter().find(|path| is_same(path, &output)) {
        bail!("{} is both input and output", input.display());
    }
    Ok(Some(output))
}

/// Whether `path` leads to the file at the canonical path `canonical`.
pub(crate) fn is_same(path: &Path, canonical: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| path == canonical)
}
