//! Without an instruction for 8-bit products: steps are widened to 16 bits, whose
//! products are summed by two.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_madd_epi16,
    _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_storeu_si256,
};

use super::{Arguments, Dot, GROUP, tiles};
use crate::isa::{Isa, Level};

pub(super) const C: usize = 8;

/// 256 bits of halves of sums at a time. Multiplied only through [`run`].
struct Pairs;

#[expect(unsafe_code, reason = "calling what not every processor can run")]
pub(super) fn run(steps: &[[i16; GROUP]], scales: &[f32], args: Arguments<'_>, isa: Isa) {
    #[target_feature(enable = "avx2,fma")]
    fn run(steps: &[[i16; GROUP]], scales: &[f32], args: Arguments<'_>) {
        tiles::<Pairs, true, 6, C>(steps, scales, args);
    }
    assert!(isa.level() >= Level::Avx2);
    // SAFETY: every `Isa` from this level on was detected to have AVX2.
    unsafe { run(steps, scales, args) }
}

impl Dot<C> for Pairs {
    type Group = [i16; GROUP];
    const OFFSET: i32 = 0;

    #[expect(unsafe_code, reason = "calling what not every processor can run")]
    #[inline(always)]
    fn dot<const R: usize>(
        x: &[&[[i16; GROUP]]; R],
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
    x: &[&[[i16; GROUP]]; R],
    panel: &[[[i8; GROUP]; C]],
    dots: &mut [[i32; C]; R],
) {
    // Two sums side by side an output: of inputs 0 and 1, of inputs 2 and 3.
    let mut sums = [[_mm256_setzero_si256(); 2]; R];
    for (group, weights) in panel.iter().enumerate() {
        let (vectors, _) = weights.as_chunks::<4>();
        let weights: [__m256i; 2] = std::array::from_fn(|v| {
            // SAFETY: 4 groups of 4 bytes are 16 bytes that can be read.
            let bytes = unsafe { _mm_loadu_si128(vectors[v].as_ptr().cast()) };
            _mm256_cvtepi8_epi16(bytes)
        });
        for (sums, x) in sums.iter_mut().zip(x) {
            let x = x[group].map(|x| u64::from(x.cast_unsigned()));
            let x = x[0] | x[1] << 16 | x[2] << 32 | x[3] << 48;
            let x = _mm256_set1_epi64x(x.cast_signed());
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(x, weights));
            }
        }
    }
    for (dots, vectors) in dots.iter_mut().zip(&sums) {
        let mut halves = [0; 2 * C];
        let (parts, _) = halves.as_chunks_mut::<8>();
        for (part, vector) in parts.iter_mut().zip(vectors) {
            // SAFETY: 8 integers of 32 bits are 32 bytes that can be written.
            unsafe { _mm256_storeu_si256(part.as_mut_ptr().cast(), *vector) };
        }
        for (dot, [first, second]) in dots.iter_mut().zip(halves.as_chunks::<2>().0) {
            *dot = first + second;
        }
    }
}
