use proptest::prelude::*;

use super::*;
use crate::Span;

const SCHEMES: [TagScheme; 4] = [
    TagScheme::Iob1,
    TagScheme::Iob2,
    TagScheme::Bioes,
    TagScheme::Io,
];

/// Words without spaces between them, so that spans read as word indices.
fn words(n_words: usize) -> Vec<Span> {
    (0..n_words as u32).map(|i| Span::new(i, i + 1)).collect()
}

fn names(joined: &str) -> Vec<&str> {
    joined.split_whitespace().collect()
}

#[test]
fn schemes_are_found() {
    for (tags, scheme, n_labels) in [
        ("O B-PER I-PER B-LOC I-LOC", TagScheme::Iob2, 2),
        ("B-PER O B-LOC", TagScheme::Iob2, 2),
        // The columns of models trained on the files of CoNLL-2003: no B-PER.
        (
            "B-LOC B-MISC B-ORG I-LOC I-MISC I-ORG I-PER O",
            TagScheme::Iob1,
            4,
        ),
        ("O I-LOC I-PER I-MISC I-ORG", TagScheme::Io, 4),
        ("O PER LOC", TagScheme::Io, 2),
        ("O B-PER I-PER E-PER S-PER", TagScheme::Bioes, 1),
        ("O B-PER I-PER L-PER U-PER", TagScheme::Bioes, 1),
        ("O B-date-of-birth I-date-of-birth", TagScheme::Iob2, 1),
        ("O work-of-art X-ray", TagScheme::Io, 2),
        ("O", TagScheme::Io, 0),
    ] {
        let set = TagSet::from_names(&names(tags)).expect(tags);
        assert_eq!(
            (set.scheme(), set.labels().len()),
            (scheme, n_labels),
            "{tags}"
        );
        assert_eq!(set.tags()[set.outside()], Tag::Outside, "{tags}");
        assert_eq!(set.len(), names(tags).len(), "{tags}");
    }
}

#[test]
fn bad_tags() {
    for (tags, message) in [
        (&["B-PER"] as &[&str], "none of the 1 tags is \"O\""),
        (&[], "none of the 0 tags is \"O\""),
        (&["O", "B-"], "tag \"B-\" at 1 names no label"),
        (&["O", ""], "tag \"\" at 1 names no label"),
        (
            &["O", "B-PER", "LOC"],
            "tag \"LOC\" has no prefix such as B-, tag \"B-PER\" has one",
        ),
        (&["O", "E-PER", "L-PER"], "tags 1 and 2 are both \"L-PER\""),
        (&["O", "O"], "tags 0 and 1 are both \"O\""),
    ] {
        let error = TagSet::from_names(tags).expect_err(message);
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn another_scheme() {
    let set = TagSet::from_names(&["O", "B-PER", "I-PER"]).expect("valid");
    assert!(!set.allows(None, Some(2)));
    let set = set.with_scheme(TagScheme::Iob1).expect("IOB1 has B and I");
    assert!(set.allows(None, Some(2)));
    let error = set.with_scheme(TagScheme::Io).expect_err("IO has no B");
    assert_eq!(
        error.to_string(),
        "tag \"B-PER\" at 1 does not belong to the scheme IO"
    );
}

#[track_caller]
fn check_transitions(columns: &str, scheme: TagScheme, allowed: &[&str]) {
    let set = TagSet::from_names(&names(columns)).expect(columns);
    let set = set.with_scheme(scheme).expect(columns);
    let mut ends: Vec<(Option<usize>, &str)> = names(columns)
        .into_iter()
        .enumerate()
        .map(|(i, name)| (Some(i), name))
        .collect();
    ends.push((None, "|"));
    let mut found = Vec::new();
    for (from, name) in &ends {
        let next: Vec<&str> = ends
            .iter()
            .filter(|(to, _)| set.allows(*from, *to))
            .map(|(_, name)| *name)
            .collect();
        found.push(format!("{name}: {}", next.join(" ")));
    }
    assert_eq!(found, allowed);
}

#[test]
fn transitions() {
    check_transitions(
        "O B-X I-X B-Y I-Y",
        TagScheme::Iob2,
        &[
            "O: O B-X B-Y |",
            "B-X: O B-X I-X B-Y |",
            "I-X: O B-X I-X B-Y |",
            "B-Y: O B-X B-Y I-Y |",
            "I-Y: O B-X B-Y I-Y |",
            "|: O B-X B-Y |",
        ],
    );
    check_transitions(
        "O B-X I-X B-Y I-Y",
        TagScheme::Iob1,
        &[
            "O: O I-X I-Y |",
            "B-X: O B-X I-X I-Y |",
            "I-X: O B-X I-X I-Y |",
            "B-Y: O I-X B-Y I-Y |",
            "I-Y: O I-X B-Y I-Y |",
            "|: O I-X I-Y |",
        ],
    );
    check_transitions(
        "O B-X I-X E-X S-X S-Y",
        TagScheme::Bioes,
        &[
            "O: O B-X S-X S-Y |",
            "B-X: I-X E-X",
            "I-X: I-X E-X",
            "E-X: O B-X S-X S-Y |",
            "S-X: O B-X S-X S-Y |",
            "S-Y: O B-X S-X S-Y |",
            "|: O B-X S-X S-Y |",
        ],
    );
    let all = |name| format!("{name}: O X Y |");
    let rows = ["O", "X", "Y", "|"].map(all);
    check_transitions("O X Y", TagScheme::Io, &rows.each_ref().map(String::as_str));
}

#[track_caller]
fn check_reading(tags: &str, reading: Reading, expected: &str) {
    let tags = names(tags);
    let spans = spans_from_tags(&words(tags.len()), &tags, reading).expect("valid tags");
    let found: Vec<String> = spans
        .iter()
        .map(|(span, label)| format!("{label}:{}-{}", span.start(), span.end()))
        .collect();
    assert_eq!(found.join(" "), expected, "{tags:?} {reading:?}");
}

#[test]
fn readings() {
    let strict = Reading::Strict;
    for (tags, reading, expected) in [
        ("", Reading::Lenient, ""),
        ("O O", Reading::Lenient, ""),
        ("B-X I-X O B-Y", strict(TagScheme::Iob2), "X:0-2 Y:3-4"),
        ("I-X I-X B-X I-Y", strict(TagScheme::Iob2), "X:2-3"),
        ("I-X I-X B-X I-Y", Reading::Lenient, "X:0-2 X:2-3 Y:3-4"),
        (
            "I-X B-X I-X I-Y",
            strict(TagScheme::Iob1),
            "X:0-1 X:1-3 Y:3-4",
        ),
        ("B-X I-X", strict(TagScheme::Iob1), "X:1-2"),
        ("B-X I-X", Reading::Lenient, "X:0-2"),
        (
            "S-X B-X E-X B-Y I-Y E-Y",
            strict(TagScheme::Bioes),
            "X:0-1 X:1-3 Y:3-6",
        ),
        ("U-X B-X L-X", strict(TagScheme::Bioes), "X:0-1 X:1-3"),
        (
            "B-X I-X O E-X B-X B-X E-X",
            strict(TagScheme::Bioes),
            "X:5-7",
        ),
        (
            "B-X I-X O E-X B-X B-X E-X",
            Reading::Lenient,
            "X:0-2 X:3-4 X:4-5 X:5-7",
        ),
        ("E-X E-X I-X", Reading::Lenient, "X:0-1 X:1-2 X:2-3"),
        ("X X Y O Y", strict(TagScheme::Io), "X:0-2 Y:2-3 Y:4-5"),
        ("I-X I-Y", strict(TagScheme::Io), "X:0-1 Y:1-2"),
    ] {
        check_reading(tags, reading, expected);
    }
}

#[test]
fn bad_sequences() {
    let read = |words: &[Span], tags: &[&str], reading| {
        spans_from_tags(words, tags, reading)
            .expect_err("malformed")
            .to_string()
    };
    assert_eq!(
        read(&words(2), &["O"], Reading::Lenient),
        "1 tags for 2 words"
    );
    assert_eq!(
        read(&words(1), &["B-"], Reading::Lenient),
        "tag \"B-\" at 0 names no label"
    );
    assert_eq!(
        read(&words(1), &["S-X"], Reading::Strict(TagScheme::Iob2)),
        "tag \"S-X\" at 0 does not belong to the scheme IOB2"
    );
}

#[test]
fn writing_words_that_spans_cut() {
    let words = [Span::new(0, 3), Span::new(4, 8), Span::new(9, 12)];
    let write = |spans: &[(Span, &str)]| tags_from_spans(&words, spans, TagScheme::Iob2).join(" ");
    assert_eq!(write(&[(Span::new(1, 5), "X")]), "B-X I-X O");
    assert_eq!(write(&[(Span::new(3, 4), "X")]), "O O O");
    assert_eq!(
        write(&[(Span::new(0, 5), "X"), (Span::new(5, 12), "Y")]),
        "B-X I-X B-Y"
    );
    assert_eq!(
        write(&[(Span::new(0, 12), "X"), (Span::new(4, 8), "Y")]),
        "B-X I-X I-X"
    );
    assert_eq!(write(&[]), "O O O");
}

/// Labelled runs of words that cover a text of `n` words, with gaps.
fn runs() -> impl Strategy<Value = (usize, Vec<(Span, &'static str)>)> {
    prop::collection::vec(
        (0u32..3, 1u32..4, prop::sample::select(vec!["X", "Y"])),
        0..6,
    )
    .prop_map(|runs| {
        let mut end = 0;
        let mut spans = Vec::new();
        for (gap, len, label) in runs {
            spans.push((Span::new(end + gap, end + gap + len), label));
            end += gap + len;
        }
        (end as usize + 1, spans)
    })
}

/// In IO, spans of one label that touch are one.
fn merged(spans: &[(Span, &'static str)]) -> Vec<(Span, &'static str)> {
    let mut all: Vec<(Span, &str)> = Vec::new();
    for &(span, label) in spans {
        match all.last_mut() {
            Some((last, of)) if last.end() == span.start() && *of == label => {
                *last = last.cover(span);
            }
            _ => all.push((span, label)),
        }
    }
    all
}

proptest! {
    #[test]
    fn what_is_written_is_read_again((n_words, spans) in runs()) {
        for scheme in SCHEMES {
            let tags = tags_from_spans(&words(n_words), &spans, scheme);
            let expected = if scheme == TagScheme::Io { merged(&spans) } else { spans.clone() };
            for reading in [Reading::Strict(scheme), Reading::Lenient] {
                let read = spans_from_tags(&words(n_words), &tags, reading).expect("well formed");
                let read: Vec<_> = read.iter().map(|(span, label)| (*span, label.as_str())).collect();
                prop_assert_eq!(&read, &expected);
            }
        }
    }

    /// What the strict reading takes is what the transitions allow.
    #[test]
    fn allowed_sequences_are_read_whole(
        columns in prop::collection::vec(0usize..9, 0..7),
        scheme in prop::sample::select(SCHEMES.to_vec()),
    ) {
        let all = names("O B-X I-X E-X S-X B-Y I-Y E-Y S-Y");
        let kept: Vec<&str> = all.into_iter().filter(|name| {
            split_prefix(name).is_none_or(|(prefix, _)| scheme.has(prefix))
        }).collect();
        let columns: Vec<usize> = columns.into_iter().filter(|column| *column < kept.len()).collect();
        let set = TagSet::from_names(&kept).expect("valid").with_scheme(scheme).expect("kept by scheme");
        let ends = |i: usize| i.checked_sub(1).map(|i| columns[i]);
        let allowed = (0..=columns.len())
            .all(|i| (ends(i).is_none() && i > 0) || set.allows(ends(i), columns.get(i).copied()));
        let tags: Vec<&str> = columns.iter().map(|&column| kept[column]).collect();
        let read = |reading| spans_from_tags(&words(tags.len()), &tags, reading).expect("valid");
        let strict = read(Reading::Strict(scheme));
        let covered: u32 = strict.iter().map(|(span, _)| span.len()).sum();
        let n_inside = tags.iter().filter(|tag| **tag != "O").count();
        prop_assert_eq!(allowed, covered as usize == n_inside);
        if allowed {
            prop_assert_eq!(&strict, &read(Reading::Lenient));
            prop_assert_eq!(tags_from_spans(&words(tags.len()), &strict, scheme), tags);
        }
    }
}
