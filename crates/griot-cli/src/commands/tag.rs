//! `griot tag`: texts to entities.

use std::cell::RefCell;

use anyhow::Context;
use griot::{Linker, Pipeline, Recognizer};
use indicatif::{HumanBytes, HumanCount};

use super::linker;
use crate::Outcome;
use crate::output::{Form, Output};
use crate::settings::{TagSettings, Target};
use crate::talk::{Progress, Results, Talk};

pub(crate) fn run(settings: TagSettings, talk: Talk) -> anyhow::Result<Outcome> {
    let mut pipeline = Pipeline::new(recognizer(&settings, talk)?);
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
        Target::Pipe | Target::File(_) => Results::Elsewhere,
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

/// Loads the model, and tells what is odd about it.
fn recognizer(settings: &TagSettings, talk: Talk) -> anyhow::Result<Recognizer> {
    let files = settings.model.files(talk)?;
    let recognizer = Recognizer::from_bytes(&files, settings.recognizer.clone());
    let recognizer = recognizer.with_context(|| settings.model.complaint())?;
    let info = recognizer.info();
    for warning in info.warnings() {
        talk.warn(warning);
    }
    if let Some(vocabulary) = &info.vocabulary {
        talk.note(&format!(
            "{} of {} sub-words were loaded; the others would take {} of memory",
            HumanCount(vocabulary.n_kept as u64),
            HumanCount(vocabulary.n_all as u64),
            HumanBytes(vocabulary.bytes_saved),
        ));
    }
    Ok(recognizer)
}
