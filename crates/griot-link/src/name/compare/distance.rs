//! How alike two words are.

use smallvec::SmallVec;

use super::words::{Class, Word};
use crate::name::sound::{skeleton, sound_alike, stem};
use crate::name::vocabulary::{Traits, are_nicknames};
use crate::name::{NameKind, Script};

/// Longer words are compared for equality only.
const LETTERS_MAX: usize = 48;

/// How alike two words that are not equal are, in `[0, 1]`; 0 for words that do not
/// stand for each other.
pub(super) fn likeness(left: &Word<'_>, right: &Word<'_>, kind: NameKind, both_last: bool) -> f32 {
    match (left.class, right.class) {
        (Class::Telling, Class::Telling) => {}
        (Class::Generic, Class::Generic) => return 0.7,
        (Class::Light, Class::Light) => return 0.9,
        (Class::Generic, Class::Telling) | (Class::Telling, Class::Generic) => {
            return spelled_alike(left.own, right.own);
        }
        _ => return 0.0,
    }
    if kind == NameKind::Person {
        let given = likeness_given(left, right, both_last);
        if given > 0.0 {
            return given;
        }
    }
    let mut spelled = spelled_alike(left.own, right.own);
    if is_inflected(left, right) {
        spelled = spelled.max(0.85);
    }
    if left.is_abjad != right.is_abjad {
        return spelled.max(consonants_alike(left.token.latin, right.token.latin));
    }
    let other_script =
        (left.token.text == left.token.latin) != (right.token.text == right.token.latin);
    if other_script
        && spelled < 0.85
        && left.own.len().min(right.own.len()) >= 3
        && sound_alike(left.token, right.token)
    {
        return 0.85;
    }
    spelled
}

/// Whether the words are of one stem and may differ in grammatical case.
fn is_inflected(left: &Word<'_>, right: &Word<'_>) -> bool {
    let script = left.own.chars().next().and_then(Script::of);
    if !matches!(
        script,
        Some(Script::Latin | Script::Cyrillic | Script::Greek)
    ) {
        return false;
    }
    let (left, right) = (left.token.latin, right.token.latin);
    if left.as_bytes().get(..4) != right.as_bytes().get(..4) {
        return false;
    }
    let (left, right) = (stem(left), stem(right));
    left.len() >= 4 && left == right
}

/// Initials, nicknames, short forms.
fn likeness_given(left: &Word<'_>, right: &Word<'_>, both_last: bool) -> f32 {
    if left.is_initial() || right.is_initial() {
        let alike = left.own.chars().next() == right.own.chars().next();
        return if alike { 0.85 } else { 0.0 };
    }
    if both_last {
        return 0.0;
    }
    let may_be_nicknames = left.traits.has(Traits::NICKNAME) && right.traits.has(Traits::NICKNAME);
    if may_be_nicknames && are_nicknames(left.token.latin, right.token.latin) {
        return 0.85;
    }
    let (short, long) = if left.own.len() < right.own.len() {
        (left, right)
    } else {
        (right, left)
    };
    let is_short_form = short.own.len() >= 3 && long.own.starts_with(short.own);
    if is_short_form { 0.75 } else { 0.0 }
}

/// Likeness by the letters that differ.
pub(super) fn spelled_alike(left: &str, right: &str) -> f32 {
    if left.is_ascii() && right.is_ascii() {
        return by_distance(left.as_bytes(), right.as_bytes());
    }
    // A syllable is no letter: another one is another name.
    let is_syllable = |c| matches!(Script::of(c), Some(Script::Han | Script::Hangul));
    if left.chars().any(is_syllable) {
        return 0.0;
    }
    let letters =
        |word: &str| -> SmallVec<[char; 16]> { word.chars().take(LETTERS_MAX + 1).collect() };
    let (left, right) = (letters(left), letters(right));
    by_distance(&left, &right)
}

/// Likeness by consonants, for a script that leaves vowels out.
fn consonants_alike(left: &str, right: &str) -> f32 {
    let (left, right) = (skeleton(left), skeleton(right));
    if left == right {
        return 0.9;
    }
    if left.len().min(right.len()) < 3 {
        return 0.0;
    }
    0.9 * by_distance(left.as_bytes(), right.as_bytes())
}

/// How many letters may differ, by the length of the longer word, and how alike the
/// words then still are.
fn by_distance<T: Letter>(left: &[T], right: &[T]) -> f32 {
    let longer = left.len().max(right.len());
    let (allowed, least) = match longer {
        0..=2 => return 0.0,
        3..=4 => (1.0, 0.68),
        5..=6 => (2.0, 0.62),
        7..=8 => (2.0, 0.66),
        9..=10 => (2.0, 0.72),
        _ => (3.0, 0.66),
    };
    if longer > LETTERS_MAX || left.len().abs_diff(right.len()) as f32 > allowed {
        return 0.0;
    }
    // An edit changes at most two letters of the set, and a confusion none.
    let (left_set, right_set) = (letter_set(left), letter_set(right));
    let n_changes = (left_set ^ right_set).count_ones();
    if n_changes as f32 > 2.0 * allowed && (left_set | right_set) & HAS_DIGIT == 0 {
        return 0.0;
    }
    match distance(left, right, allowed as u16 * EDIT) {
        Some(cost) => 1.0 - (1.0 - least) * f32::from(cost) / (allowed * f32::from(EDIT)),
        None => 0.0,
    }
}

/// A letter as the distance sees it.
trait Letter: Copy + PartialEq {
    /// The letter, if it is ASCII.
    fn ascii(self) -> u8;
}

impl Letter for u8 {
    fn ascii(self) -> u8 {
        self
    }
}

impl Letter for char {
    fn ascii(self) -> u8 {
        u8::try_from(self).unwrap_or(0)
    }
}

/// The bit of words with digits, which are confused with letters.
const HAS_DIGIT: u32 = 1 << 31;

/// The letters of a word as bits; letters that are confused are one, and those that
/// may cost less than an edit for other reasons none.
fn letter_set<T: Letter>(word: &[T]) -> u32 {
    word.iter().fold(0, |set, letter| {
        let letter = match letter.ascii() {
            b'a' | b'e' | b'i' | b'j' | b'y' => b'a',
            b'o' | b'u' => b'o',
            b'c' | b'g' | b'k' | b'q' => b'c',
            b'f' | b'v' | b'w' => b'v',
            b's' | b'x' | b'z' => b's',
            b'd' | b't' => b't',
            b'b' | b'p' => b'b',
            letter @ (b'l'..=b'n' | b'r') => letter,
            b'0'..=b'9' => return set | HAS_DIGIT,
            _ => return set,
        };
        set | 1 << (letter - b'a')
    })
}

/// What one letter more, less or other costs, and what a confusion of letters costs
/// that spellings of one sound or pictures of one text bring.
const EDIT: u16 = 10;
const CONFUSION: u16 = 4;

/// A row of the table of distances between the starts of two words.
type Row = [u16; LETTERS_MAX + 1];

/// Edit distance with swaps of neighbors, an edit being [`EDIT`] and a confusion less;
/// `None` if it is above `most`. No word may be longer than [`LETTERS_MAX`].
fn distance<T: Letter>(left: &[T], right: &[T], most: u16) -> Option<u16> {
    let mut before: Row = [0; LETTERS_MAX + 1];
    let mut last: Row = [0; LETTERS_MAX + 1];
    for r in 1..=right.len() {
        last[r] = last[r - 1] + one_more(right, r - 1);
    }
    let mut least_before = 0;
    for l in 1..=left.len() {
        let (row, least) = next_row(&before, &last, left, right, l);
        // A swap reaches back two rows.
        if least > most && least_before > most {
            return None;
        }
        least_before = least;
        before = last;
        last = row;
    }
    let cost = last[right.len()];
    (cost <= most).then_some(cost)
}

/// The row of the start of `left` of `l` letters, and the least cost in it.
fn next_row<T: Letter>(before: &Row, last: &Row, left: &[T], right: &[T], l: usize) -> (Row, u16) {
    let mut row: Row = [0; LETTERS_MAX + 1];
    let letter = left[l - 1];
    let one_less = one_more(left, l - 1);
    row[0] = last[0] + one_less;
    let mut least = row[0];
    for r in 1..=right.len() {
        let other = right[r - 1];
        let mut cost = (last[r - 1] + exchange(letter, other))
            .min(last[r] + one_less)
            .min(row[r - 1] + one_more(right, r - 1));
        if l > 1 && r > 1 && letter == right[r - 2] && left[l - 2] == other {
            cost = cost.min(before[r - 2] + EDIT);
        }
        row[r] = cost;
        least = least.min(cost);
    }
    (row, least)
}

/// What the letter at `at` costs where the other word has none: `h` is often silent,
/// and letters are doubled for no reason.
fn one_more<T: Letter>(word: &[T], at: usize) -> u16 {
    let doubled = at > 0 && word[at - 1] == word[at];
    if doubled || (at > 0 && word[at].ascii() == b'h') {
        CONFUSION
    } else {
        EDIT
    }
}

fn exchange<T: Letter>(left: T, right: T) -> u16 {
    if left == right {
        return 0;
    }
    let (left, right) = (slot(left.ascii()), slot(right.ascii()));
    if CONFUSED_WITH[left] >> right & 1 == 1 {
        CONFUSION
    } else {
        EDIT
    }
}

/// For each letter, the set of letters it is confused with, by [`slot`].
static CONFUSED_WITH: [u64; 64] = {
    let mut sets = [0; 64];
    let mut n = 0;
    while n < CONFUSED.len() {
        let (one, other) = (slot(CONFUSED[n][0]), slot(CONFUSED[n][1]));
        sets[one] |= 1 << other;
        sets[other] |= 1 << one;
        n += 1;
    }
    sets
};

/// Digits and letters in a row; everything else in one place that is confused with
/// nothing.
const fn slot(letter: u8) -> usize {
    match letter {
        b'0'..=b'9' => (letter - b'0') as usize,
        b'a'..=b'z' => (letter - b'a') as usize + 10,
        _ => 63,
    }
}

/// Letters that are confused.
const CONFUSED: [&[u8; 2]; 22] = [
    b"ae", b"ei", b"ij", b"iy", b"jy", b"ou", b"ck", b"kq", b"gk", b"gq", b"vw", b"fv", b"sz",
    b"sx", b"dt", b"bp", b"0o", b"1i", b"1l", b"3e", b"5s", b"9g",
];
