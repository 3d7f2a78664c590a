//! The lists in `data/`, folded as names are.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::{fold, romanize};

/// The lines of a list, without comments and empty lines.
pub(super) fn lines(text: &'static str) -> Vec<&'static str> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("# ") && *line != "#")
        .collect()
}

/// Words of which single ones may be asked for.
type Words = LazyLock<HashSet<&'static str>>;

static PARTICLES: Words = LazyLock::new(|| words(include_str!("data/particles.txt")));
static STOP_WORDS: Words = LazyLock::new(|| words(include_str!("data/stop_words.txt")));
static GENERIC: Words = LazyLock::new(|| words(include_str!("data/generic_words.txt")));

fn words(text: &'static str) -> HashSet<&'static str> {
    lines(text).into_iter().collect()
}

/// Whether the romanised word is an article or a particle of a name.
pub(super) fn is_light(word: &str) -> bool {
    // Particles are short; most words need no look into the list.
    word.len() <= 5 && PARTICLES.contains(word)
}

/// Whether the romanised word tells nothing in the name of an organisation.
pub(super) fn is_stop_word(word: &str) -> bool {
    word.len() <= 5 && (STOP_WORDS.contains(word) || PARTICLES.contains(word))
}

/// Whether organisations add the romanised word to their name or leave it out.
pub(super) fn is_generic(word: &str) -> bool {
    GENERIC.contains(word)
}

/// The number that the romanised word says: digits, a word, an ordinal, a Roman
/// numeral of at least two letters.
pub(super) fn number(word: &str) -> Option<u32> {
    static NUMBERS: LazyLock<HashMap<&str, u32>> = LazyLock::new(|| {
        let mut numbers = HashMap::new();
        for line in lines(include_str!("data/numbers.txt")) {
            let mut fields = line.split(' ');
            if let Some(number) = fields.next().and_then(|field| field.parse().ok()) {
                numbers.extend(fields.map(|word| (word, number)));
            }
        }
        numbers
    });
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return word.parse().ok();
    }
    if let Some(number) = NUMBERS.get(word) {
        return Some(*number);
    }
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if !digits.is_empty() && matches!(&word[digits.len()..], "th" | "st" | "nd" | "rd" | "e" | "eme") {
        return digits.parse().ok();
    }
    roman_numeral(word)
}

fn roman_numeral(word: &str) -> Option<u32> {
    if !(2..=6).contains(&word.len()) {
        return None;
    }
    let mut value = 0;
    let mut last = 0;
    for letter in word.bytes().rev() {
        let digit = match letter {
            b'i' => 1,
            b'v' => 5,
            b'x' => 10,
            _ => return None,
        };
        if digit < last {
            value -= digit.min(value);
        } else {
            value += digit;
            last = digit;
        }
    }
    Some(value)
}

/// Groups of forms of one given name, by form.
static NICKNAMES: LazyLock<HashMap<&str, Vec<u16>>> = LazyLock::new(|| {
    let mut groups: HashMap<&str, Vec<u16>> = HashMap::new();
    for (group, line) in (0..).zip(lines(include_str!("data/nicknames.txt"))) {
        for word in line.split(' ') {
            groups.entry(word).or_default().push(group);
        }
    }
    groups
});

/// Whether the romanised word is a given name with other forms.
pub(super) fn has_nicknames(word: &str) -> bool {
    NICKNAMES.contains_key(word)
}

/// Whether two romanised given names are forms of one: `bill` and `william`.
pub(super) fn are_nicknames(left: &str, right: &str) -> bool {
    match (NICKNAMES.get(left), NICKNAMES.get(right)) {
        (Some(left), Some(right)) => left.iter().any(|group| right.contains(group)),
        _ => false,
    }
}

/// A class of legal forms that compare as the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LegalForm(u8);

/// Sequences of words, with what they mean.
pub(super) struct Phrases<T> {
    /// By words, joined by a space.
    meanings: HashMap<Box<str>, T>,
    /// Every first word, with the most words that follow it.
    first_words: HashMap<Box<str>, u8>,
    /// Every last word, with the most words before it.
    last_words: HashMap<Box<str>, u8>,
}

impl<T: Copy> Phrases<T> {
    fn new() -> Self {
        Self {
            meanings: HashMap::new(),
            first_words: HashMap::new(),
            last_words: HashMap::new(),
        }
    }

    /// Adds words joined by a space.
    fn add(&mut self, phrase: &str, meaning: T) {
        let words: Vec<&str> = phrase.split(' ').collect();
        let more = words.len().saturating_sub(1).min(usize::from(u8::MAX)) as u8;
        let first = self.first_words.entry(words[0].into()).or_default();
        *first = more.max(*first);
        let last = self.last_words.entry(words[words.len() - 1].into()).or_default();
        *last = more.max(*last);
        self.meanings.entry(phrase.into()).or_insert(meaning);
    }

    /// The longest phrase that `words` start with: its number of words and meaning.
    pub(super) fn at_start(&self, words: &[&str]) -> Option<(usize, T)> {
        let more = usize::from(*self.first_words.get(*words.first()?)?);
        (1..=words.len().min(more + 1))
            .rev()
            .find_map(|n| Some((n, self.meaning(&words[..n])?)))
    }

    /// The longest phrase that `words` end with.
    pub(super) fn at_end(&self, words: &[&str]) -> Option<(usize, T)> {
        let more = usize::from(*self.last_words.get(*words.last()?)?);
        (1..=words.len().min(more + 1))
            .rev()
            .find_map(|n| Some((n, self.meaning(&words[words.len() - n..])?)))
    }

    fn meaning(&self, words: &[&str]) -> Option<T> {
        match words {
            [word] => self.meanings.get(*word).copied(),
            _ => self.meanings.get(words.join(" ").as_str()).copied(),
        }
    }
}

/// Legal forms of organisations, romanised: `OOO` is found as `ООО` is.
pub(super) static LEGAL_FORMS: LazyLock<Phrases<LegalForm>> = LazyLock::new(|| {
    let mut phrases = Phrases::new();
    let mut class = LegalForm(0);
    for line in lines(include_str!("data/legal_forms.txt")) {
        if line.starts_with('[') {
            class.0 += 1;
        } else {
            phrases.add(&romanize::romanize(&fold::fold(line)), class);
        }
    }
    phrases
});

/// On which side of a name a title stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TitleSide {
    Before,
    After,
}

/// Titles of persons, in their own script: `D` is no title because `د` is one.
pub(super) static TITLES: LazyLock<Phrases<TitleSide>> = LazyLock::new(|| {
    let mut phrases = Phrases::new();
    for line in lines(include_str!("data/titles.txt")) {
        match line.strip_prefix("after ") {
            Some(title) => phrases.add(&fold::fold(title), TitleSide::After),
            None => phrases.add(&fold::fold(line), TitleSide::Before),
        }
    }
    phrases
});
