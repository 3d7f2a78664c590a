//! `griot tag`: texts to entities.

use std::cell::RefCell;

use anyhow::Context;
use griot::{Linker, Pipeline, Recognizer};

use super::linker;
use crate::Outcome;
use crate::output::{Form, Output};
use crate::settings::{Model, TagSettings, Target};
use crate::talk::{Progress, Results, Talk};

pub(crate) fn run(settings: TagSettings, talk: Talk) -> anyhow::Result<Outcome> {
    let mut pipeline = Pipeline::new(recognizer(&settings)?);
    if let Some(linking) = &settings.linking {
        pipeline = pipeline.with_linker(linker(linking)?);
    }
    let info = pipeline.recognizer().info();
    // A build without a GPU has nothing to fall back from.
    let has_gpu = cfg!(any(feature = "cuda", feature = "metal"));
    if let Some(note) = info.device_note.as_ref().filter(|_| has_gpu) {
        talk.note(note);
    }
    if settings.inputs.waits_for_typing() {
        talk.note("reading standard input; Ctrl-D ends it");
    }
    let kb = pipeline.linker().map(|linker| linker.source().version());
    let form = Form::tagged(
        settings.format,
        settings.unit,
        settings.text,
        &info.name,
        kb,
    );
    let mut output = Output::open(&settings.target, &form)?;
    let mut resolver = pipeline.linker().map(Linker::resolver);
    let results = match settings.target {
        Target::Terminal => Results::OnTerminal,
        Target::Pipe | Target::File(_) | Target::Folder(_) => Results::Elsewhere,
    };
    // Shared by the reading end and the writing end of one lazy chain.
    let progress = RefCell::new(Progress::new(talk, results));
    let documents = settings.inputs.documents().filter_map(|document| {
        document
            .inspect_err(|error| progress.borrow_mut().fail(error))
            .ok()
    });
    for annotation in pipeline.annotate_iter(documents) {
        match annotation {
            Ok(annotation) => {
                let annotation = match &mut resolver {
                    Some(resolver) => annotation.resolved(resolver),
                    None => annotation,
                };
                output
                    .write(&annotation)
                    .context("cannot write the result")?;
                progress.borrow_mut().add(&annotation);
            }
            Err(error) => progress.borrow_mut().fail(&error.into()),
        }
    }
    output.flush().context("cannot write the result")?;
    match progress.into_inner().finish() {
        0 => Ok(Outcome::Complete),
        _ => Ok(Outcome::Partial),
    }
}

fn recognizer(settings: &TagSettings) -> anyhow::Result<Recognizer> {
    let config = settings.recognizer.clone();
    match &settings.model {
        #[cfg(feature = "embedded-model")]
        Model::Embedded => Ok(Recognizer::embedded_with(config)?),
        Model::Folder(folder) => Recognizer::load(folder, config)
            .with_context(|| format!("cannot load the model in {}", folder.display())),
    }
}
