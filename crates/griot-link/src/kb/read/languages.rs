//! Which languages are kept.

use std::collections::{BTreeMap, BTreeSet};

/// The languages whose names are kept; by default all.
///
/// A language stands for its variants: `zh` keeps `zh-hans`. Names for all
/// languages (`mul`) and for none (`und`) are always kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Languages {
    /// In the order of preference; empty for all.
    wanted: Vec<String>,
}

impl Languages {
    /// Keeps every language.
    pub fn all() -> Self {
        Self::default()
    }

    /// Keeps `tags`, BCP 47 tags in the order of preference: the first that an
    /// entity has gives its canonical name and its description. No tags keep all.
    pub fn new<T: AsRef<str>>(tags: impl IntoIterator<Item = T>) -> Self {
        let tags = tags.into_iter();
        Self {
            wanted: tags.map(|tag| tag.as_ref().to_ascii_lowercase()).collect(),
        }
    }

    /// The tags, in the order of preference; empty for all.
    pub fn tags(&self) -> &[String] {
        &self.wanted
    }

    /// Whether names in `tag` are kept.
    pub fn keep(&self, tag: &str) -> bool {
        let wanted = |wanted: &String| {
            let rest = tag.get(wanted.len()..);
            let starts = tag.as_bytes().get(..wanted.len());
            starts.is_some_and(|start| start.eq_ignore_ascii_case(wanted.as_bytes()))
                && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        self.wanted.is_empty() || matches!(tag, "mul" | "und") || self.wanted.iter().any(wanted)
    }

    /// Takes out of `names` those that are not kept, and those of a variant that
    /// its language has as well: `Belgium` in `en-gb`.
    pub fn retain(&self, names: &mut BTreeMap<String, Vec<String>>) {
        names.retain(|language, _| self.keep(language));
        let variants: Vec<String> = names.keys().filter(|l| l.contains('-')).cloned().collect();
        for variant in variants {
            let base = variant.split('-').next().unwrap_or_default();
            let Some(known) = names.get(base) else {
                continue;
            };
            let known: BTreeSet<String> = known.iter().cloned().collect();
            if let Some(own) = names.get_mut(&variant) {
                own.retain(|name| !known.contains(name));
            }
        }
        names.retain(|_, names| !names.is_empty());
    }
}
