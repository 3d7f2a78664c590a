//! What the program will do: what the user typed, checked and completed.

#[cfg(feature = "serve")]
pub(crate) mod serve;

use std::fs;
use std::io::{self, IsTerminal};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use griot::batch::{BatchOptions, Layout, Leftovers};
use griot::boilerplate::BoilerplateHandling;
use griot::read::jsonl;
use griot::score::{Boilerplate, Counted, ScoreConfig};
use griot::write::jsonl::Text;
use griot::{Aggregation, LinkerConfig, Missing, OffsetUnit, RecognizerConfig, Vocabulary};

use crate::args::pipeline::{PipelineArgs, Strategy};
use crate::args::tag::{BatchArgs, TagArgs};
use crate::args::{Format, Input, LinkArgs, LinkingArgs, NotKept, Offsets, ScoreArgs, Threshold};
use crate::input::{Inputs, Reading};
use crate::model::Model;
use crate::output::extension;

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
    pub(crate) leftovers: Leftovers,
    /// Where failures are written, besides standard error.
    pub(crate) errors: Option<PathBuf>,
    pub(crate) on_failure: OnFailure,
    pub(crate) boilerplate: BoilerplateHandling,
    pub(crate) batch: BatchOptions,
    /// Whether to say where the time went.
    pub(crate) profile: bool,
    /// How the pipeline of transformers is followed, if it is.
    pub(crate) pipeline: Option<PipelineSettings>,
}

/// What happens after a document that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnFailure {
    GoOn,
    Stop,
}

/// How the pipeline of transformers is followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PipelineSettings {
    pub(crate) aggregation: Aggregation,
    pub(crate) stride: Option<usize>,
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
    /// Several files in a folder.
    Shards {
        folder: PathBuf,
        documents: NonZeroU64,
    },
    /// Two files a document in this folder, for brat.
    Folder(PathBuf),
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
        let pipeline = pipeline(&args)?;
        let target = target(&args);
        let format = format(&args, &target)?;
        let recognizer = recognizer(&args)?;
        let mut paths = args.paths;
        if paths.is_empty() {
            paths.push("-".into());
        }
        let inputs = Inputs {
            outputs: outputs_among(&paths, &target, args.batch.errors.as_deref())?,
            paths,
            globs: args.glob,
            reading: Reading {
                format: if args.html {
                    Input::Html
                } else {
                    args.input_format
                },
                language: args.lang,
                fields: jsonl::Fields {
                    text: args.text_field,
                    id: args.id_field,
                },
                n_read: Arc::default(),
            },
        };
        check_batch(&args.batch, &target, format)?;
        Ok(Self {
            inputs,
            format,
            unit: args.offsets.unit(),
            target,
            model: Model::new(args.model)?,
            recognizer,
            text: kept(args.with_text),
            linking: linking(args.link, args.linking)?,
            leftovers: match args.batch {
                BatchArgs { resume: true, .. } => Leftovers::Continue,
                BatchArgs { restart: true, .. } => Leftovers::Remove,
                _ => Leftovers::Refuse,
            },
            errors: args.batch.errors,
            boilerplate: args.boilerplate.handling(),
            profile: args.profile,
            batch: match args.batch.chunk_bytes {
                Some(bytes) => BatchOptions::default().with_chunk_bytes(bytes.get()),
                None => BatchOptions::default(),
            },
            on_failure: if args.batch.fail_fast {
                OnFailure::Stop
            } else {
                OnFailure::GoOn
            },
            pipeline,
        })
    }

    /// Where results go that can be gone on with; nothing if they cannot.
    pub(crate) fn layout(&self) -> Option<Layout> {
        if !self.format.grows() {
            return None;
        }
        match &self.target {
            Target::File(path) if is_special(path) => None,
            Target::File(path) => Some(Layout::File(real_path(path))),
            Target::Shards { folder, documents } => Some(Layout::Shards {
                folder: folder.clone(),
                extension: extension(self.format).to_owned(),
                documents: *documents,
            }),
            Target::Folder(_) | Target::Terminal | Target::Pipe => None,
        }
    }
}

fn target(args: &TagArgs) -> Target {
    match args.batch.output_dir.clone() {
        Some(folder) if args.format == Some(Format::Brat) => Target::Folder(folder),
        Some(folder) => Target::Shards {
            folder,
            documents: args.batch.shard_size,
        },
        None => Target::new(args.output.clone()),
    }
}

/// The format, if it can be written there with these offsets.
fn format(args: &TagArgs, target: &Target) -> anyhow::Result<Format> {
    let format = args.format.unwrap_or(match target {
        Target::Terminal => Format::Text,
        _ => Format::Jsonl,
    });
    if let Some(format) = format.written() {
        format.check_unit(args.offsets.unit())?;
    }
    if format == Format::Brat && !matches!(target, Target::Folder(_)) {
        bail!("--format brat needs --output-dir");
    }
    Ok(format)
}

fn recognizer(args: &TagArgs) -> anyhow::Result<RecognizerConfig> {
    let sample = args.keep_vocab_of.as_deref();
    let mut recognizer = args
        .compute
        .config()?
        .with_vocabulary(vocabulary(args.keep_scripts.clone(), sample)?)
        .with_missing(match args.not_kept {
            NotKept::Fail => Missing::Refuse,
            NotKept::Unknown => Missing::Unknown,
        });
    for Threshold { label, score } in args.threshold.clone() {
        recognizer = match label {
            Some(label) => recognizer.with_label_threshold(label, score),
            None => recognizer.with_threshold(score),
        };
    }
    Ok(recognizer)
}

/// Whether there is something at `path` that is no file, such as a named pipe.
pub(crate) fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// The file that a link leads to, so that the link is not replaced by a file.
fn real_path(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Checks that what is to be gone on with is in a file.
fn check_batch(args: &BatchArgs, target: &Target, format: Format) -> anyhow::Result<()> {
    let is_batch = args.resume || args.restart || matches!(target, Target::Shards { .. });
    if is_batch && !format.grows() {
        bail!(
            "this format is written in one go: write jsonl, then use `griot convert`, \
             or leave out --resume, --restart and --output-dir"
        );
    }
    let in_file = match target {
        Target::File(path) => !is_special(path),
        Target::Shards { .. } => true,
        Target::Folder(_) | Target::Terminal | Target::Pipe => false,
    };
    if (args.resume || args.restart) && !in_file {
        bail!("--resume and --restart need --output FILE or --output-dir DIR");
    }
    Ok(())
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

/// How `griot tag` follows the pipeline of transformers, if it does.
fn pipeline(args: &TagArgs) -> anyhow::Result<Option<PipelineSettings>> {
    let PipelineArgs {
        aggregation,
        stride,
    } = args.pipeline;
    if args.format != Some(Format::Hf) {
        if aggregation.is_some() || stride.is_some() {
            bail!("--aggregation and --stride are for --format hf");
        }
        return Ok(None);
    }
    if args.link || args.with_text || args.offsets != Offsets::Char {
        bail!("--format hf has no links and no text, and counts code points");
    }
    if args.batch.output_dir.is_some() || args.batch.resume {
        bail!("--format hf writes one stream, which cannot be gone on with");
    }
    Ok(Some(PipelineSettings {
        aggregation: match aggregation {
            Some(Strategy::None) => Aggregation::None,
            Some(Strategy::Simple) | None => Aggregation::Simple,
            Some(Strategy::First) => Aggregation::First,
            Some(Strategy::Average) => Aggregation::Average,
            Some(Strategy::Max) => Aggregation::Max,
        },
        stride,
    }))
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

/// The canonical paths of what is written, to keep a walk through a folder from
/// reading what an earlier run wrote there.
///
/// Naming one of them as input would change it before it is read, so that is an error.
fn outputs_among(
    paths: &[PathBuf],
    target: &Target,
    errors: Option<&Path>,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut outputs = Vec::new();
    match target {
        Target::File(path) => outputs.push(canonical(path)?),
        Target::Shards { folder, .. } | Target::Folder(folder) => outputs.push(canonical(folder)?),
        Target::Terminal | Target::Pipe => {}
    }
    if let Some(errors) = errors {
        outputs.push(canonical(errors)?);
    }
    let is_output = |path: &&PathBuf| outputs.iter().any(|output| is_same(path, output));
    if let Some(input) = paths.iter().find(is_output) {
        bail!("{} is both input and output", input.display());
    }
    if let [output, errors] = outputs.as_slice()
        && output == errors
    {
        bail!("{} is both results and errors", output.display());
    }
    Ok(outputs)
}

/// The canonical path of a file that need not be there, in a folder that must.
fn canonical(path: &Path) -> anyhow::Result<PathBuf> {
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let parent = parent
        .canonicalize()
        .with_context(|| format!("cannot write {}: its folder cannot be used", path.display()))?;
    let name = path
        .file_name()
        .with_context(|| format!("cannot write {}: it is not a file", path.display()))?;
    let path = parent.join(name);
    Ok(path.canonicalize().unwrap_or(path))
}

/// Whether `path` leads to the file at the canonical path `canonical`.
pub(crate) fn is_same(path: &Path, canonical: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| path == canonical)
}
