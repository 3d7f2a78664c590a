//! Integers in bytes: varints and arrays of fixed bit width. Reading checks
//! bounds and never panics.

/// Appends `value` in groups of seven bits, low ones first.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a varint off the front of `data`; `None` if it is cut off or too long.
pub(super) fn take_varint(data: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = data.split_first()?;
        *data = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Takes `len` bytes off the front of `data`.
pub(super) fn take<'a>(data: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (head, rest) = data.split_at_checked(len)?;
    *data = rest;
    Some(head)
}

/// Takes a little-endian `u64` off the front of `data`.
pub(super) fn take_u64(data: &mut &[u8]) -> Option<u64> {
    take(data, 8)
        .and_then(|b| b.try_into().ok())
        .map(u64::from_le_bytes)
}

/// Takes a length off the front of `data`, stored as a `u64`.
pub(super) fn take_len(data: &mut &[u8]) -> Option<usize> {
    take_u64(data).and_then(|n| usize::try_from(n).ok())
}

/// Bits that `value` needs; 0 for 0.
pub(super) const fn bits_for(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

/// Widest element of a [`BitArray`]: one read of eight bytes has it whole.
pub(super) const WIDTH_MAX: u32 = 56;

/// Numbers of a fixed bit width, one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BitArray<'a> {
    data: &'a [u8],
    width: u32,
    len: usize,
}

impl<'a> BitArray<'a> {
    /// `len` numbers of `width` bits off the front of `data`.
    pub(super) fn take(data: &mut &'a [u8], width: u32, len: usize) -> Option<Self> {
        if width > WIDTH_MAX {
            return None;
        }
        let bytes = len.checked_mul(width as usize)?.div_ceil(8);
        Some(Self {
            data: take(data, bytes)?,
            width,
            len,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, index: usize) -> Option<u64> {
        if index >= self.len {
            return None;
        }
        // No overflow: `take` multiplied the length.
        let bit = index * self.width as usize;
        let tail = self.data.get(bit / 8..)?;
        let word = if let Some(eight) = tail.first_chunk::<8>() {
            u64::from_le_bytes(*eight)
        } else {
            let mut eight = [0; 8];
            eight[..tail.len()].copy_from_slice(tail);
            u64::from_le_bytes(eight)
        };
        Some((word >> (bit % 8)) & ((1 << self.width) - 1))
    }
}

/// Writes what [`BitArray`] reads, to a byte vector that may be drained between.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    pending: u64,
    filled: u32,
}

impl BitWriter {
    /// Appends the low `width` bits of `value`, at most [`WIDTH_MAX`].
    pub(super) fn put(&mut self, out: &mut Vec<u8>, value: u64, width: u32) {
        debug_assert!(width <= WIDTH_MAX && bits_for(value) <= width);
        self.pending |= value << self.filled;
        self.filled += width;
        while self.filled >= 8 {
            out.push(self.pending as u8);
            self.pending >>= 8;
            self.filled -= 8;
        }
    }

    /// Fills the last byte up with zeros.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.filled > 0 {
            out.push(self.pending as u8);
        }
        *self = Self::default();
    }
}

/// Appends `values` as a [`BitArray`] of the width of the largest, which is
/// returned.
pub(super) fn put_bit_array(out: &mut Vec<u8>, values: &[u64]) -> u32 {
    let width = bits_for(values.iter().copied().max().unwrap_or(0));
    let mut bits = BitWriter::default();
    for &value in values {
        bits.put(out, value, width);
    }
    bits.finish(out);
    width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_come_back() {
        for value in [0, 1, 127, 128, 300, 1 << 35, (1 << 63) - 1] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(take_varint(&mut out.as_slice()), Some(value), "{value}");
            assert_eq!(take_varint(&mut &out[..out.len() - 1]), None, "{value} cut");
        }
        assert_eq!(take_varint(&mut [0xff; 12].as_slice()), None);
    }

    #[test]
    fn bit_arrays_come_back() {
        for width in 1..=WIDTH_MAX {
            let top = (1u64 << width) - 1;
            let values: Vec<u64> = (0..29)
                .map(|i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) & top)
                .chain([top])
                .collect();
            let mut out = Vec::new();
            assert_eq!(put_bit_array(&mut out, &values), width);
            let array = BitArray::take(&mut out.as_slice(), width, values.len()).unwrap();
            let back: Vec<u64> = (0..array.len()).map(|i| array.get(i).unwrap()).collect();
            assert_eq!(back, values, "{width} bits");
            assert_eq!(array.get(values.len()), None);
            assert!(BitArray::take(&mut &out[1..], width, values.len()).is_none());
        }
        assert!(BitArray::take(&mut [0; 64].as_slice(), 57, 1).is_none());
        assert!(BitArray::take(&mut [0; 64].as_slice(), 56, usize::MAX).is_none());
    }
}
