//! Tiles, whatever numbers they are of.

use std::ops::Range;

use crate::math::Activation;
use crate::matrix::Columns;

/// What becomes of sums.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    /// With the bias, they go through a function and are stored.
    Store(Activation),
    /// With the bias, they are added to what is there.
    Add,
}

/// Sums over all inputs of `R` rows from `row` on by the `C` outputs of a panel.
pub(crate) trait Tile<const C: usize> {
    fn sums<const R: usize>(&self, row: usize, panel: usize) -> [[f32; C]; R];
}

/// Rows that are multiplied with one panel before the next panel comes, so that
/// what they hold stays in a cache.
const BLOCK_BYTES: usize = 1 << 18;

/// The tiles of all rows of `out` and of `panels`, of which `out` has the columns.
/// `bias` is that of all panels, or empty; a row of input takes `row_bytes`.
#[inline(always)]
pub(crate) fn product<const FMA: bool, const R: usize, const C: usize>(
    tile: &impl Tile<C>,
    row_bytes: usize,
    bias: &[f32],
    panels: Range<usize>,
    mut out: Columns<'_>,
    then: Then,
) {
    let (bias, _) = bias.as_chunks::<C>();
    let n_rows = out.n_rows();
    let block = (BLOCK_BYTES / row_bytes.max(1)).max(1).next_multiple_of(R);
    for start in (0..n_rows).step_by(block) {
        let end = n_rows.min(start + block);
        for panel in panels.clone() {
            let place = Place {
                panel,
                column: (panel - panels.start) * C,
                bias: bias.get(panel),
                then,
            };
            let mut row = start;
            while row + R <= end {
                place.fill::<FMA, R>(tile, row, &mut out);
                row += R;
            }
            match end - row {
                1 => place.fill::<FMA, 1>(tile, row, &mut out),
                2 => place.fill::<FMA, 2>(tile, row, &mut out),
                3 => place.fill::<FMA, 3>(tile, row, &mut out),
                4 => place.fill::<FMA, 4>(tile, row, &mut out),
                5 => place.fill::<FMA, 5>(tile, row, &mut out),
                _ => {}
            }
        }
    }
}

/// Where the tiles of a panel go.
struct Place<'a, const C: usize> {
    panel: usize,
    /// Its first column in the output.
    column: usize,
    bias: Option<&'a [f32; C]>,
    then: Then,
}

impl<const C: usize> Place<'_, C> {
    #[inline(always)]
    fn fill<const FMA: bool, const R: usize>(
        &self,
        tile: &impl Tile<C>,
        row: usize,
        out: &mut Columns<'_>,
    ) {
        let sums = tile.sums::<R>(row, self.panel);
        for (index, mut sums) in sums.into_iter().enumerate() {
            for (sum, bias) in sums.iter_mut().zip(self.bias.into_iter().flatten()) {
                *sum += bias;
            }
            // The last panel may have more columns than the output.
            let out = out.row(row + index, self.column);
            let n = C.min(out.len());
            let out = &mut out[..n];
            match self.then {
                Then::Store(activation) => {
                    activation.apply::<FMA>(&mut sums);
                    out.copy_from_slice(&sums[..out.len()]);
                }
                Then::Add => {
                    for (out, sum) in out.iter_mut().zip(sums) {
                        *out += sum;
                    }
                }
            }
        }
    }
}
