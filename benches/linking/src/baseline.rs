//! Three systems without any linguistics, to be beaten.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use griot_link::kb::Entity;
use griot_text::{Candidate, Document, EntityId, Label, Link, Mention, Target};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::System;

/// Two mentions are one entity if they have one spelling. No knowledge base.
#[derive(Clone, Copy, Debug)]
pub enum Spelling {
    /// To the letter.
    Exact,
    /// Without case, accents and punctuation.
    Folded,
}

impl System for Spelling {
    fn name(&self) -> &'static str {
        match self {
            Self::Exact => "exact string",
            Self::Folded => "folded string",
        }
    }

    fn knows(&self, _: &EntityId) -> bool {
        false
    }

    fn link(&self, documents: &[(Document, Vec<Mention>)]) -> Vec<Vec<Link>> {
        each(documents, |form, mention| {
            let key = match self {
                Self::Exact => form.to_owned(),
                Self::Folded => fold(form),
            };
            unlinked(mention, &key)
        })
    }
}

/// The most popular entity of the type of the mention that has its folded form
/// as a name; no context. Others are NIL, by folded form.
#[derive(Debug)]
pub struct Popularity {
    entities: Vec<Known>,
    names: HashMap<String, Vec<u32>>,
    ids: HashSet<EntityId>,
}

#[derive(Debug)]
struct Known {
    id: EntityId,
    name: String,
    label: Option<Label>,
    popularity: f32,
}

impl Popularity {
    /// Loads a knowledge base in JSON Lines.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or a line is no entity.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let mut system = Self {
            entities: Vec::new(),
            names: HashMap::new(),
            ids: HashSet::new(),
        };
        for (index, line) in BufReader::new(file).lines().enumerate() {
            let entity = serde_json::from_str(&line?);
            system.add(entity.with_context(|| format!("{} line {}", path.display(), index + 1))?);
        }
        system.rank();
        Ok(system)
    }

    fn add(&mut self, entity: Entity) {
        let index = self.entities.len() as u32;
        let aliases = entity.aliases.values().flatten();
        let folded: HashSet<String> = aliases
            .chain([&entity.name])
            .map(|name| fold(name))
            .collect();
        for name in folded.into_iter().filter(|name| !name.is_empty()) {
            self.names.entry(name).or_default().push(index);
        }
        let id = EntityId::from(entity.id);
        self.ids.insert(id.clone());
        self.entities.push(Known {
            id,
            name: entity.name,
            label: entity.label.map(Label::from),
            popularity: entity.popularity,
        });
    }

    /// Sorts the entities of each name, most popular first.
    fn rank(&mut self) {
        let popularity = |index: u32| self.entities[index as usize].popularity;
        for indices in self.names.values_mut() {
            indices.sort_by(|left, right| {
                let greater = popularity(*right).total_cmp(&popularity(*left));
                greater.then(left.cmp(right))
            });
        }
    }

    fn candidates(&self, key: &str, label: &Label) -> Vec<Candidate> {
        let indices = self.names.get(key).map_or(&[][..], Vec::as_slice);
        let known = indices.iter().map(|index| &self.entities[*index as usize]);
        let fits = |known: &&Known| *label == "MISC" || known.label.as_ref() == Some(label);
        let known: Vec<&Known> = known.filter(fits).collect();
        let total: f32 = known.iter().map(|known| known.popularity).sum();
        let candidate = |known: &&Known| Candidate {
            id: known.id.clone(),
            name: known.name.clone(),
            score: if total > 0.0 {
                known.popularity / total
            } else {
                0.0
            },
        };
        known.iter().map(candidate).collect()
    }
}

impl System for Popularity {
    fn name(&self) -> &'static str {
        "alias + popularity"
    }

    fn knows(&self, id: &EntityId) -> bool {
        self.ids.contains(id)
    }

    fn link(&self, documents: &[(Document, Vec<Mention>)]) -> Vec<Vec<Link>> {
        each(documents, |form, mention| {
            let key = fold(form);
            let candidates = self.candidates(&key, &mention.label);
            let mut link = unlinked(mention, &key);
            if let Some(first) = candidates.first() {
                link.target = Target::Entity(first.id.clone());
                link.name.clone_from(&first.name);
                link.score = first.score;
            }
            link.candidates = candidates;
            link
        })
    }
}

fn each(
    documents: &[(Document, Vec<Mention>)],
    link: impl Fn(&str, &Mention) -> Link,
) -> Vec<Vec<Link>> {
    let of_document = |(document, mentions): &(Document, Vec<Mention>)| {
        let form = |mention: &Mention| mention.span.slice(document.text()).unwrap_or_default();
        mentions
            .iter()
            .map(|mention| link(form(mention), mention))
            .collect()
    };
    documents.iter().map(of_document).collect()
}

fn unlinked(mention: &Mention, key: &str) -> Link {
    Link {
        mention: mention.clone(),
        target: Target::Nil(EntityId::from(format!("nil:{key}"))),
        name: key.to_owned(),
        label: mention.label.clone(),
        score: 1.0,
        candidates: Vec::new(),
        evidence: Vec::new(),
        stands_for: None,
    }
}

/// Lower case, no accents, and one space for whatever is neither letter nor
/// digit. Its own code, not that of the linker, so that the baselines stay put
/// while the linker changes.
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for letter in name.nfkd().flat_map(char::to_lowercase) {
        if is_combining_mark(letter) {
            continue;
        }
        if letter.is_alphanumeric() {
            folded.push(letter);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding() {
        let cases = [
            ("États-Unis", "etats unis"),
            (" L’Été  ", "l ete"),
            ("МОСКВА", "москва"),
            ("…", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(fold(name), expected, "{name}");
        }
    }
}
