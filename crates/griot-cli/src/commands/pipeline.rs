//! `griot tag --format hf`: texts to what the pipeline of transformers gives.

use std::fs::File;
use std::io::Write;

use anyhow::Context;
use griot::batch::{Failure, Summary, write_failure};
use griot::write::hf;
use griot::{Document, Error, PipelineEntity, Recognizer};

use crate::Outcome;
use crate::output;
use crate::settings::{OnFailure, PipelineSettings, TagSettings, Target};
use crate::talk::{Progress, Results, Talk};

/// Documents that are read together, so that like lengths can be.
const CHUNK_DOCUMENTS: usize = 64;

pub(crate) fn run(
    recognizer: &Recognizer,
    settings: &TagSettings,
    pipeline: PipelineSettings,
    talk: Talk,
) -> anyhow::Result<Outcome> {
    let place = match settings.target {
        Target::Terminal => Results::OnTerminal,
        _ => Results::Elsewhere,
    };
    let (out, whole) = output::plain(&settings.target)?;
    let mut run = Run {
        recognizer,
        settings,
        pipeline,
        writer: hf::Writer::new(out),
        errors: settings
            .errors
            .as_ref()
            .map(File::create)
            .transpose()
            .context("cannot write the errors")?,
        progress: Progress::new(talk, place, &settings.inputs, Summary::default()),
        summary: Summary::default(),
    };
    let mut documents = settings.inputs.documents();
    loop {
        let chunk: Vec<_> = documents.by_ref().take(CHUNK_DOCUMENTS).collect();
        if chunk.is_empty() || !run.take(chunk)? {
            break;
        }
    }
    run.writer
        .get_mut()
        .flush()
        .context("cannot write the result")?;
    if let Some(whole) = whole {
        whole.end().context("cannot write the result")?;
    }
    run.progress.finish(&run.summary, None);
    Ok(match run.summary.failed {
        0 => Outcome::Complete,
        _ => Outcome::Partial,
    })
}

struct Run<'a> {
    recognizer: &'a Recognizer,
    settings: &'a TagSettings,
    pipeline: PipelineSettings,
    writer: hf::Writer<Box<dyn Write + Send>>,
    errors: Option<File>,
    progress: Progress,
    summary: Summary,
}

impl Run<'_> {
    /// Tags and writes documents; whether to go on.
    fn take(&mut self, chunk: Vec<Result<Document, Failure>>) -> anyhow::Result<bool> {
        let good = chunk.iter().filter_map(|document| document.as_ref().ok());
        let texts: Vec<&str> = good.map(Document::text).collect();
        let PipelineSettings {
            aggregation,
            stride,
        } = self.pipeline;
        let found = self
            .recognizer
            .pipeline_entities_batch(&texts, aggregation, stride);
        let mut found = found.into_iter();
        for document in chunk {
            let tagged = document.and_then(|document| {
                let entities = found.next().expect("one result a text");
                let id = document.id().to_owned();
                let failure = |source| Failure::from(Error::Annotate { id, source });
                entities
                    .map_err(failure)
                    .map(|entities| (document, entities))
            });
            match tagged {
                Ok((document, entities)) => self.write(&document, entities)?,
                Err(failure) => {
                    self.fail(&failure)?;
                    if self.settings.on_failure == OnFailure::Stop {
                        return Ok(false);
                    }
                }
            }
        }
        self.progress.show(&self.summary);
        Ok(true)
    }

    fn write(
        &mut self,
        document: &Document,
        mut entities: Vec<PipelineEntity>,
    ) -> anyhow::Result<()> {
        let config = &self.settings.recognizer;
        entities.retain(|entity| config.keeps(&entity.label, entity.score));
        let written = self.writer.write(document.text(), &entities);
        written.context("cannot write the result")?;
        self.summary.documents += 1;
        self.summary.bytes += document.text().len() as u64;
        self.summary.words += griot::segment_words(document.text()).len() as u64;
        for entity in entities {
            *self.summary.mentions.entry(entity.label).or_default() += 1;
        }
        Ok(())
    }

    fn fail(&mut self, failure: &Failure) -> anyhow::Result<()> {
        self.progress.fail(failure);
        self.summary.failed += 1;
        match &mut self.errors {
            Some(errors) => write_failure(errors, failure).context("cannot write the errors"),
            None => Ok(()),
        }
    }
}
