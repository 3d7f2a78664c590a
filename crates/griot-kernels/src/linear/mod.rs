//! Matrix products with packed weights.
//!
//! Weights [outputs, inputs] are packed once into panels of as many outputs as fit
//! into registers beside a few rows of input: panel by panel, input
//! by input, the weights of all outputs of the panel side by side, so that the
//! innermost loop reads them in order. A tile, some rows by one panel, is summed
//! over all inputs in registers; bias, activation or the sum with what is there
//! already follow while it is still in them.

mod float;
mod half;
mod int8;
mod tile;

use std::ops::Range;

use crate::isa::{Isa, panel_width};
use crate::math::Activation;
use crate::matrix::{Columns, Matrix};
pub(crate) use float::{Floats, Product as FloatProduct, Rows};
use half::Halves;
use int8::Bytes;
pub(crate) use tile::Then;

/// The number type a layer computes with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// 32-bit floats.
    #[default]
    F32,
    /// Weights, and where the processor has products of them also inputs, rounded
    /// to 16-bit brain floats; sums of 32 bits.
    Bf16,
    /// Weights in 8-bit steps of one size an output, inputs in 8-bit steps of one
    /// size a row, found when it comes; exact sums of integers.
    Int8,
}

/// A layer: a matrix product and a bias.
#[derive(Debug)]
pub struct Linear {
    weights: Weights,
    /// As many as the panels have columns.
    bias: Vec<f32>,
    inputs: usize,
    outputs: usize,
    isa: Isa,
}

#[derive(Debug)]
enum Weights {
    Floats(Floats),
    Halves(Halves),
    Bytes(Bytes),
}

/// Multiplications that are worth a task of their own: some microseconds.
const TASK: usize = 1 << 19;

impl Linear {
    /// Packs `weight` [outputs, inputs] and `bias`, a number an output, zeros if there is
    /// none. Cost: one pass.
    ///
    /// # Panics
    ///
    /// If `weight` is not a number of whole rows, or `bias` has another length.
    pub fn new(
        weight: &[f32],
        bias: Option<&[f32]>,
        inputs: usize,
        precision: Precision,
        isa: Isa,
    ) -> Self {
        assert!(inputs > 0 && weight.len().is_multiple_of(inputs));
        let outputs = weight.len() / inputs;
        let (weights, width) = match precision {
            Precision::F32 => {
                let floats = Floats::pack(weight, inputs, isa);
                (Weights::Floats(floats), panel_width(isa))
            }
            Precision::Bf16 => {
                let halves = Halves::pack(weight, inputs, isa);
                (Weights::Halves(halves), panel_width(isa))
            }
            Precision::Int8 => {
                let bytes = Bytes::pack(weight, inputs, isa);
                (Weights::Bytes(bytes), int8::panel_width(isa))
            }
        };
        let mut padded = bias.map_or_else(|| vec![0.0; outputs], <[f32]>::to_vec);
        assert_eq!(padded.len(), outputs);
        padded.resize(outputs.next_multiple_of(width), 0.0);
        Self {
            weights,
            bias: padded,
            inputs,
            outputs,
            isa,
        }
    }

    /// Numbers in a row that goes in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers in a row that comes out.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// `activation` of the product of each row of `x` and the bias.
    ///
    /// # Panics
    ///
    /// If `x` has not [`inputs`](Self::inputs) columns.
    pub fn forward(&self, x: &Matrix, activation: Activation) -> Matrix {
        let mut out = Matrix::scratch(x.n_rows(), self.outputs);
        self.run(x, &mut out, Then::Store(activation));
        out
    }

    /// Adds the product of each row of `x` and the bias to the same row of `sum`.
    ///
    /// # Panics
    ///
    /// If `x` has not [`inputs`](Self::inputs) columns, or `sum` not
    /// [`outputs`](Self::outputs), or not as many rows.
    pub fn forward_add(&self, x: &Matrix, sum: &mut Matrix) {
        self.run(x, sum, Then::Add);
    }

    fn run(&self, x: &Matrix, out: &mut Matrix, then: Then) {
        assert_eq!(x.n_columns(), self.inputs);
        assert_eq!((out.n_rows(), out.n_columns()), (x.n_rows(), self.outputs));
        let out = out.columns_mut();
        match &self.weights {
            Weights::Floats(weights) => {
                self.cut(out, panel_width(self.isa), &|panels, out| {
                    self.isa.run(FloatProduct {
                        weights,
                        inputs: 0..self.inputs,
                        x: Rows::of(x),
                        bias: &self.bias,
                        panels,
                        out,
                        then,
                    });
                });
            }
            Weights::Halves(weights) => {
                let x = half::Input::of(x, self.isa);
                self.cut(out, panel_width(self.isa), &|panels, out| {
                    half::product(weights, &x, &self.bias, panels, out, then, self.isa);
                });
            }
            Weights::Bytes(weights) => {
                let x = int8::Input::of(x, self.isa);
                self.cut(out, int8::panel_width(self.isa), &|panels, out| {
                    int8::product(weights, &x, &self.bias, panels, out, then, self.isa);
                });
            }
        }
    }

    /// `product` of ranges of panels, on as many threads of the pool as that is
    /// worth. Which columns are computed together changes none of them.
    fn cut(&self, out: Columns<'_>, width: usize, product: &Product<'_>) {
        let panels = 0..self.outputs.div_ceil(width);
        let panel_cost = out.n_rows() * self.inputs * width;
        let at_once = (TASK / panel_cost.max(1)).max(1);
        halve(panels, width, out, at_once, product);
    }
}

/// The product with a range of panels, to their columns.
type Product<'a> = dyn Fn(Range<usize>, Columns<'_>) + Sync + 'a;

fn halve(
    panels: Range<usize>,
    width: usize,
    out: Columns<'_>,
    at_once: usize,
    product: &Product<'_>,
) {
    if panels.len() <= at_once || rayon::current_num_threads() == 1 {
        return product(panels, out);
    }
    let middle = panels.start + panels.len() / 2;
    let (left, right) = out.split_at((middle - panels.start) * width);
    rayon::join(
        || halve(panels.start..middle, width, left, at_once, product),
        || halve(middle..panels.end, width, right, at_once, product),
    );
}

#[cfg(test)]
mod tests;
