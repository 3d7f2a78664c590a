//! Products of 32-bit floats.

use std::ops::Range;

use super::tile::{self, Then, Tile};
use crate::isa::{Isa, Kernel, fma, panel_width};
use crate::matrix::{Columns, Matrix};

/// Weights [outputs, inputs] in panels: [panels, inputs, outputs of a panel], zeros
/// where the last panel has more outputs than there are.
#[derive(Debug, Default)]
pub(crate) struct Floats {
    panels: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

impl Floats {
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    pub(crate) fn pack(weight: &[f32], inputs: usize, isa: Isa) -> Self {
        let mut floats = Self::default();
        let outputs = weight.len() / inputs;
        floats.repack(weight, inputs, outputs, inputs, isa);
        floats
    }

    /// Likewise in place: `outputs` rows of `inputs` numbers, `stride` apart.
    pub(crate) fn repack(
        &mut self,
        weight: &[f32],
        stride: usize,
        outputs: usize,
        inputs: usize,
        isa: Isa,
    ) {
        self.clear(outputs, inputs, isa);
        isa.run(Pack {
            weight,
            stride,
            floats: self,
        });
    }

    /// Packs the transposed: `inputs` rows of `outputs` numbers, `stride` apart.
    pub(crate) fn repack_transposed(
        &mut self,
        weight: &[f32],
        stride: usize,
        outputs: usize,
        inputs: usize,
        isa: Isa,
    ) {
        self.clear(outputs, inputs, isa);
        let width = panel_width(isa);
        for (panel, packed) in self.panels.chunks_exact_mut(inputs * width).enumerate() {
            let from = panel * width;
            let n = width.min(outputs - from);
            for (input, packed) in packed.chunks_exact_mut(width).enumerate() {
                packed[..n].copy_from_slice(&weight[input * stride + from..][..n]);
                packed[n..].fill(0.0);
            }
        }
    }

    fn clear(&mut self, outputs: usize, inputs: usize, isa: Isa) {
        let width = panel_width(isa);
        (self.inputs, self.outputs) = (inputs, outputs);
        self.panels
            .resize(outputs.next_multiple_of(width) * inputs, 0.0);
    }
}

struct Pack<'a> {
    weight: &'a [f32],
    stride: usize,
    floats: &'a mut Floats,
}

impl Kernel for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) {
        let Floats {
            inputs, outputs, ..
        } = *self.floats;
        let (rows, _) = self.floats.panels.as_chunks_mut::<C>();
        for (panel, packed) in rows.chunks_exact_mut(inputs).enumerate() {
            let n = C.min(outputs - panel * C);
            for column in 0..n {
                let weight = &self.weight[(panel * C + column) * self.stride..][..inputs];
                for (packed, &weight) in packed.iter_mut().zip(weight) {
                    packed[column] = weight;
                }
            }
            for packed in packed {
                packed[n..].fill(0.0);
            }
        }
    }
}

/// Rows of input, `stride` apart.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) stride: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn of(matrix: &'a Matrix) -> Self {
        Self {
            data: matrix.as_slice(),
            stride: matrix.n_columns(),
        }
    }
}

/// The product of rows and weights; see [`tile::product`].
pub(crate) struct Product<'a> {
    pub(crate) weights: &'a Floats,
    /// The inputs to sum over: as many as a row has.
    pub(crate) inputs: Range<usize>,
    pub(crate) x: Rows<'a>,
    pub(crate) bias: &'a [f32],
    pub(crate) panels: Range<usize>,
    pub(crate) out: Columns<'a>,
    pub(crate) then: Then,
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool, const R: usize, const C: usize>(self) {
        let row_bytes = self.inputs.len() * size_of::<f32>();
        let tile = FloatTile::<FMA, C> {
            panels: self.weights.panels.as_chunks().0,
            stride: self.weights.inputs,
            inputs: self.inputs,
            x: self.x,
        };
        tile::product::<FMA, R, C>(
            &tile,
            row_bytes,
            self.bias,
            self.panels,
            self.out,
            self.then,
        );
    }
}

/// Tiles of 32-bit floats.
struct FloatTile<'a, const FMA: bool, const C: usize> {
    panels: &'a [[f32; C]],
    /// From panel to panel.
    stride: usize,
    inputs: Range<usize>,
    x: Rows<'a>,
}

impl<const FMA: bool, const C: usize> Tile<C> for FloatTile<'_, FMA, C> {
    #[inline(always)]
    fn sums<const R: usize>(&self, row: usize, panel: usize) -> [[f32; C]; R] {
        let panel = &self.panels[panel * self.stride..][self.inputs.clone()];
        let x: [&[f32]; R] =
            std::array::from_fn(|r| &self.x.data[(row + r) * self.x.stride..][..panel.len()]);
        let mut sums = [[0.0; C]; R];
        for (input, weights) in panel.iter().enumerate() {
            for r in 0..R {
                let x = x[r][input];
                for c in 0..C {
                    sums[r][c] = fma::<FMA>(x, weights[c], sums[r][c]);
                }
            }
        }
        sums
    }
}
