//! The sets by name, as `sets.tsv` lists them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::read::{brat, collection, elevant, gold, hipe, slavic};
use crate::set::EvalSet;

/// A set that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name on the command line and in tables.
    pub name: &'static str,
    format: &'static str,
    path: &'static str,
    language: &'static str,
}

/// All sets, in the order of `sets.tsv`.
///
/// # Errors
///
/// If the list has a malformed line.
pub fn entries() -> Result<Vec<Entry>> {
    let lines = include_str!("../sets.tsv").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines.map(entry).collect()
}

fn entry(line: &'static str) -> Result<Entry> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [name, format, path, language] = cells[..] else {
        bail!("sets.tsv: {line:?} has not four columns");
    };
    Ok(Entry {
        name,
        format,
        path,
        language,
    })
}

impl Entry {
    /// Whether the set lies outside the repository.
    pub fn needs_data(&self) -> bool {
        !self.path.starts_with("repo:")
    }

    /// Reads the set; `data` is the folder of those outside the repository.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or `data` is needed and not given.
    pub fn read(&self, data: Option<&Path>) -> Result<EvalSet> {
        let path = match self.path.strip_prefix("repo:") {
            Some(path) => repository().join(path),
            None => data
                .with_context(|| format!("{} needs --data or GRIOT_EL_DEV", self.name))?
                .join(self.path),
        };
        let mut set = match self.format {
            "hipe" => hipe::read(&path),
            "elevant" => elevant::read(&path),
            "brat" => brat::read(&path, self.name, self.language),
            "slavic" => slavic::read(&path, self.name.trim_start_matches("slavic-")),
            "gold" => gold::read(&path, &repository().join("examples/data"), self.name),
            "collection" => collection::read(&path),
            other => bail!("sets.tsv: unknown format {other:?}"),
        }?;
        self.name.clone_into(&mut set.name);
        Ok(set)
    }
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_repository_has_can_be_read() {
        let entries = entries().expect("the list is well formed");
        let own: Vec<&Entry> = entries.iter().filter(|entry| !entry.needs_data()).collect();
        assert_eq!(own.len(), 2);
        for entry in own {
            let set = entry.read(None).expect(entry.name);
            assert!(
                set.documents.iter().all(|it| !it.mentions.is_empty()),
                "{}",
                entry.name
            );
        }
        let outside = entries
            .iter()
            .find(|entry| entry.needs_data())
            .expect("one");
        let error = outside.read(None).expect_err("no folder").to_string();
        assert_eq!(error, "newseye-fr needs --data or GRIOT_EL_DEV");
    }
}
