//! The index of weights in several files.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::weights::Format;
use crate::Error;

/// `model.safetensors.index.json` or `pytorch_model.bin.index.json`: which file
/// each tensor is in.
#[derive(Clone, Debug)]
pub(crate) struct ShardIndex {
    /// Name of the index itself, for errors.
    file: String,
    weight_map: BTreeMap<String, String>,
    /// The files, sorted, each once.
    shards: Vec<String>,
}

#[derive(Deserialize)]
struct IndexJson {
    weight_map: BTreeMap<String, String>,
}

impl ShardIndex {
    /// Reads the index `file`, which must name files of `format` in its own
    /// folder. Anyone may have written it: a path that leads elsewhere, or back
    /// to an index, is refused.
    ///
    /// # Errors
    ///
    /// [`Error::IndexSyntax`], [`Error::IndexEntry`].
    pub(super) fn from_json(json: &[u8], file: &str, format: Format) -> Result<Self, Error> {
        let index: IndexJson =
            serde_json::from_slice(json).map_err(|source| Error::IndexSyntax {
                file: file.to_owned(),
                source: Arc::new(source),
            })?;
        for (tensor, shard) in &index.weight_map {
            if !is_plain_name(shard, format) {
                return Err(Error::IndexEntry {
                    file: file.to_owned(),
                    tensor: tensor.clone(),
                    shard: shard.clone(),
                    expected: match format {
                        Format::Safetensors => "the name of a .safetensors file in the same folder",
                        Format::Pickle => "the name of a .bin file in the same folder",
                    },
                });
            }
        }
        let mut shards: Vec<String> = index.weight_map.values().cloned().collect();
        shards.sort_unstable();
        shards.dedup();
        Ok(Self {
            file: file.to_owned(),
            weight_map: index.weight_map,
            shards,
        })
    }

    /// The files, sorted, each once.
    pub(crate) fn shards(&self) -> &[String] {
        &self.shards
    }

    /// The file that the index says `tensor` is in.
    pub(super) fn shard_of(&self, tensor: &str) -> Option<&String> {
        self.weight_map.get(tensor)
    }

    /// Checks that every tensor of the index was found.
    ///
    /// # Errors
    ///
    /// [`Error::IndexEntry`] with the first that was not.
    pub(super) fn check_all_found(&self, is_found: impl Fn(&str) -> bool) -> Result<(), Error> {
        match self.weight_map.iter().find(|(name, _)| !is_found(name)) {
            None => Ok(()),
            Some((tensor, shard)) => Err(Error::IndexEntry {
                file: self.file.clone(),
                tensor: tensor.clone(),
                shard: shard.clone(),
                expected: "a file that holds the tensor",
            }),
        }
    }
}

/// Whether `name` is that of a file of `format`, without folders, whatever the
/// system: a backslash separates on some, a colon names a drive or a stream.
fn is_plain_name(name: &str, format: Format) -> bool {
    let stem = name.strip_suffix(format.extension());
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    stem.is_some_and(|stem| !stem.is_empty() && !stem.starts_with('.') && stem.chars().all(is_safe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_in_the_same_folder_are_shards() {
        for (name, expected) in [
            ("model-00001-of-00002.safetensors", true),
            ("model.safetensors", true),
            ("", false),
            (".safetensors", false),
            ("..safetensors", false),
            ("../model.safetensors", false),
            ("/etc/model.safetensors", false),
            ("a/b.safetensors", false),
            ("a\\b.safetensors", false),
            ("C:b.safetensors", false),
            ("a\0.safetensors", false),
            ("model.safetensors.index.json", false),
            ("pytorch_model.bin", false),
        ] {
            assert_eq!(
                is_plain_name(name, Format::Safetensors),
                expected,
                "{name:?}"
            );
        }
    }
}
