//! With `vpdpbusd`, 512 bits at a time.

use std::arch::x86_64::{
    _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512,
    _mm512_storeu_si512,
};

use super::{Arguments, Dot, GROUP, Row, tiles};
use crate::isa::{Isa, Level};

pub(super) const C: usize = 64;

/// 512 bits of sums at a time. Multiplied only through [`run`].
struct Vnni;

#[expect(unsafe_code, reason = "calling what not every processor can run")]
pub(super) fn run(steps: &[[u8; GROUP]], rows: &[Row], args: Arguments<'_>, isa: Isa) {
    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    fn run(steps: &[[u8; GROUP]], rows: &[Row], args: Arguments<'_>) {
        tiles::<Vnni, true, 6, C>(steps, rows, args);
    }
    assert!(isa.level() >= Level::Avx512Vnni);
    // SAFETY: an `Isa` of this level was detected on this processor.
    unsafe { run(steps, rows, args) }
}

impl Dot<C> for Vnni {
    type Group = [u8; GROUP];

    #[expect(unsafe_code, reason = "calling what not every processor can run")]
    #[inline(always)]
    fn dot<const R: usize>(
        x: &[&[[u8; GROUP]]; R],
        panel: &[[[i8; GROUP]; C]],
        dots: &mut [[i32; C]; R],
    ) {
        // SAFETY: `run` alone multiplies these tiles, where the instruction is.
        unsafe { dot(x, panel, dots) }
    }
}

#[expect(unsafe_code, reason = "vectors are loaded from and stored to memory")]
#[target_feature(enable = "avx512f,avx512vnni")]
fn dot<const R: usize>(
    x: &[&[[u8; GROUP]]; R],
    panel: &[[[i8; GROUP]; C]],
    dots: &mut [[i32; C]; R],
) {
    let mut sums = [[_mm512_setzero_si512(); 4]; R];
    for (group, weights) in panel.iter().enumerate() {
        let (vectors, _) = weights.as_chunks::<16>();
        // SAFETY: 16 groups of 4 bytes are 64 bytes that can be read.
        let weights: [_; 4] =
            std::array::from_fn(|v| unsafe { _mm512_loadu_si512(vectors[v].as_ptr().cast()) });
        for (sums, x) in sums.iter_mut().zip(x) {
            let x = _mm512_set1_epi32(i32::from_le_bytes(x[group]));
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = _mm512_dpbusd_epi32(*sum, x, weights);
            }
        }
    }
    for (dots, vectors) in dots.iter_mut().zip(&sums) {
        let (parts, _) = dots.as_chunks_mut::<16>();
        for (part, vector) in parts.iter_mut().zip(vectors) {
            // SAFETY: 16 integers of 32 bits are 64 bytes that can be written.
            unsafe { _mm512_storeu_si512(part.as_mut_ptr().cast(), *vector) };
        }
    }
}
