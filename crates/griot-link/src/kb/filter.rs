//! Which keys there may be: some bits for each, so that the hundreds of spellings
//! one letter away from a name need not all be looked up; and which keys may end so
//! after their first letters, so that most spellings need not even be made.

use super::bytes::{put_varint, take, take_len, take_varint};

/// Bits for each key: with [`PROBES`], one of eleven strings that are no key
/// passes.
const BITS_PER_KEY: u64 = 5;
const PROBES: u64 = 3;
/// Characters at the start of a key that are no part of its tail.
pub(super) const HEAD_CHARS: usize = 4;
/// Base of the polynomial that a key is hashed by.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The polynomial of some characters, from which that of any concatenation
/// follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Poly {
    value: u64,
    power: u64,
}

impl Poly {
    pub(super) const EMPTY: Self = Self { value: 0, power: 1 };

    pub(super) const fn of(c: char) -> Self {
        // A character of its own value would make "\0" and "" alike.
        Self {
            value: c as u64 + 1,
            power: BASE,
        }
    }

    /// That of all characters of `key`.
    pub(super) fn of_key(key: &str) -> Self {
        key.chars()
            .fold(Self::EMPTY, |before, c| before.then(Self::of(c)))
    }

    /// That of these characters and the others after them.
    pub(super) const fn then(self, after: Self) -> Self {
        Self {
            value: self
                .value
                .wrapping_mul(after.power)
                .wrapping_add(after.value),
            power: self.power.wrapping_mul(after.power),
        }
    }
}

/// The bits and the characters of all keys, as stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter<'a> {
    letters: &'a [u8],
    bits: &'a [u8],
    tails: &'a [u8],
}

impl<'a> Filter<'a> {
    pub(super) fn take(section: &mut &'a [u8]) -> Option<Self> {
        let (letters, bits) = (take_len(section)?, take_len(section)?);
        let tails = take_len(section)?;
        Some(Self {
            letters: take(section, letters)?,
            bits: take(section, bits)?,
            tails: take(section, tails)?,
        })
    }

    /// Whether the key of this polynomial may be there.
    pub(super) fn has(&self, key: Poly) -> bool {
        has(self.bits, key)
    }

    /// Whether some key may go on so after its first [`HEAD_CHARS`] characters.
    pub(super) fn has_tail(&self, tail: Poly) -> bool {
        has(self.tails, tail)
    }

    /// Characters of keys, ascending.
    pub(super) fn letters(&self) -> impl Iterator<Item = char> + use<'a> {
        let mut data = self.letters;
        let mut code = 0u64;
        std::iter::from_fn(move || {
            code = code.checked_add(take_varint(&mut data)?)?;
            char::from_u32(u32::try_from(code).ok()?)
        })
    }
}

fn has(bits: &[u8], key: Poly) -> bool {
    places(key, bits.len()).all(|place| {
        let byte = bits.get((place / 8) as usize).copied().unwrap_or(0);
        (byte >> (place % 8)) & 1 == 1
    })
}

/// The bits of a key in so many bytes.
fn places(key: Poly, bytes: usize) -> impl Iterator<Item = u64> {
    let mut hash = key.value ^ key.value >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    let step = (hash >> 32) | 1;
    let bits = (bytes as u64 * 8).max(1);
    // The high half of a product maps a hash to a range without a division.
    (0..PROBES).map(move |i| {
        let probe = hash.wrapping_add(i.wrapping_mul((step << 20) | step));
        ((u128::from(probe.wrapping_mul(BASE)) * u128::from(bits)) >> 64) as u64
    })
}

/// Makes a [`Filter`].
#[derive(Debug)]
pub(super) struct FilterWriter {
    letters: std::collections::BTreeSet<char>,
    bits: Vec<u8>,
    tails: Vec<u8>,
}

impl FilterWriter {
    /// For about `keys` keys: memory is ten bits for each.
    pub(super) fn new(keys: u64) -> Self {
        Self {
            letters: std::collections::BTreeSet::new(),
            bits: vec![0; (keys * BITS_PER_KEY).div_ceil(8) as usize],
            tails: vec![0; (keys * BITS_PER_KEY).div_ceil(8) as usize],
        }
    }

    pub(super) fn push(&mut self, key: &str) {
        for c in key.chars() {
            if !self.letters.contains(&c) {
                self.letters.insert(c);
            }
        }
        set(&mut self.bits, Poly::of_key(key));
        if let Some((head, _)) = key.char_indices().nth(HEAD_CHARS) {
            set(&mut self.tails, Poly::of_key(&key[head..]));
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let (mut letters, mut previous) = (Vec::new(), 0);
        for letter in self.letters {
            put_varint(&mut letters, u64::from(letter as u32 - previous));
            previous = letter as u32;
        }
        let mut out = Vec::new();
        for len in [letters.len(), self.bits.len(), self.tails.len()] {
            out.extend((len as u64).to_le_bytes());
        }
        out.extend(letters);
        out.extend(self.bits);
        out.extend(self.tails);
        out
    }
}

fn set(bits: &mut [u8], key: Poly) {
    for place in places(key, bits.len()) {
        bits[(place / 8) as usize] |= 1 << (place % 8);
    }
}
