//! With the instruction for products of pairs.

use std::arch::x86_64::{
    __m512bh, __m512i, _mm512_dpbf16_ps, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_ps,
    _mm512_storeu_ps,
};
use std::ops::Range;

use super::scaled;
use crate::isa::{Isa, Level};
use crate::linear::tile::{Then, Tile, product};
use crate::matrix::Columns;

const C: usize = 64;

/// Exists only where the instruction does: [`run`] checks.
pub(super) struct PairTile<'a> {
    pub(super) panels: &'a [[u32; C]],
    pub(super) scales: &'a [[f32; C]],
    pub(super) x: &'a [u32],
    pub(super) pairs: usize,
}

#[expect(unsafe_code, reason = "calling what not every processor can run")]
pub(super) fn run(
    tile: &PairTile<'_>,
    bias: &[f32],
    panels: Range<usize>,
    out: Columns<'_>,
    then: Then,
    isa: Isa,
) {
    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn run(tile: &PairTile<'_>, bias: &[f32], panels: Range<usize>, out: Columns<'_>, then: Then) {
        let row_bytes = tile.pairs * size_of::<u32>();
        product::<true, 6, C>(tile, row_bytes, bias, panels, out, then);
    }
    assert_eq!(isa.level(), Level::Avx512Bf16);
    // SAFETY: an `Isa` of this level was detected on this processor.
    unsafe { run(tile, bias, panels, out, then) }
}

impl Tile<C> for PairTile<'_> {
    #[expect(unsafe_code, reason = "calling what not every processor can run")]
    #[inline(always)]
    fn sums<const R: usize>(&self, row: usize, panel: usize) -> [[f32; C]; R] {
        let scales = &self.scales[panel];
        let panel = &self.panels[panel * self.pairs..][..self.pairs];
        let x: [&[u32]; R] =
            std::array::from_fn(|r| &self.x[(row + r) * self.pairs..][..self.pairs]);
        // SAFETY: `run` alone multiplies these tiles, where the instruction is.
        let sums = unsafe { dot(&x, panel) };
        scaled(sums, scales)
    }
}

#[expect(unsafe_code, reason = "vectors are loaded from and stored to memory")]
#[target_feature(enable = "avx512f,avx512bf16")]
fn dot<const R: usize>(x: &[&[u32]; R], panel: &[[u32; C]]) -> [[f32; C]; R] {
    let mut sums = [[_mm512_setzero_ps(); 4]; R];
    for (pair, weights) in panel.iter().enumerate() {
        let (vectors, _) = weights.as_chunks::<16>();
        let weights: [__m512bh; 4] = std::array::from_fn(|v| {
            // SAFETY: 16 numbers of 32 bits are 64 bytes that can be read, and
            // the two types are 512 bits without any that are invalid.
            unsafe {
                let vector: __m512i = _mm512_loadu_si512(vectors[v].as_ptr().cast());
                std::mem::transmute::<__m512i, __m512bh>(vector)
            }
        });
        for (sums, x) in sums.iter_mut().zip(x) {
            let x = _mm512_set1_epi32(x[pair].cast_signed());
            // SAFETY: as above.
            let x = unsafe { std::mem::transmute::<__m512i, __m512bh>(x) };
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = _mm512_dpbf16_ps(*sum, x, weights);
            }
        }
    }
    let mut rows = [[0.0; C]; R];
    for (row, vectors) in rows.iter_mut().zip(&sums) {
        let (parts, _) = row.as_chunks_mut::<16>();
        for (part, vector) in parts.iter_mut().zip(vectors) {
            // SAFETY: 16 floats are 64 bytes that can be written.
            unsafe { _mm512_storeu_ps(part.as_mut_ptr(), *vector) };
        }
    }
    rows
}
