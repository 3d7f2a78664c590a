//! `griot tag --format hf`: texts to what the pipeline of transformers gives.

use anyhow::Context;
use griot::write::hf;
use griot::{Document, PipelineEntity, Recognizer};

use crate::Outcome;
use crate::output;
use crate::settings::{PipelineSettings, TagSettings, Target};
use crate::talk::{Progress, Results, Talk};

/// Documents that are read together, so that like lengths can be.
const CHUNK_DOCUMENTS: usize = 64;

pub(crate) fn run(
    recognizer: &Recognizer,
    settings: TagSettings,
    pipeline: PipelineSettings,
    talk: Talk,
) -> anyhow::Result<Outcome> {
    let mut writer = hf::Writer::new(output::plain(&settings.target)?);
    let results = match settings.target {
        Target::Terminal => Results::OnTerminal,
        Target::Pipe | Target::File(_) => Results::Elsewhere,
    };
    let mut progress = Progress::new(talk, results);
    let mut documents = settings.inputs.documents();
    loop {
        let chunk: Vec<_> = documents.by_ref().take(CHUNK_DOCUMENTS).collect();
        if chunk.is_empty() {
            break;
        }
        let mut fail = |error: &anyhow::Error| progress.fail(error);
        let chunk = chunk.into_iter();
        let chunk = chunk.filter_map(|document| document.inspect_err(&mut fail).ok());
        let chunk: Vec<Document> = chunk.collect();
        let texts: Vec<&str> = chunk.iter().map(Document::text).collect();
        let PipelineSettings {
            aggregation,
            stride,
        } = pipeline;
        let found = recognizer.pipeline_entities_batch(&texts, aggregation, stride);
        for (document, found) in chunk.iter().zip(found) {
            match found.with_context(|| format!("cannot tag {}", document.id())) {
                Ok(entities) => {
                    let entities = above(entities, settings.recognizer.threshold);
                    writer
                        .write(document.text(), &entities)
                        .context("cannot write the result")?;
                    progress.count(entities.len(), document.text().len());
                }
                Err(error) => progress.fail(&error),
            }
        }
    }
    std::io::Write::flush(writer.get_mut()).context("cannot write the result")?;
    match progress.finish() {
        0 => Ok(Outcome::Complete),
        _ => Ok(Outcome::Partial),
    }
}

fn above(mut entities: Vec<PipelineEntity>, threshold: f32) -> Vec<PipelineEntity> {
    entities.retain(|entity| entity.score >= threshold);
    entities
}
