//! Attention that knows how far apart two units are (He et al. 2020,
//! arXiv:2006.03654): every distance has a vector, and far ones share theirs.

use candle_core::{CpuStorage, D, Device, InplaceOp2, Layout, Result, Tensor, bail};
use candle_nn::Linear;

use super::layers::{Reach, Rows, SelfAttention, attend};
use super::ops::{floats, floats_mut};

/// Which vector each distance has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Distances {
    /// Vectors for each side.
    pub(super) span: usize,
    /// If there is one, distances from half of `span` on share vectors, and all
    /// from this one on share the last.
    pub(super) farthest: Option<usize>,
}

#[expect(
    clippy::cast_possible_wrap,
    reason = "neither a text nor a table of vectors is that long"
)]
impl Distances {
    /// The vector of each distance from -(`length` - 1) to `length` - 1, query
    /// minus key.
    pub(super) fn table(self, length: usize) -> Vec<u32> {
        let last = length.saturating_sub(1) as i64;
        (-last..=last)
            .map(|distance| self.vector(distance))
            .collect()
    }

    fn vector(self, distance: i64) -> u32 {
        let span = self.span as i64;
        let steps = self
            .farthest
            .map_or(distance, |farthest| self.bucket(distance, farthest));
        (steps + span).clamp(0, 2 * span - 1) as u32
    }

    /// In 32 bits, as transformers computes it.
    fn bucket(self, distance: i64, farthest: usize) -> i64 {
        let middle = (self.span / 2) as i64;
        if distance.abs() <= middle {
            return distance;
        }
        let (far, near) = (distance.abs() as f32, middle as f32);
        let range = ((farthest - 1) as f64 / middle as f64) as f32;
        let steps = ((far / near).ln() / range.ln() * (near - 1.0)).ceil() as i64 + middle;
        steps * distance.signum()
    }
}

/// Self-attention that knows distances.
pub(super) struct DistanceAttention {
    attention: SelfAttention,
    /// The vectors that a query and a key meet, [1, heads, head size, vectors].
    meets: [(Side, Option<Tensor>); 2],
}

impl DistanceAttention {
    /// `query_key_value` as for [`SelfAttention`], scores times `scale`; the
    /// vectors that queries and keys meet, each [vectors, hidden]. `n_heads` must
    /// divide hidden.
    pub(super) fn new(
        query_key_value: &Linear,
        n_heads: usize,
        scale: f64,
        [query_meets, key_meets]: [Option<Tensor>; 2],
    ) -> Result<Self> {
        let of_heads = |vectors: Tensor| {
            let size = vectors.dim(1)? / n_heads;
            let vectors = vectors.reshape((1, (), n_heads, size))?;
            vectors.permute((0, 2, 3, 1))?.contiguous()
        };
        let query_meets = query_meets.map(of_heads).transpose()?;
        // A query is scaled already, a key is not.
        let key_meets = key_meets.map(|vectors| of_heads(vectors)? * scale);
        Ok(Self {
            attention: SelfAttention::with_scale(query_key_value, n_heads, scale)?,
            meets: [
                (Side::Query, query_meets),
                (Side::Key, key_meets.transpose()?),
            ],
        })
    }

    /// [rows, length, hidden] to the same shape, before any output layer; `table`
    /// is that of the length.
    pub(super) fn forward(&self, hidden: &Tensor, rows: &Rows, table: &[u32]) -> Result<Tensor> {
        let [query, key, value] = self.attention.project(hidden)?;
        let mut scores = query.matmul(&key.t()?)?;
        for (side, vectors) in &self.meets {
            let Some(vectors) = vectors else { continue };
            let content = match side {
                Side::Query => &query,
                Side::Key => &key,
            };
            let sums = content.broadcast_matmul(vectors)?;
            scores = add_distances(scores, &sums, *side, table)?;
        }
        attend(scores, &value, rows, Reach::All)
    }
}

/// Whose vector meets that of the distance.
#[derive(Clone, Copy, Debug)]
enum Side {
    Query,
    Key,
}

/// Adds to scores [rows, heads, length, length] of queries and keys what `sums`
/// [rows, heads, length, vectors] has for the units of one side and the vector
/// that `table` ([`Distances::table`]) gives their distance. `scores` must not
/// share its storage with a tensor that is still needed.
fn add_distances(scores: Tensor, sums: &Tensor, side: Side, table: &[u32]) -> Result<Tensor> {
    if scores.device().is_cpu() {
        scores.inplace_op2(&sums.contiguous()?, &AddDistances { side, table })?;
        return Ok(scores);
    }
    let index = pairs(scores.dim(D::Minus1)?, side, table, scores.device())?;
    let index = index.broadcast_as(scores.shape())?.contiguous()?;
    let added = sums.contiguous()?.gather(&index, D::Minus1)?;
    match side {
        Side::Query => scores + added,
        Side::Key => scores + added.t()?,
    }
}

/// The vector of each pair of units, [length, length], those of `side` first.
fn pairs(length: usize, side: Side, table: &[u32], device: &Device) -> Result<Tensor> {
    let at = |(own, other): (usize, usize)| match side {
        Side::Query => table[own + length - 1 - other],
        Side::Key => table[other + length - 1 - own],
    };
    let all = (0..length).flat_map(|own| (0..length).map(move |other| (own, other)));
    Tensor::from_iter(all.map(at), device)?.reshape((length, length))
}

struct AddDistances<'a> {
    side: Side,
    table: &'a [u32],
}

impl InplaceOp2 for AddDistances<'_> {
    fn name(&self) -> &'static str {
        "add distances"
    }

    fn cpu_fwd(
        &self,
        scores: &mut CpuStorage,
        scores_layout: &Layout,
        sums: &CpuStorage,
        sums_layout: &Layout,
    ) -> Result<()> {
        let (rows, heads, length, keys) = scores_layout.shape().dims4()?;
        let (sum_rows, sum_heads, sum_length, vectors) = sums_layout.shape().dims4()?;
        let fits = (rows, heads, length, keys) == (sum_rows, sum_heads, sum_length, length);
        let in_table = self.table.len() + 1 == 2 * length.max(1);
        if !fits || !in_table || self.table.iter().any(|&at| at as usize >= vectors) {
            bail!("add distances: {scores_layout:?} {sums_layout:?}");
        }
        let sums = floats(sums, sums_layout)?.chunks_exact((length * vectors).max(1));
        let scores = floats_mut(scores, scores_layout)?;
        for (scores, sums) in scores.chunks_exact_mut((length * length).max(1)).zip(sums) {
            for (query, scores) in scores.chunks_exact_mut(length).enumerate() {
                // The distances of this query to key 0, 1 and so on.
                let table = self.table[query..query + length].iter().rev();
                for (key, (score, &at)) in scores.iter_mut().zip(table).enumerate() {
                    let own = match self.side {
                        Side::Query => query,
                        Side::Key => key,
                    };
                    *score += sums[own * vectors + at as usize];
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `make_log_bucket_position` of transformers gives them.
    #[test]
    fn far_distances_share_vectors() {
        let check = |span: u32, farthest, cases: &[(i64, i64)]| {
            let distances = Distances {
                span: span as usize,
                farthest,
            };
            let span = i64::from(span);
            for &(distance, bucket) in cases {
                let expected = (bucket + span) as u32;
                assert_eq!(distances.vector(distance), expected, "{distance} of {span}");
                let mirrored = (span - bucket).min(2 * span - 1) as u32;
                assert_eq!(
                    distances.vector(-distance),
                    mirrored,
                    "-{distance} of {span}"
                );
            }
        };
        check(
            256,
            Some(512),
            &[(1, 1), (128, 128), (130, 130), (135, 133), (140, 137)],
        );
        check(
            256,
            Some(512),
            &[(200, 169), (256, 192), (400, 233), (500, 254), (511, 255)],
        );
        check(
            8,
            Some(512),
            &[
                (4, 4),
                (5, 5),
                (20, 5),
                (21, 6),
                (100, 6),
                (131, 7),
                (511, 7),
            ],
        );
        check(
            32,
            Some(128),
            &[(16, 16), (18, 17), (19, 18), (41, 23), (126, 31), (127, 31)],
        );
        check(20, None, &[(0, 0), (7, 7), (19, 19)]);
    }

    /// On the CPU and by the operations for a GPU.
    #[test]
    fn distances_are_added() -> Result<()> {
        let table = [0, 1, 2, 3, 3];
        let sums = Tensor::arange(0f32, 24.0, &Device::Cpu)?.reshape((1, 2, 3, 4))?;
        for side in [Side::Query, Side::Key] {
            let zeros = Tensor::zeros((1, 2, 3, 3), sums.dtype(), &Device::Cpu)?;
            let added = add_distances(zeros, &sums, side, &table)?
                .get(0)?
                .to_vec3::<f32>()?;
            for (head, added) in added.iter().enumerate() {
                for (query, added) in added.iter().enumerate() {
                    for (key, &added) in added.iter().enumerate() {
                        let own = if matches!(side, Side::Query) {
                            query
                        } else {
                            key
                        };
                        let at = table[query + 2 - key];
                        let expected = head * 12 + own * 4 + at as usize;
                        assert_eq!(added as usize, expected, "{side:?} {query} {key}");
                    }
                }
            }
            let index = pairs(3, side, &table, &Device::Cpu)?;
            let index = index.broadcast_as((1, 2, 3, 3))?.contiguous()?;
            let gathered = sums.gather(&index, D::Minus1)?;
            let gathered = if matches!(side, Side::Key) {
                gathered.t()?
            } else {
                gathered
            };
            assert_eq!(gathered.get(0)?.to_vec3::<f32>()?, added, "{side:?}");
        }
        Ok(())
    }
}
