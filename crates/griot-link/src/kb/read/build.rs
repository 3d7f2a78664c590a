//! From files to a knowledge base, in one call.

use std::collections::BTreeSet;
use std::fs;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::list::{self, Format};
use super::manifest::{self, Manifest};
use super::wikidata::{self, Emitted, Progress};
use super::{LineError, Merged, ReadError, input};
use crate::kb::{BuildConfig, BuildError, BuildReport, Entity, KbBuilder, Lang};

/// What is built, and from what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Job {
    /// Lists and dumps. Lists are merged, in memory; what a list says of an item of a
    /// dump is merged into it.
    pub inputs: Vec<PathBuf>,
    /// The form of all inputs; told by their beginnings if not given, which needs
    /// files that can be read twice.
    pub format: Option<Format>,
    /// A manifest whose sources are merged before the inputs, and the folder of those
    /// sources that are not beside it.
    pub manifest: Option<(Manifest, Option<PathBuf>)>,
    /// How dumps are read; languages and types hold for lists as well.
    pub options: wikidata::Options,
    /// Work folder for dumps, which is kept; one that is removed if not given.
    pub work: Option<PathBuf>,
    /// How the knowledge base is built. Name, date and license of a manifest are
    /// taken where these are empty.
    pub config: BuildConfig,
}

/// What came of a build.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// What was written.
    pub report: BuildReport,
    /// Lines that could not be read.
    pub n_wrong: u64,
    /// Entities of lists that were left out because of their type.
    pub n_other_type: u64,
    /// What became of the items of dumps, if there were any.
    pub emitted: Option<Emitted>,
}

/// What is to be known while a knowledge base is built.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A line gave no entity. To break is to fail with [`ReadError::Line`].
    Skipped {
        /// The file.
        path: &'a Path,
        /// The line.
        error: &'a LineError,
    },
    /// Columns of a CSV file are not read.
    IgnoredColumns {
        /// The file.
        path: &'a Path,
        /// Their names.
        columns: &'a [String],
    },
    /// A name that a manifest takes away is not there.
    NoAlias {
        /// Identifier of the entity, which may not be there either.
        id: &'a str,
        /// The name.
        name: &'a str,
    },
    /// An earlier build goes on, with so many items done.
    Resumed {
        /// Items that are done.
        n_items: u64,
    },
    /// A dump is read for the first time.
    Reading(Progress),
    /// What was kept of a dump is read.
    Choosing(Progress),
    /// All is read; what follows is silent.
    Writing {
        /// Entities that were given to the builder.
        n_entities: u64,
    },
}

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// Nothing to build from.
    #[error("nothing to build from: no input and no manifest")]
    NoInput,
    /// Reading failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Building failed.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// Told of events; breaks to stop.
pub type Watch<'a> = dyn FnMut(Event<'_>) -> ControlFlow<()> + 'a;

impl Job {
    /// From `inputs`, whatever they are.
    pub fn new(inputs: impl IntoIterator<Item = PathBuf>) -> Self {
        Self {
            inputs: inputs.into_iter().collect(),
            format: None,
            manifest: None,
            options: wikidata::Options::default(),
            work: None,
            config: BuildConfig::default(),
        }
    }

    /// Builds and writes to `output`, which is replaced when all went well.
    ///
    /// # Errors
    ///
    /// [`JobError`]; nothing is written then.
    pub fn run(mut self, output: &Path, watch: &mut Watch<'_>) -> Result<Outcome, JobError> {
        if self.inputs.is_empty() && self.manifest.is_none() {
            return Err(JobError::NoInput);
        }
        self.take_manifest();
        self.set_languages();
        let mut outcome = Outcome::default();
        let mut watch = |event: Event<'_>| {
            outcome.n_wrong += u64::from(matches!(event, Event::Skipped { .. }));
            watch(event)
        };
        let (lists, dumps) = self.sort_inputs()?;
        let mut merged = self.merge(&lists, &mut watch)?;
        let mut sink = Sink::new(&self);
        let emitted = if dumps.is_empty() {
            None
        } else {
            Some(self.read_dumps(&dumps, &mut merged, &mut sink, &mut watch)?)
        };
        for entity in merged {
            sink.add(entity)?;
        }
        let n_entities = sink.n_entities;
        if watch(Event::Writing { n_entities }).is_break() {
            return Err(ReadError::Stopped.into());
        }
        outcome.emitted = emitted;
        outcome.n_other_type = sink.n_other_type;
        outcome.report = write(sink.builder, output)?;
        Ok(outcome)
    }

    /// Takes from the manifest what was not asked for otherwise.
    fn take_manifest(&mut self) {
        let Some((manifest, _)) = &self.manifest else {
            return;
        };
        let about = &manifest.kb;
        for (own, given) in [
            (&mut self.config.name, &about.name),
            (&mut self.config.source_date, &about.date),
            (&mut self.config.license, &about.licence),
        ] {
            if own.is_empty() {
                own.clone_from(given);
            }
        }
        if self.options.languages.tags().is_empty() {
            self.options.languages = manifest.languages();
        }
    }

    /// Languages as the builder and what it writes name them.
    fn set_languages(&mut self) {
        let tags = self.options.languages.tags().iter();
        self.config.languages = tags.map(|tag| Lang::new(tag)).collect();
    }

    /// Lists and dumps.
    fn sort_inputs(&self) -> Result<(Vec<PathBuf>, Vec<PathBuf>), ReadError> {
        let (mut lists, mut dumps) = (Vec::new(), Vec::new());
        for path in &self.inputs {
            let format = match self.format {
                Some(format) => format,
                None => detect(path)?,
            };
            match format {
                Format::Wikidata => dumps.push(path.clone()),
                Format::Jsonl | Format::Csv => lists.push(path.clone()),
            }
        }
        Ok((lists, dumps))
    }

    fn merge(&self, lists: &[PathBuf], watch: &mut Watch<'_>) -> Result<Merged, ReadError> {
        let mut relay = |path: &Path, event: manifest::Event<'_>| match event {
            manifest::Event::Skipped(error) => watch(Event::Skipped { path, error }),
            manifest::Event::IgnoredColumns(columns) => {
                watch(Event::IgnoredColumns { path, columns })
            }
            manifest::Event::NoAlias { id, name } => watch(Event::NoAlias { id, name }),
        };
        let mut merged = match &self.manifest {
            Some((manifest, folder)) => manifest.read(folder.as_deref(), &mut relay)?,
            None => Merged::default(),
        };
        let languages = &self.options.languages;
        for path in lists {
            list::merge(
                path,
                self.format,
                languages,
                &BTreeSet::new(),
                &mut merged,
                &mut relay,
            )?;
        }
        Ok(merged)
    }

    fn read_dumps(
        &self,
        dumps: &[PathBuf],
        lists: &mut Merged,
        sink: &mut Sink<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Emitted, JobError> {
        let temporary;
        let work = if let Some(work) = &self.work {
            work.as_path()
        } else {
            let folder = &self.config.temp_dir;
            let made = tempfile::tempdir_in(folder).map_err(ReadError::io("make", folder));
            temporary = made?;
            temporary.path()
        };
        let prepared = wikidata::prepare(dumps, work, self.options.clone(), &mut |event| {
            watch(match event {
                wikidata::Event::Resumed { counts } => Event::Resumed {
                    n_items: counts.n_items,
                },
                wikidata::Event::Progress(progress) => Event::Reading(progress),
                wikidata::Event::Skipped { path, error } => Event::Skipped { path, error },
            })
        })?;
        let mut failed = None;
        let emitted = prepared.each(
            &mut |entity| match sink.add(lists.complete(entity)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            },
            &mut |event| match event {
                wikidata::Event::Progress(progress) => watch(Event::Choosing(progress)),
                _ => ControlFlow::Continue(()),
            },
        );
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(emitted?),
        }
    }
}

fn detect(path: &Path) -> Result<Format, ReadError> {
    let reader = input::open(path, &Arc::new(AtomicU64::new(0)));
    let mut reader = reader.map_err(ReadError::io("open", path))?;
    Format::detect(&mut reader).map_err(ReadError::io("read", path))
}

/// Where entities go.
struct Sink<'a> {
    builder: KbBuilder,
    /// Types that are asked for; all if empty.
    types: &'a [String],
    n_entities: u64,
    n_other_type: u64,
}

impl<'a> Sink<'a> {
    fn new(job: &'a Job) -> Self {
        Self {
            builder: KbBuilder::new(job.config.clone()),
            types: &job.options.types,
            n_entities: 0,
            n_other_type: 0,
        }
    }

    fn add(&mut self, entity: Entity) -> Result<(), BuildError> {
        let label = entity.label.as_deref().unwrap_or_default();
        if !self.types.is_empty() && !self.types.iter().any(|wanted| wanted == label) {
            self.n_other_type += 1;
            return Ok(());
        }
        self.n_entities += 1;
        self.builder.add(entity)
    }
}

/// Writes beside `output` and gives the file its name at the end, so that one who
/// has the old file open keeps it.
fn write(builder: KbBuilder, output: &Path) -> Result<BuildReport, JobError> {
    let folder = match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(ReadError::io("make", folder))?;
    let io = || ReadError::io("write", output);
    let mut file = tempfile::Builder::new();
    let file = with_default_permissions(&mut file).tempfile_in(folder);
    let mut file = file.map_err(io())?;
    let report = builder.finish(BufWriter::new(file.as_file_mut()))?;
    file.persist(output).map_err(|error| io()(error.error))?;
    Ok(report)
}

/// A temporary file is its owner's only; what is built is for whom other files are.
#[cfg(unix)]
fn with_default_permissions<'a, 'b>(
    builder: &'a mut tempfile::Builder<'b, 'b>,
) -> &'a mut tempfile::Builder<'b, 'b> {
    use std::os::unix::fs::PermissionsExt;
    // The system takes away what its user does not want to give.
    builder.permissions(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn with_default_permissions<'a, 'b>(
    builder: &'a mut tempfile::Builder<'b, 'b>,
) -> &'a mut tempfile::Builder<'b, 'b> {
    builder
}
