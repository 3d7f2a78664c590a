//! Tensors of files, as the families ask for them.

use std::borrow::Cow;
use std::collections::HashMap;

use candle_core::{DType, Device, Result as CandleResult, Shape, Tensor};
use candle_nn::VarBuilder;
use candle_nn::var_builder::SimpleBackend;
use rayon::prelude::*;
use safetensors::Dtype;

use super::Weights;
use super::weights::StoredTensor;
use crate::Error;
use crate::vocabulary::KeptRows;

/// The tensors of a model, checked.
pub(crate) struct TensorTable<'a> {
    tensors: HashMap<String, StoredTensor<'a>>,
    /// The rows of the embedding table to load, if not all.
    kept: Option<KeptRows>,
    /// All files, for the error of a tensor that is in none.
    files: String,
}

impl<'a> TensorTable<'a> {
    /// Reads the headers of `weights` and checks that every number of them is
    /// finite: a run that diverged, or a file that was damaged, would give
    /// wrong results with nothing to show for it. Cost: one pass over the
    /// files, on all threads.
    ///
    /// # Errors
    ///
    /// What is wrong with a file; [`Error::TensorValue`].
    pub(crate) fn open(weights: &'a Weights<'_>, kept: Option<KeptRows>) -> Result<Self, Error> {
        let tensors = weights.tensors()?;
        let check = |(name, tensor): (&String, &StoredTensor<'_>)| tensor.check_values(name);
        tensors.par_iter().try_for_each(check)?;
        let files: Vec<&str> = weights.file_names().collect();
        Ok(Self {
            tensors,
            kept,
            files: match files.as_slice() {
                [first, _, .., last] => format!("{first} to {last}"),
                files => files.join(" or "),
            },
        })
    }

    /// What hands the tensors to a family, as 32-bit floats on `device`.
    pub(crate) fn builder(&'a self, device: &Device) -> VarBuilder<'a> {
        VarBuilder::from_backend(Box::new(Shared(self)), DType::F32, device.clone())
    }
}

impl StoredTensor<'_> {
    /// Checks that all numbers are finite, if they are floats. Of a mapped file, a
    /// part at a time is in memory.
    fn check_values(&self, name: &str) -> Result<(), Error> {
        /// A multiple of the size of every type.
        const PART: usize = 8 << 20;
        for (index, part) in self.data.chunks(PART).enumerate() {
            let wrong = self.wrong_value(part);
            let start = self.range.start + index * PART;
            self.owner.release(start..start + part.len());
            if let Some(wrong) = wrong {
                return Err(Error::TensorValue {
                    name: name.to_owned(),
                    file: self.file.to_owned(),
                    index: index * PART / self.dtype.bitsize() * 8 + wrong,
                });
            }
        }
        Ok(())
    }

    /// The index of the first number of `data` that is not finite.
    fn wrong_value(&self, data: &[u8]) -> Option<usize> {
        match self.dtype {
            // All bits of the exponent are set in what is infinite or no number.
            Dtype::F32 => position(data, |bytes: [u8; 4]| {
                u32::from_le_bytes(bytes) & 0x7f80_0000 == 0x7f80_0000
            }),
            Dtype::F16 => position(data, |bytes: [u8; 2]| {
                u16::from_le_bytes(bytes) & 0x7c00 == 0x7c00
            }),
            Dtype::BF16 => position(data, |bytes: [u8; 2]| {
                u16::from_le_bytes(bytes) & 0x7f80 == 0x7f80
            }),
            Dtype::F64 => position(data, |bytes: [u8; 8]| {
                !f64::from_le_bytes(bytes).is_finite()
            }),
            _ => None,
        }
    }

    /// The tensor as 32-bit floats, with the rows of `kept` only.
    fn load(&self, name: &str, kept: Option<&KeptRows>, device: &Device) -> CandleResult<Tensor> {
        let dtype = match self.dtype {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            Dtype::F64 => DType::F64,
            other => return Err(self.unsupported(name, other)),
        };
        let tensor = self.load_as(dtype, kept, device)?.to_dtype(DType::F32);
        self.owner.release(self.range.clone());
        tensor
    }

    /// The error of a type that no family has.
    pub(super) fn unsupported(&self, name: &str, dtype: Dtype) -> candle_core::Error {
        let error = candle_core::Error::UnsupportedSafeTensorDtype(dtype);
        error.context(format!("tensor `{name}` in {}", self.file))
    }

    /// The tensor as it is stored, with the rows of `kept` only.
    fn load_as(
        &self,
        dtype: DType,
        kept: Option<&KeptRows>,
        device: &Device,
    ) -> CandleResult<Tensor> {
        let (data, shape) = match kept {
            Some(kept) => (Cow::Owned(kept.gather(self.data)), kept.shape(&self.shape)),
            None => (Cow::Borrowed(self.data), self.shape.clone()),
        };
        Tensor::from_raw_buffer(&data, dtype, &shape, device)
    }
}

/// The index of the first number that `is_wrong`.
fn position<const N: usize>(data: &[u8], is_wrong: impl Fn([u8; N]) -> bool) -> Option<usize> {
    /// Numbers that are looked at without a branch, which the compiler does for
    /// several at once.
    const BLOCK: usize = 4096;
    let (numbers, _) = data.as_chunks::<N>();
    let block = numbers
        .chunks(BLOCK)
        .position(|block| block.iter().fold(false, |any, &n| any | is_wrong(n)))?;
    let within = numbers[block * BLOCK..].iter().position(|&n| is_wrong(n))?;
    Some(block * BLOCK + within)
}

/// All tensors but those that say the size of steps of another.
pub(crate) fn without_scales<T>(tensors: &HashMap<String, T>) -> impl Iterator<Item = (&str, &T)> {
    let is_scale = |name: &str| {
        let of = name.strip_suffix(".scale");
        of.is_some_and(|name| tensors.contains_key(name))
    };
    let whole = tensors.iter().filter(move |(name, _)| !is_scale(name));
    whole.map(|(name, tensor)| (name.as_str(), tensor))
}

impl TensorTable<'_> {
    /// The tensor as 32-bit floats, with the rows that are kept only. Where there is a
    /// `name.scale` [rows, 1] beside a tensor of bytes [rows, columns], the numbers are
    /// `(byte - 128) * scale` of the row.
    pub(super) fn load(
        &self,
        name: &str,
        tensor: &StoredTensor<'_>,
        device: &Device,
    ) -> CandleResult<Tensor> {
        let kept = self.kept_of(name, tensor);
        let Some(scale) = self.scale_of(name, tensor) else {
            return tensor.load(name, kept, device);
        };
        let scale = scale?;
        let scale = Tensor::from_slice(&scale, (scale.len(), 1), device)?;
        let steps = tensor.load_as(DType::U8, kept, device)?;
        (steps.to_dtype(DType::F32)? - 128.0)?.broadcast_mul(&scale)
    }

    /// All tensors but those that say the size of steps of another.
    pub(super) fn whole(&self) -> impl Iterator<Item = (&str, &StoredTensor<'_>)> {
        without_scales(&self.tensors)
    }

    /// The size of a step of each row of a tensor of bytes, if there is one beside it.
    pub(super) fn scale_of(
        &self,
        name: &str,
        tensor: &StoredTensor<'_>,
    ) -> Option<CandleResult<Vec<f32>>> {
        let name = format!("{name}.scale");
        let scale = self
            .tensors
            .get(&name)
            .filter(|_| tensor.dtype == Dtype::U8)?;
        let kept = self.kept_of(name.trim_end_matches(".scale"), tensor);
        let load = || {
            let scale = scale.load(&name, kept, &Device::Cpu)?;
            let n_rows = kept.map_or(tensor.shape[0], KeptRows::len);
            scale.reshape(n_rows)?.to_vec1()
        };
        Some(load())
    }

    /// The tensor `name`, whose shape must be `shape`, with the rows that are kept
    /// only.
    pub(super) fn checked(&self, name: &str, shape: &Shape) -> CandleResult<&StoredTensor<'_>> {
        let tensor = self.find(name)?;
        let got = match self.kept_of(name, tensor) {
            Some(kept) => kept.shape(&tensor.shape),
            None => tensor.shape.clone(),
        };
        if shape.dims() == got {
            return Ok(tensor);
        }
        Err(candle_core::Error::UnexpectedShape {
            msg: format!("tensor `{name}` in {}", tensor.file),
            expected: shape.clone(),
            got: got.into(),
        })
    }

    pub(super) fn kept_of(&self, name: &str, tensor: &StoredTensor<'_>) -> Option<&KeptRows> {
        self.kept
            .as_ref()
            .filter(|kept| kept.are_of(name, &tensor.shape))
    }
}

/// For families that look up tensors in other ways too.
struct Shared<'a>(&'a TensorTable<'a>);

impl SimpleBackend for Shared<'_> {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: candle_nn::Init,
        dtype: DType,
        device: &Device,
    ) -> CandleResult<Tensor> {
        let tensor = self.0.checked(name, &shape)?;
        self.0.load(name, tensor, device)?.to_dtype(dtype)
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> CandleResult<Tensor> {
        let tensor = self.0.find(name)?;
        self.0.load(name, tensor, device)?.to_dtype(dtype)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.0.tensors.contains_key(name)
    }
}

impl TensorTable<'_> {
    fn find(&self, name: &str) -> CandleResult<&StoredTensor<'_>> {
        self.tensors.get(name).ok_or_else(|| {
            let path = name.to_owned();
            // The conversion to our own error looks here for the files.
            candle_core::Error::CannotFindTensor { path }.context(self.files.clone())
        })
    }
}
