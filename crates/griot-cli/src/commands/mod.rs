//! One module a command.

pub(crate) mod convert;
pub(crate) mod kb;
pub(crate) mod link;
pub(crate) mod models;
pub(crate) mod pipeline;
pub(crate) mod score;
#[cfg(feature = "serve")]
pub(crate) mod serve;
pub(crate) mod tag;

use std::path::Path;

use anyhow::Context;
use griot::{KnowledgeBase, Linker, Recognizer, RecognizerConfig};
use indicatif::{HumanBytes, HumanCount};

use crate::model::Model;
use crate::settings::LinkingSettings;
use crate::talk::Talk;

/// The linker that the user asked for.
fn linker(settings: &LinkingSettings) -> anyhow::Result<Linker> {
    let kb = knowledge_base(settings.kb.as_deref())?;
    let Some(path) = &settings.overlay else {
        return Ok(Linker::new(kb, settings.config));
    };
    let overlay = griot::kb::Overlay::open(path)
        .with_context(|| format!("cannot read the overlay {}", path.display()))?;
    let kb = kb.with_overlay(&overlay)?;
    Ok(Linker::new(kb, settings.config))
}

/// The knowledge base in `file`, else the one in this program.
fn knowledge_base(file: Option<&Path>) -> anyhow::Result<KnowledgeBase> {
    match file {
        Some(path) => KnowledgeBase::open(path)
            .with_context(|| format!("cannot open the knowledge base {}", path.display())),
        #[cfg(feature = "starter-kb")]
        None => Ok(griot::starter_kb()),
        #[cfg(not(feature = "starter-kb"))]
        None => anyhow::bail!("this build has no knowledge base of its own: use --kb FILE"),
    }
}

/// Loads the model, and tells what is odd about it.
fn recognizer(model: &Model, config: &RecognizerConfig, talk: Talk) -> anyhow::Result<Recognizer> {
    let recognizer = Recognizer::from_bytes(&model.files(talk)?, config.clone());
    let recognizer = recognizer.with_context(|| model.complaint())?;
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
