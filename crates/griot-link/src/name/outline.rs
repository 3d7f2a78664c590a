//! The letters of a name, word for word: they tell at once that most names are not alike,
//! before their keys are made.

use std::sync::LazyLock;

use smallvec::SmallVec;

use super::romanize;
use super::vocabulary::Traits;
use super::{Name, NameKind, Script};

/// How many letters of each class a word has, one byte a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Letters {
    /// As [`SOUNDS`] says; the last byte is the number of all letters.
    sounds: u64,
    /// As [`SPELLED`] says.
    spelled: u64,
    /// The first letters, the very first in the low byte.
    head: u32,
}

/// Consonants that one sound may be written with, in any script. Vowels are not counted.
const SOUNDS: [&[u8]; 7] = [b"bfpvw", b"dt", b"cgkqsz", b"l", b"m", b"n", b"r"];

/// Letters that are confused in one script, as far as sounds do not tell.
const SPELLED: [&[u8]; 6] = [b"aeijy", b"ou", b"cgkq", b"szx", b"fvw", b"bp"];

/// The bytes of [`Letters::sounds`] that are counted in no class of [`SPELLED`].
const SOUNDS_ONLY: u64 = 0x00ff_ffff_ff00_ff00;

/// Letters of a word that are counted: no byte overflows.
const LETTERS_MAX: u64 = 100;

impl Letters {
    const fn len(self) -> u64 {
        self.sounds >> 56
    }

    fn add(&mut self, other: Self) {
        let len = self.len();
        if len >= LETTERS_MAX {
            return;
        }
        if len < 4 {
            self.head |= other.head << (8 * len);
        }
        self.sounds += other.sounds;
        self.spelled += other.spelled;
    }

    /// Whether the two may be spellings of one word; or, `by_sound`, of one sound.
    fn may_be(self, other: Self, by_sound: bool) -> bool {
        if self.has_same_head(other) {
            return true;
        }
        let longer = self.len().max(other.len());
        let slips = match longer {
            0..=2 => 0,
            3..=4 => 1,
            5..=10 => 2,
            _ => 3,
        };
        let differ = |one: Self, other: Self| {
            beyond(one.spelled, other.spelled)
                + beyond(one.sounds & SOUNDS_ONLY, other.sounds & SOUNDS_ONLY)
        };
        (differ(self, other) <= slips && differ(other, self) <= slips)
            || (by_sound && self.may_sound_as(other))
    }

    /// Whether they begin with the same letters: of endings and short forms, there are
    /// many.
    const fn has_same_head(self, other: Self) -> bool {
        let is_short = self.head >> 24 == 0 || other.head >> 24 == 0;
        let head = if is_short { 0x00ff_ffff } else { u32::MAX };
        self.head & 0x00ff_0000 != 0 && self.head & head == other.head & head
    }

    fn may_sound_as(self, other: Self) -> bool {
        const CONSONANTS: u64 = u64::MAX >> 8;
        let slips = if self.len().max(other.len()) > 4 {
            2
        } else {
            1
        };
        let [one, other] = [self, other].map(|word| word.sounds & CONSONANTS);
        beyond(one, other) <= slips && beyond(other, one) <= slips
    }
}

/// How much is counted in `one` beyond what is in `other`; no byte of either is above 127.
const fn beyond(one: u64, other: u64) -> u64 {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The high bit of a byte stays where nothing was borrowed from it.
    let rest = (one | HIGH) - other;
    let is_more = (rest & HIGH) >> 7;
    let more = rest & (is_more * 0x7f);
    more.wrapping_mul(0x0101_0101_0101_0101) >> 56
}

type Words = SmallVec<[Letters; 6]>;

/// The letters of the words of a name.
#[derive(Clone, Debug)]
pub(crate) struct Outline {
    kind: NameKind,
    script: Script,
    words: Words,
    /// Those of them that an alike name has too.
    telling: Words,
}

impl Outline {
    pub(crate) fn new(name: &Name, kind: NameKind) -> Self {
        let words: Words = name.tokens().map(|token| word(token.text)).collect();
        let is_telling = name.tokens().map(|token| is_telling(token.latin, kind));
        let telling = std::iter::zip(&words, is_telling);
        Self {
            kind,
            script: name.script(),
            telling: telling
                .filter_map(|(word, is_telling)| is_telling.then_some(*word))
                .collect(),
            words,
        }
    }

    /// Whether a name that is written `text` may be alike: if not, it is not. Some that
    /// are alike by nickname, acronym or title only are said not to be.
    ///
    /// Cost: some nanoseconds a letter.
    pub(crate) fn may_be_alike(&self, text: &str) -> bool {
        let script = text.chars().find_map(Script::of);
        self.may_be(&words(text), script.unwrap_or(Script::Other))
    }

    /// The same for a name whose outline is known.
    pub(crate) fn may_be_like(&self, other: &Self) -> bool {
        self.may_be(&other.words, other.script)
    }

    fn may_be(&self, others: &Words, script: Script) -> bool {
        let by_sound = self.kind == NameKind::Person || script != self.script;
        let is_in = |word: &Letters, words: &Words| {
            words.iter().any(|other| word.may_be(*other, by_sound))
                || words.windows(2).any(|pair| {
                    let mut joined = pair[0];
                    joined.add(pair[1]);
                    word.may_be(joined, by_sound)
                })
        };
        if self.telling.iter().all(|word| is_in(word, others)) {
            return true;
        }
        // Of two persons, one may have more names than the other.
        let is_less = || {
            let mut long = others
                .iter()
                .filter(|word| word.len() > PARTICLE_LETTERS_MAX);
            long.clone().next().is_some() && long.all(|word| is_in(word, &self.words))
        };
        (self.kind == NameKind::Person && is_less())
            || whole(&self.words).may_be(whole(others), by_sound)
    }
}

/// Letters of the longest word that may be a particle, or what is left of a title.
const PARTICLE_LETTERS_MAX: u64 = 3;

fn is_telling(latin: &str, kind: NameKind) -> bool {
    let others: &[Traits] = match kind {
        NameKind::Person => &[Traits::LIGHT, Traits::NICKNAME, Traits::TITLE],
        _ => &[
            Traits::STOP,
            Traits::GENERIC,
            Traits::LEGAL_FORM,
            Traits::NUMBER,
        ],
    };
    let traits = Traits::of(latin);
    let is_number = latin.starts_with(|c: char| c.is_ascii_digit());
    latin.len() > 1 && !is_number && !others.iter().any(|one| traits.has(*one))
}

/// All words as one, for names that differ in spaces.
fn whole(words: &Words) -> Letters {
    let mut whole = Letters::default();
    for word in words {
        whole.add(*word);
    }
    whole
}

fn word(text: &str) -> Letters {
    whole(&words(text))
}

/// The words of `text`, which need not be folded.
fn words(text: &str) -> Words {
    let mut words = Words::new();
    let mut word = Letters::default();
    let mut last = ' ';
    for c in text.chars().chain([' ']) {
        if !is_break(c) {
            // A doubled letter is as good as one.
            if c != last {
                word.add(letters_of(c));
            }
        } else if word != Letters::default() {
            words.push(word);
            word = Letters::default();
        }
        last = c;
    }
    words
}

/// Whether words end there; apostrophes and dots join.
const fn is_break(c: char) -> bool {
    matches!(
        c,
        ' ' | '-' | '/' | ',' | '(' | ')' | '&' | '"' | '\u{a0}' | '\u{2010}'..='\u{2015}'
    )
}

/// What a character adds to a word.
fn letters_of(c: char) -> Letters {
    match TABLE.get(c as usize) {
        Some(letters) => *letters,
        None => romanized(c),
    }
}

/// Those of Latin, Greek, Cyrillic, Hebrew and Arabic.
static TABLE: LazyLock<Vec<Letters>> = LazyLock::new(|| ('\0'..'\u{700}').map(romanized).collect());

fn romanized(c: char) -> Letters {
    let mut letters = Letters::default();
    let is_abjad = matches!(c, '\u{590}'..'\u{700}');
    for letter in romanize::letters(c) {
        let mut one = Letters {
            sounds: 1 << 56,
            spelled: 0,
            head: letter.into(),
        };
        // Whether these are consonants depends on the word.
        if !(is_abjad && letter == b'w') {
            one.sounds |= one_in(&SOUNDS, letter);
            one.spelled |= one_in(&SPELLED, letter);
        }
        if letter == b'x' {
            one.sounds |= 2 << 16;
        }
        letters.add(one);
    }
    letters
}

/// One in the byte of the class that has the letter.
fn one_in(classes: &[&[u8]], letter: u8) -> u64 {
    let class = classes.iter().position(|class| class.contains(&letter));
    class.map_or(0, |class| 1 << (8 * class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_tell_names_apart() {
        use NameKind::{Organization, Other, Person, Place};
        let rows = [
            (Person, "Vladimir Poutine", "Wladimir Putin", true),
            (
                Person,
                "Vladimir Poutine",
                "Владимир Владимирович Путин",
                true,
            ),
            (Person, "Sergei Lavrov", "SergeiLavrov", true),
            (Person, "Alex Bongo", "Alexandre Bongo", true),
            (Person, "Bill Bongo", "William Bongo", true),
            (Person, "Khrouchtchev", "Chruschtschow", true),
            (Person, "Moussa Traoré", "Musa Tarawore", true),
            (Person, "Vladimir Poutine", "Sergueï Lavrov", false),
            (Place, "Bamako", "Бамако", true),
            (Place, "Bamako", "باماكو", true),
            (Place, "Beijing", "北京", true),
            (Place, "Bamako", "Tombouctou", false),
            (Place, "San Bernardino", "сент-винсентская", false),
            (Organization, "Croix-Rouge", "La Croix Rouge", true),
            (
                Organization,
                "Komisji Europejskiej",
                "Komisja Europejska",
                true,
            ),
            (Organization, "Wagner Group", "Вагнер", true),
            (Organization, "Wagner", "Volkswagen", false),
            (Other, "Kurdish", "kroatischem", false),
        ];
        for (kind, one, other, expected) in rows {
            let outline = Outline::new(&Name::new(one), kind);
            assert_eq!(outline.may_be_alike(other), expected, "{one}, {other}");
            let other_outline = Outline::new(&Name::new(other), kind);
            assert_eq!(
                outline.may_be_like(&other_outline),
                expected,
                "{one}, {other}"
            );
        }
    }
}
