//! The lists in `data/`, folded as names are.

use std::collections::HashMap;
use std::sync::LazyLock;

use rustc_hash::FxBuildHasher;

use super::{fold, romanize};

/// The lines of a list, without comments and empty lines.
pub(super) fn lines(text: &'static str) -> Vec<&'static str> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("# ") && *line != "#")
        .collect()
}

/// Hashing that is fast for words; the lists are compiled in, so no one can choose
/// words that collide.
type Map<K, V> = HashMap<K, V, FxBuildHasher>;

/// What a word may be, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traits(u16);

impl Traits {
    /// An article or a particle of a name.
    pub(super) const LIGHT: Self = Self(1);
    /// Tells nothing in the name of an organization.
    pub(super) const STOP: Self = Self(1 << 1);
    /// Organizations add it to their name or leave it out.
    pub(super) const GENERIC: Self = Self(1 << 2);
    /// A given name with other forms.
    pub(super) const NICKNAME: Self = Self(1 << 3);
    /// A word for a number.
    pub(super) const NUMBER: Self = Self(1 << 4);
    /// The first or last word of a legal form.
    pub(super) const LEGAL_FORM: Self = Self(1 << 5);
    /// The first or last word of a title.
    pub(super) const TITLE: Self = Self(1 << 6);

    /// The traits of a word that is romanized or, for titles, in its own script.
    pub(super) fn of(word: &str) -> Self {
        TRAITS.get(word).copied().unwrap_or_default()
    }

    /// Whether it has the trait.
    pub(super) const fn has(self, one: Self) -> bool {
        self.0 & one.0 != 0
    }
}

/// One table for all lists, as most words are asked of all of them.
static TRAITS: LazyLock<Map<Box<str>, Traits>> = LazyLock::new(|| {
    let mut traits: Map<Box<str>, Traits> = Map::default();
    let mut add = |word: &str, one: Traits| traits.entry(word.into()).or_default().0 |= one.0;
    let light = Traits(Traits::LIGHT.0 | Traits::STOP.0);
    for (list, one) in [
        (include_str!("data/particles.txt"), light),
        (include_str!("data/stop_words.txt"), Traits::STOP),
        (include_str!("data/generic_words.txt"), Traits::GENERIC),
    ] {
        for word in lines(list) {
            add(word, one);
        }
    }
    for word in NICKNAMES.keys() {
        add(word, Traits::NICKNAME);
    }
    for word in NUMBERS.keys() {
        add(word, Traits::NUMBER);
    }
    for word in LEGAL_FORMS.edges() {
        add(word, Traits::LEGAL_FORM);
    }
    for word in TITLES.edges() {
        add(word, Traits::TITLE);
    }
    traits
});

/// Whether the romanized word is an article or a particle of a name.
pub(super) fn is_light(word: &str) -> bool {
    Traits::of(word).has(Traits::LIGHT)
}

/// The number that the romanized word says: digits, a word, an ordinal, a Roman
/// numeral of at least two letters.
pub(super) fn number(word: &str, traits: Traits) -> Option<u32> {
    if traits.has(Traits::NUMBER) {
        return NUMBERS.get(word).copied();
    }
    match word.as_bytes().first()? {
        b'0'..=b'9' => {
            let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let ordinal = matches!(
                &word[digits.len()..],
                "" | "th" | "st" | "nd" | "rd" | "e" | "eme"
            );
            if ordinal { digits.parse().ok() } else { None }
        }
        b'i' | b'v' | b'x' => roman_numeral(word),
        _ => None,
    }
}

static NUMBERS: LazyLock<Map<&str, u32>> = LazyLock::new(|| {
    let mut numbers = Map::default();
    for line in lines(include_str!("data/numbers.txt")) {
        let mut fields = line.split(' ');
        if let Some(number) = fields.next().and_then(|field| field.parse().ok()) {
            numbers.extend(fields.map(|word| (word, number)));
        }
    }
    numbers
});

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
static NICKNAMES: LazyLock<Map<&str, Vec<u16>>> = LazyLock::new(|| {
    let mut groups: Map<&str, Vec<u16>> = Map::default();
    for (group, line) in (0..).zip(lines(include_str!("data/nicknames.txt"))) {
        for word in line.split(' ') {
            groups.entry(word).or_default().push(group);
        }
    }
    groups
});

/// Whether two romanized given names are forms of one: `bill` and `william`.
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
    meanings: Map<Box<str>, T>,
    /// Every first word, with the most words that follow it.
    first_words: Map<Box<str>, u8>,
    /// Every last word, with the most words before it.
    last_words: Map<Box<str>, u8>,
}

impl<T: Copy> Phrases<T> {
    fn new() -> Self {
        Self {
            meanings: Map::default(),
            first_words: Map::default(),
            last_words: Map::default(),
        }
    }

    /// Adds words joined by a space.
    fn add(&mut self, phrase: &str, meaning: T) {
        let words: Vec<&str> = phrase.split(' ').collect();
        let more = words.len().saturating_sub(1).min(usize::from(u8::MAX)) as u8;
        let first = self.first_words.entry(words[0].into()).or_default();
        *first = more.max(*first);
        let last = self
            .last_words
            .entry(words[words.len() - 1].into())
            .or_default();
        *last = more.max(*last);
        self.meanings.entry(phrase.into()).or_insert(meaning);
    }

    /// Every word that a phrase starts or ends with.
    fn edges(&self) -> impl Iterator<Item = &str> {
        let words = self.first_words.keys().chain(self.last_words.keys());
        words.map(AsRef::as_ref)
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

/// Legal forms of organisations, romanized: `OOO` is found as `ООО` is.
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
