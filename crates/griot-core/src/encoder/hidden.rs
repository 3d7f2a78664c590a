//! The vectors between layers, and what computes them.
//!
//! A family is written once, on [`Hidden`] vectors and the layers here. Behind them
//! are two engines: the kernels of `griot-kernels`, without padding, for a CPU, and
//! Candle for a GPU and for comparison.

use candle_core::{D, Device, Module, Result, Tensor, bail};
use candle_nn::{LayerNorm, Linear, VarBuilder, ops};
use griot_kernels::{self as kernels, Isa, Matrix, Sequences};

use super::activation::Activation;
use crate::files::{RowTable, TensorTable};

/// What computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// Candle, in 32-bit floats, on the device of the weights.
    Candle,
    /// The kernels, on the CPU.
    Kernels(kernels::Precision, Isa),
}

impl Backend {
    /// The same in 32-bit floats, for layers that are small and whose rounding shows.
    pub(super) fn exact(self) -> Self {
        match self {
            Self::Kernels(_, isa) => Self::Kernels(kernels::Precision::F32, isa),
            Self::Candle => Self::Candle,
        }
    }
}

/// The tensors of a model by their names, and what is to compute with them.
#[derive(Clone)]
pub(super) struct Weights<'a> {
    pub(super) tensors: VarBuilder<'a>,
    stored: &'a TensorTable<'a>,
    pub(super) backend: Backend,
}

impl<'a> Weights<'a> {
    pub(super) fn new(stored: &'a TensorTable<'a>, backend: Backend, device: &Device) -> Self {
        Self {
            tensors: stored.builder(device),
            stored,
            backend,
        }
    }

    /// The tensor `name` [rows, columns], to look up rows.
    pub(super) fn rows(&self, shape: (usize, usize), name: &str) -> Result<RowTable> {
        let prefix = self.tensors.prefix();
        let dot = if prefix.is_empty() { "" } else { "." };
        self.stored.rows(&format!("{prefix}{dot}{name}"), shape)
    }

    /// Those whose names begin with `prefix` and a dot.
    pub(super) fn pp(&self, prefix: impl ToString) -> Self {
        Self {
            tensors: self.tensors.pp(prefix),
            stored: self.stored,
            backend: self.backend,
        }
    }
}

/// Where the rows of a batch end.
pub(super) struct Rows {
    /// Units in each row.
    pub(super) lengths: Vec<usize>,
    /// Units in the longest row.
    pub(super) longest: usize,
    layout: Layout,
}

/// How the rows of a batch stand in memory.
enum Layout {
    /// One below the other.
    Packed(Sequences, Isa),
    /// Beside each other, filled up to the longest.
    Padded {
        device: Device,
        /// For rows of different lengths: the lowest number where a row has ended,
        /// 0 elsewhere, [rows, 1, 1, longest].
        attention_mask: Option<Tensor>,
        /// Likewise: 0 where a row has ended, 1 elsewhere, [rows, longest, 1].
        word_mask: Option<Tensor>,
    },
}

impl Rows {
    pub(super) fn new(lengths: Vec<usize>, backend: Backend, device: &Device) -> Result<Self> {
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let layout = match backend {
            Backend::Kernels(_, isa) => {
                Layout::Packed(Sequences::new(lengths.iter().copied()), isa)
            }
            Backend::Candle => padded(&lengths, longest, device)?,
        };
        Ok(Self {
            lengths,
            longest,
            layout,
        })
    }

    /// Vectors of `size` numbers that `fill` writes, row by row: it gets the index
    /// of the row and the vectors of its units, zeros.
    pub(super) fn vectors(
        &self,
        size: usize,
        mut fill: impl FnMut(usize, &mut [f32]),
    ) -> Result<Hidden> {
        let stride = match &self.layout {
            Layout::Packed(..) => None,
            Layout::Padded { .. } => Some(self.longest),
        };
        let n_units: usize = self.lengths.iter().map(|n| stride.unwrap_or(*n)).sum();
        let mut values = vec![0.0; n_units * size];
        let mut rest = values.as_mut_slice();
        for (row, &length) in self.lengths.iter().enumerate() {
            let (units, after) = rest.split_at_mut(stride.unwrap_or(length) * size);
            fill(row, &mut units[..length * size]);
            rest = after;
        }
        match &self.layout {
            Layout::Packed(..) => Ok(Hidden::Packed(Matrix::from_vec(values, size))),
            Layout::Padded { device, .. } => {
                let shape = (self.lengths.len(), self.longest, size);
                Ok(Hidden::Padded(Tensor::from_vec(values, shape, device)?))
            }
        }
    }

    pub(super) fn sequences(&self) -> Result<&Sequences> {
        match &self.layout {
            Layout::Packed(sequences, _) => Ok(sequences),
            Layout::Padded { .. } => bail!("padded rows are no sequences"),
        }
    }

    pub(super) fn attention_mask(&self) -> Option<&Tensor> {
        match &self.layout {
            Layout::Padded { attention_mask, .. } => attention_mask.as_ref(),
            Layout::Packed(..) => None,
        }
    }

    fn word_mask(&self) -> Option<&Tensor> {
        match &self.layout {
            Layout::Padded { word_mask, .. } => word_mask.as_ref(),
            Layout::Packed(..) => None,
        }
    }
}

fn padded(lengths: &[usize], longest: usize, device: &Device) -> Result<Layout> {
    let n_rows = lengths.len();
    let mask = |there: f32, ended: f32| {
        let values = lengths.iter().flat_map(|&length| {
            let ended = std::iter::repeat_n(ended, longest - length);
            std::iter::repeat_n(there, length).chain(ended)
        });
        Tensor::from_iter(values, device)
    };
    let ragged = lengths.iter().any(|&length| length < longest);
    let (attention, word) = if ragged {
        let attention = mask(0.0, f32::MIN)?.reshape((n_rows, 1, 1, longest))?;
        let word = mask(1.0, 0.0)?.reshape((n_rows, longest, 1))?;
        (Some(attention), Some(word))
    } else {
        (None, None)
    };
    Ok(Layout::Padded {
        device: device.clone(),
        attention_mask: attention,
        word_mask: word,
    })
}

/// One vector a unit of a batch.
pub(super) enum Hidden {
    /// [rows, longest, size].
    Padded(Tensor),
    /// [units, size].
    Packed(Matrix),
}

/// Vectors and a layer, or vectors and vectors, of different engines.
fn mixed<T>() -> Result<T> {
    bail!("vectors and layers of two engines")
}

impl Hidden {
    /// The same vectors once more. Costs nothing with Candle.
    pub(super) fn copy(&self) -> Self {
        match self {
            Self::Padded(x) => Self::Padded(x.clone()),
            Self::Packed(x) => Self::Packed(x.clone()),
        }
    }

    /// The sum with `other`.
    pub(super) fn add(&self, other: &Self) -> Result<Self> {
        match (self, other) {
            (Self::Padded(x), Self::Padded(y)) => Ok(Self::Padded((x + y)?)),
            (Self::Packed(x), Self::Packed(y)) => {
                let mut sum = x.clone();
                kernels::add(&mut sum, y);
                Ok(Self::Packed(sum))
            }
            _ => mixed(),
        }
    }

    /// The product with `other`, number by number.
    pub(super) fn multiply(self, other: &Self) -> Result<Self> {
        match (self, other) {
            (Self::Padded(x), Self::Padded(y)) => Ok(Self::Padded((x * y)?)),
            (Self::Packed(mut x), Self::Packed(y)) => {
                kernels::multiply(&mut x, y);
                Ok(Self::Packed(x))
            }
            _ => mixed(),
        }
    }

    /// Adds the first half of each vector of `x` times the logistic function of the
    /// second (Dauphin et al. 2016, arXiv:1612.08083).
    pub(super) fn add_gated(self, x: &Self, rows: &Rows) -> Result<Self> {
        match (self, x, &rows.layout) {
            (Self::Packed(mut sum), Self::Packed(x), Layout::Packed(_, isa)) => {
                kernels::add_gated(x, &mut sum, *isa);
                Ok(Self::Packed(sum))
            }
            (Self::Padded(sum), Self::Padded(x), Layout::Padded { .. }) => {
                let halves = x.chunk(2, D::Minus1)?;
                let gated = (&halves[0] * ops::sigmoid(&halves[1])?)?;
                Ok(Self::Padded((sum + gated)?))
            }
            _ => mixed(),
        }
    }

    /// Left neighbor, unit and right neighbor of every unit, side by side. Beyond
    /// the ends of a row there is nothing, 0.
    pub(super) fn neighbors(&self, rows: &Rows) -> Result<Self> {
        match self {
            Self::Packed(x) => Ok(Self::Packed(kernels::neighbors(x, rows.sequences()?))),
            Self::Padded(x) => {
                let there = match rows.word_mask() {
                    Some(mask) => x.broadcast_mul(mask)?,
                    None => x.clone(),
                };
                let length = x.dim(1)?;
                let wide = there.pad_with_zeros(1, 1, 1)?;
                let (left, right) = (wide.narrow(1, 0, length)?, wide.narrow(1, 2, length)?);
                Ok(Self::Padded(Tensor::cat(&[&left, &there, &right], 2)?))
            }
        }
    }

    /// Logarithms of probabilities, taking the vectors for scores: of each row those
    /// of its units.
    pub(super) fn into_log_probs(self, rows: &Rows) -> Result<Vec<Vec<f32>>> {
        match self {
            Self::Packed(mut scores) => {
                kernels::log_softmax(&mut scores);
                let size = scores.n_columns();
                let ranges = rows.sequences()?.ranges();
                let row = |range: std::ops::Range<usize>| {
                    scores.as_slice()[range.start * size..range.end * size].to_vec()
                };
                Ok(ranges.map(row).collect())
            }
            Self::Padded(scores) => {
                let size = scores.dim(2)?;
                let scores = ops::log_softmax(&scores, D::Minus1)?.flatten_all()?;
                let scores = scores.to_vec1::<f32>()?;
                let row = |(row, &length): (usize, &usize)| {
                    scores[row * rows.longest * size..][..length * size].to_vec()
                };
                Ok(rows.lengths.iter().enumerate().map(row).collect())
            }
        }
    }
}

/// A matrix product and a bias.
pub(super) enum Dense {
    Candle(Linear),
    Kernels(kernels::Linear),
}

impl Dense {
    pub(super) fn new(layer: Linear, backend: Backend) -> Result<Self> {
        let Backend::Kernels(precision, isa) = backend else {
            return Ok(Self::Candle(layer));
        };
        let (_, inputs) = layer.weight().dims2()?;
        let weight = numbers(layer.weight())?;
        let bias = layer.bias().map(numbers).transpose()?;
        let bias = bias.as_deref();
        Ok(Self::Kernels(kernels::Linear::new(
            &weight, bias, inputs, precision, isa,
        )))
    }

    pub(super) fn forward(&self, x: &Hidden) -> Result<Hidden> {
        match (self, x) {
            (Self::Candle(layer), Hidden::Padded(x)) => Ok(Hidden::Padded(layer.forward(x)?)),
            (Self::Kernels(layer), Hidden::Packed(x)) => {
                let identity = kernels::Activation::Identity;
                Ok(Hidden::Packed(layer.forward(x, identity)))
            }
            _ => mixed(),
        }
    }

    /// Likewise, and then `activation`.
    pub(super) fn forward_then(&self, x: &Hidden, activation: Activation) -> Result<Hidden> {
        match (self, x) {
            (Self::Candle(layer), Hidden::Padded(x)) => {
                Ok(Hidden::Padded(activation.apply(&layer.forward(x)?)?))
            }
            (Self::Kernels(layer), Hidden::Packed(x)) => {
                Ok(Hidden::Packed(layer.forward(x, activation.into())))
            }
            _ => mixed(),
        }
    }

    /// `sum` and what comes of `x`.
    pub(super) fn forward_add(&self, x: &Hidden, sum: Hidden) -> Result<Hidden> {
        match (self, x, sum) {
            (Self::Candle(layer), Hidden::Padded(x), Hidden::Padded(sum)) => {
                Ok(Hidden::Padded((sum + layer.forward(x)?)?))
            }
            (Self::Kernels(layer), Hidden::Packed(x), Hidden::Packed(mut sum)) => {
                layer.forward_add(x, &mut sum);
                Ok(Hidden::Packed(sum))
            }
            _ => mixed(),
        }
    }
}

/// Brings mean and variance of each vector to what was learned.
pub(super) enum Norm {
    Candle(LayerNorm),
    Kernels(kernels::LayerNorm, Isa),
}

impl Norm {
    pub(super) fn new(norm: LayerNorm, eps: f64, backend: Backend) -> Result<Self> {
        let Backend::Kernels(_, isa) = backend else {
            return Ok(Self::Candle(norm));
        };
        let weight = numbers(norm.weight())?;
        let bias = match norm.bias() {
            Some(bias) => numbers(bias)?,
            None => vec![0.0; weight.len()],
        };
        let norm = kernels::LayerNorm::new(weight, bias, eps as f32);
        Ok(Self::Kernels(norm, isa))
    }

    pub(super) fn forward(&self, x: &Hidden) -> Result<Hidden> {
        match (self, x) {
            (Self::Candle(norm), Hidden::Padded(x)) => Ok(Hidden::Padded(norm.forward(x)?)),
            (Self::Kernels(norm, isa), Hidden::Packed(x)) => {
                Ok(Hidden::Packed(norm.forward(x, *isa)))
            }
            _ => mixed(),
        }
    }
}

/// The numbers of a tensor, row-major.
pub(super) fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KERNELS: Backend = Backend::Kernels(kernels::Precision::F32, Isa::PORTABLE);

    /// What stands beyond the end of a row has no influence and gets none.
    #[test]
    fn rows_end_where_they_end() -> Result<()> {
        let values = [[1., 2., 3., 4., 5., 6.], [7., 8., 0., 0., 0., 0.]];
        for backend in [Backend::Candle, KERNELS] {
            let rows = Rows::new(vec![3, 1], backend, &Device::Cpu)?;
            let x = rows.vectors(2, |row, units| {
                let n = units.len();
                units.copy_from_slice(&values[row][..n]);
            })?;
            let wide = x.neighbors(&rows)?;
            let got = match wide {
                Hidden::Padded(wide) => wide.flatten_all()?.to_vec1::<f32>()?,
                Hidden::Packed(wide) => wide.as_slice().to_vec(),
            };
            assert_eq!(got[..6], [0., 0., 1., 2., 3., 4.]);
            assert_eq!(got[12..18], [3., 4., 5., 6., 0., 0.]);
            assert_eq!(got[18..24], [0., 0., 7., 8., 0., 0.]);
            let probabilities = x.into_log_probs(&rows)?;
            assert_eq!((probabilities[0].len(), probabilities[1].len()), (6, 2));
            let sum = probabilities[1][0].exp() + probabilities[1][1].exp();
            assert!((sum - 1.0).abs() < 1e-6);
        }
        Ok(())
    }

    #[test]
    fn engines_do_not_mix() -> Result<()> {
        let rows = Rows::new(vec![1], KERNELS, &Device::Cpu)?;
        let x = rows.vectors(2, |_, _| {})?;
        let weight = Tensor::zeros((3, 2), candle_core::DType::F32, &Device::Cpu)?;
        let layer = Dense::new(Linear::new(weight, None), Backend::Candle)?;
        assert!(layer.forward(&x).is_err());
        Ok(())
    }
}
