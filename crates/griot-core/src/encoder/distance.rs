//! Attention that knows how far apart two units are (He et al. 2020,
//! arXiv:2006.03654): every distance has a vector, and far ones share theirs.

use candle_core::{D, Device, Result, Tensor, bail};
use griot_kernels as kernels;

use super::hidden::{Backend, numbers};

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

/// The vectors of distances that queries and keys meet.
pub(super) enum Meets {
    /// Each [1, heads, head size, vectors].
    Candle {
        query: Option<Tensor>,
        key: Option<Tensor>,
    },
    Kernels(kernels::Distances),
}

impl Meets {
    /// `query` and `key` are [vectors, hidden]; `n_heads` must divide hidden. None if
    /// there are neither.
    pub(super) fn new(
        [query, key]: [Option<Tensor>; 2],
        n_heads: usize,
        scale: f64,
        backend: Backend,
    ) -> Result<Option<Self>> {
        let Some(hidden) = query.as_ref().or(key.as_ref()) else {
            return Ok(None);
        };
        let hidden = hidden.dim(1)?;
        // A query is scaled already, a key is not.
        let key = key.map(|vectors| vectors * scale).transpose()?;
        if let Backend::Kernels(_, isa) = backend {
            let query = query.as_ref().map(numbers).transpose()?;
            let key = key.as_ref().map(numbers).transpose()?;
            let (query, key) = (query.as_deref(), key.as_deref());
            let distances = kernels::Distances::new(query, key, hidden, n_heads, isa);
            return Ok(Some(Self::Kernels(distances)));
        }
        let of_heads = |vectors: Tensor| {
            let vectors = vectors.reshape((1, (), n_heads, hidden / n_heads))?;
            vectors.permute((0, 2, 3, 1))?.contiguous()
        };
        Ok(Some(Self::Candle {
            query: query.map(of_heads).transpose()?,
            key: key.map(of_heads).transpose()?,
        }))
    }
}

/// Adds to scores [rows, heads, length, length] of queries and keys, each [rows,
/// heads, length, head size], what their distances say. By Candle.
pub(super) fn add(
    mut scores: Tensor,
    query: &Tensor,
    key: &Tensor,
    meets: &Meets,
    table: &[u32],
) -> Result<Tensor> {
    let Meets::Candle {
        query: of_query,
        key: of_key,
    } = meets
    else {
        bail!("distances of another engine");
    };
    for (side, content, vectors) in [(Side::Query, query, of_query), (Side::Key, key, of_key)] {
        let Some(vectors) = vectors else { continue };
        let sums = content.broadcast_matmul(vectors)?;
        let index = pairs(scores.dim(D::Minus1)?, side, table, scores.device())?;
        let index = index.broadcast_as(scores.shape())?.contiguous()?;
        let added = sums.contiguous()?.gather(&index, D::Minus1)?;
        scores = match side {
            Side::Query => (scores + added)?,
            Side::Key => (scores + added.t()?)?,
        };
    }
    Ok(scores)
}

/// Whose vector meets that of the distance.
#[derive(Clone, Copy, Debug)]
enum Side {
    Query,
    Key,
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
}
