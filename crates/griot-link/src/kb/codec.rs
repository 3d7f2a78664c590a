//! A codec for short strings: a table of up to 255 frequent byte sequences, each
//! coded as one byte.
//!
//! Any string is decoded alone, in some tens of nanoseconds, which no
//! general-purpose compressor does; names shrink to about half.

use std::collections::{BTreeMap, BTreeSet};

/// Code of a byte that no symbol begins with; the byte follows.
const ESCAPE: u8 = 255;
/// Longest symbol, in bytes.
const SYMBOL_MAX: usize = 8;
/// Rounds of training; later ones gain little.
const ROUNDS: usize = 7;
/// Bytes that are looked at in training; more gain little.
pub(super) const SAMPLE_BYTES: usize = 256 << 10;

/// The table of a codec.
#[derive(Clone, Debug, Default)]
pub(super) struct Codec {
    symbols: Vec<Symbol>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Symbol {
    bytes: [u8; SYMBOL_MAX],
    len: u8,
}

impl Symbol {
    fn new(bytes: &[u8]) -> Self {
        let mut symbol = Self {
            bytes: [0; SYMBOL_MAX],
            len: bytes.len() as u8,
        };
        symbol.bytes[..bytes.len()].copy_from_slice(bytes);
        symbol
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl Codec {
    /// A codec for strings like these. Cost: some 100 ms for [`SAMPLE_BYTES`];
    /// more than that is not looked at.
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
        let mut codec = Self::default();
        for _ in 0..ROUNDS {
            codec = codec.round(&samples);
        }
        codec
    }

    /// The best symbols among those of this table, single bytes, and pairs of
    /// both that follow one another in `samples`.
    fn round(&self, samples: &[&[u8]]) -> Self {
        let encoder = Encoder::new(self);
        let mut uses: BTreeMap<Symbol, usize> = BTreeMap::new();
        for sample in samples {
            let mut rest = *sample;
            let mut previous: Option<Symbol> = None;
            while let Some(&first) = rest.first() {
                let symbol = encoder.longest(rest).map_or_else(
                    || Symbol::new(&[first]),
                    |code| self.symbols[usize::from(code)],
                );
                *uses.entry(symbol).or_default() += 1;
                if symbol.len > 1 {
                    *uses.entry(Symbol::new(&[first])).or_default() += 1;
                }
                if let Some(previous) = previous {
                    let len = usize::from(previous.len + symbol.len);
                    if len <= SYMBOL_MAX {
                        let mut both = previous;
                        both.bytes[usize::from(previous.len)..len]
                            .copy_from_slice(symbol.as_slice());
                        both.len = len as u8;
                        *uses.entry(both).or_default() += 1;
                    }
                }
                previous = Some(symbol);
                rest = &rest[usize::from(symbol.len)..];
            }
        }
        // A single byte that is a symbol saves its escape, so it is worth more.
        let best: BTreeSet<(usize, Symbol)> = uses
            .into_iter()
            .map(|(s, n)| (n * if s.len == 1 { 8 } else { usize::from(s.len) }, s))
            .collect();
        let mut symbols: Vec<Symbol> = best.into_iter().rev().take(255).map(|(_, s)| s).collect();
        symbols.sort_unstable();
        Self { symbols }
    }

    /// Appends the table to `out`.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.symbols.len() as u8);
        for symbol in &self.symbols {
            out.push(symbol.len);
            out.extend_from_slice(symbol.as_slice());
        }
    }

    /// Takes a table off the front of `data`.
    pub(super) fn take(data: &mut &[u8]) -> Option<Self> {
        let n = super::bytes::take(data, 1)?[0];
        let mut symbols = Vec::with_capacity(usize::from(n));
        for _ in 0..n {
            let len = usize::from(super::bytes::take(data, 1)?[0]);
            if len == 0 || len > SYMBOL_MAX {
                return None;
            }
            symbols.push(Symbol::new(super::bytes::take(data, len)?));
        }
        Some(Self { symbols })
    }

    /// Appends what `code` stands for to `out`; `None`, with part of it
    /// appended, if it is not of this codec.
    pub(super) fn decode(&self, code: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let mut rest = code.iter();
        while let Some(&code) = rest.next() {
            if code == ESCAPE {
                out.push(*rest.next()?);
            } else {
                let symbol = self.symbols.get(usize::from(code))?;
                // A copy of fixed size is one instruction.
                let end = out.len() + usize::from(symbol.len);
                out.extend_from_slice(&symbol.bytes);
                out.truncate(end);
            }
        }
        Some(())
    }
}

/// A codec with what it takes to encode.
#[derive(Debug)]
pub(super) struct Encoder<'a> {
    codec: &'a Codec,
    /// Codes by first byte, those of long symbols first.
    by_first: Vec<Vec<u8>>,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(codec: &'a Codec) -> Self {
        let mut by_first = vec![Vec::new(); 256];
        for (code, symbol) in codec.symbols.iter().enumerate() {
            by_first[usize::from(symbol.bytes[0])].push(code as u8);
        }
        for codes in &mut by_first {
            codes.sort_by_key(|&code| std::cmp::Reverse(codec.symbols[usize::from(code)].len));
        }
        Self { codec, by_first }
    }

    /// Appends the code of `text` to `out`.
    pub(super) fn encode(&self, text: &[u8], out: &mut Vec<u8>) {
        let mut rest = text;
        while let Some((&first, tail)) = rest.split_first() {
            if let Some(code) = self.longest(rest) {
                out.push(code);
                rest = &rest[usize::from(self.codec.symbols[usize::from(code)].len)..];
            } else {
                out.extend([ESCAPE, first]);
                rest = tail;
            }
        }
    }

    fn longest(&self, text: &[u8]) -> Option<u8> {
        let codes = &self.by_first[usize::from(*text.first()?)];
        codes
            .iter()
            .copied()
            .find(|&code| text.starts_with(self.codec.symbols[usize::from(code)].as_slice()))
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
        let codec = Codec::train(texts[..3].iter().map(|t| t.as_bytes()));
        let mut table = Vec::new();
        codec.write(&mut table);
        let codec = Codec::take(&mut table.as_slice()).unwrap();
        let encoder = Encoder::new(&codec);
        for text in texts {
            let (mut code, mut back) = (Vec::new(), Vec::new());
            encoder.encode(text.as_bytes(), &mut code);
            codec.decode(&code, &mut back).unwrap();
            assert_eq!(String::from_utf8_lossy(&back), text);
        }
        let mut code = Vec::new();
        encoder.encode(texts[0].as_bytes(), &mut code);
        assert!(code.len() * 2 < texts[0].len(), "{}", code.len());
    }

    #[test]
    fn foreign_codes_are_refused() {
        let codec = Codec::train([b"ab".as_slice()]);
        for code in [[ESCAPE].as_slice(), &[254]] {
            assert!(codec.decode(code, &mut Vec::new()).is_none(), "{code:?}");
        }
        for table in [
            [].as_slice(),
            &[1],
            &[1, 0],
            &[1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &[1, 2, 65],
        ] {
            assert!(Codec::take(&mut &*table).is_none(), "{table:?}");
        }
    }
}
