use proptest::prelude::*;

use super::*;

fn read(page: &str) -> Document {
    document("p", page.as_bytes()).unwrap()
}

#[test]
fn text_of_pages() {
    let rows = [
        ("", ""),
        ("Lomé", "Lomé"),
        ("<p>Lomé</p>\n <p>Togo</p>", "Lomé\nTogo"),
        ("<title>x</title><p>a", "a"),
        ("<head><style>x<p>y</style>z</head><body>a", "a"),
        ("<head><title>x<p>y</head><body>a", ""),
        ("<head><meta x>x<body>a", "a"),
        (
            "a<script>if (1 < 2) '<p>b'</script>c<style>p{}</style>",
            "ac",
        ),
        ("a<!-- <p>b -->c", "ac"),
        ("a\r\n\t b<br>c<hr/>d", "a b\nc\nd"),
        ("<b>Bam</b>ako, <i>Ma</i>li", "Bamako, Mali"),
        (
            "&eacute;&#233;&#xe9;&eacute &amp;amp; &notit; &#59; AT&T &nosuch;",
            "éééé &amp; ¬it; ; AT&T &nosuch;",
        ),
        ("a&nbsp;b", "a\u{a0}b"),
        ("&NotEqualTilde;x", "≂̸x"),
        ("<td>Mali<td>Bamako", "Mali\nBamako"),
        ("<svg><svg>a</svg>b</svg>c", "c"),
        ("<p title='Mali'>a<", "a<"),
        ("a\0b", "a\0b"),
        ("<script>a", ""),
        ("</p></nav>a", "a"),
    ];
    for (page, expected) in rows {
        assert_eq!(read(page).text(), expected, "{page:?}");
    }
}

#[test]
fn marks_what_stands_around() {
    let rows = [
        ("<p>a</p>", None),
        (
            "<nav><a>Home</a><a>Mali</a></nav><p>a</p>",
            Some("HomeMali"),
        ),
        (
            "<p>a</p><footer>b<nav>c</nav>d</footer><p>e",
            Some("b\nc\nd"),
        ),
        ("<p>a</p><aside>b", Some("b")),
        ("<nav></nav>a", None),
    ];
    for (page, expected) in rows {
        let document = read(page);
        let found: Option<Vec<&str>> = document.boilerplate().map(|spans| {
            let text = |span: &Span| span.slice(document.text()).unwrap();
            spans.iter().map(text).collect()
        });
        assert_eq!(found, expected.map(|text| vec![text]), "{page:?}");
    }
}

#[test]
fn the_way_back() {
    let rows = [
        ("<p>a Lom&eacute; b", "Lomé", "Lom&eacute;"),
        ("<p>a <b>Lo</b>mé b", "Lomé", "Lo</b>mé"),
        (
            "<p>a New\r\n  <!-- x --> York b",
            "New York",
            "New\r\n  <!-- x --> York",
        ),
        ("a Lom&eacuteb", "Lomé", "Lom&eacute"),
        ("<p>M&#97;li &lt; b", "Mali", "M&#97;li"),
    ];
    for (page, name, expected) in rows {
        let document = read(page);
        let start = document.text().find(name).unwrap() as u32;
        let span = Span::new(start, start + name.len() as u32);
        let place = document.source().unwrap().span(span).unwrap();
        assert_eq!(place.slice(page), Some(expected), "{page:?}");
    }
}

/// Pieces that pages are made of.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zé🎷 \u{301}]{1,4}",
        "[<>&;\"'=!/\r\n\0-]{1,3}",
        prop::sample::select(vec![
            "&eacute;",
            "&eacute",
            "&amp;",
            "&#233;",
            "&#x1F3B7;",
            "&#0;",
            "&#x80;",
            "&notit;",
            "&lt;",
            "&bne;",
            "&#59;",
            "<b>",
            "</b>",
            "<p>",
            "</p>",
            "<br>",
            "<!-- a & b -->",
            "<script>x<p>",
            "</script>",
            "<style>",
            "</style>",
            "<nav>",
            "</nav>",
            "<td x='&amp;'>",
            "<!DOCTYPE html>",
            "<textarea>",
            "</textarea>",
            "</>",
            "<title>",
            "</title>",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn source_ranges_decode_to_the_text(pieces in prop::collection::vec(piece(), 0..24)) {
        let page = pieces.concat();
        let document = read(&page);
        let (text, map) = (document.text(), document.source().unwrap());
        prop_assert_eq!(map.source(), page.as_str());
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let mut end_before = 0;
        for (index, &start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(text.len());
            let letter = &text[start..end];
            let place = map.span(Span::new(start as u32, end as u32)).unwrap();
            prop_assert!(place.slice(&page).is_some(), "{:?}", place);
            let raw = &page[place.range()];
            if !letter.chars().all(is_space) {
                // One reference may stand for two characters.
                let decoded = text_of(raw);
                prop_assert!(decoded.contains(letter), "{raw:?} is {letter:?}");
                prop_assert!(decoded.chars().count() <= 2, "{raw:?}");
                prop_assert!(place.end() >= end_before);
                end_before = place.end();
            }
        }
    }

    #[test]
    fn any_text_is_a_page(page in "\\PC{0,200}") {
        read(&page);
    }
}
