//! What each entity has one of.

use super::bytes::{BitArray, bits_for, put_bit_array, take_len, take_u64};

/// A popularity is `2^(-(255 - q) / POPULARITY_STEPS)` for a byte `q`, and 0 for 0.
const POPULARITY_STEPS: f32 = 16.0;

/// The columns, as stored; 0 stands for nothing, and others are one more than the
/// place in a table.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Columns<'a> {
    pub(super) labels: BitArray<'a>,
    pub(super) fines: BitArray<'a>,
    pub(super) countries: BitArray<'a>,
    pub(super) descriptions: BitArray<'a>,
    pub(super) popularities: BitArray<'a>,
    /// Entities that stand for another, ascending, and those others.
    pub(super) standing: BitArray<'a>,
    pub(super) stood_for: BitArray<'a>,
}

impl<'a> Columns<'a> {
    pub(super) fn take(section: &mut &'a [u8]) -> Option<Self> {
        let (len, standing) = (take_len(section)?, take_len(section)?);
        let mut columns = [BitArray::default(); 7];
        for (i, column) in columns.iter_mut().enumerate() {
            let width = u32::try_from(take_u64(section)?).ok()?;
            *column = BitArray::take(section, width, if i < 5 { len } else { standing })?;
        }
        let [
            labels,
            fines,
            countries,
            descriptions,
            popularities,
            standing,
            stood_for,
        ] = columns;
        Some(Self {
            labels,
            fines,
            countries,
            descriptions,
            popularities,
            standing,
            stood_for,
        })
    }

    /// Place in its table of what `column` has for `entity`.
    pub(super) fn place(column: BitArray<'_>, entity: usize) -> Option<usize> {
        column
            .get(entity)?
            .checked_sub(1)
            .and_then(|place| usize::try_from(place).ok())
    }

    pub(super) fn popularity(&self, entity: usize) -> f32 {
        popularity(self.popularities.get(entity).unwrap_or(0) as u8)
    }

    pub(super) fn stands_for(&self, entity: usize) -> Option<u32> {
        let (mut low, mut high) = (0, self.standing.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.standing.get(middle)? < entity as u64 {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (self.standing.get(low)? == entity as u64)
            .then(|| {
                self.stood_for
                    .get(low)
                    .and_then(|to| u32::try_from(to).ok())
            })
            .flatten()
    }
}

pub(super) fn popularity(quantized: u8) -> f32 {
    match quantized {
        0 => 0.0,
        q => (-f32::from(255 - q) / POPULARITY_STEPS).exp2(),
    }
}

/// The nearest byte to a popularity; what is not in `[0, 1]` is brought there.
pub(super) fn quantize(popularity: f32) -> u8 {
    // Also if it is not a number.
    if popularity.max(0.0) <= 0.0 {
        return 0;
    }
    (255.0 + popularity.log2() * POPULARITY_STEPS)
        .round()
        .clamp(1.0, 255.0) as u8
}

/// Columns as the builder keeps them: 15 bytes for an entity.
#[derive(Debug, Default)]
pub(super) struct ColumnsBuffer {
    pub(super) labels: Vec<u16>,
    pub(super) fines: Vec<u16>,
    pub(super) countries: Vec<u16>,
    pub(super) descriptions: Vec<u32>,
    pub(super) popularities: Vec<u8>,
    pub(super) stands_for: Vec<(u32, u32)>,
}

impl ColumnsBuffer {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for len in [self.labels.len(), self.stands_for.len()] {
            out.extend((len as u64).to_le_bytes());
        }
        let narrow = [&self.labels, &self.fines, &self.countries];
        for column in narrow {
            put_column(&mut out, column.iter().map(|&v| u64::from(v)));
        }
        put_column(&mut out, self.descriptions.iter().map(|&v| u64::from(v)));
        put_column(&mut out, self.popularities.iter().map(|&v| u64::from(v)));
        put_column(
            &mut out,
            self.stands_for.iter().map(|&(from, _)| u64::from(from)),
        );
        put_column(
            &mut out,
            self.stands_for.iter().map(|&(_, to)| u64::from(to)),
        );
        out
    }
}

fn put_column(out: &mut Vec<u8>, values: impl Iterator<Item = u64> + Clone) {
    let width = bits_for(values.clone().max().unwrap_or(0));
    out.extend(u64::from(width).to_le_bytes());
    let mut bits = super::bytes::BitWriter::default();
    for value in values {
        bits.put(out, value, width);
    }
    bits.finish(out);
}

/// Targets of redirects and the like: numbers with a width before them.
pub(super) fn put_numbers(out: &mut Vec<u8>, values: &[u64]) {
    let mut bits = Vec::new();
    let width = put_bit_array(&mut bits, values);
    out.extend((values.len() as u64).to_le_bytes());
    out.extend(u64::from(width).to_le_bytes());
    out.extend(bits);
}

/// Takes what [`put_numbers`] wrote.
pub(super) fn take_numbers<'a>(section: &mut &'a [u8]) -> Option<BitArray<'a>> {
    let len = take_len(section)?;
    let width = u32::try_from(take_u64(section)?).ok()?;
    BitArray::take(section, width, len)
}
