//! Hashed word features, version 1: what a word-level model sees of a word.
//!
//! The training recipe computes the same numbers; `models/recipe/golden/features.jsonl` is the shared proof.
//! Any change here changes [`FEATURE_VERSION`] and needs a model trained on it.

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// The only feature version this crate computes.
pub(crate) const FEATURE_VERSION: u32 = 1;

/// Row numbers a word: the sum of the widths of [`TABLES`].
pub(crate) const FEATURES_PER_WORD: usize = 32;

/// An embedding table: its name, and how many of a word's features index it.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) width: usize,
}

/// The tables in the order of a word's features. Row 0 of each is the zero vector: "no feature".
pub(crate) const TABLES: [Table; 5] = [
    Table {
        name: "norm",
        width: 3,
    },
    Table {
        name: "prefix",
        width: 3,
    },
    Table {
        name: "suffix",
        width: 3,
    },
    Table {
        name: "shape",
        width: 3,
    },
    Table {
        name: NGRAM,
        width: 20,
    },
];

/// The table whose vectors are averaged; those of the others are summed.
pub(crate) const NGRAM: &str = "ngram";

const PREFIXES: [usize; 3] = [1, 3, 4];
const SUFFIXES: [usize; 3] = [2, 3, 4];
const NGRAMS: [usize; 2] = [3, 4];
/// At most this many n-grams of one order from either end of the word.
const NGRAMS_EACH_END: usize = 5;
const SHAPE_MAX: usize = 12;
const LENGTH_MAX: usize = 8;

/// Computes word features; holds the buffers that words share. `rows` are the tables' sizes.
pub(crate) struct Featurizer {
    rows: [u32; TABLES.len()],
    norm: String,
    chars: Vec<char>,
    key: String,
}

impl Featurizer {
    pub(crate) fn new(rows: [u32; TABLES.len()]) -> Self {
        Self {
            rows,
            norm: String::new(),
            chars: Vec::new(),
            key: String::new(),
        }
    }

    /// Appends the [`FEATURES_PER_WORD`] row numbers of `word` to `out`, absent features as 0.
    pub(crate) fn push(&mut self, word: &str, out: &mut Vec<u32>) {
        normalise(word, &mut self.norm);
        let start = out.len();
        out.resize(start + FEATURES_PER_WORD, 0);
        let mut rest = &mut out[start..];
        // In the order of `TABLES`.
        let fills = [
            Self::norms,
            Self::prefixes,
            Self::suffixes,
            Self::shapes,
            Self::ngrams,
        ];
        for ((table, rows), fill) in TABLES.iter().zip(self.rows).zip(fills) {
            let (ids, after) = rest.split_at_mut(table.width);
            let mut slots = Slots { ids, used: 0, rows };
            fill(self, word, &mut slots);
            rest = after;
        }
    }

    fn norms(&mut self, _: &str, out: &mut Slots<'_>) {
        for tag in ["1:", "2:"] {
            self.key.clear();
            self.key.push_str(tag);
            self.key.push_str(&self.norm);
            out.add(&self.key);
        }
        self.key.clear();
        self.key.push_str("f:");
        self.key
            .extend(self.norm.nfd().filter(|&c| !is_dropped_by_folding(c)));
        out.add(&self.key);
    }

    fn prefixes(&mut self, _: &str, out: &mut Slots<'_>) {
        self.chars.clear();
        self.chars.extend(self.norm.chars());
        for n in PREFIXES {
            if let Some(prefix) = self.chars.get(..n) {
                push_key(&mut self.key, n, prefix);
                out.add(&self.key);
            }
        }
    }

    fn suffixes(&mut self, _: &str, out: &mut Slots<'_>) {
        for n in SUFFIXES {
            if let Some(start) = self.chars.len().checked_sub(n) {
                push_key(&mut self.key, n, &self.chars[start..]);
                out.add(&self.key);
            }
        }
    }

    fn shapes(&mut self, word: &str, out: &mut Slots<'_>) {
        self.key.clear();
        self.key.push_str("s:");
        push_shape(word, &mut self.key);
        out.add(&self.key);
        self.key.clear();
        self.key.push_str("c:");
        push_case(word, &mut self.key);
        out.add(&self.key);
        self.key.clear();
        match word.chars().find(|c| is_letter(*c)) {
            Some(letter) => write_key(&mut self.key, format_args!("b:{}", u32::from(letter) >> 8)),
            None => self.key.push_str("b:-"),
        }
        out.add(&self.key);
    }

    fn ngrams(&mut self, _: &str, out: &mut Slots<'_>) {
        self.chars.insert(0, '<');
        self.chars.push('>');
        for n in NGRAMS {
            let count = (self.chars.len() + 1).saturating_sub(n);
            for (i, gram) in self.chars.windows(n).enumerate() {
                if i < NGRAMS_EACH_END || i + NGRAMS_EACH_END >= count {
                    self.key.clear();
                    self.key.extend(gram);
                    out.add(&self.key);
                }
            }
        }
    }
}

/// The features of one table, filled from the left.
struct Slots<'a> {
    ids: &'a mut [u32],
    used: usize,
    rows: u32,
}

impl Slots<'_> {
    fn add(&mut self, key: &str) {
        self.ids[self.used] = 1 + crc32fast::hash(key.as_bytes()) % (self.rows - 1);
        self.used += 1;
    }
}

fn push_key(key: &mut String, n: usize, chars: &[char]) {
    key.clear();
    write_key(key, format_args!("{n}:"));
    key.extend(chars);
}

fn write_key(key: &mut String, text: std::fmt::Arguments<'_>) {
    key.write_fmt(text)
        .expect("writing to a string cannot fail");
}

/// NFKC, without format characters, lower case character by character, decimal digits as 0.
fn normalise(word: &str, out: &mut String) {
    out.clear();
    for c in word.nfkc() {
        match c.general_category() {
            GeneralCategory::Format => {}
            GeneralCategory::DecimalNumber => out.push('0'),
            _ => out.extend(c.to_lowercase()),
        }
    }
}

/// Accents and other non-spacing marks, and the Arabic tatweel.
fn is_dropped_by_folding(c: char) -> bool {
    c == '\u{640}' || c.general_category() == GeneralCategory::NonspacingMark
}

fn is_letter(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Letter
}

/// X upper or title case, x lower case, d number, o other letter, symbols as they are; runs cut at 3, 12 in all.
fn push_shape(word: &str, out: &mut String) {
    let (mut last, mut run, mut length) = (None, 0, 0);
    for c in word.chars() {
        let code = match (c.general_category_group(), c.general_category()) {
            (GeneralCategoryGroup::Mark, _) | (_, GeneralCategory::Format) => continue,
            (_, GeneralCategory::UppercaseLetter | GeneralCategory::TitlecaseLetter) => 'X',
            (_, GeneralCategory::LowercaseLetter) => 'x',
            (GeneralCategoryGroup::Letter, _) => 'o',
            (GeneralCategoryGroup::Number, _) => 'd',
            _ => c,
        };
        run = if last == Some(code) { run + 1 } else { 1 };
        last = Some(code);
        if run > 3 {
            continue;
        }
        out.push(code);
        length += 1;
        if length == SHAPE_MAX {
            break;
        }
    }
}

/// How the word is cased, with its length in characters up to 8: for example "T6" for "Bamako".
fn push_case(word: &str, out: &mut String) {
    let (mut upper, mut lower, mut length, mut first_upper) = (0, 0, 0, false);
    for c in word.chars() {
        length += 1;
        match c.general_category() {
            GeneralCategory::UppercaseLetter | GeneralCategory::TitlecaseLetter => {
                first_upper |= upper + lower == 0;
                upper += 1;
            }
            GeneralCategory::LowercaseLetter => lower += 1,
            _ => {}
        }
    }
    let code = match (upper, lower) {
        (0, 0) => '0',
        (0, _) => 'l',
        (1, _) if first_upper => 'T',
        (_, 0) => 'U',
        _ => 'm',
    };
    write_key(out, format_args!("{code}{}", length.min(LENGTH_MAX)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [u32; TABLES.len()] = [40_000, 8_000, 12_000, 2_000, 30_000];

    #[test]
    fn widths_add_up() {
        assert_eq!(
            TABLES.iter().map(|table| table.width).sum::<usize>(),
            FEATURES_PER_WORD
        );
    }

    /// Bit for bit what the recipe computes.
    #[test]
    fn features_match_the_recipe() {
        let golden = include_str!("../../../models/recipe/golden/features.jsonl");
        let mut featurizer = Featurizer::new(ROWS);
        for line in golden.lines() {
            let record: serde_json::Value = serde_json::from_str(line).expect("golden line");
            let word = record["word"].as_str().expect("word");
            let expected: Vec<u32> =
                serde_json::from_value(record["features"].clone()).expect("features");
            let mut features = Vec::new();
            featurizer.push(word, &mut features);
            assert_eq!(features, expected, "{word:?}");
        }
    }

    #[test]
    fn any_word_has_features() {
        let mut featurizer = Featurizer::new(ROWS);
        for word in ["", "\u{301}", "a", &"é".repeat(100_000), "\u{ad}"] {
            let mut features = Vec::new();
            featurizer.push(word, &mut features);
            assert_eq!(features.len(), FEATURES_PER_WORD);
            assert!(
                features.iter().zip(widths()).all(|(&row, rows)| row < rows),
                "{word:?}"
            );
        }
    }

    fn widths() -> impl Iterator<Item = u32> {
        TABLES
            .iter()
            .zip(ROWS)
            .flat_map(|(table, rows)| std::iter::repeat_n(rows, table.width))
    }
}
