//! Which files hold the tensors of a model, and the tensors in them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use safetensors::{Dtype, SafeTensors};

use super::index::ShardIndex;
use super::map::Bytes;
use super::{exists, pickle, read_limited};
use crate::Error;

/// The names under which a folder may hold weights, the best first.
pub(super) const NAMES: [(&str, Kind); 4] = [
    ("model.safetensors", Kind::Single(Format::Safetensors)),
    (
        "model.safetensors.index.json",
        Kind::Index(Format::Safetensors),
    ),
    ("pytorch_model.bin", Kind::Single(Format::Pickle)),
    ("pytorch_model.bin.index.json", Kind::Index(Format::Pickle)),
];

/// Most bytes of an index that are read; that of a model of a thousand shards
/// is a hundredth of it.
pub(super) const INDEX_BYTES_MAX: u64 = 64 << 20;

/// Whether a file holds tensors or says which files do.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Single(Format),
    Index(Format),
}

/// How a file holds tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// The format of Hugging Face's library of this name.
    Safetensors,
    /// What `torch.save` makes of a `state_dict`: a ZIP archive with a pickle.
    Pickle,
}

impl Format {
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Safetensors => ".safetensors",
            Self::Pickle => ".bin",
        }
    }
}

/// The weights of a model: one file or several, in memory or mapped.
#[derive(Clone)]
pub struct Weights<'a> {
    files: Vec<WeightFile<'a>>,
    index: Option<ShardIndex>,
}

#[derive(Clone)]
struct WeightFile<'a> {
    name: String,
    format: Format,
    bytes: Bytes<'a>,
}

/// Where a tensor is in its file.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    /// In bytes of the file, end exclusive; as long as type and shape say.
    pub(super) range: Range<usize>,
}

/// A tensor in a file.
#[derive(Clone)]
pub(crate) struct StoredTensor<'a> {
    pub(crate) file: &'a str,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Row-major, little-endian.
    pub(crate) data: &'a [u8],
    /// The bytes of the file, and where in them the tensor is.
    pub(super) owner: &'a Bytes<'a>,
    pub(super) range: Range<usize>,
}

impl<'a> From<Cow<'a, [u8]>> for Weights<'a> {
    /// A file in the safetensors format.
    fn from(bytes: Cow<'a, [u8]>) -> Self {
        let bytes = match bytes {
            Cow::Borrowed(bytes) => Bytes::Borrowed(bytes),
            Cow::Owned(bytes) => Bytes::Owned(bytes.into()),
        };
        let file = WeightFile {
            name: "model.safetensors".to_owned(),
            format: Format::Safetensors,
            bytes,
        };
        Self {
            files: vec![file],
            index: None,
        }
    }
}

impl Weights<'static> {
    /// Maps the weights in `folder`, whichever form they have.
    ///
    /// # Errors
    ///
    /// [`Error::WeightsMissing`], [`Error::File`], [`Error::FileSize`],
    /// [`Error::IndexSyntax`], [`Error::IndexEntry`].
    pub(super) fn map(folder: &Path) -> Result<Self, Error> {
        let found = NAMES.into_iter().find(|(name, _)| exists(folder, name));
        let (name, kind) = found.ok_or_else(|| Error::WeightsMissing {
            folder: folder.to_owned(),
            expected: NAMES.map(|(name, _)| name),
        })?;
        match kind {
            Kind::Single(format) => Ok(Self {
                files: vec![WeightFile::map(folder, name, format)?],
                index: None,
            }),
            Kind::Index(format) => {
                let json = read_limited(&folder.join(name), INDEX_BYTES_MAX)?;
                let index = ShardIndex::from_json(&json, name, format)?;
                let files = index
                    .shards()
                    .iter()
                    .map(|shard| WeightFile::map(folder, shard, format));
                Ok(Self {
                    files: files.collect::<Result<_, _>>()?,
                    index: Some(index),
                })
            }
        }
    }
}

impl WeightFile<'static> {
    fn map(folder: &Path, name: &str, format: Format) -> Result<Self, Error> {
        Ok(Self {
            name: name.to_owned(),
            format,
            bytes: Bytes::map(&folder.join(name))?,
        })
    }
}

impl WeightFile<'_> {
    /// The tensors in the file, by name. Only its header is read.
    fn places(&self) -> Result<HashMap<String, Place>, Error> {
        match self.format {
            Format::Pickle => pickle::read(&self.name, &self.bytes),
            Format::Safetensors => self.safetensors_places(),
        }
    }

    fn safetensors_places(&self) -> Result<HashMap<String, Place>, Error> {
        let (header, metadata) =
            SafeTensors::read_metadata(&self.bytes).map_err(|source| Error::Weights {
                file: self.name.clone(),
                source: Arc::new(source),
            })?;
        // The length of the header itself, then the header, then the tensors.
        let base = size_of::<u64>() + header;
        let tensors = metadata.tensors().into_iter().map(|(name, info)| {
            let (start, end) = info.data_offsets;
            let place = Place {
                dtype: info.dtype,
                shape: info.shape.clone(),
                range: base + start..base + end,
            };
            (name, place)
        });
        Ok(tensors.collect())
    }
}

impl Weights<'_> {
    /// The tensors of all files, by name. Only headers are read.
    ///
    /// # Errors
    ///
    /// [`Error::Weights`] or [`Error::Pickle`] when a file is damaged,
    /// [`Error::IndexEntry`] when the index does not tell the truth.
    pub(crate) fn tensors(&self) -> Result<HashMap<String, StoredTensor<'_>>, Error> {
        let mut tensors = HashMap::new();
        for file in &self.files {
            for (name, place) in file.places()? {
                let belongs = match &self.index {
                    Some(index) => index.shard_of(&name) == Some(&file.name),
                    None => true,
                };
                if belongs {
                    let tensor = StoredTensor {
                        file: &file.name,
                        dtype: place.dtype,
                        shape: place.shape,
                        data: &file.bytes[place.range.clone()],
                        owner: &file.bytes,
                        range: place.range,
                    };
                    tensors.insert(name, tensor);
                }
            }
        }
        if let Some(index) = &self.index {
            index.check_all_found(|name| tensors.contains_key(name))?;
        }
        Ok(tensors)
    }

    /// The names of the files.
    pub(crate) fn file_names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// Bytes in all files.
    pub fn n_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes.len() as u64).sum()
    }
}

impl fmt::Debug for Weights<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weights")
            .field("files", &self.file_names().collect::<Vec<_>>())
            .field("n_bytes", &self.n_bytes())
            .finish()
    }
}
