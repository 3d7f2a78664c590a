//! Byte strings by number.

use super::bytes::{BitArray, put_bit_array, put_varint, take, take_len, take_u64, take_varint};

/// Strings in a block; one offset is stored for each block, and a length for each
/// string.
const BLOCK: usize = 32;

/// Byte strings by number, as stored.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pool<'a> {
    len: usize,
    offsets: BitArray<'a>,
    data: &'a [u8],
}

impl<'a> Pool<'a> {
    /// A pool off the front of `section`.
    pub(super) fn take(section: &mut &'a [u8]) -> Option<Self> {
        let len = take_len(section)?;
        let width = u32::try_from(take_u64(section)?).ok()?;
        let data_len = take_len(section)?;
        let offsets = BitArray::take(section, width, len.div_ceil(BLOCK).checked_add(1)?)?;
        let data = take(section, data_len)?;
        Some(Self { len, offsets, data })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// String `index`; `None` if there is none or the pool is damaged there.
    /// Cost: the lengths before it in its block.
    pub(super) fn get(&self, index: usize) -> Option<&'a [u8]> {
        if index >= self.len {
            return None;
        }
        let block = index / BLOCK;
        let start = usize::try_from(self.offsets.get(block)?).ok()?;
        let end = usize::try_from(self.offsets.get(block + 1)?).ok()?;
        let mut data = self.data.get(start..end)?;
        let (mut before, mut own) = (0usize, 0);
        for i in 0..BLOCK.min(self.len - block * BLOCK) {
            let len = usize::try_from(take_varint(&mut data)?).ok()?;
            if i < index % BLOCK {
                before = before.checked_add(len)?;
            } else if i == index % BLOCK {
                own = len;
            }
        }
        data.get(before..before.checked_add(own)?)
    }
}

/// Writes a [`Pool`]; the strings go to `data` as they come, and the rest is kept
/// in memory: eight bytes for 32 strings.
#[derive(Debug, Default)]
pub(super) struct PoolWriter {
    len: usize,
    offsets: Vec<u64>,
    written: u64,
    lengths: Vec<u8>,
    block: Vec<u8>,
}

impl PoolWriter {
    pub(super) fn push(
        &mut self,
        string: &[u8],
        data: &mut impl std::io::Write,
    ) -> std::io::Result<()> {
        if self.len.is_multiple_of(BLOCK) {
            self.flush(data)?;
            self.offsets.push(self.written);
        }
        self.len += 1;
        put_varint(&mut self.lengths, string.len() as u64);
        self.block.extend_from_slice(string);
        Ok(())
    }

    fn flush(&mut self, data: &mut impl std::io::Write) -> std::io::Result<()> {
        data.write_all(&self.lengths)?;
        data.write_all(&self.block)?;
        self.written += (self.lengths.len() + self.block.len()) as u64;
        self.lengths.clear();
        self.block.clear();
        Ok(())
    }

    /// Writes the last strings to `data`; returns what goes before the data.
    pub(super) fn finish(mut self, data: &mut impl std::io::Write) -> std::io::Result<Vec<u8>> {
        self.flush(data)?;
        self.offsets.push(self.written);
        let mut offsets = Vec::new();
        let width = put_bit_array(&mut offsets, &self.offsets);
        let mut head = Vec::with_capacity(24 + offsets.len());
        for number in [self.len as u64, u64::from(width), self.written] {
            head.extend(number.to_le_bytes());
        }
        head.extend(offsets);
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back() {
        for n in [0, 1, 31, 32, 33, 100] {
            let strings: Vec<Vec<u8>> = (0..n).map(|i| vec![i as u8; i * 3 % 200]).collect();
            let mut data = Vec::new();
            let mut writer = PoolWriter::default();
            for string in &strings {
                writer.push(string, &mut data).unwrap();
            }
            let mut section = writer.finish(&mut data).unwrap();
            section.extend(data);
            let pool = Pool::take(&mut section.as_slice()).unwrap();
            assert_eq!(pool.len(), n);
            for (i, string) in strings.iter().enumerate() {
                assert_eq!(pool.get(i), Some(string.as_slice()), "{i} of {n}");
            }
            assert_eq!(pool.get(n), None);
            assert!(Pool::take(&mut &section[..section.len() - 1]).is_none());
        }
    }
}
