//! griot itself as a [`System`].

use std::path::Path;

use anyhow::{Context, Result};
use griot_link::{KnowledgeBase, Linker, LinkerConfig};
use griot_text::{Document, EntityId, Link, Mention};

use crate::system::System;

/// The linker of this workspace with a knowledge base that was built.
#[derive(Clone, Debug)]
pub struct Griot {
    linker: Linker,
}

impl Griot {
    /// griot with the knowledge base in `path`.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        let kb = KnowledgeBase::open(path).with_context(|| path.display().to_string())?;
        Ok(Self {
            linker: Linker::new(kb, LinkerConfig::default()),
        })
    }

    /// The linker inside.
    pub fn linker(&self) -> &Linker {
        &self.linker
    }
}

impl System for Griot {
    fn name(&self) -> &'static str {
        "griot"
    }

    fn knows(&self, id: &EntityId) -> bool {
        self.linker.source().find(id.as_str()).is_some()
    }

    fn link(&self, documents: &[(Document, Vec<Mention>)]) -> Vec<Vec<Link>> {
        let documents = documents
            .iter()
            .map(|(document, mentions)| (document, mentions.as_slice()));
        self.linker.link_collection(documents)
    }
}
