//! In plain Rust.

use super::{Arguments, Dot, GROUP, Row, tiles};

pub(super) const C: usize = 8;

pub(super) struct Plain;

pub(super) fn run(steps: &[[i16; GROUP]], rows: &[Row], args: Arguments<'_>) {
    tiles::<Plain, false, 4, C>(steps, rows, args);
}

impl Dot<C> for Plain {
    type Group = [i16; GROUP];

    #[inline(always)]
    fn dot<const R: usize>(
        x: &[&[[i16; GROUP]]; R],
        panel: &[[[i8; GROUP]; C]],
        dots: &mut [[i32; C]; R],
    ) {
        for (group, weights) in panel.iter().enumerate() {
            for (sums, x) in dots.iter_mut().zip(x) {
                let x = x[group].map(i32::from);
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    for (x, &weight) in x.iter().zip(weights) {
                        *sum += x * i32::from(weight);
                    }
                }
            }
        }
    }
}
