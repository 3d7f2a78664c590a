//! With `sdot`, 128 bits at a time.

use std::arch::aarch64::{
    int8x16_t, int32x4_t, vdupq_n_s32, vld1q_s8, vreinterpretq_s8_s32, vst1q_s32,
};
use std::arch::asm;

use super::{Arguments, Dot, GROUP, Row, tiles};
use crate::isa::{Isa, Level};

pub(super) const C: usize = 16;

/// 128 bits of sums at a time. Multiplied only through [`run`].
struct Neon;

#[expect(unsafe_code, reason = "calling what not every processor can run")]
pub(super) fn run(steps: &[[i8; GROUP]], rows: &[Row], args: Arguments<'_>, isa: Isa) {
    #[target_feature(enable = "neon,dotprod")]
    fn run(steps: &[[i8; GROUP]], rows: &[Row], args: Arguments<'_>) {
        tiles::<Neon, true, 6, C>(steps, rows, args);
    }
    assert_eq!(isa.level(), Level::NeonDot);
    // SAFETY: an `Isa` of this level was detected on this processor.
    unsafe { run(steps, rows, args) }
}

impl Dot<C> for Neon {
    type Group = [i8; GROUP];

    #[expect(unsafe_code, reason = "calling what not every processor can run")]
    #[inline(always)]
    fn dot<const R: usize>(
        x: &[&[[i8; GROUP]]; R],
        panel: &[[[i8; GROUP]; C]],
        dots: &mut [[i32; C]; R],
    ) {
        // SAFETY: `run` alone multiplies these tiles, where the instruction is.
        unsafe { dot(x, panel, dots) }
    }
}

#[expect(unsafe_code, reason = "vectors are loaded from and stored to memory")]
#[target_feature(enable = "neon,dotprod")]
fn dot<const R: usize>(
    x: &[&[[i8; GROUP]]; R],
    panel: &[[[i8; GROUP]; C]],
    dots: &mut [[i32; C]; R],
) {
    let mut sums = [[vdupq_n_s32(0); 4]; R];
    for (group, weights) in panel.iter().enumerate() {
        let (vectors, _) = weights.as_chunks::<4>();
        // SAFETY: 4 groups of 4 bytes are 16 bytes that can be read.
        let weights: [int8x16_t; 4] =
            std::array::from_fn(|v| unsafe { vld1q_s8(vectors[v].as_ptr().cast()) });
        for (sums, x) in sums.iter_mut().zip(x) {
            let x = i32::from_ne_bytes(x[group].map(i8::cast_unsigned));
            let x = vreinterpretq_s8_s32(vdupq_n_s32(x));
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = sdot(*sum, x, weights);
            }
        }
    }
    for (dots, vectors) in dots.iter_mut().zip(&sums) {
        let (parts, _) = dots.as_chunks_mut::<4>();
        for (part, vector) in parts.iter_mut().zip(vectors) {
            // SAFETY: 4 integers of 32 bits are 16 bytes that can be written.
            unsafe { vst1q_s32(part.as_mut_ptr(), *vector) };
        }
    }
}

/// Adds the products of each 4 bytes of `a` and `b` to a sum. The intrinsic for it,
/// `vdotq_s32`, is not stable (rust-lang/rust#117224).
#[expect(unsafe_code, reason = "an instruction that Rust has no name for yet")]
#[target_feature(enable = "neon,dotprod")]
#[inline]
fn sdot(mut sum: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction reads and writes these registers alone, and is there.
    unsafe {
        asm!(
            "sdot {sum:v}.4s, {a:v}.16b, {b:v}.16b",
            sum = inout(vreg) sum,
            a = in(vreg) a,
            b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sum
}
