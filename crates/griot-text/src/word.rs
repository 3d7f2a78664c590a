//! Word segmentation: the unit that word-level models score and that sub-word models are read back to.
//!
//! A word is a run of letters and numbers with their marks, or one other visible character.
//! Letters of scripts written without spaces (and Hangul, whose particles cling to names) are words of their own.
//! White space, control and format characters separate words, except the joiners and the soft hyphen, which hold a word
//! together.
//! The training recipe segments with the same rules; `models/recipe/golden/words.jsonl` is the shared proof.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use crate::span::Span;

/// Code point ranges, both ends included, of scripts whose letters stand alone.
const ISOLATED: [(u32, u32); 18] = [
    (0x0E00, 0x0FFF), // Thai, Lao, Tibetan
    (0x1000, 0x109F), // Myanmar
    (0x1780, 0x17FF), // Khmer
    (0x2E80, 0x2FDF), // CJK radicals
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3031, 0x303C),
    (0x3040, 0x312F), // kana, bopomofo
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF), // Myanmar extended
    (0xAA60, 0xAA7F),
    (0xAC00, 0xD7AF), // Hangul syllables
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F), // half-width katakana
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
];

/// What a character does to the word that is open before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Ends it.
    Space,
    /// Extends it if something follows, whatever that is.
    Glue,
    /// Extends it.
    Mark,
    /// Extends a run of letters, else opens one.
    Letter,
    /// Is a word of its own.
    Alone,
}

/// The words of `text`, in order: disjoint, never empty, on character boundaries.
///
/// Words are bytes, end exclusive; what lies between two words is white space, controls or format characters.
/// Cost is linear in the text.
///
/// # Panics
///
/// When `text` is longer than `u32::MAX` bytes; a [`Document`](crate::Document) never is.
///
/// ```
/// let text = "l’ONU à N'Djamena";
/// let words: Vec<_> = griot_text::segment_words(text).iter().map(|w| w.slice(text).unwrap_or("")).collect();
/// assert_eq!(words, ["l", "’", "ONU", "à", "N", "'", "Djamena"]);
/// ```
pub fn segment_words(text: &str) -> Vec<Span> {
    assert!(
        u32::try_from(text.len()).is_ok(),
        "text of {} bytes is over u32::MAX",
        text.len()
    );
    let mut words = Vec::with_capacity(text.len() / 5);
    let mut open: Option<OpenWord> = None;
    for (at, c) in text.char_indices() {
        let kind = kind(c);
        let end = (at + c.len_utf8()) as u32;
        match (&mut open, kind) {
            (_, Kind::Space) => words.extend(open.take().map(|word| word.span)),
            (None, Kind::Glue) => {}
            (Some(word), Kind::Glue) => word.kind = Kind::Glue,
            (Some(word), _) if word.takes(kind) => word.extend(kind, end),
            _ => {
                words.extend(open.take().map(|word| word.span));
                open = Some(OpenWord::new(at as u32, end, kind));
            }
        }
    }
    words.extend(open.map(|word| word.span));
    words
}

struct OpenWord {
    span: Span,
    kind: Kind,
}

impl OpenWord {
    fn new(start: u32, end: u32, kind: Kind) -> Self {
        // A mark with nothing to sit on opens a run of letters.
        let kind = if kind == Kind::Mark {
            Kind::Letter
        } else {
            kind
        };
        Self {
            span: Span::new(start, end),
            kind,
        }
    }

    fn takes(&self, next: Kind) -> bool {
        self.kind == Kind::Glue
            || next == Kind::Mark
            || (next == Kind::Letter && self.kind == Kind::Letter)
    }

    fn extend(&mut self, next: Kind, end: u32) {
        self.kind = match next {
            Kind::Mark if self.kind == Kind::Glue => Kind::Letter,
            Kind::Mark => self.kind,
            next => next,
        };
        self.span = Span::new(self.span.start(), end);
    }
}

fn kind(c: char) -> Kind {
    if c.is_ascii() {
        return match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => Kind::Letter,
            '!'..='~' => Kind::Alone,
            _ => Kind::Space,
        };
    }
    if matches!(c, '\u{ad}' | '\u{200c}' | '\u{200d}') {
        return Kind::Glue;
    }
    match c.general_category() {
        GeneralCategory::SpaceSeparator
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator
        | GeneralCategory::Control
        | GeneralCategory::Format => Kind::Space,
        GeneralCategory::NonspacingMark
        | GeneralCategory::SpacingMark
        | GeneralCategory::EnclosingMark => Kind::Mark,
        GeneralCategory::UppercaseLetter
        | GeneralCategory::LowercaseLetter
        | GeneralCategory::TitlecaseLetter
        | GeneralCategory::ModifierLetter
        | GeneralCategory::OtherLetter
        | GeneralCategory::DecimalNumber
        | GeneralCategory::LetterNumber
        | GeneralCategory::OtherNumber
            if !stands_alone(c) =>
        {
            Kind::Letter
        }
        _ => Kind::Alone,
    }
}

fn stands_alone(c: char) -> bool {
    ISOLATED
        .iter()
        .any(|&(low, high)| (low..=high).contains(&u32::from(c)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<&str> {
        segment_words(text)
            .iter()
            .map(|word| &text[word.range()])
            .collect()
    }

    /// Word for word what the recipe segments; its offsets are code points.
    #[test]
    fn words_match_the_recipe() {
        let golden = include_str!("../../../models/recipe/golden/words.jsonl");
        for line in golden.lines() {
            let record: serde_json::Value = serde_json::from_str(line).expect("golden line");
            let text = record["text"].as_str().expect("text");
            let chars: Vec<usize> = text
                .char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .collect();
            let expected = record["words"]
                .as_array()
                .expect("words")
                .iter()
                .map(|word| {
                    let at = |i: usize| chars[word[i].as_u64().expect("offset") as usize];
                    &text[at(0)..at(1)]
                });
            assert_eq!(words(text), expected.collect::<Vec<_>>(), "{text:?}");
        }
    }

    #[test]
    fn words_of_many_scripts() {
        for (text, expected) in [
            ("", vec![]),
            (" \r\n\u{0}\u{feff}", vec![]),
            (
                "L’ONU, 25\u{202f}000",
                vec!["L", "’", "ONU", ",", "25", "000"],
            ),
            ("e\u{301}te\u{301}!", vec!["e\u{301}te\u{301}", "!"]),
            ("Лавров—Мали", vec!["Лавров", "—", "Мали"]),
            ("باماكو، مالي", vec!["باماكو", "،", "مالي"]),
            ("नई दिल्ली।", vec!["नई", "दिल्ली", "।"]),
            ("马里ok", vec!["马", "里", "ok"]),
            ("co\u{ad}op\u{ad} x", vec!["co\u{ad}op", "x"]),
            ("👩\u{200d}👧❤\u{fe0f}", vec!["👩\u{200d}👧", "❤\u{fe0f}"]),
        ] {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn words_are_ordered_and_cover_all_but_separators(text in "\\PC{0,40}|[ \\x00-\\x{300}\\u{200d}\\u{ad}]{0,40}") {
            let mut end = 0;
            for word in segment_words(&text) {
                let between = &text[end..word.start() as usize];
                prop_assert!(!word.is_empty() && between.chars().all(|c| matches!(kind(c), Kind::Space | Kind::Glue)));
                end = word.end() as usize;
            }
            prop_assert!(text[end..].chars().all(|c| matches!(kind(c), Kind::Space | Kind::Glue)));
        }
    }
}
