//! One module a command.

pub(crate) mod convert;
pub(crate) mod kb;
pub(crate) mod link;
pub(crate) mod score;
pub(crate) mod tag;

use std::path::Path;

use anyhow::Context;
use griot::{KnowledgeBase, Linker};

use crate::settings::LinkingSettings;

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
