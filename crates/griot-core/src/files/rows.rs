//! Tables of vectors that are looked up row by row, as they are stored.
//!
//! An embedding table is the greater part of a multilingual model, and a text needs
//! a few of its rows: it stays in the file, if that is mapped, and is not widened.

use std::ops::Range;
use std::sync::Arc;

use candle_core::Result as CandleResult;
use safetensors::Dtype;

use super::map::Bytes;
use super::tensors::TensorTable;
use super::weights::StoredTensor;

/// Rows of numbers.
pub(crate) struct RowTable {
    bytes: Bytes<'static>,
    range: Range<usize>,
    numbers: Numbers,
    n_rows: usize,
    columns: usize,
}

/// How numbers are stored.
enum Numbers {
    F64,
    F32,
    F16,
    Bf16,
    /// Bytes, 128 more than the steps they stand for; the size of a step, a row.
    Steps(Vec<f32>),
}

impl RowTable {
    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Adds row `index` to `sum`.
    ///
    /// # Panics
    ///
    /// If there are not so many rows, or so many numbers in one.
    pub(crate) fn add_row(&self, index: usize, sum: &mut [f32]) {
        assert_eq!(sum.len(), self.columns);
        let row_bytes = self.range.len() / self.n_rows;
        let row = &self.bytes[self.range.clone()][index * row_bytes..][..row_bytes];
        match &self.numbers {
            Numbers::F64 => add(sum, row, |bytes| f64::from_le_bytes(bytes) as f32),
            Numbers::F32 => add(sum, row, f32::from_le_bytes),
            Numbers::F16 => add(sum, row, |bytes| half::f16::from_le_bytes(bytes).to_f32()),
            Numbers::Bf16 => add(sum, row, |[low, high]| {
                f32::from_le_bytes([0, 0, low, high])
            }),
            Numbers::Steps(scales) => {
                let scale = scales[index];
                add(sum, row, |[byte]| (f32::from(byte) - 128.0) * scale);
            }
        }
    }
}

fn add<const N: usize>(sum: &mut [f32], row: &[u8], number: impl Fn([u8; N]) -> f32) {
    for (sum, bytes) in sum.iter_mut().zip(row.as_chunks::<N>().0) {
        *sum += number(*bytes);
    }
}

impl TensorTable<'_> {
    /// The tensor `name` [rows, columns], with the rows that are kept only.
    ///
    /// # Errors
    ///
    /// When it is not there, or has another shape or type.
    pub(crate) fn rows(&self, name: &str, shape: (usize, usize)) -> CandleResult<RowTable> {
        let tensor = self.checked(name, &shape.into())?;
        let numbers = match (tensor.dtype, self.scale_of(name, tensor)) {
            (Dtype::F64, _) => Numbers::F64,
            (Dtype::F32, _) => Numbers::F32,
            (Dtype::F16, _) => Numbers::F16,
            (Dtype::BF16, _) => Numbers::Bf16,
            (Dtype::U8, Some(scale)) => Numbers::Steps(scale?),
            (other, _) => return Err(tensor.unsupported(name, other)),
        };
        let (n_rows, columns) = shape;
        let (bytes, range) = match self.kept_of(name, tensor) {
            Some(kept) => {
                let gathered: Arc<[u8]> = kept.gather(tensor.data).into();
                let range = 0..gathered.len();
                (Bytes::Owned(gathered), range)
            }
            None => tensor.shared(),
        };
        Ok(RowTable {
            bytes,
            range,
            numbers,
            n_rows,
            columns,
        })
    }
}

impl StoredTensor<'_> {
    /// Its bytes, to be kept longer than the files, and where in them it is.
    fn shared(&self) -> (Bytes<'static>, Range<usize>) {
        let bytes = match self.owner {
            Bytes::Mapped(map) => Bytes::Mapped(Arc::clone(map)),
            Bytes::Owned(bytes) => Bytes::Owned(Arc::clone(bytes)),
            Bytes::Borrowed(_) => return (Bytes::Owned(self.data.into()), 0..self.data.len()),
        };
        (bytes, self.range.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(numbers: Numbers, bytes: Vec<u8>) -> RowTable {
        RowTable {
            // Something stands before it.
            range: 3..3 + bytes.len(),
            bytes: Bytes::Owned([vec![9; 3], bytes].concat().into()),
            numbers,
            n_rows: 2,
            columns: 2,
        }
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "all of these have few binary digits")]
    fn rows_are_widened() {
        let floats = [1.5f32, -2.0, 0.25, 3.0];
        let f64s = floats.map(f64::from);
        let f64s = f64s.iter().flat_map(|x| x.to_le_bytes()).collect();
        let f32s = floats.iter().flat_map(|x| x.to_le_bytes()).collect();
        let f16s = floats.map(half::f16::from_f32);
        let f16s = f16s.iter().flat_map(|x| x.to_le_bytes()).collect();
        let bf16s = floats.map(half::bf16::from_f32);
        let bf16s = bf16s.iter().flat_map(|x| x.to_le_bytes()).collect();
        for table in [
            table(Numbers::F64, f64s),
            table(Numbers::F32, f32s),
            table(Numbers::F16, f16s),
            table(Numbers::Bf16, bf16s),
            table(Numbers::Steps(vec![0.5, 0.25]), vec![131, 124, 129, 140]),
        ] {
            let mut sum = [1.0, 1.0];
            table.add_row(0, &mut sum);
            assert_eq!(sum, [2.5, -1.0]);
            table.add_row(1, &mut sum);
            assert_eq!(sum, [2.75, 2.0]);
        }
    }
}
