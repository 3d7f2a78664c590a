//! Without an instruction for 8-bit dot products: `vpmaddubsw` sums two products in
//! 16 bits, which hold them if there are fewer steps.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_storeu_si256,
};

use super::{Arguments, Dot, GROUP, Row, Steps, tiles};
use crate::isa::{Isa, Level};

pub(super) const C: usize = 16;
/// Two products of the greatest are less than 2^15. With 64 and 255
/// griot-mini keeps fewer tags.
pub(super) const STEPS: Steps = Steps {
    weight: 80.0,
    input: 204.0,
};

/// 256 bits of sums at a time. Multiplied only through [`run`].
struct Pairs;

#[expect(unsafe_code, reason = "calling what not every processor can run")]
pub(super) fn run(steps: &[[u8; GROUP]], rows: &[Row], args: Arguments<'_>, isa: Isa) {
    #[target_feature(enable = "avx2,fma")]
    fn run(steps: &[[u8; GROUP]], rows: &[Row], args: Arguments<'_>) {
        tiles::<Pairs, true, 6, C>(steps, rows, args);
    }
    assert!(isa.level() >= Level::Avx2);
    // SAFETY: every `Isa` from this level on was detected to have AVX2.
    unsafe { run(steps, rows, args) }
}

impl Dot<C> for Pairs {
    type Group = [u8; GROUP];

    #[expect(unsafe_code, reason = "calling what not every processor can run")]
    #[inline(always)]
    fn dot<const R: usize>(
        x: &[&[[u8; GROUP]]; R],
        panel: &[[[i8; GROUP]; C]],
        dots: &mut [[i32; C]; R],
    ) {
        // SAFETY: `run` alone multiplies these tiles, where AVX2 is.
        unsafe { dot(x, panel, dots) }
    }
}

#[expect(unsafe_code, reason = "vectors are loaded from and stored to memory")]
#[target_feature(enable = "avx2")]
fn dot<const R: usize>(
    x: &[&[[u8; GROUP]]; R],
    panel: &[[[i8; GROUP]; C]],
    dots: &mut [[i32; C]; R],
) {
    let ones = _mm256_set1_epi16(1);
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for (group, weights) in panel.iter().enumerate() {
        let (vectors, _) = weights.as_chunks::<8>();
        // SAFETY: 8 groups of 4 bytes are 32 bytes that can be read.
        let weights: [__m256i; 2] =
            std::array::from_fn(|v| unsafe { _mm256_loadu_si256(vectors[v].as_ptr().cast()) });
        for (sums, x) in sums.iter_mut().zip(x) {
            let x = _mm256_set1_epi32(i32::from_le_bytes(x[group]));
            for (sum, weights) in sums.iter_mut().zip(weights) {
                let pairs = _mm256_maddubs_epi16(x, weights);
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, ones));
            }
        }
    }
    for (dots, vectors) in dots.iter_mut().zip(&sums) {
        let (parts, _) = dots.as_chunks_mut::<8>();
        for (part, vector) in parts.iter_mut().zip(vectors) {
            // SAFETY: 8 integers of 32 bits are 32 bytes that can be written.
            unsafe { _mm256_storeu_si256(part.as_mut_ptr().cast(), *vector) };
        }
    }
}
