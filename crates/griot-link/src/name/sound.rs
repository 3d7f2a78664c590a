//! Keys of the sound of a name.
//!
//! A word becomes its consonants, in classes that the spellings of one sound share
//! (`sch`, `ch`, `sh`, `sz`, `ш` are one), with its first vowel. Other vowels are
//! dropped: they are what transliterations and grammatical cases differ by.

use std::sync::LazyLock;

use super::vocabulary::{is_light, lines};
use super::{Name, Script, Token};

/// How letters that languages read differently are read: `ch`, `j`, `c`, soft `g`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// `ch` as in English and French, `j` as in German and Slavic languages, `c` by
    /// the vowel that follows, `g` hard, `h` silent.
    Usual,
    /// `ch` as in German, `j` as in English and French, `c` as in Slavic languages,
    /// `g` soft before `e` and `i`, `h` before vowels as `kh`, `rz` as in Polish; Cyrillic `г` as in
    /// Ukrainian.
    Other,
}

/// See [`Name::phonetic_keys`].
pub(super) fn phonetic_keys(name: &Name) -> Vec<String> {
    let mut words: Vec<Vec<String>> = telling_words(name).map(readings).collect();
    if words.len() == 1 {
        return distinct(words.remove(0));
    }
    let mut n_keys = 1;
    let mut n_kept = Vec::with_capacity(words.len());
    for readings in &words {
        let fits = n_keys * readings.len() <= Name::PHONETIC_KEYS_MAX;
        let kept = if fits { readings.len() } else { 1 };
        n_keys *= kept;
        n_kept.push(kept);
    }
    let joined = (0..n_keys)
        .map(|mut choice| {
            let pick = |(readings, kept): (&'_ Vec<String>, &usize)| {
                let at = choice % kept;
                choice /= kept;
                readings[at].clone()
            };
            join_sorted(words.iter().zip(&n_kept).map(pick).collect())
        })
        .collect();
    distinct(joined)
}

fn distinct(mut keys: Vec<String>) -> Vec<String> {
    keys.sort_unstable();
    keys.dedup();
    keys.retain(|key| !key.is_empty());
    keys
}

/// See [`Name::skeleton_key`].
pub(super) fn skeleton_key(name: &Name) -> String {
    join_sorted(
        telling_words(name)
            .map(|word| skeleton(word.latin))
            .collect(),
    )
}

fn join_sorted(mut words: Vec<String>) -> String {
    words.sort_unstable();
    words.join(" ")
}

/// The words without articles and particles, unless there are no others.
fn telling_words(name: &Name) -> impl Iterator<Item = Token<'_>> {
    let only_light = name.tokens().all(|token| is_light(token.latin));
    name.tokens()
        .filter(move |token| only_light || !is_light(token.latin))
}

/// Whether the two words have a reading in common.
pub(super) fn sound_alike(left: Token<'_>, right: Token<'_>) -> bool {
    let readings_right = readings(right);
    readings(left)
        .iter()
        .any(|reading| readings_right.contains(reading))
}

fn readings(word: Token<'_>) -> Vec<String> {
    let native = word.latin.len() != word.text.len() || word.latin != word.text;
    let cyrillic =
        native && word.text.chars().next().and_then(Script::of) == Some(Script::Cyrillic);
    let stem = without_ending(word.latin);
    let usual = sounds(stem, Reading::Usual, native);
    let mut readings = vec![usual];
    if !native || cyrillic {
        let other = sounds(stem, Reading::Other, native);
        if other != readings[0] {
            readings.push(other);
        }
    }
    readings
}

/// Grammatical endings that hold a consonant; vowels at the end are dropped anyway.
static ENDINGS: LazyLock<Vec<&str>> = LazyLock::new(|| lines(include_str!("data/endings.txt")));

fn without_ending(word: &str) -> &str {
    if word.len() < 5 {
        return word;
    }
    let found = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending));
    found.filter(|stem| stem.len() >= 3).unwrap_or(word)
}

/// The romanized word without its ending and the vowels before it.
pub(super) fn stem(word: &str) -> &str {
    without_ending(word).trim_end_matches(['a', 'e', 'i', 'o', 'u', 'y', 'j'])
}

/// The sound of a romanized word. `native` says that it comes from another script,
/// so that the spelling is our own.
fn sounds(word: &str, reading: Reading, native: bool) -> String {
    let bytes = word.as_bytes();
    let mut key = String::with_capacity(8);
    let mut has_vowel = false;
    let mut at = 0;
    while at < bytes.len() {
        let (sound, width) = sound_at(bytes, at, reading, native);
        match sound {
            Sound::Vowel(class) => {
                if !has_vowel {
                    key.push(class);
                    has_vowel = true;
                }
            }
            Sound::Consonant(class) => push_consonant(&mut key, class),
            Sound::Two(first, second) => {
                push_consonant(&mut key, first);
                push_consonant(&mut key, second);
            }
            Sound::Silent => {}
        }
        at += width;
    }
    if key.is_empty() { word.to_owned() } else { key }
}

/// Double letters count once, `ts` and `tch` as the sibilant they end in.
fn push_consonant(key: &mut String, class: char) {
    if key.ends_with(class) && !class.is_ascii_digit() {
        return;
    }
    if class == 's' && key.len() > 1 && key.ends_with(['t', 'd']) {
        key.pop();
        if key.ends_with('s') {
            return;
        }
    } else if class == 's' && (key == "t" || key == "d") {
        key.clear();
    }
    key.push(class);
}

#[derive(Clone, Copy)]
enum Sound {
    Vowel(char),
    Consonant(char),
    Two(char, char),
    Silent,
}

/// The sound at byte `at`, and how many letters it takes.
fn sound_at(word: &[u8], at: usize, reading: Reading, native: bool) -> (Sound, usize) {
    use Sound::{Consonant, Silent, Two, Vowel};
    let next = word.get(at + 1).copied().unwrap_or(0);
    let after = word.get(at + 2).copied().unwrap_or(0);
    let soft = matches!(next, b'e' | b'i' | b'y');
    let other = reading == Reading::Other;
    match word[at] {
        b'o' if at == 0 && next == b'u' && is_vowel(after) => (Consonant('v'), 2),
        b'i' | b'y' | b'j' if at == 0 && is_vowel(next) && !(word[at] == b'j' && other) => {
            (Silent, 1)
        }
        b'i' | b'y' | b'j' if matches!(next, b'u' | b'a') => (Silent, 1),
        b'a' => (Vowel('a'), 1),
        b'e' | b'i' | b'y' => (Vowel('e'), 1),
        b'o' | b'u' => (Vowel('o'), 1),
        b's' if next == b'c' && after == b'h' => (Consonant('s'), 3),
        b'k' | b'g' if next == b'h' => (Consonant('k'), 2),
        b'c' if next == b'h' && other && !native => (Consonant('k'), 2),
        b'c' if next == b'h' => (Consonant('s'), 2),
        b'c' if soft || matches!(next, b's' | b'z') || (other && next != b'k') => {
            (Consonant('s'), 1)
        }
        b'q' if next == b'u' => (Consonant('k'), 2),
        b'c' | b'k' | b'q' => (Consonant('k'), 1),
        b'g' if native && other => (Silent, 1),
        b'g' if next == b'u' && matches!(after, b'e' | b'i' | b'y') => (Consonant('g'), 2),
        b'g' if soft && other => (Consonant('s'), 1),
        b'g' => (Consonant('g'), 1),
        b'd' if next == b'j' => (Consonant('s'), 2),
        b'j' if native || other => (Consonant('s'), 1),
        b'h' if at == 0 || (other && is_vowel(next)) => (Consonant('k'), 1),
        b'h' | b'j' => (Silent, 1),
        b'p' if next == b'h' => (Consonant('v'), 2),
        b'f' | b'v' | b'w' => (Consonant('v'), 1),
        b's' | b'z' => (Consonant('s'), if next == b'h' { 2 } else { 1 }),
        b't' | b'd' if next == b'h' => (Consonant('t'), 2),
        b'r' if next == b'z' && other => (Consonant('s'), 2),
        b'x' => (Two('k', 's'), 1),
        letter => (Consonant(char::from(letter)), 1),
    }
}

const fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Consonants in the classes that Arabic and Hebrew keep apart.
pub(super) fn skeleton(word: &str) -> String {
    let bytes = word.as_bytes();
    let mut key = String::with_capacity(8);
    let mut at = 0;
    while at < bytes.len() {
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        let after = bytes.get(at + 2).copied().unwrap_or(0);
        let (class, width) = match bytes[at] {
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'w' | b'h' => (None, 1),
            b's' if next == b'c' && after == b'h' => (Some('s'), 3),
            b'k' | b'g' if next == b'h' => (Some('k'), 2),
            b'c' if next == b'h' => (Some('s'), 2),
            b'c' if matches!(next, b'e' | b'i' | b'y' | b's' | b'z') => (Some('s'), 1),
            b'p' if next == b'h' => (Some('b'), 2),
            b'b' | b'p' | b'f' | b'v' => (Some('b'), 1),
            b'd' | b't' => (Some('t'), 1),
            b'c' | b'g' | b'j' | b'k' | b'q' => (Some('k'), 1),
            b's' | b'z' => (Some('s'), 1),
            b'x' => {
                push_consonant(&mut key, 'k');
                (Some('s'), 1)
            }
            letter => (Some(char::from(letter)), 1),
        };
        if let Some(class) = class {
            push_consonant(&mut key, class);
        }
        at += width;
    }
    if key.is_empty() { word.to_owned() } else { key }
}
