//! Ids to vectors.

use candle_core::{IndexOp, Result as CandleResult, Tensor, bail};

use super::hidden::{Dense, Hidden, Norm, Rows, Weights, numbers};
use crate::Error;
use crate::files::RowTable;

/// The vectors of ids, with those of their places and of token type 0, which
/// is the type of every sub-word here.
///
/// They are looked up and added on the host, where that is no work, also for a
/// device.
pub(super) struct Embeddings {
    words: RowTable,
    size: usize,
    places: Places,
    /// What is added to every vector, [size].
    common: Option<Vec<f32>>,
    norm: Norm,
    projection: Projection,
}

/// Vectors of places in a row.
pub(super) enum Places {
    /// Attention knows them.
    Unknown,
    /// [places, size], counted from 0.
    FromStart(RowTable),
    /// [places, size], where place `padding` is that of padding and the first
    /// sub-word is at the next. A sub-word that is padding by its id is not
    /// counted.
    AfterPadding { table: RowTable, padding: u32 },
}

/// From the size of the embeddings to the size of the layers.
pub(super) enum Projection {
    Same,
    BeforeNorm(Dense),
    AfterNorm(Dense),
}
impl Embeddings {
    /// The table of words is `name.weight` of `weights`, [vocabulary, size].
    pub(super) fn new(
        shape: (usize, usize),
        name: &str,
        places: Places,
        norm: Norm,
        weights: &Weights<'_>,
    ) -> CandleResult<Self> {
        Ok(Self {
            words: weights.rows(shape, &format!("{name}.weight"))?,
            size: shape.1,
            places,
            common: None,
            norm,
            projection: Projection::Same,
        })
    }

    /// Adds the vector of type 0 in `table` [types, size].
    pub(super) fn with_types(mut self, table: &Tensor) -> CandleResult<Self> {
        self.common = Some(numbers(&table.i(0)?)?);
        Ok(self)
    }

    pub(super) fn with_projection(mut self, projection: Projection) -> Self {
        self.projection = projection;
        self
    }

    /// Checks that every id has an embedding.
    ///
    /// # Errors
    ///
    /// [`Error::TokenId`] with the first that has none.
    pub(super) fn check_ids(&self, ids: &[u32]) -> Result<(), Error> {
        let vocab_size = self.words.n_rows();
        match ids.iter().find(|&&id| id as usize >= vocab_size) {
            Some(&id) => Err(Error::TokenId { id, vocab_size }),
            None => Ok(()),
        }
    }

    /// A vector a sub-word.
    pub(super) fn forward(&self, ids: &[Vec<u32>], rows: &Rows) -> CandleResult<Hidden> {
        self.check_places(rows.longest)?;
        let hidden = rows.vectors(self.size, |row, vectors| {
            self.add_vectors(&ids[row], vectors);
        })?;
        match &self.projection {
            Projection::Same => self.norm.forward(&hidden),
            Projection::BeforeNorm(layer) => self.norm.forward(&layer.forward(&hidden)?),
            Projection::AfterNorm(layer) => layer.forward(&self.norm.forward(&hidden)?),
        }
    }

    fn check_places(&self, length: usize) -> CandleResult<()> {
        let n_places = match &self.places {
            Places::Unknown => usize::MAX,
            Places::FromStart(table) => table.n_rows(),
            Places::AfterPadding { table, padding } => {
                table.n_rows().saturating_sub(*padding as usize + 1)
            }
        };
        if length > n_places {
            bail!("{length} sub-words in a row, the model has {n_places} places");
        }
        Ok(())
    }

    fn add_vectors(&self, ids: &[u32], vectors: &mut [f32]) {
        let places = match &self.places {
            Places::Unknown => None,
            Places::FromStart(table) => Some((table, (0..ids.len() as u32).collect())),
            Places::AfterPadding { table, padding } => Some((table, places(ids, *padding))),
        };
        for (at, vector) in vectors.chunks_exact_mut(self.size).enumerate() {
            self.words.add_row(ids[at] as usize, vector);
            if let Some((table, places)) = &places {
                table.add_row(places[at] as usize, vector);
            }
            if let Some(common) = &self.common {
                vector.iter_mut().zip(common).for_each(|(x, y)| *x += y);
            }
        }
    }
}

/// The places of `ids` in a table that begins with one for padding.
fn places(ids: &[u32], padding: u32) -> Vec<u32> {
    let mut last = padding;
    let place = |&id: &u32| {
        if id == padding {
            return padding;
        }
        last += 1;
        last
    };
    ids.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_has_no_place_of_its_own() {
        assert_eq!(places(&[0, 5, 1, 6, 2], 1), [2, 3, 1, 4, 5]);
        assert_eq!(places(&[0, 5], 7), [8, 9]);
    }
}
