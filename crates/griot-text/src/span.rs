//! Byte ranges of a text, and their conversion to other offset units.

#[cfg(test)]
mod tests;

use std::ops::Range;

/// A half-open range of bytes `start..end` of one text, `start <= end`.
///
/// Offsets are `u32`, which halves the size of what a batch of mentions holds;
/// a text is therefore at most 4 GiB long (see [`Document`](crate::Document)).
/// Spans are ordered by start, then by end.
///
/// # Example
///
/// ```
/// use griot_text::Span;
///
/// let span = Span::new(0, 6);
/// assert_eq!(span.slice("Ségou, Mali"), Some("Ségou"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: u32,
    end: u32,
}

/// Why a range of `usize` is not a [`Span`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpanError {
    /// The range ends before it starts.
    #[error("span {start}..{end} ends before it starts")]
    Reversed {
        /// First byte of the range.
        start: usize,
        /// End of the range, exclusive.
        end: usize,
    },
    /// The range ends beyond what a `u32` can count.
    #[error("span {start}..{end} ends after byte {max}, the last offset a span can hold")]
    TooLarge {
        /// First byte of the range.
        start: usize,
        /// End of the range, exclusive.
        end: usize,
        /// Largest offset a span can hold.
        max: u32,
    },
}

impl Span {
    /// The span of the bytes `start..end`.
    ///
    /// # Panics
    ///
    /// If `start > end`. Use `Span::try_from(start..end)` for offsets that come
    /// from outside the program.
    pub const fn new(start: u32, end: u32) -> Self {
        assert!(start <= end, "a span must not end before it starts");
        Self { start, end }
    }

    /// First byte of the span.
    pub const fn start(self) -> u32 {
        self.start
    }

    /// Byte after the last one of the span.
    pub const fn end(self) -> u32 {
        self.end
    }

    /// Length in bytes.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether the span covers no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The span as a range, to slice a `str` or a `[u8]` with.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether every byte of `other` is in this span; `true` for an empty
    /// `other` that lies inside or at either end.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two spans share at least one byte. Spans that only touch,
    /// such as `0..2` and `2..4`, do not overlap, nor does an empty span.
    pub const fn overlaps(self, other: Self) -> bool {
        let start = if self.start > other.start {
            self.start
        } else {
            other.start
        };
        let end = if self.end < other.end {
            self.end
        } else {
            other.end
        };
        start < end
    }

    /// The smallest span that contains both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// What the span covers in `text`; `None` if it reaches beyond the end of
    /// `text` or cuts a character in two.
    pub fn slice(self, text: &str) -> Option<&str> {
        text.get(self.range())
    }
}

impl TryFrom<Range<usize>> for Span {
    type Error = SpanError;

    /// # Errors
    ///
    /// [`SpanError`] if the range is reversed or does not fit in `u32`.
    fn try_from(range: Range<usize>) -> Result<Self, SpanError> {
        let Range { start, end } = range;
        if start > end {
            return Err(SpanError::Reversed { start, end });
        }
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Ok(Self { start, end }),
            _ => Err(SpanError::TooLarge {
                start,
                end,
                max: u32::MAX,
            }),
        }
    }
}

impl From<Span> for Range<usize> {
    fn from(span: Span) -> Self {
        span.range()
    }
}

/// What an offset counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OffsetUnit {
    /// Bytes of UTF-8: Rust, Go, and everything inside griot.
    #[default]
    Byte,
    /// Unicode scalar values: Python 3 strings.
    Char,
    /// UTF-16 code units: JavaScript, Java, C#.
    Utf16,
}

impl OffsetUnit {
    /// Length of `text` in this unit.
    fn len_of(self, text: &str) -> usize {
        match self {
            Self::Byte => text.len(),
            Self::Char => text.chars().count(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
        }
    }

    /// Length of one character in this unit.
    const fn len_of_char(self, c: char) -> usize {
        match self {
            Self::Byte => c.len_utf8(),
            Self::Char => 1,
            Self::Utf16 => c.len_utf16(),
        }
    }
}

/// Start and end of each of `spans`, counted in `unit` instead of bytes.
///
/// The spans may come in any order and overlap; the result is in their order.
/// Cost: one pass over `text`, and a sort of the 2n ends.
///
/// # Panics
///
/// If a span reaches beyond the end of `text` or cuts a character in two: it is
/// then not a span of this text.
///
/// # Example
///
/// ```
/// use griot_text::{OffsetUnit, Span, convert_spans};
///
/// let text = "🎷 à Dakar";
/// let dakar = Span::new(8, 13);
/// assert_eq!(convert_spans(text, &[dakar], OffsetUnit::Char), [(4, 9)]);
/// assert_eq!(convert_spans(text, &[dakar], OffsetUnit::Utf16), [(5, 10)]);
/// ```
pub fn convert_spans(text: &str, spans: &[Span], unit: OffsetUnit) -> Vec<(u32, u32)> {
    let mut converted = vec![(0, 0); spans.len()];
    let mut byte = 0;
    let mut count = 0;
    for end in sorted_ends(spans.iter().map(|span| (span.start, span.end))) {
        let step = text.get(byte..end.offset as usize);
        let step = step.unwrap_or_else(|| not_of_text(text, spans[end.index]));
        count += unit.len_of(step);
        byte = end.offset as usize;
        // A count in any of the units is at most the byte offset, a u32.
        end.write(&mut converted, count as u32);
    }
    converted
}

/// The inverse of [`convert_spans`]: the span of bytes of each `(start, end)`
/// counted in `unit`.
///
/// An element is `None` if the pair is reversed, reaches beyond the end of
/// `text`, or falls inside a character (a byte or half a surrogate pair).
/// Cost: one pass over `text`, and a sort of the 2n ends.
///
/// # Panics
///
/// If `text` is longer than `u32::MAX` bytes.
pub fn spans_from_units(text: &str, units: &[(u32, u32)], unit: OffsetUnit) -> Vec<Option<Span>> {
    assert!(
        u32::try_from(text.len()).is_ok(),
        "text longer than a span can reach"
    );
    let mut bytes = vec![(None, None); units.len()];
    let mut chars = text.chars();
    let mut byte = 0;
    let mut count = 0;
    for end in sorted_ends(units.iter().copied()) {
        while count < end.offset as usize {
            let Some(c) = chars.next() else { break };
            byte += c.len_utf8();
            count += unit.len_of_char(c);
        }
        let found = (count == end.offset as usize).then_some(byte as u32);
        end.write(&mut bytes, found);
    }
    let ordered = |(start, end): (Option<u32>, Option<u32>)| {
        let (start, end) = (start?, end?);
        (start <= end).then_some(Span { start, end })
    };
    bytes.into_iter().map(ordered).collect()
}

/// One end of the pair number `index`.
#[derive(Clone, Copy)]
struct End {
    offset: u32,
    index: usize,
    side: Side,
}

#[derive(Clone, Copy)]
enum Side {
    Start,
    End,
}

impl End {
    fn write<T>(self, pairs: &mut [(T, T)], value: T) {
        let pair = &mut pairs[self.index];
        match self.side {
            Side::Start => pair.0 = value,
            Side::End => pair.1 = value,
        }
    }
}

/// Both ends of every pair, by increasing offset.
fn sorted_ends(pairs: impl Iterator<Item = (u32, u32)>) -> Vec<End> {
    let both = |(index, (start, end))| {
        [(start, Side::Start), (end, Side::End)].map(|(offset, side)| End {
            offset,
            index,
            side,
        })
    };
    let mut ends: Vec<End> = pairs.enumerate().flat_map(both).collect();
    ends.sort_by_key(|end| end.offset);
    ends
}

fn not_of_text(text: &str, span: Span) -> ! {
    panic!(
        "span {}..{} is not on character boundaries of this text of {} bytes",
        span.start,
        span.end,
        text.len()
    )
}
