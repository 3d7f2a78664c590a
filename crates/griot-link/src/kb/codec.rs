//! A codec for short strings: a table of frequent byte sequences, the most
//! frequent coded as one byte and others as two.
//!
//! Any string is decoded alone, in some tens of nanoseconds, which no
//! general-purpose compressor does; names in many scripts shrink to about half.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::bytes::take;

/// Code of a byte that no symbol begins with; the byte follows.
const ESCAPE: u8 = 255;
/// Longest symbol, in bytes.
const SYMBOL_MAX: usize = 12;
/// Most first bytes of two-byte codes; each has 256 symbols.
const PAGES_MAX: usize = 32;
/// Rounds of training; later ones gain little.
const ROUNDS: usize = 7;
/// How often a sequence must be seen to be worth its place in the table.
const USES_MIN: u32 = 3;
/// Bytes that are looked at in training; more gain little.
const SAMPLE_BYTES: usize = 1 << 20;

/// The table of a codec.
#[derive(Clone, Debug, Default)]
pub(super) struct Codec {
    /// Those of one byte, then those of two.
    symbols: Vec<Symbol>,
    /// Number of one-byte codes.
    ones: usize,
}

/// A sequence of bytes, and in the last byte its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Symbol([u8; 16]);

impl Symbol {
    /// The symbol of at most [`SYMBOL_MAX`] bytes.
    fn new(bytes: &[u8]) -> Self {
        let mut symbol = [0; 16];
        symbol[..bytes.len()].copy_from_slice(bytes);
        symbol[15] = bytes.len() as u8;
        Self(symbol)
    }

    fn len(&self) -> usize {
        usize::from(self.0[15])
    }

    fn as_slice(&self) -> &[u8] {
        &self.0[..self.len()]
    }

    /// Bytes that one use saves, about: those it has, less those of its code, and
    /// for a single byte what its escape would take. In halves.
    fn gain(&self) -> u64 {
        match self.len() {
            1 => 3,
            len => 2 * len as u64 - 3,
        }
    }
}

impl Codec {
    /// A codec for strings like these, the first MiB of them. Cost: some 100 ms
    /// for as much.
    pub(super) fn train<'a>(samples: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut left = SAMPLE_BYTES;
        let samples: Vec<&[u8]> = samples
            .into_iter()
            .take_while(|sample| {
                let fits = left > 0;
                left = left.saturating_sub(sample.len());
                fits
            })
            .collect();
        // A table is a share of what it is to shrink.
        let pages = ((SAMPLE_BYTES - left) / (16 << 10)).min(PAGES_MAX);
        let mut codec = Self::default();
        for _ in 0..ROUNDS {
            codec = codec.round(&samples, pages);
        }
        codec.settle(&samples)
    }

    /// The best symbols among those of this table, single bytes, and pairs of
    /// both that follow one another in `samples`.
    fn round(&self, samples: &[&[u8]], pages: usize) -> Self {
        let ones = 255 - pages;
        let mut best: Vec<(u64, u32, Symbol)> = self
            .count(samples)
            .into_iter()
            .filter(|&(symbol, uses)| uses >= USES_MIN || symbol.len() == 1)
            .map(|(symbol, uses)| (symbol.gain() * u64::from(uses), uses, symbol))
            .collect();
        best.sort_unstable_by(|a, b| b.cmp(a));
        best.truncate(ones + pages * 256);
        Self::new(
            best.into_iter()
                .map(|(_, uses, symbol)| (uses, symbol))
                .collect(),
            ones,
        )
    }

    /// This table with the short codes where the best code of `samples` has most
    /// uses, and without what has none.
    fn settle(&self, samples: &[&[u8]]) -> Self {
        let mut uses = vec![0u32; self.symbols.len()];
        let encoder = Encoder::new(self);
        for sample in samples {
            encoder.parse(sample, |_, place| {
                if let Some(place) = place {
                    uses[place] += 1;
                }
            });
        }
        let used = uses.into_iter().zip(self.symbols.iter().copied());
        Self::new(
            used.filter(|&(uses, symbol)| uses > 0 || symbol.len() == 1)
                .collect(),
            self.ones,
        )
    }

    fn new(mut symbols: Vec<(u32, Symbol)>, ones: usize) -> Self {
        symbols.sort_unstable_by(|a, b| b.cmp(a));
        let mut symbols: Vec<Symbol> = symbols.into_iter().map(|(_, symbol)| symbol).collect();
        // In order they make a short table.
        let short = ones.min(symbols.len());
        // Two bytes for one is what an escape takes.
        let mut place = 0..;
        symbols.retain(|symbol| place.next() < Some(short) || symbol.len() > 1);
        symbols[..short].sort_unstable();
        symbols[short..].sort_unstable();
        Self { symbols, ones }
    }

    fn count(&self, samples: &[&[u8]]) -> HashMap<Symbol, u32, Mixing> {
        let encoder = Encoder::new(self);
        let mut uses: HashMap<Symbol, u32, Mixing> = HashMap::default();
        for sample in samples {
            let mut start = 0;
            let mut previous = 0;
            while start < sample.len() {
                let len = encoder
                    .longest(&sample[start..])
                    .map_or(1, |code| self.symbols[code].len());
                let end = start + len;
                *uses.entry(Symbol::new(&sample[start..end])).or_default() += 1;
                if len > 1 {
                    // What a longer symbol has may be needed alone elsewhere.
                    for byte in sample[start..end].chunks(1) {
                        *uses.entry(Symbol::new(byte)).or_default() += 1;
                    }
                }
                if previous < start && end - previous <= SYMBOL_MAX {
                    *uses.entry(Symbol::new(&sample[previous..end])).or_default() += 1;
                }
                (previous, start) = (start, end);
            }
        }
        uses
    }

    /// Appends the table to `out`.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend((self.symbols.len() as u16).to_le_bytes());
        out.push(self.ones as u8);
        let mut previous = &[][..];
        for symbol in &self.symbols {
            let symbol = symbol.as_slice();
            let shared = symbol
                .iter()
                .zip(previous)
                .take_while(|(a, b)| a == b)
                .count();
            out.push((shared << 4 | (symbol.len() - shared)) as u8);
            out.extend_from_slice(&symbol[shared..]);
            previous = symbol;
        }
    }

    /// Takes a table off the front of `data`.
    pub(super) fn take(data: &mut &[u8]) -> Option<Self> {
        let head = take(data, 3)?;
        let len = u16::from_le_bytes([head[0], head[1]]);
        let mut symbols: Vec<Symbol> = Vec::with_capacity(usize::from(len));
        let mut bytes = Vec::new();
        for _ in 0..len {
            let lengths = usize::from(take(data, 1)?[0]);
            if lengths >> 4 > bytes.len() {
                return None;
            }
            bytes.truncate(lengths >> 4);
            bytes.extend_from_slice(take(data, lengths & 15)?);
            if bytes.is_empty() || bytes.len() > SYMBOL_MAX {
                return None;
            }
            symbols.push(Symbol::new(&bytes));
        }
        Some(Self {
            symbols,
            ones: usize::from(head[2]),
        })
    }

    /// Appends what `code` stands for to `out`; `None`, with part of it
    /// appended, if it is not of this codec.
    pub(super) fn decode(&self, code: &[u8], out: &mut Vec<u8>) -> Option<()> {
        // Most codes stand for less than five letters.
        out.reserve(4 * code.len() + SYMBOL_MAX + 4);
        let mut rest = code.iter();
        while let Some(&code) = rest.next() {
            let mut place = usize::from(code);
            if code == ESCAPE {
                out.push(*rest.next()?);
                continue;
            } else if place >= self.ones {
                place += (place - self.ones) * 255 + usize::from(*rest.next()?);
            }
            let symbol = self.symbols.get(place)?;
            // A copy of fixed size is one instruction.
            let end = out.len() + symbol.len();
            out.extend_from_slice(&symbol.0);
            out.truncate(end);
        }
        Some(())
    }
}

/// A codec with what it takes to encode.
#[derive(Debug)]
pub(super) struct Encoder<'a> {
    codec: &'a Codec,
    places: HashMap<Symbol, usize, Mixing>,
    /// Longest symbol by first byte.
    longest: [usize; 256],
}

impl<'a> Encoder<'a> {
    pub(super) fn new(codec: &'a Codec) -> Self {
        let mut longest = [0; 256];
        for symbol in &codec.symbols {
            let longest = &mut longest[usize::from(symbol.0[0])];
            *longest = symbol.len().max(*longest);
        }
        let places = codec.symbols.iter().copied().zip(0..).collect();
        Self {
            codec,
            places,
            longest,
        }
    }

    /// Appends the shortest code of `text` to `out`.
    pub(super) fn encode(&self, text: &[u8], out: &mut Vec<u8>) {
        let ones = self.codec.ones;
        self.parse(text, |first, place| match place {
            None => out.extend([ESCAPE, first]),
            Some(place) if place < ones => out.push(place as u8),
            Some(place) => out.extend([(ones + (place - ones) / 256) as u8, (place - ones) as u8]),
        });
    }

    /// Hands the places of the symbols that make the shortest code of `text` to
    /// `each`, with their first bytes; no place for a byte that is escaped.
    fn parse(&self, text: &[u8], mut each: impl FnMut(u8, Option<usize>)) {
        let ones = self.codec.ones;
        // From each byte on: the length of the best code, and its first symbol.
        let mut best: Vec<(usize, Option<usize>)> = vec![(0, None); text.len() + 1];
        for start in (0..text.len()).rev() {
            best[start] = (best[start + 1].0 + 2, None);
            let longest = self.longest[usize::from(text[start])].min(text.len() - start);
            for len in 1..=longest {
                if let Some(&place) = self.places.get(&Symbol::new(&text[start..start + len])) {
                    let cost = best[start + len].0 + 1 + usize::from(place >= ones);
                    if cost < best[start].0 {
                        best[start] = (cost, Some(place));
                    }
                }
            }
        }
        let mut start = 0;
        while let Some(&first) = text.get(start) {
            each(first, best[start].1);
            start += best[start]
                .1
                .map_or(1, |place| self.codec.symbols[place].len());
        }
    }

    /// Place of the longest symbol that `text` begins with.
    fn longest(&self, text: &[u8]) -> Option<usize> {
        let longest = self.longest[usize::from(*text.first()?)].min(text.len());
        (1..=longest)
            .rev()
            .find_map(|len| self.places.get(&Symbol::new(&text[..len])).copied())
    }
}

/// A hasher for symbols: the default one takes most of the time of training.
type Mixing = BuildHasherDefault<Mixer>;

#[derive(Debug, Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut eight = [0; 8];
            eight[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(eight));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back_and_shrink() {
        let texts = [
            "République du Mali",
            "République du Niger",
            "Республика Мали",
            "",
            "日本",
            "z",
        ];
        let many: Vec<String> = (0..4000)
            .flat_map(|i| [format!("{}{i}", texts[i % 3]), texts[i % 3].to_owned()])
            .collect();
        for samples in [many.as_slice(), &many[..30], &[]] {
            let codec = Codec::train(samples.iter().map(String::as_bytes));
            let mut table = Vec::new();
            codec.write(&mut table);
            let codec = Codec::take(&mut table.as_slice()).unwrap();
            let encoder = Encoder::new(&codec);
            for text in texts.into_iter().chain(many.iter().map(String::as_str)) {
                let (mut code, mut back) = (Vec::new(), Vec::new());
                encoder.encode(text.as_bytes(), &mut code);
                codec.decode(&code, &mut back).unwrap();
                assert_eq!(String::from_utf8_lossy(&back), text);
                if text.len() > 10 && samples.len() > 1000 {
                    assert!(code.len() * 2 < text.len(), "{text}: {}", code.len());
                }
            }
        }
    }

    #[test]
    fn foreign_codes_are_refused() {
        let codec = Codec::train([b"ab".as_slice()]);
        for code in [[ESCAPE].as_slice(), &[254]] {
            assert!(codec.decode(code, &mut Vec::new()).is_none(), "{code:?}");
        }
        for table in [
            [].as_slice(),
            &[1, 0],
            &[1, 0, 255, 0],
            &[1, 0, 255, 13],
            &[1, 0, 255, 2, 65],
        ] {
            assert!(Codec::take(&mut &*table).is_none(), "{table:?}");
        }
    }
}
