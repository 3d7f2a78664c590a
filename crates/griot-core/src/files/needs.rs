//! Which files of a model are needed, in a folder or in a repository.

use std::path::Path;

#[cfg(feature = "hub")]
use {
    super::exists,
    super::index::ShardIndex,
    super::weights::{INDEX_BYTES_MAX, Kind, NAMES},
    crate::encoder::Architecture,
    serde_json::Value,
};

use super::{CONFIG_BYTES_MAX, OTHER_TOKENIZERS, read_limited, vocab};
use crate::{Error, manifest};

/// The first of [`NAMES`] that is there.
#[cfg(feature = "hub")]
pub(crate) fn wanted_weights(is_there: impl Fn(&str) -> bool) -> Option<&'static str> {
    let mut names = NAMES.iter().map(|(name, _)| *name);
    names.find(|name| is_there(name))
}

/// The other files that loading needs or `griot models info` shows. A model
/// cannot do without the first.
#[cfg(feature = "hub")]
pub(crate) fn wanted_but_weights(
    is_there: impl Fn(&str) -> bool,
) -> impl Iterator<Item = &'static str> {
    let tokenizer = if is_there("tokenizer.json") {
        "tokenizer.json"
    } else {
        "vocab.txt"
    };
    let optional = [tokenizer, "tokenizer_config.json", "README.md"];
    let optional = optional.into_iter().filter(move |name| is_there(name));
    std::iter::once("config.json").chain(optional)
}

/// The files that the index `name` in `folder` lists; none if it is no index.
///
/// # Errors
///
/// [`Error::File`], [`Error::FileSize`], [`Error::IndexSyntax`],
/// [`Error::IndexEntry`].
#[cfg(feature = "hub")]
pub(crate) fn shards(folder: &Path, name: &str) -> Result<Vec<String>, Error> {
    let kind = NAMES.iter().find(|(known, _)| *known == name);
    let Some(&(_, Kind::Index(format))) = kind else {
        return Ok(Vec::new());
    };
    let json = read_limited(&folder.join(name), INDEX_BYTES_MAX)?;
    Ok(ShardIndex::from_json(&json, name, format)?
        .shards()
        .to_vec())
}

/// The file that stands for the tokenizer of a model which needs one and has
/// none that can be read, if so. The `config.json` is in `folder`.
pub(crate) fn other_tokenizer(
    folder: &Path,
    is_there: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    if is_there("tokenizer.json") {
        return None;
    }
    let model_type = manifest::model_type(&read_config(folder).ok()?)?;
    let is_vocab = is_there("vocab.txt") && vocab::MODEL_TYPES.contains(&model_type.as_str());
    if is_vocab || model_type == "griot-words" {
        return None;
    }
    let mut others = OTHER_TOKENIZERS.into_iter();
    others.find(|name| is_there(name))
}

/// Whether `folder` has configuration and weights; the rest is got before them.
#[cfg(feature = "hub")]
pub(crate) fn is_complete(folder: &Path) -> bool {
    let Some(weights) = wanted_weights(|name| exists(folder, name)) else {
        return false;
    };
    let there = |name: &str| folder.join(name).exists();
    let all_shards = |shards: Vec<String>| shards.iter().all(|shard| there(shard));
    there("config.json") && there(weights) && shards(folder, weights).is_ok_and(all_shards)
}

/// The `config.json` of `folder`.
///
/// # Errors
///
/// [`Error::File`], [`Error::FileSize`].
pub(crate) fn read_config(folder: &Path) -> Result<Vec<u8>, Error> {
    read_limited(&folder.join("config.json"), CONFIG_BYTES_MAX)
}

/// Whether a `config.json` is that of a model this crate is for.
#[cfg(feature = "hub")]
pub(crate) fn is_token_classifier(config: &[u8]) -> bool {
    let Ok(config) = serde_json::from_slice::<Value>(config) else {
        return false;
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let model_type = text(&config["model_type"]);
    let classifies = |name: &Value| text(name).ends_with("ForTokenClassification");
    let names = config["architectures"].as_array();
    Architecture::from_model_type(&model_type).is_ok()
        && (model_type == "griot-words" || names.is_some_and(|names| names.iter().any(classifies)))
}
