use proptest::prelude::*;

use super::*;

const UNITS: [OffsetUnit; 3] = [OffsetUnit::Byte, OffsetUnit::Char, OffsetUnit::Utf16];

#[test]
fn relations() {
    let span = Span::new;
    for (left, right, overlaps, contains) in [
        (span(0, 2), span(2, 4), false, false),
        (span(0, 3), span(2, 4), true, false),
        (span(0, 4), span(1, 2), true, true),
        (span(0, 4), span(0, 4), true, true),
        (span(0, 4), span(2, 2), false, true),
        (span(0, 4), span(4, 4), false, true),
        (span(2, 2), span(2, 2), false, true),
        (span(0, 1), span(5, 6), false, false),
    ] {
        assert_eq!(left.overlaps(right), overlaps, "{left:?} {right:?}");
        assert_eq!(right.overlaps(left), overlaps, "{right:?} {left:?}");
        assert_eq!(left.contains(right), contains, "{left:?} {right:?}");
        assert!(left.cover(right).contains(left) && left.cover(right).contains(right));
    }
    assert_eq!(span(0, 1).cover(span(5, 6)), span(0, 6));
    assert!(span(0, 9) < span(1, 2) && span(1, 2) < span(1, 3));
    assert_eq!((span(3, 7).len(), span(3, 3).is_empty()), (4, true));
}

#[test]
fn slices() {
    for (start, end, expected) in [
        (0, 6, Some("Ségou")),
        (2, 3, None),
        (0, 99, None),
        (6, 6, Some("")),
        (1, 3, Some("é")),
    ] {
        assert_eq!(
            Span::new(start, end).slice("Ségou"),
            expected,
            "{start}..{end}"
        );
    }
}

#[test]
fn from_ranges() {
    assert_eq!(Span::try_from(1..3), Ok(Span::new(1, 3)));
    assert_eq!(Range::from(Span::new(1, 3)), 1..3);
    #[expect(clippy::reversed_empty_ranges, reason = "that is the case under test")]
    let reversed = Span::try_from(3..1).map_err(|error| error.to_string());
    assert_eq!(reversed, Err("span 3..1 ends before it starts".to_owned()));
    let max = u32::MAX as usize;
    assert!(Span::try_from(0..max).is_ok());
    let error = Span::try_from(max..max + 1).map_err(|error| error.to_string());
    let expected =
        "span 4294967295..4294967296 ends after byte 4294967295, the last offset a span can hold";
    assert_eq!(error, Err(expected.to_owned()));
}

#[test]
fn units_that_are_no_span() {
    let text = "a🎷é";
    let units = [
        (0, 1),
        (1, 2),
        (1, 3),
        (2, 3),
        (4, 4),
        (5, 5),
        (3, 1),
        (0, 4),
    ];
    let spans = spans_from_units(text, &units, OffsetUnit::Utf16);
    let expected = [
        Some(Span::new(0, 1)),
        None, // ends between the halves of a surrogate pair
        Some(Span::new(1, 5)),
        None,
        Some(Span::new(7, 7)),
        None, // beyond the end
        None, // reversed
        Some(Span::new(0, 7)),
    ];
    assert_eq!(spans, expected);
    assert_eq!(spans_from_units(text, &[(2, 5)], OffsetUnit::Byte), [None]);
    assert_eq!(
        spans_from_units("", &[(0, 0), (0, 1)], OffsetUnit::Char),
        [Some(Span::new(0, 0)), None]
    );
}

/// Position of `byte` in `unit`, the slow way.
fn naive(text: &str, byte: u32, unit: OffsetUnit) -> u32 {
    let before = &text[..byte as usize];
    let count = match unit {
        OffsetUnit::Byte => before.len(),
        OffsetUnit::Char => before.char_indices().count(),
        OffsetUnit::Utf16 => before.encode_utf16().count(),
    };
    count as u32
}

/// A text and spans of it, in any order.
fn text_and_spans() -> impl Strategy<Value = (String, Vec<Span>)> {
    let text = prop_oneof![any::<String>(), "[aé漢🎷\u{301}\r\n]{0,30}"];
    text.prop_flat_map(|text| {
        let mut ends: Vec<u32> = text.char_indices().map(|(at, _)| at as u32).collect();
        ends.push(text.len() as u32);
        let end = prop::sample::select(ends);
        let span = (end.clone(), end).prop_map(|(a, b)| Span::new(a.min(b), a.max(b)));
        (Just(text), prop::collection::vec(span, 0..8))
    })
}

proptest! {
    #[test]
    fn conversion_agrees_with_counting((text, spans) in text_and_spans()) {
        for unit in UNITS {
            let converted = convert_spans(&text, &spans, unit);
            let expected: Vec<_> = spans
                .iter()
                .map(|span| (naive(&text, span.start, unit), naive(&text, span.end, unit)))
                .collect();
            prop_assert_eq!(&converted, &expected);
            let back: Vec<_> = spans_from_units(&text, &converted, unit).into_iter().flatten().collect();
            prop_assert_eq!(&back, &spans);
        }
    }

    #[test]
    fn any_units_are_a_span_or_nothing(text in any::<String>(), units in prop::collection::vec((0u32..40, 0u32..40), 0..8)) {
        for unit in UNITS {
            let spans = spans_from_units(&text, &units, unit);
            prop_assert_eq!(spans.len(), units.len());
            for (span, pair) in spans.into_iter().zip(&units) {
                let Some(span) = span else { continue };
                prop_assert!(span.slice(&text).is_some());
                prop_assert_eq!(convert_spans(&text, &[span], unit), [*pair]);
            }
        }
    }
}
