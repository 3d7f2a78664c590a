//! Weights in 8-bit steps, stored.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use candle_core::Device;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize_to_file};

use super::file_error;
use super::tensors::TensorTable;
use crate::{Error, ModelFiles};

/// Greatest step, to either side, and what stands for no step.
const STEPS: f32 = 127.0;
const MIDDLE: f32 = 128.0;

/// Where a tensor of numbers is two-dimensional and has at least so many, its rows
/// are stored in steps.
const NUMBERS_MIN: usize = 1024;

/// The layers that are computed in 32 bits in every precision.
const EXACT: [&str; 3] = [
    "classifier.weight",
    "score.weight",
    "embedding.project.weight",
];

/// A tensor to write: its type, shape and bytes.
type Stored = (Dtype, Vec<usize>, Vec<u8>);

impl ModelFiles<'_> {
    /// Writes the model to `folder`, which is made, with the weights of layers and
    /// tables in 8-bit steps of one size a row: about a quarter of the bytes. In
    /// [`Precision::Int8`](crate::Precision::Int8) it gives what the model gives
    /// that it was made of but for the rounding of its tables, and without
    /// VNNI on x86 for that of weights to fewer steps; in other precisions, weights are
    /// what the steps stand for.
    ///
    /// Cost: one pass over the weights.
    ///
    /// # Errors
    ///
    /// What is wrong with a file of weights; [`Error::File`] when a file cannot be
    /// written.
    pub fn quantize(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        let folder = folder.as_ref();
        let table = TensorTable::open(&self.weights, None)?;
        let mut tensors: BTreeMap<String, Stored> = BTreeMap::new();
        for (name, tensor) in table.whole() {
            let numbers = match tensor.dtype {
                Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F64 | Dtype::U8 => {
                    let numbers = table.load(name, tensor, &Device::Cpu)?;
                    numbers.flatten_all()?.to_vec1()?
                }
                other => {
                    let stored = (other, tensor.shape.clone(), tensor.data.to_vec());
                    tensors.insert(name.to_owned(), stored);
                    continue;
                }
            };
            match *tensor.shape.as_slice() {
                [n_rows, columns] if numbers.len() >= NUMBERS_MIN && !is_exact(name) => {
                    let (steps, scales) = steps(&numbers, columns);
                    let scales = (Dtype::F32, vec![n_rows, 1], bytes(&scales));
                    tensors.insert(format!("{name}.scale"), scales);
                    tensors.insert(name.to_owned(), (Dtype::U8, vec![n_rows, columns], steps));
                }
                _ => {
                    let stored = (Dtype::F32, tensor.shape.clone(), bytes(&numbers));
                    tensors.insert(name.to_owned(), stored);
                }
            }
        }
        fs::create_dir_all(folder).map_err(file_error(folder))?;
        write(&folder.join("model.safetensors"), &tensors)?;
        let config = folder.join("config.json");
        fs::write(&config, &self.config).map_err(file_error(&config))?;
        if let Some(tokenizer) = &self.tokenizer {
            let path = folder.join("tokenizer.json");
            fs::write(&path, tokenizer).map_err(file_error(&path))?;
        }
        Ok(())
    }
}

fn is_exact(name: &str) -> bool {
    EXACT.iter().any(|exact| name.ends_with(exact))
}

/// Rows of `columns` numbers in steps, and the size of a step of each row.
fn steps(numbers: &[f32], columns: usize) -> (Vec<u8>, Vec<f32>) {
    let mut steps = Vec::with_capacity(numbers.len());
    let rows = numbers.chunks_exact(columns.max(1));
    let scale = |row: &[f32]| {
        let max = row.iter().fold(0.0, |max: f32, x| max.max(x.abs()));
        let inverse = if max > 0.0 { STEPS / max } else { 0.0 };
        let step = |x: &f32| ((x * inverse).round_ties_even() + MIDDLE) as u8;
        steps.extend(row.iter().map(step));
        max / STEPS
    };
    let scales = rows.map(scale).collect();
    (steps, scales)
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn write(path: &Path, tensors: &BTreeMap<String, Stored>) -> Result<(), Error> {
    let weights = |source| Error::Weights {
        file: path.display().to_string(),
        source: Arc::new(source),
    };
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name, view))
    });
    let views: Vec<_> = views.collect::<Result<_, _>>().map_err(weights)?;
    serialize_to_file(views, None, path).map_err(weights)
}
