//! The files of a model, in memory.

mod index;
mod map;
mod needs;
mod pickle;
mod quantize;
mod rows;
mod tensors;
mod vocab;
mod weights;

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

pub(crate) use self::needs::read_config;
#[cfg(feature = "hub")]
pub(crate) use self::needs::{
    is_complete, is_token_classifier, other_tokenizer, shards, wanted_but_weights, wanted_weights,
};
pub(crate) use self::rows::RowTable;
pub(crate) use self::tensors::{TensorTable, without_scales};
pub use self::weights::Weights;
use crate::Error;
use crate::card::Card;
use crate::info::Warning;
use crate::manifest::Manifest;

/// Most bytes of `config.json` and `tokenizer_config.json` that are read: those
/// of a model with ten thousand labels have one megabyte.
const CONFIG_BYTES_MAX: u64 = 16 << 20;

/// Most bytes of `tokenizer.json` and `vocab.txt` that are read; the largest in
/// use have 35 megabytes.
const TOKENIZER_BYTES_MAX: u64 = 512 << 20;

/// What a folder has in place of `tokenizer.json` when the tokenizer has to be
/// converted in Python first.
const OTHER_TOKENIZERS: [&str; 8] = [
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "tokenizer.model",
    "sentencepiece.model",
    "vocab.json",
    "bpe.codes",
    "vocab.txt",
];

/// The files of a model, as bytes: of a folder, compiled in, or fetched by the
/// caller from wherever they are kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelFiles<'a> {
    /// What to call the model, for [`ModelInfo`](crate::ModelInfo).
    pub name: Cow<'a, str>,
    /// `config.json`.
    pub config: Cow<'a, [u8]>,
    /// `tokenizer.json`, for a family that reads sub-words.
    pub tokenizer: Option<Cow<'a, [u8]>>,
    /// The tensors, of type F32, F16, BF16 or F64, or bytes with a scale a row
    /// (`name.scale`, as the embedded model has them).
    pub weights: Weights<'a>,
    /// What to tell the user about the files.
    pub(crate) warnings: Vec<Warning>,
    pub(crate) card: Card,
}

impl<'a> ModelFiles<'a> {
    /// A model without tokenizer, that borrows or owns its files; `weights` is
    /// a file in the safetensors format.
    pub fn new(
        name: impl Into<Cow<'a, str>>,
        config: impl Into<Cow<'a, [u8]>>,
        weights: impl Into<Cow<'a, [u8]>>,
    ) -> Self {
        Self {
            name: name.into(),
            config: config.into(),
            tokenizer: None,
            weights: weights.into().into(),
            warnings: Vec::new(),
            card: Card::default(),
        }
    }

    /// Sets [`tokenizer`](Self::tokenizer).
    #[must_use]
    pub fn with_tokenizer(mut self, tokenizer: impl Into<Cow<'a, [u8]>>) -> Self {
        self.tokenizer = Some(tokenizer.into());
        self
    }

    /// The tensors of the model that `manifest` describes.
    ///
    /// # Errors
    ///
    /// What is wrong with a file of weights.
    pub(crate) fn tensors(&self, manifest: &Manifest) -> Result<TensorTable<'_>, Error> {
        TensorTable::open(&self.weights, manifest.kept.clone())
    }
}

impl ModelFiles<'static> {
    /// Reads the model in `folder`, which is named after the folder:
    ///
    /// - `config.json`;
    /// - the first there is of `model.safetensors`,
    ///   `model.safetensors.index.json` and the files it lists,
    ///   `pytorch_model.bin`, `pytorch_model.bin.index.json` and its files;
    /// - `tokenizer.json`, or for BERT, `DistilBERT` and ELECTRA `vocab.txt`
    ///   with what `tokenizer_config.json` says about it.
    ///
    /// The weights are mapped into memory, not read: they must not be changed
    /// or cut while the value lives, or a model that was made of it. A file of an absurd size is refused before
    /// it is read.
    ///
    /// # Errors
    ///
    /// [`Error::File`] or [`Error::FileSize`] with the path that cannot be
    /// read, [`Error::WeightsMissing`], [`Error::TokenizerFormat`],
    /// [`Error::TokenizerConfig`], [`Error::IndexSyntax`],
    /// [`Error::IndexEntry`].
    pub fn read(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let config = read_config(folder)?;
        let mut warnings = Vec::new();
        Ok(Self {
            name: folder_name(folder).into(),
            tokenizer: tokenizer(folder, &mut warnings)?.map(Cow::Owned),
            config: config.into(),
            weights: Weights::map(folder)?,
            warnings,
            card: Card::read(folder),
        })
    }

    /// The small model that is compiled in.
    #[cfg(feature = "embedded-model")]
    pub fn embedded() -> Self {
        use griot_model_mini::{CONFIG, NAME, WEIGHTS};
        Self::new(NAME, CONFIG, WEIGHTS)
    }

    /// Sets [`name`](Self::name).
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }
}

/// The last part of the path, also where that is written as `.`.
fn folder_name(folder: &Path) -> String {
    let absolute = folder.canonicalize();
    let name = match (folder.file_name(), &absolute) {
        (Some(name), _) => name,
        (None, Ok(absolute)) => absolute.file_name().unwrap_or(folder.as_os_str()),
        (None, Err(_)) => folder.as_os_str(),
    };
    name.to_string_lossy().into_owned()
}

/// The bytes of `tokenizer.json`, as it is or made of `vocab.txt`.
fn tokenizer(folder: &Path, warnings: &mut Vec<Warning>) -> Result<Option<Vec<u8>>, Error> {
    if exists(folder, "tokenizer.json") {
        let path = folder.join("tokenizer.json");
        return read_limited(&path, TOKENIZER_BYTES_MAX).map(Some);
    }
    let is_there = |name: &str| exists(folder, name);
    match needs::other_tokenizer(folder, is_there) {
        Some(found) => Err(Error::TokenizerFormat {
            folder: folder.to_owned(),
            found,
        }),
        None if is_there("vocab.txt") => vocab::tokenizer_json(folder, warnings).map(Some),
        None => Ok(None),
    }
}

/// Whether `folder` has a file `name`, even one that cannot be read.
fn exists(folder: &Path, name: &str) -> bool {
    folder.join(name).symlink_metadata().is_ok()
}

/// Reads a file unless it has more than `limit` bytes, which is found out
/// before anything is read.
///
/// # Errors
///
/// [`Error::File`], [`Error::FileSize`].
pub(crate) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let (file, n_bytes) = open(path)?;
    let too_long = |bytes| Error::FileSize {
        path: path.to_owned(),
        bytes,
        limit,
    };
    if n_bytes > limit {
        return Err(too_long(n_bytes));
    }
    let mut bytes = Vec::with_capacity(n_bytes as usize);
    // The file may have grown since.
    let n_read = file.take(limit + 1).read_to_end(&mut bytes);
    let n_read = n_read.map_err(file_error(path))? as u64;
    if n_read > limit {
        return Err(too_long(n_read));
    }
    Ok(bytes)
}

pub(crate) fn file_error(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::File {
        path: path.to_owned(),
        source: Arc::new(source),
    }
}

/// Opens a regular file and tells its length. To open anything else may already
/// be too much: a pipe waits for a writer.
fn open(path: &Path) -> Result<(File, u64), Error> {
    let metadata = fs::metadata(path).map_err(file_error(path))?;
    if !metadata.is_file() {
        let error = io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
        return Err(file_error(path)(error));
    }
    let file = File::open(path).map_err(file_error(path))?;
    Ok((file, metadata.len()))
}

#[cfg(test)]
mod tests;
