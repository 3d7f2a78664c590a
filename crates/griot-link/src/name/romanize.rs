//! Any script in the letters a–z.

use std::collections::HashMap;
use std::sync::LazyLock;

/// First and last character of the table: Greek to Arabic, then Georgian.
const FIRST: u32 = 0x370;
const LAST: u32 = 0x10ff;

/// `key`, word for word, in a–z and digits. A word of which nothing is left stays
/// as it is, so that the words of both can be paired.
pub(super) fn romanize(key: &str) -> String {
    let mut latin = String::with_capacity(key.len());
    for word in key.split(' ') {
        if !latin.is_empty() {
            latin.push(' ');
        }
        let start = latin.len();
        romanize_word(word, &mut latin);
        if latin.len() == start {
            latin.push_str(word);
        }
    }
    latin
}

fn romanize_word(word: &str, latin: &mut String) {
    if word.is_ascii() {
        latin.push_str(word);
        return;
    }
    let word = without_arabic_article(word);
    let start = latin.len();
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii() {
            latin.push(c);
            continue;
        }
        let pair = chars.peek().and_then(|next| TABLE.pairs.get(&(c, *next)));
        if let Some(letters) = pair {
            chars.next();
            latin.push_str(letters);
        } else if let Some(letters) = TABLE.get(c, latin.len() == start) {
            latin.push_str(letters);
        } else {
            push_other(c, latin);
        }
    }
}

/// What `c`, folded or not, is inside a word, in a–z and digits.
pub(super) fn letters(c: char) -> impl Iterator<Item = u8> {
    let lower = c.to_lowercase().next().unwrap_or(c);
    let latin = TABLE.get(lower, false);
    let bytes = latin
        .unwrap_or_else(|| any_ascii::any_ascii_char(c))
        .bytes();
    bytes
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
}

/// Scripts without a table of their own.
fn push_other(c: char, latin: &mut String) {
    for byte in any_ascii::any_ascii_char(c).bytes() {
        if byte.is_ascii_alphanumeric() {
            latin.push(char::from(byte.to_ascii_lowercase()));
        }
    }
}

/// The article is written with the word in Arabic and apart, or not at all, in
/// other scripts.
fn without_arabic_article(word: &str) -> &str {
    match word.strip_prefix("ال") {
        Some(bare) if bare.chars().count() >= 3 => bare,
        _ => word,
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("data/romanize.txt")));

struct Table {
    /// By character less [`FIRST`]: at the start of a word, and elsewhere.
    single: Vec<Option<(&'static str, &'static str)>>,
    pairs: HashMap<(char, char), &'static str>,
}

impl Table {
    /// Lines `letter latin` or `letter initial other`, `-` for nothing; `letters
    /// latin` for two letters of one sound.
    fn parse(lines: &'static str) -> Self {
        let mut table = Self {
            single: vec![None; (LAST - FIRST + 1) as usize],
            pairs: HashMap::new(),
        };
        for line in lines.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line
                .split_whitespace()
                .map(|f| if f == "-" { "" } else { f });
            let (Some(letters), Some(initial)) = (fields.next(), fields.next()) else {
                continue;
            };
            let mut letters = letters.chars();
            match (letters.next(), letters.next()) {
                (Some(c), None) => {
                    let other = fields.next().unwrap_or(initial);
                    table.single[(u32::from(c) - FIRST) as usize] = Some((initial, other));
                }
                (Some(c), Some(next)) => {
                    table.pairs.insert((c, next), initial);
                }
                (None, _) => {}
            }
        }
        table
    }

    fn get(&self, c: char, at_start: bool) -> Option<&'static str> {
        let at = u32::from(c).checked_sub(FIRST)? as usize;
        let (initial, other) = (*self.single.get(at)?)?;
        Some(if at_start { initial } else { other })
    }
}
