//! Acronyms and the names they stand for.

use super::Name;
use super::vocabulary::{LEGAL_FORMS, Traits};

/// Letters of an acronym, at least and at most.
const LETTERS: std::ops::RangeInclusive<usize> = 2..=12;

/// Names of more words have no acronym.
const WORDS_MAX: usize = 48;

impl Name {
    /// Whether the name looks like an acronym: one word of two to twelve letters
    /// (digits may follow) that is written in capitals, with dots or without.
    ///
    /// In scripts without capitals, no name does.
    pub fn is_acronym(&self) -> bool {
        let letters = self.text.chars().filter(|c| c.is_alphabetic());
        let n_letters = letters.clone().take(*LETTERS.end() + 1).count();
        LETTERS.contains(&n_letters)
            && !self.key.contains(' ')
            && letters.clone().all(char::is_uppercase)
    }

    /// The first letters of the words, without articles, prepositions and
    /// conjunctions, in lower case.
    pub fn initials(&self) -> String {
        let words = expansion(self.text(), usize::MAX);
        let telling = words.iter().filter(|word| word.weight != Weight::Light);
        telling.map(|word| word.initial).collect()
    }

    /// Whether this name is made of the first letters of the words of `long`: of all
    /// of them, or without legal forms, words like "Group" and some of its articles, prepositions and conjunctions. Names of
    /// more than 48 words have none.
    ///
    /// Both must be of one script. Capitals are not asked for: see
    /// [`is_acronym`](Self::is_acronym).
    pub fn is_acronym_of(&self, long: &Self) -> bool {
        is_acronym_of(self.key(), long)
    }
}

/// Whether `short`, a folded word, is made of the first letters of the words of `long`.
pub(super) fn is_acronym_of(short: &str, long: &Name) -> bool {
    let letters: Vec<char> = short.chars().take(LETTERS.end() + 2).collect();
    if !LETTERS.contains(&letters.len()) || letters.contains(&' ') {
        return false;
    }
    // Each word gives one letter at most, and most names have too few.
    let n_words = 1 + long
        .text()
        .chars()
        .filter(|c| is_space(*c) || HYPHENS.contains(c))
        .count();
    if n_words < letters.len() {
        return false;
    }
    let words = expansion(long.text(), WORDS_MAX + 1);
    let n_full = words
        .iter()
        .filter(|word| word.weight == Weight::Full)
        .count();
    if n_full < 2 || words.len() > WORDS_MAX {
        return false;
    }
    // Bit `n` of `reached`: the words so far may have made `n` letters.
    let mut reached: u32 = 1;
    for word in words {
        let skipped = if word.weight == Weight::Full {
            0
        } else {
            reached
        };
        let taken = (0..letters.len())
            .filter(|n| letters[*n] == word.initial)
            .fold(0, |bits, n| bits | ((reached >> n & 1) << (n + 1)));
        reached = skipped | taken;
    }
    reached >> letters.len() & 1 == 1
}

/// How much an acronym needs a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// Its letter must be there.
    Full,
    /// `Company`, `Ltd`: its letter may be missing.
    Generic,
    /// Articles and the like: its letter is seldom there.
    Light,
}

struct Word {
    initial: char,
    weight: Weight,
}

/// What stands between the parts of a compound.
const HYPHENS: [char; 3] = ['-', '\u{2010}', '\u{2011}'];

/// What stands between words.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '/' | ',')
}

/// The words an acronym may take letters from, up to about `n_words_max`. Elided articles are no words, and
/// the second part of a compound (`co-operation`) need not count.
fn expansion(text: &str, n_words_max: usize) -> Vec<Word> {
    let mut words = Vec::new();
    for piece in text.split(is_space) {
        if words.len() >= n_words_max {
            break;
        }
        for (n, part) in piece.split(HYPHENS).enumerate() {
            let Some(name) = without_elision(part) else {
                continue;
            };
            let weight = if n > 0 {
                Weight::Light
            } else {
                weight(name.latin())
            };
            let initial = name.key.chars().next();
            words.extend(initial.map(|initial| Word { initial, weight }));
        }
    }
    words
}

fn weight(latin: &str) -> Weight {
    let traits = Traits::of(latin);
    if traits.has(Traits::STOP) || latin == "&" {
        Weight::Light
    } else if traits.has(Traits::GENERIC) || LEGAL_FORMS.at_start(&[latin]).is_some() {
        Weight::Generic
    } else {
        Weight::Full
    }
}

/// « l'Afrique » without its article; `None` for what is no word.
fn without_elision(part: &str) -> Option<Name> {
    let bare = match part.split_once(['\'', '’']) {
        Some((before, after)) if before.chars().count() <= 4 && after.chars().count() > 2 => after,
        _ => part,
    };
    let name = Name::new(bare);
    (!name.is_empty()).then_some(name)
}
