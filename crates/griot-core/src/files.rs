//! The files of a model, in memory.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use crate::Error;

/// The files of a model, as bytes: read from a folder, compiled in, or fetched
/// by the caller from wherever they are kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelFiles<'a> {
    /// What to call the model, for [`ModelInfo`](crate::ModelInfo).
    pub name: Cow<'a, str>,
    /// `config.json`.
    pub config: Cow<'a, [u8]>,
    /// `tokenizer.json`, for a family that reads sub-words.
    pub tokenizer: Option<Cow<'a, [u8]>>,
    /// `model.safetensors`, with tensors of type F32, F16 or BF16.
    pub weights: Cow<'a, [u8]>,
}

impl<'a> ModelFiles<'a> {
    /// A model without tokenizer, that borrows or owns its files.
    pub fn new(
        name: impl Into<Cow<'a, str>>,
        config: impl Into<Cow<'a, [u8]>>,
        weights: impl Into<Cow<'a, [u8]>>,
    ) -> Self {
        Self {
            name: name.into(),
            config: config.into(),
            tokenizer: None,
            weights: weights.into(),
        }
    }

    /// Sets [`tokenizer`](Self::tokenizer).
    #[must_use]
    pub fn with_tokenizer(mut self, tokenizer: impl Into<Cow<'a, [u8]>>) -> Self {
        self.tokenizer = Some(tokenizer.into());
        self
    }
}

impl ModelFiles<'static> {
    /// Reads `config.json`, `model.safetensors` and, if there is one,
    /// `tokenizer.json` from `folder`. The name of the model is that of the
    /// folder.
    ///
    /// # Errors
    ///
    /// [`Error::File`] with the path that cannot be read.
    pub fn read(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        let tokenizer = match read(folder, "tokenizer.json") {
            Err(Error::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => None,
            other => Some(Cow::Owned(other?)),
        };
        Ok(Self {
            name: name.to_string_lossy().into_owned().into(),
            config: read(folder, "config.json")?.into(),
            tokenizer,
            weights: read(folder, "model.safetensors")?.into(),
        })
    }
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let path = folder.join(name);
    fs::read(&path).map_err(|source| Error::File {
        path,
        source: Arc::new(source),
    })
}
