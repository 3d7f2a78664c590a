//! Acronyms and the names they stand for.

use super::Name;
use super::vocabulary::is_stop_word;

/// Letters of an acronym, at least and at most.
const LETTERS: std::ops::RangeInclusive<usize> = 2..=12;

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
        let words = expansion(self.text());
        let telling = words.iter().filter(|word| word.weight == Weight::Needed);
        telling.map(|word| word.initial).collect()
    }

    /// Whether this name is made of the first letters of the words of `long`: of all
    /// of them, or without some of its articles, prepositions and conjunctions.
    ///
    /// Both must be of one script. Capitals are not asked for: see
    /// [`is_acronym`](Self::is_acronym).
    pub fn is_acronym_of(&self, long: &Self) -> bool {
        let letters: Vec<char> = self.key.chars().take(LETTERS.end() + 2).collect();
        if !LETTERS.contains(&letters.len()) || letters.contains(&' ') {
            return false;
        }
        let words = expansion(long.text());
        if words.len() < 2 || words.len() > 4 * LETTERS.end() {
            return false;
        }
        // Bit `n` of `reached`: the words so far may have made `n` letters.
        let mut reached: u32 = 1;
        for word in words {
            let skipped = if word.weight == Weight::Optional { reached } else { 0 };
            let taken = (0..letters.len())
                .filter(|n| letters[*n] == word.initial)
                .fold(0, |bits, n| bits | ((reached >> n & 1) << (n + 1)));
            reached = skipped | taken;
        }
        reached >> letters.len() & 1 == 1
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Needed,
    Optional,
}

struct Word {
    initial: char,
    weight: Weight,
}

/// The words an acronym may take letters from. Elided articles are no words, and
/// the second part of a compound (`co-operation`) need not count.
fn expansion(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for piece in text.split(|c: char| c.is_whitespace() || matches!(c, '/' | ',')) {
        for (n, part) in piece.split(['-', '\u{2010}', '\u{2011}']).enumerate() {
            let Some(name) = without_elision(part) else {
                continue;
            };
            let latin = name.latin();
            let optional = n > 0 || is_stop_word(latin) || latin == "&";
            words.extend(name.key.chars().next().map(|initial| Word {
                initial,
                weight: if optional { Weight::Optional } else { Weight::Needed },
            }));
        }
    }
    words
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
