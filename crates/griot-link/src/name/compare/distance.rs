//! How alike two words are.

use super::words::{Class, Word};
use crate::name::NameKind;
use crate::name::sound::{skeleton, stem};
use crate::name::vocabulary::are_nicknames;

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
    if is_inflected(left.latin, right.latin) {
        spelled = spelled.max(0.85);
    }
    if left.is_abjad != right.is_abjad {
        return spelled.max(sounds_alike(left.latin, right.latin));
    }
    spelled
}

/// Whether the words are of one stem and may differ in grammatical case.
fn is_inflected(left: &str, right: &str) -> bool {
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
    if are_nicknames(left.latin, right.latin) {
        return 0.85;
    }
    let (short, long) = if left.own.len() < right.own.len() { (left, right) } else { (right, left) };
    let is_short_form = short.own.len() >= 3 && long.own.starts_with(short.own);
    if is_short_form { 0.75 } else { 0.0 }
}

/// Likeness by the letters that differ.
pub(super) fn spelled_alike(left: &str, right: &str) -> f32 {
    if left.is_ascii() && right.is_ascii() {
        return by_distance(left.as_bytes(), right.as_bytes());
    }
    let left: Vec<char> = left.chars().take(LETTERS_MAX + 1).collect();
    let right: Vec<char> = right.chars().take(LETTERS_MAX + 1).collect();
    by_distance(&left, &right)
}

/// Likeness by consonants, for a script that leaves vowels out.
fn sounds_alike(left: &str, right: &str) -> f32 {
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
    let cost = distance(left, right);
    if cost > allowed {
        return 0.0;
    }
    1.0 - (1.0 - least) * cost / allowed
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

/// What one letter more, less or other costs, and what a confusion of letters costs
/// that spellings of one sound or pictures of one text bring.
const EDIT: u16 = 10;
const CONFUSION: u16 = 4;

/// A row of the table of distances between the starts of two words.
type Row = [u16; LETTERS_MAX + 1];

/// Edit distance with swaps of neighbors, in edits; confusions cost less than one.
/// No word may be longer than [`LETTERS_MAX`].
fn distance<T: Letter>(left: &[T], right: &[T]) -> f32 {
    let mut before: Row = [0; LETTERS_MAX + 1];
    let mut last: Row = [0; LETTERS_MAX + 1];
    for r in 1..=right.len() {
        last[r] = last[r - 1] + one_more(right, r - 1);
    }
    for l in 1..=left.len() {
        let row = next_row(&before, &last, left, right, l);
        before = last;
        last = row;
    }
    f32::from(last[right.len()]) / f32::from(EDIT)
}

fn next_row<T: Letter>(before: &Row, last: &Row, left: &[T], right: &[T], l: usize) -> Row {
    let mut row: Row = [0; LETTERS_MAX + 1];
    let letter = left[l - 1];
    let one_less = one_more(left, l - 1);
    row[0] = last[0] + one_less;
    for r in 1..=right.len() {
        let other = right[r - 1];
        let mut cost = (last[r - 1] + exchange(letter, other))
            .min(last[r] + one_less)
            .min(row[r - 1] + one_more(right, r - 1));
        if l > 1 && r > 1 && letter == right[r - 2] && left[l - 2] == other {
            cost = cost.min(before[r - 2] + EDIT);
        }
        row[r] = cost;
    }
    row
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
    let (left, right) = (left.ascii(), right.ascii());
    match (left.min(right), left.max(right)) {
        (b'a', b'e')
        | (b'e', b'i')
        | (b'i' | b'j', b'j' | b'y')
        | (b'o', b'u')
        | (b'c', b'k')
        | (b'k', b'q')
        | (b'v', b'w')
        | (b's', b'z')
        | (b'0', b'o')
        | (b'1', b'i' | b'l')
        | (b'3', b'e')
        | (b'5', b's')
        | (b'9', b'g') => CONFUSION,
        _ => EDIT,
    }
}
