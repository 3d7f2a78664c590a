//! What each entity has one of.

use super::bytes::{BitArray, bits_for, put_bit_array, take_len, take_u64};

/// A popularity is `2^(-(255 - q) / POPULARITY_STEPS)` for a byte `q`, and 0 for 0.
const POPULARITY_STEPS: f32 = 16.0;

/// The columns, as stored; 0 stands for nothing, and others are one more than the
/// place in a table.
///
/// Many entities are alike in all of them, so there is a row for each combination;
/// if most are unlike, a row for each entity.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Columns<'a> {
    len: usize,
    /// The row of each entity; empty if rows are as many as entities.
    rows: BitArray<'a>,
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
        let (len, n_rows) = (take_len(section)?, take_len(section)?);
        let standing = take_len(section)?;
        let mut column = |len| {
            let width = u32::try_from(take_u64(section)?).ok()?;
            BitArray::take(section, width, len)
        };
        let rows = if n_rows == len {
            BitArray::default()
        } else {
            column(len)?
        };
        Some(Self {
            len,
            rows,
            labels: column(n_rows)?,
            fines: column(n_rows)?,
            countries: column(n_rows)?,
            descriptions: column(n_rows)?,
            popularities: column(n_rows)?,
            standing: column(standing)?,
            stood_for: column(standing)?,
        })
    }

    /// Number of entities.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The row of `entity`.
    pub(super) fn row(&self, entity: usize) -> usize {
        if self.rows.len() == 0 {
            return entity;
        }
        let row = self.rows.get(entity);
        row.and_then(|row| usize::try_from(row).ok())
            .unwrap_or(usize::MAX)
    }

    /// Place in its table of what `column` has in `row`.
    pub(super) fn place(column: BitArray<'_>, row: usize) -> Option<usize> {
        column
            .get(row)?
            .checked_sub(1)
            .and_then(|place| usize::try_from(place).ok())
    }

    pub(super) fn popularity(&self, entity: usize) -> f32 {
        popularity(self.popularities.get(self.row(entity)).unwrap_or(0) as u8)
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

/// What is the same for many entities: label, fine type, country, description,
/// popularity.
type Row = [u32; 5];

impl ColumnsBuffer {
    pub(super) fn write(&self) -> Vec<u8> {
        let all: Vec<Row> = (0..self.labels.len()).map(|at| self.row(at)).collect();
        let mut distinct = all.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let shared = 2 * distinct.len() < all.len();
        let rows = if shared { &distinct } else { &all };
        let mut out = Vec::new();
        for len in [all.len(), rows.len(), self.stands_for.len()] {
            out.extend((len as u64).to_le_bytes());
        }
        if shared {
            // Every row is among the distinct ones.
            let row = |row: &Row| distinct.binary_search(row).unwrap_or_default() as u64;
            put_column(&mut out, all.iter().map(row));
        }
        for column in 0..5 {
            put_column(&mut out, rows.iter().map(|row| u64::from(row[column])));
        }
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

    fn row(&self, at: usize) -> Row {
        [
            self.labels[at].into(),
            self.fines[at].into(),
            self.countries[at].into(),
            self.descriptions[at],
            self.popularities[at].into(),
        ]
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
