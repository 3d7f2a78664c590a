//! Long texts are read in windows that overlap, so that nothing is cut off.

use std::ops::Range;

/// How long windows are, in units (sub-words or words).
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowLimits {
    /// Most units in a window; at least 1.
    pub(crate) size: usize,
    /// Units two neighbors share; at most half of `size`, so that every window
    /// starts after the one before.
    pub(crate) overlap: usize,
}

/// A run of units that goes through the model at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// The units it reads.
    pub(crate) units: Range<usize>,
    /// The words it scores. Every word has one window: in an overlap, the one
    /// whose cut is farther away.
    pub(crate) words: Range<usize>,
}

/// Cuts the units of `segment` into windows, in order, and appends them to
/// `windows`.
///
/// `word_units[w]` is the first unit of word `w`, strictly increasing. A cut is
/// made between two words if there is a place for it near the limit, and inside
/// a word otherwise. A window that would score no word is left out.
/// Cost: O(windows × log words).
pub(crate) fn cut(
    segment: Range<usize>,
    word_units: &[usize],
    limits: WindowLimits,
    windows: &mut Vec<Window>,
) {
    let word_at = |unit: usize| word_units.partition_point(|&first| first < unit);
    let mut start = segment.start;
    let mut word = word_at(start);
    loop {
        let end = window_end(start, segment.end, word_units, limits);
        let next = window_start(end, word_units, limits);
        let is_last = end == segment.end;
        // The words of an overlap are shared out at its middle.
        let own_end = if is_last { end } else { next.midpoint(end) };
        let word_end = word_at(own_end).max(word);
        if word < word_end {
            windows.push(Window {
                units: start..end,
                words: word..word_end,
            });
        }
        if is_last {
            return;
        }
        (start, word) = (next, word_end);
    }
}

/// Where the window from `start` ends.
fn window_end(start: usize, last: usize, word_units: &[usize], limits: WindowLimits) -> usize {
    if last - start <= limits.size {
        return last;
    }
    let full = start + limits.size;
    word_start_before(full, word_units, limits).unwrap_or(full)
}

/// Where the window after one that ends at `end` starts.
fn window_start(end: usize, word_units: &[usize], limits: WindowLimits) -> usize {
    let latest = end - limits.overlap.min(end);
    word_start_before(latest, word_units, limits).unwrap_or(latest)
}

/// The last unit up to `unit` that starts a word, if it is less than a quarter
/// of a window away. With the overlap at most half of a window, a window thus
/// always starts after the one before it.
fn word_start_before(unit: usize, word_units: &[usize], limits: WindowLimits) -> Option<usize> {
    let index = word_units.partition_point(|&first| first <= unit);
    let first = *word_units[..index].last()?;
    (unit - first < limits.size.div_ceil(4)).then_some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn windows(
        segment: Range<usize>,
        word_units: &[usize],
        size: usize,
        overlap: usize,
    ) -> Vec<Window> {
        let mut windows = Vec::new();
        cut(
            segment,
            word_units,
            WindowLimits { size, overlap },
            &mut windows,
        );
        windows
    }

    #[test]
    fn cuts_between_words() {
        let words: Vec<usize> = (0..10).map(|word| word * 3).collect();
        let cut = windows(0..30, &words, 14, 6);
        let expected = [
            (0..12, 0..3),
            (6..18, 3..5),
            (12..24, 5..7),
            (18..30, 7..10),
        ];
        let expected = expected.map(|(units, words)| Window { units, words });
        assert_eq!(cut, expected);
    }

    #[test]
    fn leaves_out_what_scores_nothing() {
        // A word of 100 units: only its first is scored.
        let cut = windows(0..100, &[0], 10, 2);
        assert_eq!(
            cut,
            [Window {
                units: 0..10,
                words: 0..1
            }]
        );
        assert_eq!(windows(0..0, &[], 10, 2), []);
    }

    proptest! {
        #[test]
        fn every_word_is_in_one_window(
            lengths in prop::collection::vec(1..40_usize, 0..60),
            start in 0..5_usize,
            size in 1..50_usize,
            share in 0.0..=0.5_f64,
        ) {
            let overlap = (size as f64 * share) as usize;
            let mut end = start;
            let word_units: Vec<usize> = lengths.iter().map(|length| {
                end += length;
                end - length
            }).collect();
            let windows = windows(start..end, &word_units, size, overlap);
            let mut word = 0;
            for window in &windows {
                prop_assert!(window.units.len() <= size);
                prop_assert_eq!(window.words.start, word);
                for word in window.words.clone() {
                    prop_assert!(window.units.contains(&word_units[word]));
                }
                word = window.words.end;
            }
            prop_assert_eq!(word, word_units.len());
        }
    }
}
