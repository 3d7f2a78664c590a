//! `griot tag`: texts to entities.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::{Context, anyhow};
use griot::batch::{
    self, BatchOptions, Done, Gathering, ResumableOutput, Settings, Summary, write_failure,
};
use griot::language::LanguageDetection;
use griot::{Document, Linker, Mention, Pipeline, Recognizer, Resolver};

use super::{linker, recognizer};
use crate::Outcome;
use crate::input::Documents;
use crate::model::Model;
use crate::output::{Form, Output};
use crate::settings::{OnFailure, TagSettings, Target};
use crate::talk::{Entities, Progress, Results, Talk};

pub(crate) fn run(settings: &TagSettings, talk: Talk) -> anyhow::Result<Outcome> {
    let recognizer = recognizer(&settings.model, &settings.recognizer, talk)?;
    if let Some(pipeline) = settings.pipeline {
        return super::pipeline::run(&recognizer, settings, pipeline, talk);
    }
    let pipeline = pipeline(settings, recognizer)?;
    let info = pipeline.recognizer().info();
    // A build without a GPU has nothing to fall back from.
    let has_gpu = cfg!(any(feature = "cuda", feature = "metal"));
    if let Some(note) = info.device_note.as_ref().filter(|_| has_gpu) {
        talk.note(note);
    }
    if settings.inputs.waits_for_typing() {
        talk.note("reading standard input; Ctrl-D ends it");
    }
    let mut results = Written::open(settings, &pipeline)?;
    if results.is_complete() {
        talk.note("all is done already; --restart begins again");
        return Ok(outcome(&results.summary()));
    }
    let mut documents = settings.inputs.documents();
    let before = results.summary();
    if before.items() > 0 {
        talk.note(&format!("going on after {} documents", before.items()));
        results.skip_done(&pipeline, &mut documents)?;
    }
    let place = match settings.target {
        Target::Terminal => Results::OnTerminal,
        _ => Results::Elsewhere,
    };
    let progress = Progress::new(talk, place, &settings.inputs, before);
    let mut writing = Writing {
        results,
        progress,
        on_failure: settings.on_failure,
        ended: Ok(End::OfInput),
    };
    let options = settings.batch.with_gathering(gathering(settings));
    let start = Instant::now();
    batch::run(&pipeline, &options, documents, |chunk| writing.take(chunk));
    if settings.profile {
        talk.note(&profile(pipeline.recognizer(), start.elapsed()));
    }
    writing.finish()
}

/// Where the time of a recognizer went, of `wall` by the clock.
fn profile(recognizer: &Recognizer, wall: Duration) -> String {
    let (times, info) = (recognizer.times(), recognizer.info());
    let instructions = info.instructions.as_deref().unwrap_or("no kernels");
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    format!(
        "{:.0} ms; of all threads {:.0} ms for words and features, {:.0} ms for the network \
         ({} {}, {instructions}), {:.0} ms for mentions",
        milliseconds(wall),
        milliseconds(times.encode),
        milliseconds(times.forward),
        info.engine,
        info.precision,
        milliseconds(times.decode),
    )
}

fn pipeline(settings: &TagSettings, recognizer: Recognizer) -> anyhow::Result<Pipeline> {
    let pipeline = Pipeline::new(recognizer)
        .with_languages(LanguageDetection::On)
        .with_boilerplate(settings.boilerplate);
    Ok(match &settings.linking {
        Some(linking) => pipeline.with_linker(linker(linking)?),
        None => pipeline,
    })
}

/// Who pipes something in may wait for the first results; who has files, or will go on
/// later, wants the same results in every run.
fn gathering(settings: &TagSettings) -> Gathering {
    if settings.inputs.has_stdin() && settings.layout().is_none() {
        Gathering::Eager
    } else {
        Gathering::Full
    }
}

/// Why no more is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    OfInput,
    /// A document failed, and the user wants to stop there.
    Failure,
}

/// What takes the results of the pipeline.
struct Writing {
    results: Written,
    progress: Progress,
    on_failure: OnFailure,
    ended: anyhow::Result<End>,
}

impl Writing {
    fn take(&mut self, chunk: Vec<Done>) -> ControlFlow<()> {
        match self.write(chunk) {
            Ok(End::OfInput) => ControlFlow::Continue(()),
            ended => {
                self.ended = ended;
                ControlFlow::Break(())
            }
        }
    }

    fn write(&mut self, chunk: Vec<Done>) -> anyhow::Result<End> {
        for done in chunk {
            if let Err(failure) = &done.result {
                self.progress.fail(failure);
            }
            let failed = done.result.is_err();
            self.results.write(done)?;
            if failed && self.on_failure == OnFailure::Stop {
                return Ok(End::Failure);
            }
        }
        self.results.commit()?;
        self.progress.show(&self.results.summary());
        Ok(End::OfInput)
    }

    fn finish(self) -> anyhow::Result<Outcome> {
        let end = self.ended?;
        let entities = self.results.entities();
        let summary = match end {
            End::OfInput => self.results.finish()?,
            // What is complete so far stays, to be gone on with.
            End::Failure => self.results.stop()?,
        };
        self.progress.finish(&summary, entities.as_ref());
        Ok(outcome(&summary))
    }
}

fn outcome(summary: &Summary) -> Outcome {
    match summary.failed {
        0 => Outcome::Complete,
        _ => Outcome::Partial,
    }
}

/// Results and where they go.
struct Written {
    output: Output,
    resolver: Option<Resolver>,
    place: Place,
}

/// Where results go, and what is counted.
enum Place {
    /// Somewhere that cannot be gone on with.
    Stream {
        summary: Summary,
        errors: Option<File>,
    },
    Batch(Rc<RefCell<ResumableOutput>>),
}

impl Written {
    fn open(settings: &TagSettings, pipeline: &Pipeline) -> anyhow::Result<Self> {
        let resolver = pipeline.linker().map(Linker::resolver);
        let kb = pipeline.linker().map(|linker| linker.source().version());
        let form = Form::tagged(
            settings.format,
            settings.unit,
            settings.text,
            &pipeline.recognizer().info().name,
            kb,
        );
        let errors = settings.errors.as_deref();
        let (output, place) = if let Some(layout) = settings.layout() {
            let fixed = fixed(settings, pipeline);
            let mut batch = ResumableOutput::open(layout, errors, fixed, settings.leftovers)
                .map_err(with_hint)?;
            if resolver.is_some() {
                batch = batch.with_mentions()?;
            }
            let batch = Rc::new(RefCell::new(batch));
            (Output::into_batch(&batch, &form)?, Place::Batch(batch))
        } else {
            let create = |path: &Path| {
                File::create(path).with_context(|| format!("cannot write {}", path.display()))
            };
            let place = Place::Stream {
                summary: Summary::default(),
                errors: errors.map(create).transpose()?,
            };
            (Output::open(&settings.target, &form)?, place)
        };
        Ok(Self {
            output,
            resolver,
            place,
        })
    }

    /// Whether an earlier run did everything.
    fn is_complete(&self) -> bool {
        matches!(&self.place, Place::Batch(batch) if batch.borrow().is_complete())
    }

    fn summary(&self) -> Summary {
        match &self.place {
            Place::Stream { summary, .. } => summary.clone(),
            Place::Batch(batch) => batch.borrow().summary().clone(),
        }
    }

    /// Passes over what an earlier run did, and lets the resolver see it again.
    fn skip_done(&mut self, pipeline: &Pipeline, documents: &mut Documents) -> anyhow::Result<()> {
        let Place::Batch(batch) = &self.place else {
            return Ok(());
        };
        let resolver = &mut self.resolver;
        let mut waiting = Vec::new();
        let mut again = |waiting: &mut Vec<(Document, Vec<Mention>)>| {
            for mut annotation in batch::link_again(pipeline, std::mem::take(waiting)) {
                if let Some(resolver) = resolver.as_mut() {
                    annotation.resolve(resolver);
                }
            }
        };
        batch
            .borrow()
            .skip_done(documents, |document, mentions| {
                waiting.push((document, mentions));
                if waiting.len() == BatchOptions::default().chunk_documents {
                    again(&mut waiting);
                }
            })
            .map_err(with_hint)?;
        again(&mut waiting);
        Ok(())
    }

    fn write(&mut self, mut done: Done) -> anyhow::Result<()> {
        if let (Some(resolver), Ok(annotation)) = (&mut self.resolver, &mut done.result) {
            annotation.resolve(resolver);
        }
        if let Ok(annotation) = &done.result {
            let written = self.output.write(annotation);
            written.context("cannot write the result")?;
        }
        match &mut self.place {
            Place::Batch(batch) => batch.borrow_mut().end_document(&done)?,
            Place::Stream { summary, errors } => {
                summary.add(&done);
                if let (Some(errors), Err(failure)) = (errors, &done.result) {
                    write_failure(errors, failure).context("cannot write the errors")?;
                }
            }
        }
        Ok(())
    }

    /// Makes what was written safe, between two chunks.
    fn commit(&mut self) -> anyhow::Result<()> {
        if let Place::Batch(batch) = &self.place {
            batch.borrow_mut().commit()?;
        }
        Ok(())
    }

    fn entities(&self) -> Option<Entities> {
        let resolver = self.resolver.as_ref()?;
        let n = resolver.entities().count();
        let nil = resolver
            .entities()
            .filter(|entity| entity.target.is_nil())
            .count();
        Some(Entities {
            known: n - nil,
            nil,
        })
    }

    fn stop(mut self) -> anyhow::Result<Summary> {
        self.output.flush().context("cannot write the result")?;
        Ok(self.summary())
    }

    fn finish(self) -> anyhow::Result<Summary> {
        let Self {
            mut output, place, ..
        } = self;
        output.flush().context("cannot write the result")?;
        drop(output);
        match place {
            Place::Stream { summary, errors } => {
                if let Some(mut errors) = errors {
                    errors.flush().context("cannot write the errors")?;
                }
                Ok(summary)
            }
            Place::Batch(batch) => {
                let batch = Rc::into_inner(batch).expect("the output was the other owner");
                Ok(batch.into_inner().finish()?)
            }
        }
    }
}

/// What must be the same when a run is gone on with.
fn fixed(settings: &TagSettings, pipeline: &Pipeline) -> Settings {
    let info = pipeline.recognizer().info();
    let model = match &settings.model {
        #[cfg(feature = "embedded-model")]
        Model::Embedded => String::new(),
        Model::Folder(folder) => stamp(&folder.join("model.safetensors")),
        // Its name says which revision.
        #[cfg(feature = "hub")]
        Model::Hub(_) => String::new(),
    };
    let mut fixed = Settings::new();
    let mut set = |name: &str, value: String| fixed.insert(name.to_owned(), value);
    set("the version of griot", env!("CARGO_PKG_VERSION").to_owned());
    set("the model", format!("{} {model}", info.name));
    set("--device", format!("{:?}", info.device));
    set("--precision", info.precision.to_string());
    set("--engine", info.engine.to_string());
    let recognizer = &settings.recognizer;
    let thresholds = (recognizer.threshold, &recognizer.label_thresholds);
    set("--threshold", format!("{thresholds:?}"));
    set("--format", format!("{:?}", settings.format));
    set("--offsets", format!("{:?}", settings.unit));
    set("--with-text", format!("{:?}", settings.text));
    set("--boilerplate", format!("{:?}", settings.boilerplate));
    set("--lang", format!("{:?}", settings.inputs.reading.language));
    set("--chunk-bytes", settings.batch.chunk_bytes.to_string());
    set("--errors", format!("{:?}", settings.errors));
    if let Target::Shards { documents, .. } = settings.target {
        set("--shard-size", documents.to_string());
    }
    if let (Some(linking), Some(linker)) = (&settings.linking, pipeline.linker()) {
        let file = |path: &Option<_>| path.as_deref().map(stamp).unwrap_or_default();
        set(
            "the knowledge base",
            format!("{} {}", linker.source().version(), file(&linking.kb)),
        );
        set("--overlay", file(&linking.overlay));
        set("--link-threshold", format!("{:?}", linking.config));
    }
    fixed
}

/// Length and time of a file: enough to see that it was replaced.
fn stamp(path: &Path) -> String {
    let Ok(metadata) = fs::metadata(path) else {
        return String::new();
    };
    let modified = metadata.modified().ok();
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!(
        "of {} bytes, changed at {}",
        metadata.len(),
        modified.map_or(0, |time| time.as_secs())
    )
}

/// An error with what the user can do.
fn with_hint(error: batch::BatchError) -> anyhow::Error {
    use batch::BatchError::{
        InputChanged, Journal, NotEmpty, OutputChanged, SettingChanged, Unfinished,
    };
    let hint = match &error {
        Unfinished { .. } => "--resume goes on, --restart begins again",
        SettingChanged { .. }
        | InputChanged { .. }
        | OutputChanged { .. }
        | NotEmpty { .. }
        | Journal { .. } => "--restart begins again",
        _ => return error.into(),
    };
    anyhow!("{error}; {hint}")
}
