//! Identifiers, sorted: those of Wikidata as numbers, then others as text. The
//! place of an identifier is the number of its entity.

use super::bytes::{BitArray, put_bit_array, put_varint, take, take_len, take_u64, take_varint};
use super::pool::Pool;

const BLOCK: usize = 32;

/// An identifier in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Id<'a> {
    /// `Q` and a number without leading zeros.
    Wikidata(u32),
    Other(&'a str),
}

impl<'a> Id<'a> {
    pub(super) fn new(id: &'a str) -> Self {
        match id
            .strip_prefix('Q')
            .filter(|n| is_canonical(n))
            .and_then(|n| n.parse().ok())
        {
            Some(number) => Self::Wikidata(number),
            None => Self::Other(id),
        }
    }
}

fn is_canonical(number: &str) -> bool {
    !number.is_empty() && !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit())
}

/// The identifiers, as stored.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ids<'a> {
    numbers: usize,
    firsts: BitArray<'a>,
    offsets: BitArray<'a>,
    deltas: &'a [u8],
    others: Pool<'a>,
}

impl<'a> Ids<'a> {
    pub(super) fn take(section: &mut &'a [u8]) -> Option<Self> {
        let numbers = take_len(section)?;
        let first_width = u32::try_from(take_u64(section)?).ok()?;
        let offset_width = u32::try_from(take_u64(section)?).ok()?;
        let delta_len = take_len(section)?;
        let blocks = numbers.div_ceil(BLOCK);
        Some(Self {
            numbers,
            firsts: BitArray::take(section, first_width, blocks)?,
            offsets: BitArray::take(section, offset_width, blocks)?,
            deltas: take(section, delta_len)?,
            others: Pool::take(section)?,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.saturating_add(self.others.len())
    }

    pub(super) fn get(&self, index: usize) -> Option<Id<'a>> {
        if index >= self.numbers {
            let text = self.others.get(index - self.numbers)?;
            return std::str::from_utf8(text).ok().map(Id::Other);
        }
        let (mut number, mut deltas) = self.block(index / BLOCK)?;
        for _ in 0..index % BLOCK {
            number = number.checked_add(take_varint(&mut deltas)?)?;
        }
        u32::try_from(number).ok().map(Id::Wikidata)
    }

    pub(super) fn find(&self, id: &str) -> Option<usize> {
        match Id::new(id) {
            Id::Wikidata(number) => self.find_number(u64::from(number)),
            Id::Other(text) => self.find_text(text.as_bytes()),
        }
    }

    fn find_number(&self, wanted: u64) -> Option<usize> {
        let (mut low, mut high) = (0, self.firsts.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.firsts.get(middle)? <= wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let block = low.checked_sub(1)?;
        let (mut number, mut deltas) = self.block(block)?;
        for index in block * BLOCK..self.numbers.min((block + 1) * BLOCK) {
            if number >= wanted {
                return (number == wanted).then_some(index);
            }
            number = number.checked_add(take_varint(&mut deltas)?)?;
        }
        None
    }

    fn find_text(&self, wanted: &[u8]) -> Option<usize> {
        find_sorted(self.others, wanted).map(|index| self.numbers + index)
    }

    fn block(&self, block: usize) -> Option<(u64, &'a [u8])> {
        let offset = usize::try_from(self.offsets.get(block)?).ok()?;
        Some((self.firsts.get(block)?, self.deltas.get(offset..)?))
    }
}

/// Position of `wanted` in a pool in ascending order.
pub(super) fn find_sorted(pool: Pool<'_>, wanted: &[u8]) -> Option<usize> {
    let (mut low, mut high) = (0, pool.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        match pool.get(middle)?.cmp(wanted) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// The part of [`Ids`] before the pool.
pub(super) fn write_numbers(numbers: &[u32]) -> Vec<u8> {
    let (mut firsts, mut offsets, mut deltas) = (Vec::new(), Vec::new(), Vec::new());
    for (i, &number) in numbers.iter().enumerate() {
        if i.is_multiple_of(BLOCK) {
            firsts.push(u64::from(number));
            offsets.push(deltas.len() as u64);
        }
        // Also at the end of a block: a reader may look one further.
        let next = numbers.get(i + 1).copied().unwrap_or(number);
        put_varint(&mut deltas, u64::from(next - number));
    }
    let (mut first_bits, mut offset_bits) = (Vec::new(), Vec::new());
    let first_width = put_bit_array(&mut first_bits, &firsts);
    let offset_width = put_bit_array(&mut offset_bits, &offsets);
    let mut out = Vec::new();
    for number in [
        numbers.len(),
        first_width as usize,
        offset_width as usize,
        deltas.len(),
    ] {
        out.extend((number as u64).to_le_bytes());
    }
    out.extend(first_bits);
    out.extend(offset_bits);
    out.extend(deltas);
    out
}
