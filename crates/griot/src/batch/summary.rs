//! What a batch came to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Done;

/// Counts over the documents of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// Documents that were annotated.
    pub documents: u64,
    /// Documents, or whole files, that failed.
    pub failed: u64,
    /// Their text, in bytes.
    pub bytes: u64,
    /// Their words.
    pub words: u64,
    /// Mentions by label.
    pub mentions: BTreeMap<String, u64>,
    /// Those of them that are in boilerplate.
    pub boilerplate: u64,
}

impl Summary {
    /// Counts one document.
    pub fn add(&mut self, done: &Done) {
        match &done.result {
            Ok(annotation) => {
                self.documents += 1;
                self.bytes += annotation.document.text().len() as u64;
                self.words += done.n_words;
                for mention in &annotation.mentions {
                    let is_boilerplate = annotation.document.is_boilerplate(mention.span);
                    self.boilerplate += u64::from(is_boilerplate);
                    let label = mention.label.as_str();
                    match self.mentions.get_mut(label) {
                        Some(n) => *n += 1,
                        None => {
                            self.mentions.insert(label.to_owned(), 1);
                        }
                    }
                }
            }
            Err(_) => self.failed += 1,
        }
    }

    /// Documents that were annotated and those that failed.
    pub const fn items(&self) -> u64 {
        self.documents + self.failed
    }

    /// Mentions of all labels.
    pub fn n_mentions(&self) -> u64 {
        self.mentions.values().sum()
    }
}
