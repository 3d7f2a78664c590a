//! The language of a text, where it is clear.
//!
//! The detector is [whatlang](https://docs.rs/whatlang): 70 languages by script and
//! trigrams, in 0.3 MB and without a file to load. It was taken for that; lingua knows
//! five more and is better with single words, but takes 100 MB and more, and whichlang
//! knows 16 and no confidence.
//!
//! A language is only told if the detector is sure and the text is long enough; else
//! there is none. A text in a language that the detector does not know may be told for
//! one that it is like.

use std::collections::HashMap;
use std::sync::LazyLock;

use griot_text::{Document, Languages, Span};

/// Whether a pipeline finds the languages of documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LanguageDetection {
    /// It does not.
    #[default]
    Off,
    /// It does, as [`languages`] does.
    On,
}

/// Letters of a text at least, or a third of that in Chinese and Japanese: of shorter
/// ones the detector is often wrong and sure of it.
const LETTERS_MIN: usize = 30;

/// Letters of a paragraph that speaks for a language of its own, at least.
const PARAGRAPH_LETTERS_MIN: usize = 100;

/// What the detector's languages are called.
static TAGS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("../data/languages.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .collect()
});

/// The language of `text` as a BCP 47 tag; nothing if the text is too short to tell, or
/// if it is not clear. Cost: linear in the length of the text.
///
/// # Example
///
/// ```
/// let text = "Le ministre malien des Affaires étrangères est arrivé mardi à Moscou.";
/// assert_eq!(griot::language::detect(text), Some("fr"));
/// assert_eq!(griot::language::detect("Bamako, Moscou"), None);
/// ```
pub fn detect(text: &str) -> Option<&'static str> {
    detect_longer(text, LETTERS_MIN)
}

/// The languages of the document: that of all of it, and those of its paragraphs if
/// they are not the same. A language that the document states is taken at its word.
pub fn languages(document: &Document) -> Languages {
    if let Some(stated) = document.language() {
        return Languages {
            main: Some(stated.to_owned()),
            parts: Vec::new(),
        };
    }
    let text = document.text();
    let parts = parts(text);
    let mut letters: Vec<(&str, u32)> = Vec::new();
    for &(span, language) in &parts {
        match letters.iter_mut().find(|(known, _)| *known == language) {
            Some((_, n)) => *n += span.len(),
            None => letters.push((language, span.len())),
        }
    }
    if letters.len() < 2 {
        return Languages {
            main: detect(text).map(str::to_owned),
            parts: Vec::new(),
        };
    }
    // The first of those that have most.
    let most = letters.iter().map(|(_, n)| *n).max();
    let main = letters.iter().find(|(_, n)| Some(*n) == most);
    let named = |(span, language): (Span, &str)| (span, language.to_owned());
    Languages {
        main: main.map(|(language, _)| (*language).to_owned()),
        parts: parts.into_iter().map(named).collect(),
    }
}

/// Ranges of paragraphs, those of one language together, from the first that is clear
/// to the last. A paragraph that is not clear belongs to those around it if they agree,
/// else to none.
fn parts(text: &str) -> Vec<(Span, &'static str)> {
    let mut parts: Vec<(Span, &'static str)> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let from = start + (line.len() - line.trim_start().len());
        start += line.len();
        let Some(language) = detect_longer(trimmed, PARAGRAPH_LETTERS_MIN) else {
            continue;
        };
        let span = Span::new(from as u32, (from + trimmed.len()) as u32);
        match parts.last_mut() {
            Some((last, known)) if *known == language => *last = last.cover(span),
            _ => parts.push((span, language)),
        }
    }
    parts
}

fn detect_longer(text: &str, letters_min: usize) -> Option<&'static str> {
    if weight(text, letters_min) < letters_min {
        return None;
    }
    let found = whatlang::detect(text).filter(whatlang::Info::is_reliable)?;
    TAGS.get(found.lang().code()).copied()
}

/// Letters of `text`, those that stand for a syllable or a word three times; no more are
/// counted than are enough.
fn weight(text: &str, enough: usize) -> usize {
    let mut weight = 0;
    for letter in text.chars().filter(|c| c.is_alphabetic()) {
        weight += match letter {
            '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' => 3,
            _ => 1,
        };
        if weight >= enough {
            break;
        }
    }
    weight
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRENCH: &str = "Le chef de la diplomatie malienne a souligné que son gouvernement avait \
        pour priorité la stabilisation du pays et la sécurité de ses habitants dans le nord.";
    const RUSSIAN: &str = "Министр иностранных дел прибыл в столицу во вторник вечером, где его \
        встретили представители правительства и послы нескольких соседних государств региона.";
    const ENGLISH: &str = "The minister arrived in the capital on Tuesday evening, where he was met by \
        members of the government and the ambassadors of several neighbouring countries.";

    #[test]
    fn detects_what_is_clear() {
        let rows = [
            (FRENCH, Some("fr")),
            (RUSSIAN, Some("ru")),
            (ENGLISH, Some("en")),
            (
                "Міністр закордонних справ прибув до столиці у вівторок увечері.",
                Some("uk"),
            ),
            (
                "وصل وزير الخارجية إلى العاصمة مساء الثلاثاء للقاء الرئيس",
                Some("ar"),
            ),
            ("外交部长星期二晚上抵达首都会见总统和政府成员", Some("zh")),
            (
                "Der Außenminister ist am Dienstagabend in der Hauptstadt eingetroffen.",
                Some("de"),
            ),
            ("", None),
            ("Mali", None),
            ("Bamako, Lomé, Kiev, Moscou", None),
            (
                "12 345,67 %%% 2021-11-11 12:30 ++ 88 99 00 11 22 33 44 55 66 77",
                None,
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(detect(text), expected, "{text:?}");
        }
    }

    #[test]
    fn paragraphs_of_a_mixed_text() {
        let find = |text: &str| languages(&Document::new("d", text).unwrap());
        let one = find(&format!("{FRENCH}\nBamako\n{FRENCH}"));
        assert_eq!((one.main.as_deref(), one.parts.len()), (Some("fr"), 0));

        let text = format!("{FRENCH}\r\n\n{FRENCH}\nSahel\n{RUSSIAN}\n");
        let mixed = find(&text);
        let parts: Vec<(&str, &str)> = mixed
            .parts
            .iter()
            .map(|(span, language)| (span.slice(&text).unwrap(), language.as_str()))
            .collect();
        let french = format!("{FRENCH}\r\n\n{FRENCH}");
        assert_eq!(parts, [(french.as_str(), "fr"), (RUSSIAN, "ru")]);
        assert_eq!(mixed.main.as_deref(), Some("fr"));
    }

    #[test]
    fn a_stated_language_is_believed() {
        let document = Document::new("d", RUSSIAN).unwrap().with_language("be");
        assert_eq!(languages(&document).main.as_deref(), Some("be"));
    }

    #[test]
    fn every_language_has_a_tag() {
        for language in whatlang::Lang::all() {
            assert!(TAGS.contains_key(language.code()), "{language}");
        }
    }
}
