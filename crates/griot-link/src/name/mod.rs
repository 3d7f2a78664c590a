//! Names: what makes two spellings one name, in any script.
//!
//! No model, no I/O, no locale: every function here is a pure function of the
//! strings it is given and of the lists in `data/`, which are compiled in.
//!
//! * [`Name`] folds a name to a key, romanizes it and gives the keys by which names
//!   of one sound are found.
//! * [`compare`] says how alike two names are, and why they cannot be one.
//! * [`strip_titles`] finds the bare name inside « le général Jean Dupont ».

mod acronym;
mod compare;
mod fold;
mod outline;
mod romanize;
mod script;
mod sound;
mod title;
mod trigrams;
mod vocabulary;

#[cfg(test)]
mod tests;

pub use compare::{Comparison, Extent, NameKind, Veto, compare};
pub(crate) use fold::fold_word;
pub(crate) use outline::Outline;
pub use script::Script;
pub(crate) use script::{is_letter, letter_words};
pub use title::strip_titles;
pub(crate) use trigrams::{Bag, trigrams_alike};

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

/// Version of the forms of [`Name::key`], [`Name::phonetic_keys`] and
/// [`Name::skeleton_key`]. Files that hold keys of another version must be rebuilt.
pub const KEY_VERSION: u32 = 1;

/// A name, taken apart once for all that is asked of it.
///
/// ```
/// use griot_link::name::Name;
///
/// assert_eq!(Name::new("N’Djaména").key(), "ndjamena");
/// assert_eq!(Name::new("Лавров, Сергей").latin(), "lavrov sergey");
/// assert_eq!(Name::new("Lavrov").phonetic_keys(), Name::new("Лавров").phonetic_keys());
/// ```
#[derive(Clone, Debug)]
pub struct Name {
    text: String,
    key: String,
    /// The romanized key, word for word, once it was asked for; never where the key
    /// is ASCII already.
    latin: OnceLock<Box<str>>,
}

/// All else follows from the text.
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// A word of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The word as it stands in the key.
    pub text: &'a str,
    /// The word in the letters a–z and digits; the same as `text` for what cannot
    /// be romanized.
    pub latin: &'a str,
}

impl Name {
    /// Takes `text` apart. Cost: linear.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            key: fold::fold(text),
            latin: OnceLock::new(),
        }
    }

    /// The name as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What spellings that differ in case, accents, typography, punctuation and
    /// invisible characters have in common: words separated by one space; empty
    /// only if nothing visible is left. The form is part of the knowledge-base
    /// format ([`KEY_VERSION`]).
    ///
    /// Accents are dropped from Latin, Greek and Cyrillic (`ё` is `е`; `й`, a letter
    /// of its own, stays), vowel points from Arabic and Hebrew. Apostrophes join
    /// (`N'Djamena` is `ndjamena`), dotted initials too (`U.N.` is `un`), other
    /// punctuation parts. An elided article or « d' » at the start is dropped. `&`
    /// and "and", "et", "und", "и" are one.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The words of the key in alphabetical order.
    pub fn sorted_key(&self) -> String {
        let mut words: Vec<&str> = self.key.split(' ').collect();
        words.sort_unstable();
        words.join(" ")
    }

    /// The key in the letters a–z, word for word. Vowels that a script does not
    /// write are missing, and so is the article of Arabic.
    pub fn latin(&self) -> &str {
        if self.key.is_ascii() {
            return &self.key;
        }
        self.latin
            .get_or_init(|| romanize::romanize(&self.key).into_boxed_str())
    }

    /// The script most letters are of; [`Script::Other`] without letters.
    pub fn script(&self) -> Script {
        if self.key.is_ascii() {
            Script::of_ascii(&self.key)
        } else {
            Script::dominant(&self.key)
        }
    }

    /// The words, in the order of the name.
    pub fn tokens(&self) -> impl Iterator<Item = Token<'_>> {
        let mut latin = (!self.key.is_ascii()).then(|| Split(self.latin()));
        Split(&self.key).map(move |text| {
            let latin = latin.as_mut().and_then(Iterator::next);
            Token {
                text,
                latin: latin.unwrap_or(text),
            }
        })
    }

    /// Whether nothing visible is left of the name.
    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
    }

    /// Keys of the sound of the name in any script, whatever the order of its words
    /// and the case they are in; names that sound alike share at least one. Usually
    /// one or two, at most [`PHONETIC_KEYS_MAX`](Self::PHONETIC_KEYS_MAX): more where
    /// a letter is read in two ways. Empty only if the key is.
    ///
    /// They are for finding candidates, not for deciding: unlike names share keys.
    pub fn phonetic_keys(&self) -> Vec<String> {
        sound::phonetic_keys(self)
    }

    /// The most keys that [`phonetic_keys`](Self::phonetic_keys) returns; of more
    /// readings, the ones of the first words.
    pub const PHONETIC_KEYS_MAX: usize = 4;

    /// The consonants of the name in coarse classes, the same for scripts with and
    /// without vowels, whatever the order of the words. Empty only if the key is.
    pub fn skeleton_key(&self) -> String {
        sound::skeleton_key(self)
    }
}

/// Words separated by one space. Names are short: looking at each byte is faster than
/// what finds a space in long texts.
struct Split<'a>(&'a str);

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let space = self.0.bytes().position(|byte| byte == b' ');
        let (word, rest) = match space {
            Some(at) => (&self.0[..at], &self.0[at + 1..]),
            None => (self.0, ""),
        };
        self.0 = rest;
        Some(word)
    }
}
