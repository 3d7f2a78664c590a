//! The sorted list of name keys: key to ordinal, and walks in order.
//!
//! Blocks of [`BLOCK`] keys; the first of a block is whole, each other says how
//! much of its predecessor it begins with. What remains goes through a codec.
//! For names this is half of what an `fst` map takes, and no content of a file
//! can make a reader panic.

use std::cmp::Ordering;
use std::io;
use std::ops::Range;

use super::bytes::{BitArray, put_bit_array, put_varint, take, take_len, take_u64, take_varint};
use super::codec::{Codec, Encoder};

/// Keys in a block.
pub(super) const BLOCK: usize = 16;
/// Longest key, in bytes.
pub(super) const KEY_BYTES_MAX: usize = 1024;

/// The list, as stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dict<'a> {
    len: usize,
    offsets: BitArray<'a>,
    data: &'a [u8],
    codec: &'a Codec,
    signs: &'a Signs,
}

/// Signposts of a [`Dict`], kept in memory: how the first keys of some blocks begin.
/// They spare decoding these keys in every search.
#[derive(Clone, Debug)]
pub(super) struct Signs {
    /// One for so many blocks.
    step: usize,
    signs: Vec<u64>,
}

/// Signposts of a list, at most: 128 KiB.
const SIGNS_MAX: usize = 1 << 14;

/// The first eight bytes of a key; keys that are in order have signs in order.
fn sign(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let n_bytes = key.len().min(8);
    bytes[..n_bytes].copy_from_slice(&key[..n_bytes]);
    u64::from_be_bytes(bytes)
}

impl Signs {
    /// None at all.
    pub(super) const NONE: Self = Self {
        step: 1,
        signs: Vec::new(),
    };

    /// Of the blocks from `low` to before `high`, those among which the last is that
    /// begins with no greater key than those of this sign; never none.
    fn narrow(&self, sign: u64, low: usize, high: usize) -> (usize, usize) {
        // Those of the blocks, and of the first after them.
        let first = low.div_ceil(self.step).min(self.signs.len());
        let last = high.div_ceil(self.step).clamp(first, self.signs.len());
        let signs = &self.signs[first..last];
        let before = signs.partition_point(|&other| other < sign);
        let equal = signs[before..]
            .iter()
            .take_while(|&&other| other == sign)
            .count();
        let low = if before > 0 {
            (first + before - 1) * self.step
        } else {
            low
        };
        let after = first + before + equal;
        (
            low,
            if after < last {
                after * self.step
            } else {
                high
            },
        )
    }
}

impl<'a> Dict<'a> {
    pub(super) fn take(section: &mut &'a [u8], codec: &'a Codec, signs: &'a Signs) -> Option<Self> {
        let len = take_len(section)?;
        let width = u32::try_from(take_u64(section)?).ok()?;
        let data_len = take_len(section)?;
        let offsets = BitArray::take(section, width, len.div_ceil(BLOCK).checked_add(1)?)?;
        let data = take(section, data_len)?;
        Some(Self {
            len,
            offsets,
            data,
            codec,
            signs,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Ordinal of `key`.
    pub(super) fn find(&self, key: &[u8]) -> Option<usize> {
        self.find_in(key, 0..self.len)
    }

    /// Ordinal of `key`, known to be in `range` if it is anywhere.
    pub(super) fn find_in(&self, key: &[u8], range: Range<usize>) -> Option<usize> {
        let block = self.last_block(key, &range, |head| head <= key)?;
        let mut data = self.block(block)?;
        let (mut common, mut rest) = (0, Vec::with_capacity(64));
        for ordinal in block * BLOCK..self.len.min((block + 1) * BLOCK) {
            let (shared, code) = take_entry(&mut data)?;
            match shared.cmp(&common) {
                // Differs from `key` where the one before it does, which is less.
                Ordering::Greater => continue,
                // Differs from the one before it, and is greater, where that agrees.
                Ordering::Less => return None,
                Ordering::Equal => {}
            }
            rest.clear();
            self.codec.decode(code, &mut rest)?;
            let wanted = &key[common..];
            let n_same = std::iter::zip(&rest, wanted)
                .take_while(|(a, b)| a == b)
                .count();
            match rest[n_same..].cmp(&wanted[n_same..]) {
                Ordering::Less => common += n_same,
                Ordering::Equal => return Some(ordinal).filter(|found| range.contains(found)),
                Ordering::Greater => return None,
            }
        }
        None
    }

    /// A walk that stands on the first key of `range` that is not less than
    /// `key`; `None` if there is none.
    pub(super) fn seek(&self, key: &[u8], range: Range<usize>) -> Option<Walk<'a>> {
        let block = self.last_block(key, &range, |head| head < key)?;
        let mut walk = self.walk(block)?;
        while walk.ordinal < range.start || walk.key().cmp(key) == Ordering::Less {
            walk.advance()?;
        }
        (walk.ordinal < range.end).then_some(walk)
    }

    /// The ordinals in `range` of the keys that begin with `prefix`, which is not empty;
    /// `None` if there are none.
    pub(super) fn with_prefix(&self, prefix: &str, range: Range<usize>) -> Option<Range<usize>> {
        let start = self.seek(prefix.as_bytes(), range.clone())?.ordinal;
        let mut after = prefix.to_owned();
        let last = after.pop()?;
        let end = next_char(last).and_then(|c| {
            after.push(c);
            self.seek(after.as_bytes(), start..range.end)
        });
        Some(start..end.map_or(range.end, |walk| walk.ordinal))
    }

    /// The last block of `range` whose first key `is_before` what is looked for, or
    /// the first block; `key` is what is looked for.
    fn last_block(
        &self,
        key: &[u8],
        range: &Range<usize>,
        is_before: impl Fn(&[u8]) -> bool,
    ) -> Option<usize> {
        let (mut low, mut high) = (range.start / BLOCK, range.end.div_ceil(BLOCK));
        (low, high) = self.signs.narrow(sign(key), low, high);
        let mut head = Vec::with_capacity(64);
        while low + 1 < high {
            let middle = usize::midpoint(low, high);
            head.clear();
            self.head(middle, &mut head)?;
            if is_before(&head) {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    /// The signposts of this list.
    pub(super) fn make_signs(&self) -> Signs {
        let n_blocks = self.len.div_ceil(BLOCK);
        let step = n_blocks.div_ceil(SIGNS_MAX).max(1);
        let mut head = Vec::new();
        let sign_of = |block| {
            head.clear();
            // A damaged block is not found.
            let _ = self.head(block, &mut head);
            sign(&head)
        };
        Signs {
            step,
            signs: (0..n_blocks).step_by(step).map(sign_of).collect(),
        }
    }

    /// A walk that stands on the key of this ordinal.
    pub(super) fn at(&self, ordinal: usize) -> Option<Walk<'a>> {
        let mut walk = self.walk(ordinal / BLOCK)?;
        while walk.ordinal < ordinal {
            walk.advance()?;
        }
        Some(walk)
    }

    fn block(&self, block: usize) -> Option<&'a [u8]> {
        let start = usize::try_from(self.offsets.get(block)?).ok()?;
        let end = usize::try_from(self.offsets.get(block + 1)?).ok()?;
        self.data.get(start..end)
    }

    fn head(&self, block: usize, key: &mut Vec<u8>) -> Option<()> {
        let mut data = self.block(block)?;
        let (_, code) = take_entry(&mut data)?;
        self.codec.decode(code, key)
    }

    fn walk(&self, block: usize) -> Option<Walk<'a>> {
        let mut walk = Walk {
            dict: *self,
            ordinal: block.checked_mul(BLOCK)?,
            rest: self.block(block)?,
            key: Vec::with_capacity(64),
        };
        if walk.ordinal >= self.len {
            return None;
        }
        walk.read()?;
        Some(walk)
    }
}

fn next_char(c: char) -> Option<char> {
    (c as u32 + 1..=u32::from(char::MAX)).find_map(char::from_u32)
}

/// The shared length and the code of the remainder.
fn take_entry<'a>(data: &mut &'a [u8]) -> Option<(usize, &'a [u8])> {
    let lengths = take(data, 1)?[0];
    let (mut shared, mut len) = (usize::from(lengths >> 4), usize::from(lengths & 15));
    if shared == 15 {
        shared += usize::try_from(take_varint(data)?).ok()?;
    }
    if len == 15 {
        len += usize::try_from(take_varint(data)?)
            .ok()
            .filter(|&more| more <= 2 * KEY_BYTES_MAX)?;
    }
    Some((shared, take(data, len)?))
}

/// A place in a [`Dict`], from which the keys are read in order.
#[derive(Clone, Debug)]
pub(super) struct Walk<'a> {
    dict: Dict<'a>,
    /// Ordinal of the key it stands on.
    pub(super) ordinal: usize,
    rest: &'a [u8],
    key: Vec<u8>,
}

impl Walk<'_> {
    /// The key it stands on.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Goes to the next key; `None` at the end of the list and at damage.
    pub(super) fn advance(&mut self) -> Option<()> {
        self.ordinal += 1;
        if self.ordinal >= self.dict.len {
            return None;
        }
        if self.ordinal.is_multiple_of(BLOCK) {
            self.rest = self.dict.block(self.ordinal / BLOCK)?;
        }
        self.read()
    }

    fn read(&mut self) -> Option<()> {
        let (shared, code) = take_entry(&mut self.rest)?;
        if shared > self.key.len() || (self.ordinal.is_multiple_of(BLOCK) && shared > 0) {
            return None;
        }
        self.key.truncate(shared);
        self.dict.codec.decode(code, &mut self.key)?;
        (self.key.len() <= KEY_BYTES_MAX).then_some(())
    }
}

/// Writes a [`Dict`]; keys come in ascending order.
#[derive(Debug)]
pub(super) struct DictWriter<'a> {
    encoder: Encoder<'a>,
    len: usize,
    offsets: Vec<u64>,
    written: u64,
    previous: Vec<u8>,
    entry: Vec<u8>,
    code: Vec<u8>,
}

impl<'a> DictWriter<'a> {
    pub(super) fn new(codec: &'a Codec) -> Self {
        Self {
            encoder: Encoder::new(codec),
            len: 0,
            offsets: Vec::new(),
            written: 0,
            previous: Vec::new(),
            entry: Vec::new(),
            code: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, key: &[u8], data: &mut impl io::Write) -> io::Result<()> {
        debug_assert!(self.len == 0 || self.previous.as_slice() < key);
        let shared = if self.len.is_multiple_of(BLOCK) {
            self.offsets.push(self.written);
            0
        } else {
            key.iter()
                .zip(&self.previous)
                .take_while(|(a, b)| a == b)
                .count()
        };
        self.code.clear();
        self.encoder.encode(&key[shared..], &mut self.code);
        self.entry.clear();
        self.entry
            .push((shared.min(15) << 4 | self.code.len().min(15)) as u8);
        for length in [shared, self.code.len()] {
            if length >= 15 {
                put_varint(&mut self.entry, length as u64 - 15);
            }
        }
        self.entry.extend_from_slice(&self.code);
        data.write_all(&self.entry)?;
        self.written += self.entry.len() as u64;
        self.previous.clear();
        self.previous.extend_from_slice(key);
        self.len += 1;
        Ok(())
    }

    /// What goes before the data.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.offsets.push(self.written);
        let mut offsets = Vec::new();
        let width = put_bit_array(&mut offsets, &self.offsets);
        let mut head = Vec::with_capacity(24 + offsets.len());
        for number in [self.len as u64, u64::from(width), self.written] {
            head.extend(number.to_le_bytes());
        }
        head.extend(offsets);
        head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_others_are_not() {
        for n in [0usize, 1, 15, 16, 17, 200] {
            let keys: Vec<String> = (0..n)
                .map(|i| format!("{:04}{}", i * 2, "é".repeat(i % 40)))
                .collect();
            let codec = Codec::train(keys.iter().map(String::as_bytes));
            let mut writer = DictWriter::new(&codec);
            let mut data = Vec::new();
            for key in &keys {
                writer.push(key.as_bytes(), &mut data).unwrap();
            }
            let mut section = writer.finish();
            section.extend(data);
            let none = Signs::NONE;
            let bare = Dict::take(&mut section.as_slice(), &codec, &none).unwrap();
            let signs = bare.make_signs();
            let dict = Dict::take(&mut section.as_slice(), &codec, &signs).unwrap();
            for (i, key) in keys.iter().enumerate() {
                assert_eq!(dict.find(key.as_bytes()), Some(i), "{key}");
                assert_eq!(dict.find(format!("{key}x").as_bytes()), None);
                assert_eq!(dict.at(i).unwrap().key(), key.as_bytes());
                let below = format!("{:04}", i * 2 - usize::from(i > 0));
                assert_eq!(
                    dict.seek(below.as_bytes(), 0..n).unwrap().ordinal,
                    i,
                    "{below}"
                );
            }
            assert!(dict.seek(b"~", 0..n).is_none());
            assert!(dict.at(n).is_none());
        }
    }
}
