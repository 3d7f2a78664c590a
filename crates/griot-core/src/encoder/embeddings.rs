//! Ids to vectors.

use candle_core::{Device, IndexOp, Module, Result as CandleResult, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear};

use super::layers::Rows;
use super::ops::{add, linear};
use crate::Error;

/// The vectors of ids, with those of their places and of token type 0, which
/// is the type of every sub-word here.
pub(super) struct Embeddings {
    words: Embedding,
    places: Places,
    /// What is added to every vector, [size].
    common: Option<Tensor>,
    norm: LayerNorm,
    projection: Projection,
}

/// Vectors of places in a row.
pub(super) enum Places {
    /// Attention knows them.
    Unknown,
    /// [places, size], counted from 0.
    FromStart(Tensor),
    /// [places, size], where place `padding` is that of padding and the first
    /// sub-word is at the next. A sub-word that is padding by its id is not
    /// counted.
    AfterPadding { table: Tensor, padding: u32 },
}

/// From the size of the embeddings to the size of the layers.
pub(super) enum Projection {
    Same,
    BeforeNorm(Linear),
    AfterNorm(Linear),
}

impl Embeddings {
    /// `words` has weights [vocabulary, size].
    pub(super) fn new(words: Tensor, places: Places, norm: LayerNorm) -> CandleResult<Self> {
        let size = words.dim(1)?;
        Ok(Self {
            words: Embedding::new(words, size),
            places,
            common: None,
            norm,
            projection: Projection::Same,
        })
    }

    /// Adds the vector of type 0 in `table` [types, size].
    pub(super) fn with_types(mut self, table: &Tensor) -> CandleResult<Self> {
        self.common = Some(table.i(0)?);
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
        let vocab_size = self.words.embeddings().dims()[0];
        match ids.iter().find(|&&id| id as usize >= vocab_size) {
            Some(&id) => Err(Error::TokenId { id, vocab_size }),
            None => Ok(()),
        }
    }

    pub(super) fn device(&self) -> &Device {
        self.words.embeddings().device()
    }

    /// Vectors [rows, longest, size] of rows of ids.
    pub(super) fn forward(&self, rows: &[Vec<u32>], ends: &Rows) -> CandleResult<Tensor> {
        let ids = self.padded(rows, ends, 0)?;
        let mut hidden = self.words.forward(&ids)?;
        match &self.places {
            Places::Unknown => {}
            Places::FromStart(table) => hidden = add(hidden, &table.narrow(0, 0, ends.longest)?)?,
            Places::AfterPadding { table, padding } => {
                let places: Vec<Vec<u32>> = rows.iter().map(|row| places(row, *padding)).collect();
                let places = self.padded(&places, ends, *padding)?;
                let places = places.flatten_all()?;
                let places = table.index_select(&places, 0)?.reshape(hidden.shape())?;
                hidden = add(hidden, &places)?;
            }
        }
        if let Some(common) = &self.common {
            hidden = add(hidden, common)?;
        }
        match &self.projection {
            Projection::Same => self.norm.forward(&hidden),
            Projection::BeforeNorm(layer) => self.norm.forward(&linear(layer, &hidden)?),
            Projection::AfterNorm(layer) => linear(layer, &self.norm.forward(&hidden)?),
        }
    }

    /// [rows, longest], filled up with `padding`.
    fn padded(&self, rows: &[Vec<u32>], ends: &Rows, padding: u32) -> CandleResult<Tensor> {
        let values = rows.iter().flat_map(|row| {
            let missing = ends.longest - row.len();
            row.iter()
                .copied()
                .chain(std::iter::repeat_n(padding, missing))
        });
        Tensor::from_iter(values, self.device())?.reshape((rows.len(), ends.longest))
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
