//! Scripts, as far as names are treated differently by them.

/// A writing system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Script {
    /// Latin letters.
    Latin,
    /// Cyrillic letters.
    Cyrillic,
    /// Greek letters.
    Greek,
    /// Arabic letters, of any language that uses them.
    Arabic,
    /// Hebrew letters.
    Hebrew,
    /// Armenian letters.
    Armenian,
    /// Georgian letters.
    Georgian,
    /// Devanagari.
    Devanagari,
    /// Chinese characters, also in Japanese names.
    Han,
    /// Hiragana and katakana.
    Kana,
    /// Korean syllables and letters.
    Hangul,
    /// Ethiopic syllables.
    Ethiopic,
    /// Any other script, and names without letters.
    Other,
}

/// Whether `c` is a letter; those of most texts need no look at the tables of Unicode.
#[inline]
pub(crate) fn is_letter(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphabetic(),
        '×' | '÷' => false,
        'À'..='\u{2c1}' | '\u{400}'..='\u{481}' | '\u{620}'..='\u{64a}' => true,
        _ => is_other_letter(c),
    }
}

fn is_other_letter(c: char) -> bool {
    match c {
        '\u{3a3}'..='\u{3f5}'
        | '\u{48a}'..='\u{52f}'
        | '\u{561}'..='\u{586}'
        | '\u{5d0}'..='\u{5ea}'
        | '\u{904}'..='\u{939}'
        | '\u{10d0}'..='\u{10fa}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' => true,
        _ => c.is_alphabetic(),
    }
}

/// The words of at least `n_letters_min` letters in `text`; what is no letter parts them.
pub(crate) fn letter_words(text: &str, n_letters_min: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (n_bytes, n_letters) = leading(rest, is_letter);
            let word = &rest[..n_bytes];
            let (n_between, _) = leading(&rest[n_bytes..], |c| !is_letter(c));
            rest = &rest[n_bytes + n_between..];
            if n_letters >= n_letters_min {
                return Some(word);
            }
        }
        None
    })
}

/// How many bytes and characters at the start of `text` are `of` a kind.
fn leading(text: &str, of: impl Fn(char) -> bool) -> (usize, usize) {
    let bytes = text.as_bytes();
    let (mut at, mut n_chars) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        // To take every character of a text apart costs more than to look at it.
        let c = if byte.is_ascii() {
            char::from(byte)
        } else {
            text[at..].chars().next().unwrap_or_default()
        };
        if !of(c) {
            break;
        }
        at += c.len_utf8();
        n_chars += 1;
    }
    (at, n_chars)
}

impl Script {
    /// The script of a letter; `None` for what is not a letter.
    pub fn of(c: char) -> Option<Self> {
        if c.is_ascii() {
            return c.is_ascii_alphabetic().then_some(Self::Latin);
        }
        if !is_letter(c) {
            return None;
        }
        Some(match c {
            '\u{80}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' => Self::Latin,
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Self::Greek,
            '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' => Self::Cyrillic,
            '\u{530}'..='\u{58f}' => Self::Armenian,
            '\u{590}'..='\u{5ff}' => Self::Hebrew,
            '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}' => Self::Arabic,
            '\u{900}'..='\u{97f}' => Self::Devanagari,
            '\u{10a0}'..='\u{10ff}' | '\u{1c90}'..='\u{1cbf}' => Self::Georgian,
            '\u{1200}'..='\u{139f}' | '\u{2d80}'..='\u{2ddf}' => Self::Ethiopic,
            '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' => Self::Kana,
            '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}' => {
                Self::Hangul
            }
            '\u{2e80}'..='\u{2fdf}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => {
                Self::Han
            }
            '\u{20000}'..='\u{3ffff}' => Self::Han,
            _ => Self::Other,
        })
    }

    /// Whether the script writes consonants and leaves most vowels out.
    pub const fn is_abjad(self) -> bool {
        matches!(self, Self::Arabic | Self::Hebrew)
    }

    pub(super) fn of_ascii(key: &str) -> Self {
        if key.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            Self::Latin
        } else {
            Self::Other
        }
    }

    /// The script of most letters, the first in the order above on a tie.
    pub(super) fn dominant(key: &str) -> Self {
        let mut counts = [0_usize; Self::Other as usize + 1];
        for script in key.chars().filter_map(Self::of) {
            counts[script as usize] += 1;
        }
        let mut best = Self::Other;
        for script in Self::ALL {
            if counts[script as usize] > counts[best as usize] {
                best = script;
            }
        }
        best
    }

    const ALL: [Self; 12] = [
        Self::Latin,
        Self::Cyrillic,
        Self::Greek,
        Self::Arabic,
        Self::Hebrew,
        Self::Armenian,
        Self::Georgian,
        Self::Devanagari,
        Self::Han,
        Self::Kana,
        Self::Hangul,
        Self::Ethiopic,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_unicode() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_letter(c), c.is_alphabetic(), "{c:?}");
        }
    }
}
