//! Which word of one name stands for which word of the other.

use smallvec::smallvec;

use super::digits_differ;
use super::distance::{likeness, spelled_alike};
use super::words::{Class, List, Word, Words};
use crate::name::NameKind;

/// The pairs of words of two names, added up.
pub(super) struct Alignment {
    /// By word, whether it has a counterpart.
    pub(super) left: List<bool>,
    pub(super) right: List<bool>,
    /// What the pairs weigh.
    pub(super) weight: f32,
    /// What the pairs weigh times how alike they are.
    pub(super) likeness: f32,
    /// How many pairs of telling words there are, initials not counted.
    pub(super) n_telling: usize,
    /// How many initials stand for words.
    pub(super) n_initials: usize,
    /// Whether several words of one name make one of the other.
    pub(super) merged: bool,
    /// Whether words were paired that hold different digits.
    pub(super) digits_differ: bool,
}

impl Alignment {
    /// Whether the last words of both names have counterparts.
    pub(super) fn ends_alike(&self, left: &Words<'_>, right: &Words<'_>) -> bool {
        let last_is_paired = |words: &Words<'_>, paired: &[bool]| {
            let last = words
                .list
                .iter()
                .rposition(|word| word.class == Class::Telling);
            last.is_some_and(|last| paired[last])
        };
        last_is_paired(left, &self.left) && last_is_paired(right, &self.right)
    }

    /// Whether every word has a counterpart.
    fn is_complete(&self) -> bool {
        self.left.iter().chain(&self.right).all(|paired| *paired)
    }

    fn pair(&mut self, left: &Word<'_>, right: &Word<'_>, likeness: f32) {
        let weight = f32::midpoint(left.weight, right.weight);
        self.weight += weight;
        self.likeness += weight * likeness;
        if left.class == Class::Telling {
            let initial = left.is_initial() || right.is_initial();
            self.n_initials += usize::from(initial);
            self.n_telling += usize::from(!initial);
        }
    }
}

/// Pairs equal words, then those most alike, then words that were split in one name.
pub(super) fn align(left: &Words<'_>, right: &Words<'_>, kind: NameKind) -> Alignment {
    let mut alignment = Alignment {
        left: smallvec![false; left.list.len()],
        right: smallvec![false; right.list.len()],
        weight: 0.0,
        likeness: 0.0,
        n_telling: 0,
        n_initials: 0,
        merged: false,
        digits_differ: false,
    };
    pair_equal(&mut alignment, left, right);
    // Before the halves of a word are taken for its short forms.
    pair_joined(&mut alignment, left, right, |part, whole| part == whole);
    if !alignment.is_complete() {
        pair_alike(&mut alignment, left, right, kind);
        pair_joined(&mut alignment, left, right, |part, whole| {
            spelled_alike(part, whole) > 0.8
        });
    }
    alignment
}

fn pair_equal(alignment: &mut Alignment, left: &Words<'_>, right: &Words<'_>) {
    for (l, left_word) in left.list.iter().enumerate() {
        let equal = |r: &usize| {
            let right_word = &right.list[*r];
            !alignment.right[*r]
                && (left_word.own == right_word.own || same_number(left_word, right_word))
        };
        if let Some(r) = (0..right.list.len()).find(equal) {
            alignment.left[l] = true;
            alignment.right[r] = true;
            alignment.pair(left_word, &right.list[r], 1.0);
        }
    }
}

fn same_number(left: &Word<'_>, right: &Word<'_>) -> bool {
    matches!((left.class, right.class), (Class::Number(left), Class::Number(right)) if left == right)
}

fn pair_alike(alignment: &mut Alignment, left: &Words<'_>, right: &Words<'_>, kind: NameKind) {
    let mut pairs: List<(f32, usize, usize)> = List::new();
    for (l, left_word) in left
        .list
        .iter()
        .enumerate()
        .filter(|(l, _)| !alignment.left[*l])
    {
        for (r, right_word) in right
            .list
            .iter()
            .enumerate()
            .filter(|(r, _)| !alignment.right[*r])
        {
            let both_last = l + 1 == left.list.len() && r + 1 == right.list.len();
            let likeness = likeness(left_word, right_word, kind, both_last);
            if likeness > 0.0 {
                pairs.push((likeness, l, r));
            }
        }
    }
    // Names are read from the front: of equals, the pair nearest to it.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (likeness, l, r) in pairs {
        if !alignment.left[l] && !alignment.right[r] {
            alignment.left[l] = true;
            alignment.right[r] = true;
            let (left_word, right_word) = (&left.list[l], &right.list[r]);
            alignment.digits_differ |= digits_differ(left_word.own, right_word.own);
            alignment.pair(left_word, right_word, likeness);
        }
    }
}

/// Pairs words that are left with two to four words in a row of the other name, if
/// `are_same` says so of these in one and the word.
fn pair_joined(
    alignment: &mut Alignment,
    left: &Words<'_>,
    right: &Words<'_>,
    are_same: impl Fn(&str, &str) -> bool,
) {
    if left.list.len() == right.list.len() && alignment.is_complete() {
        return;
    }
    let mut sides = (
        std::mem::take(&mut alignment.left),
        std::mem::take(&mut alignment.right),
    );
    let (lefts, rights) = (&mut sides.0, &mut sides.1);
    pair_whole(alignment, (left, lefts), (right, rights), &are_same);
    pair_whole(alignment, (right, rights), (left, lefts), &are_same);
    (alignment.left, alignment.right) = sides;
}

/// Words and whether they are paired.
type Side<'s, 'w> = (&'s Words<'w>, &'s mut [bool]);

fn pair_whole(
    alignment: &mut Alignment,
    (whole, whole_paired): Side<'_, '_>,
    (split, split_paired): Side<'_, '_>,
    are_same: impl Fn(&str, &str) -> bool,
) {
    for (w, word) in whole.list.iter().enumerate() {
        if whole_paired[w] || word.class != Class::Telling || word.own.len() < 4 {
            continue;
        }
        let found = runs(split, split_paired)
            .find(|(start, end)| is_joined(word, &split.list[*start..*end], &are_same));
        if let Some((start, end)) = found {
            whole_paired[w] = true;
            split_paired[start..end].fill(true);
            alignment.pair(word, word, 0.97);
            alignment.merged = true;
        }
    }
}

fn is_joined(word: &Word<'_>, parts: &[Word<'_>], are_same: impl Fn(&str, &str) -> bool) -> bool {
    let n_bytes: usize = parts.iter().map(|part| part.own.len()).sum();
    n_bytes.abs_diff(word.own.len()) <= 2 && {
        let joined: String = parts.iter().map(|part| part.own).collect();
        are_same(&joined, word.own)
    }
}

/// Two to four words in a row that are left, the longest first.
fn runs<'a>(words: &'a Words<'_>, paired: &'a [bool]) -> impl Iterator<Item = (usize, usize)> + 'a {
    let n_words = words.list.len();
    (2..=4_usize).rev().flat_map(move |n| {
        let starts = 0..(n_words + 1).saturating_sub(n);
        starts
            .map(move |start| (start, start + n))
            .filter(|(start, end)| !paired[*start..*end].iter().any(|paired| *paired))
    })
}
