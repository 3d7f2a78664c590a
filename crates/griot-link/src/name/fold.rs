//! From a name as it is written to its key.

use std::sync::LazyLock;

use super::script::is_letter;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The key of `text`: folded words separated by one space.
pub(super) fn fold(text: &str) -> String {
    let letters = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        SIMPLE.fold(text).unwrap_or_else(|| fold_letters(text))
    };
    let key = join_words(&letters);
    if !key.is_empty() {
        return key;
    }
    // A name of signs alone (`!!!`, an emoji) is still a name.
    letters.chars().filter(|c| !is_blank(*c)).nfc().collect()
}

/// Makes `key` the key of `word`, a word of letters. It is [`fold`] without an allocation
/// for what [`Simple`] knows.
pub(crate) fn fold_word(word: &str, key: &mut String) {
    key.clear();
    let is_simple = if word.is_ascii() {
        key.push_str(word);
        key.make_ascii_lowercase();
        true
    } else {
        SIMPLE.fold_into(word, key) && !key.is_empty() && key.chars().all(is_of_word)
    };
    if !is_simple || is_and(key) {
        *key = fold(word);
    }
}

/// Drops invisible characters and accents; unifies compatibility forms and case.
fn fold_letters(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_invisible(*c)).map(unify);
    // Case folding can undo the normal form, hence twice NFKD.
    let folded = seen.nfkd().flat_map(fold_case).nfkd();
    let mut bare = String::with_capacity(text.len());
    let mut last = '\0';
    for c in folded.map(unify).filter(|c| !is_invisible(*c)) {
        if is_accent(c) && !(c == '\u{306}' && last == 'и') {
            continue;
        }
        match spell_out(c) {
            Some(letters) => bare.push_str(letters),
            None => bare.push(c),
        }
        last = c;
    }
    bare.nfc().collect()
}

/// What [`fold_letters`] makes of characters that it folds alone, whatever stands
/// beside them: those of Latin, Greek and Cyrillic texts but for combining marks.
struct Simple {
    letters: String,
    /// By place, where the letters of the character end.
    ends: Vec<u16>,
}

static SIMPLE: LazyLock<Simple> = LazyLock::new(|| {
    let mut simple = Simple {
        letters: String::new(),
        ends: Vec::new(),
    };
    let chars = ('\0'..'\u{500}').chain('\u{2000}'..'\u{2070}');
    for c in chars {
        simple
            .letters
            .push_str(&fold_letters(c.encode_utf8(&mut [0; 4])));
        simple.ends.push(simple.letters.len() as u16);
    }
    simple
});

impl Simple {
    /// `None` if `text` has other characters.
    fn fold(&self, text: &str) -> Option<String> {
        let mut folded = String::with_capacity(text.len());
        self.fold_into(text, &mut folded).then_some(folded)
    }

    /// Appends to `folded`; false if `text` has other characters.
    fn fold_into(&self, text: &str, folded: &mut String) -> bool {
        for c in text.chars() {
            if c.is_ascii_alphanumeric() || c == ' ' {
                folded.push(c.to_ascii_lowercase());
                continue;
            }
            let Some(place) = Self::place(c) else {
                return false;
            };
            let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
            folded.push_str(&self.letters[usize::from(start)..usize::from(self.ends[place])]);
        }
        true
    }

    /// The place of `c` in the table, if it is there.
    const fn place(c: char) -> Option<usize> {
        match c {
            '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' => None,
            '\0'..'\u{500}' => Some(c as usize),
            '\u{2000}'..'\u{2070}' => Some(c as usize - 0x2000 + 0x500),
            _ => None,
        }
    }
}

/// Splits into words at what is neither letter nor digit and joins them again.
fn join_words(letters: &str) -> String {
    let mut words = Words::new(letters.len());
    for (at, c) in letters.char_indices() {
        let rest = &letters[at + c.len_utf8()..];
        if is_of_word(c) {
            words.push(c);
        } else if c == '¬' {
            words.hyphenation(rest);
        } else if c == '\'' || (c == '"' && words.ends_in_hebrew()) {
            words.apostrophe(rest);
        } else if c == '.' && words.segment == 1 && starts_with_initial(rest) {
            words.segment = 0;
        } else {
            words.end();
            if c == '&' {
                words.push('&');
                words.end();
            }
        }
    }
    words.finish()
}

/// The key being built.
struct Words {
    key: String,
    /// Byte at which the open word starts.
    start: usize,
    /// Characters since the last joining dot or the start of the word.
    segment: usize,
    /// Whether the word is divided by what comes next.
    divided: bool,
}

impl Words {
    fn new(capacity: usize) -> Self {
        Self {
            key: String::with_capacity(capacity),
            start: 0,
            segment: 0,
            divided: false,
        }
    }

    fn push(&mut self, c: char) {
        self.divided = false;
        self.key.push(c);
        self.segment += 1;
    }

    /// Joins, but for the elision at the very start: « d'Ivoire » is `ivoire`.
    fn apostrophe(&mut self, rest: &str) {
        let elided = self.key == "d" || self.key == "l";
        if elided && rest.chars().take(3).filter(|c| c.is_alphabetic()).count() == 3 {
            self.key.clear();
            self.segment = 0;
        }
    }

    /// The sign that transcriptions of print put where a word is divided at the end of
    /// a line: the word goes on after the white space.
    fn hyphenation(&mut self, rest: &str) {
        self.divided = rest.starts_with(char::is_whitespace);
    }

    fn ends_in_hebrew(&self) -> bool {
        let last = self.key[self.start..].chars().next_back();
        last.is_some_and(|c| matches!(c, '\u{5d0}'..='\u{5ea}'))
    }

    fn end(&mut self) {
        if self.divided {
            return;
        }
        self.segment = 0;
        let word = &self.key[self.start..];
        if word.is_empty() {
            return;
        }
        if is_and(word) {
            self.key.replace_range(self.start.., "&");
        }
        self.key.push(' ');
        self.start = self.key.len();
    }

    fn finish(mut self) -> String {
        self.end();
        self.key.pop();
        if self.key.chars().all(|c| Simple::place(c).is_some()) || is_nfc(&self.key) {
            self.key
        } else {
            // An apostrophe stood between a letter and a mark.
            self.key.nfc().collect()
        }
    }
}

fn is_and(word: &str) -> bool {
    matches!(word, "and" | "et" | "und" | "и")
}

/// Whether a single letter comes first: `N` of `U.N.`, not `S` of `J.Smith`.
fn starts_with_initial(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next().is_some_and(char::is_alphabetic) && !chars.next().is_some_and(is_of_word)
}

fn is_of_word(c: char) -> bool {
    // `C++`, `C#`, `Canal+` are other names without their signs.
    is_letter(c) || c.is_alphanumeric() || matches!(c, '+' | '#') || is_combining_mark(c)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Full case folding, up to a few letters: the lower case of the upper case
/// makes `ß` `ss`, and `ς` `σ`, whatever stands beside them.
fn fold_case(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

/// Marks that spellings differ by: accents of Latin, Greek and Cyrillic, points of
/// Hebrew, vowels and hamza of Arabic. The marks of other scripts are letters.
const fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{487}'
        | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{640}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}')
}

/// Letters whose accent is no mark of Unicode, and ligatures.
const fn spell_out(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ŋ' => "ng",
        _ => return None,
    })
}

/// One apostrophe, one form of the letters that Arabic, Persian and Urdu type
/// differently.
const fn unify(c: char) -> char {
    match c {
        // Of Latin, the Armenian, the geresh of Hebrew, the hamza.
        '`' | '´' | 'ʹ' | 'ʺ' | 'ʻ' | 'ʼ' | 'ʽ' | 'ʾ' | 'ʿ' | 'ˈ' | '‘' | '’' | '‛' | '′'
        | '＇' | '՚' | '׳' | 'ء' => '\'',
        '״' => '"',
        'ٱ' => 'ا',
        'ة' | 'ہ' | 'ھ' | 'ۀ' | 'ۂ' => 'ه',
        'ى' | 'ی' | 'ې' => 'ي',
        'ک' => 'ك',
        _ => c,
    }
}

/// What is not seen: soft hyphen, zero-width characters, marks of direction, byte
/// order mark, variation selectors, tags.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_characters_fold_alone() {
        let beside = ["", "a", "и", "É", "’", "ﬁ", "\u{2026}"];
        let simple = ('\0'..'\u{2070}').filter(|c| Simple::place(*c).is_some());
        for c in simple {
            for (before, after) in beside.iter().zip(beside.iter().cycle().skip(2)) {
                let text = format!("{before}{c}{after}{c}");
                if let Some(folded) = SIMPLE.fold(&text) {
                    assert_eq!(folded, fold_letters(&text), "{text:?}");
                }
            }
        }
        assert_eq!(SIMPLE.fold("и\u{306}"), None);
    }

    #[test]
    fn words_fold_as_names() {
        let words = [
            "Malien",
            "Élysée",
            "États",
            "ʼAyn",
            "Straße",
            "Россия",
            "مالي",
            "und",
            "Œuvre",
            "日本",
        ];
        let mut key = String::new();
        for word in words {
            fold_word(word, &mut key);
            assert_eq!(key, fold(word), "{word}");
        }
    }
}
