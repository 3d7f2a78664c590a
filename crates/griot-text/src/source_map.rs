//! Where a text stands in the page that it was taken from.

use crate::Span;

/// A page, such as an HTML file, and where in it each part of a text comes from.
///
/// The text is made of pieces in the order of the page: runs that are copied byte for
/// byte, and pieces that the page writes otherwise, as `&eacute;` for `é`. Offsets
/// count bytes, end exclusive, on both sides.
///
/// # Example
///
/// ```
/// use griot_text::{SourceMap, Span};
///
/// let mut map = SourceMap::default();
/// map.copy(3, 3); // Lom
/// map.rewrite(2, 6..14); // é
/// let map = map.of("<p>Lom&eacute;</p>");
/// assert_eq!(map.span(Span::new(0, 5)), Some(Span::new(3, 14)));
/// assert_eq!(map.span(Span::new(1, 3)), Some(Span::new(4, 6)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    source: String,
    pieces: Vec<Piece>,
    /// Bytes of the text so far.
    len: u32,
}

/// Part of the text; ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    text: u32,
    source: u32,
    /// End in the source if the piece is not a copy.
    rewritten_to: Option<u32>,
}

impl SourceMap {
    /// The next `len` bytes of the text are those of the source from `source`.
    pub fn copy(&mut self, len: u32, source: u32) {
        let piece = Piece {
            text: self.len,
            source,
            rewritten_to: None,
        };
        self.len += len;
        let goes_on = |last: &Piece| {
            last.rewritten_to.is_none()
                && source.wrapping_sub(last.source) == piece.text - last.text
        };
        if len > 0 && !self.pieces.last().is_some_and(goes_on) {
            self.pieces.push(piece);
        }
    }

    /// The next `len` bytes of the text stand for `source`, which is written otherwise.
    pub fn rewrite(&mut self, len: u32, source: std::ops::Range<u32>) {
        if len > 0 {
            self.pieces.push(Piece {
                text: self.len,
                source: source.start,
                rewritten_to: Some(source.end),
            });
        }
        self.len += len;
    }

    /// The map of the page `source`.
    #[must_use]
    pub fn of(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// The page.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Where `span` of the text stands in the page: from the begin of its first
    /// character to the end of its last one, with all that is between them. Nothing if
    /// the span is empty or longer than the text. Cost: logarithmic in the number of
    /// pieces.
    pub fn span(&self, span: Span) -> Option<Span> {
        if span.is_empty() || span.end() > self.len {
            return None;
        }
        let first = self.piece(span.start())?;
        let last = self.piece(span.end() - 1)?;
        let start = match first.rewritten_to {
            None => first.source + (span.start() - first.text),
            Some(_) => first.source,
        };
        let end = match last.rewritten_to {
            None => last.source + (span.end() - last.text),
            Some(end) => end,
        };
        Some(Span::new(start, end))
    }

    fn piece(&self, at: u32) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.text <= at);
        self.pieces.get(after.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_pieces() {
        let mut map = SourceMap::default();
        map.copy(2, 10);
        map.copy(2, 12);
        map.rewrite(1, 14..19);
        map.rewrite(0, 19..23);
        map.copy(3, 30);
        assert_eq!(map.pieces.len(), 3);
        let rows = [
            ((0, 4), Some((10, 14))),
            ((3, 5), Some((13, 19))),
            ((4, 5), Some((14, 19))),
            ((4, 6), Some((14, 31))),
            ((5, 8), Some((30, 33))),
            ((7, 9), None),
            ((3, 3), None),
        ];
        for ((start, end), expected) in rows {
            let found = map.span(Span::new(start, end));
            let expected = expected.map(|(start, end)| Span::new(start, end));
            assert_eq!(found, expected, "{start}..{end}");
        }
    }
}
