//! Keys at edit distance one: a letter more, less or other, or two swapped.

use std::ops::Range;

use super::dict::Dict;
use super::filter::{Filter, HEAD_CHARS, Poly};

/// Shortest key that is looked for, in characters: of shorter ones too many are
/// one letter apart.
pub(super) const CHARS_MIN: usize = 5;
const _: () = assert!(CHARS_MIN > HEAD_CHARS, "a key has a letter after its head");
/// Longest key that is looked for, in characters.
const CHARS_MAX: usize = 150;
/// Keys that are compared one by one rather than searched in.
const SCAN_MAX: usize = 48;

/// Ordinals of the keys one edit away from `key`, ascending; `letters` are those of
/// all keys, ascending.
///
/// A letter that takes the place of another or comes in addition is a space, or of
/// a block of 512 code points that `key` has letters of: of its script.
pub(super) fn within_one(
    dict: &Dict<'_>,
    filter: &Filter<'_>,
    letters: &[char],
    key: &str,
) -> Vec<usize> {
    let chars: Vec<char> = key.chars().collect();
    if !(CHARS_MIN..=CHARS_MAX).contains(&chars.len()) {
        return Vec::new();
    }
    let mut blocks: Vec<u32> = chars
        .iter()
        .filter(|c| c.is_alphanumeric())
        .map(|&c| block(c))
        .collect();
    blocks.sort_unstable();
    blocks.dedup();
    let mut tails = vec![Poly::EMPTY];
    for &c in chars.iter().rev() {
        tails.push(Poly::of(c).then(tails[tails.len() - 1]));
    }
    tails.reverse();
    let mut search = Search {
        dict,
        filter,
        key,
        letters: letters_of(&blocks, letters),
        chars: &chars,
        tails,
        found: Vec::new(),
        text: String::new(),
    };
    // A damaged file ends the search early.
    let _ = search.run();
    search.found.sort_unstable();
    search.found.dedup();
    search.found
}

/// A space, if keys have any, and those of `letters`, which are sorted, that are of
/// one of `blocks`.
fn letters_of(blocks: &[u32], letters: &[char]) -> Vec<char> {
    let mut found = Vec::with_capacity(128);
    if letters.binary_search(&' ').is_ok() && !blocks.contains(&block(' ')) {
        found.push(' ');
    }
    for &of in blocks {
        let start = letters.partition_point(|&c| block(c) < of);
        found.extend(letters[start..].iter().take_while(|&&c| block(c) == of));
    }
    found
}

fn block(c: char) -> u32 {
    u32::from(c) >> 9
}

struct Search<'a, 'd> {
    dict: &'a Dict<'d>,
    filter: &'a Filter<'d>,
    key: &'a str,
    letters: Vec<char>,
    chars: &'a [char],
    /// The polynomials of what follows each character and of nothing.
    tails: Vec<Poly>,
    found: Vec<usize>,
    text: String,
}

/// What is before an edit.
#[derive(Clone, Copy)]
struct Head {
    whole: Poly,
    /// What is beyond the first [`HEAD_CHARS`] characters.
    tail: Poly,
    n_chars: usize,
}

impl Head {
    const EMPTY: Self = Self {
        whole: Poly::EMPTY,
        tail: Poly::EMPTY,
        n_chars: 0,
    };

    fn push(&mut self, c: Poly) {
        self.whole = self.whole.then(c);
        if self.n_chars >= HEAD_CHARS {
            self.tail = self.tail.then(c);
        }
        self.n_chars += 1;
    }
}

/// Edits that are tried.
#[derive(Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a set of four that are asked for one by one"
)]
struct Ways {
    less: bool,
    more: bool,
    other: bool,
    swapped: bool,
}

impl Ways {
    const ALL: Self = Self {
        less: true,
        more: true,
        other: true,
        swapped: true,
    };
}

impl Search<'_, '_> {
    /// Edits in the first [`HEAD_CHARS`] characters are tried if some key may go on as
    /// this one would after them. Then goes along the key: before each of its
    /// characters, tries every edit that could be there among the keys that begin as
    /// this one does.
    fn run(&mut self) -> Option<()> {
        let mut range = 0..self.dict.len();
        if range.len() <= SCAN_MAX {
            return self.scan(range);
        }
        let (mut at, mut head) = (0, Head::EMPTY);
        for i in 0..=self.chars.len() {
            if i >= HEAD_CHARS {
                range = self.dict.with_prefix(&self.key[..at], range)?;
                if range.len() <= SCAN_MAX {
                    return self.scan(range);
                }
            }
            let ways = if i < HEAD_CHARS {
                self.ways_in_head(i)
            } else {
                Ways::ALL
            };
            self.try_edits(i, at, head, ways, &range);
            if let Some(&c) = self.chars.get(i) {
                head.push(Poly::of(c));
                at += c.len_utf8();
            }
        }
        Some(())
    }

    /// The edits at character `i`, one of the head, after which some key may go on.
    fn ways_in_head(&self, i: usize) -> Ways {
        let has = |tail| tail == Poly::EMPTY || self.filter.has_tail(tail);
        let tail = |at: usize| self.tails[at];
        let beyond_swap = if i + 1 < HEAD_CHARS {
            tail(HEAD_CHARS)
        } else {
            Poly::of(self.chars[i]).then(tail(HEAD_CHARS + 1))
        };
        Ways {
            less: has(tail(HEAD_CHARS + 1)),
            more: has(tail(HEAD_CHARS - 1)),
            other: has(tail(HEAD_CHARS)),
            swapped: has(beyond_swap),
        }
    }

    /// Edits at character `i`, which is byte `at`; `head` is before it.
    fn try_edits(&mut self, i: usize, at: usize, head: Head, ways: Ways, range: &Range<usize>) {
        let rest = &self.key[at..];
        let current = self.chars.get(i).copied();
        let tail = current.map(|c| &rest[c.len_utf8()..]);
        if let (Some(current), Some(tail)) = (current, tail) {
            if ways.less {
                self.try_key((at, &[], tail), (head, Poly::EMPTY, i + 1), range);
            }
            let next = self.chars.get(i + 1).filter(|&&next| next != current);
            if let Some(&next) = next.filter(|_| ways.swapped) {
                let swapped = [next, current];
                let poly = Poly::of(next).then(Poly::of(current));
                let tail = &tail[next.len_utf8()..];
                self.try_key((at, &swapped, tail), (head, poly, i + 2), range);
            }
        }
        if !(ways.more || ways.other) {
            return;
        }
        for letter in 0..self.letters.len() {
            let letter = self.letters[letter];
            let poly = Poly::of(letter);
            if ways.more {
                self.try_key((at, &[letter], rest), (head, poly, i), range);
            }
            if let Some(tail) = tail
                && ways.other
                && current != Some(letter)
            {
                self.try_key((at, &[letter], tail), (head, poly, i + 1), range);
            }
        }
    }

    /// Looks for the key with `middle` and `rest` after its first `at` bytes; the same as
    /// polynomials: of the head, the middle, and the character at which the rest starts.
    fn try_key(
        &mut self,
        (at, middle, rest): (usize, &[char], &str),
        (head, poly, next): (Head, Poly, usize),
        range: &Range<usize>,
    ) {
        let after = self.tails[next];
        if !self.filter.has(head.whole.then(poly).then(after)) {
            return;
        }
        // One of eleven passes by chance. Is there such a tail? Those after edits in the
        // head were looked for already.
        let is_beyond_head = head.n_chars >= HEAD_CHARS;
        let tail = head.tail.then(poly).then(after);
        if is_beyond_head && tail != Poly::EMPTY && !self.filter.has_tail(tail) {
            return;
        }
        self.text.clear();
        self.text.push_str(&self.key[..at]);
        self.text.extend(middle);
        self.text.push_str(rest);
        if self.text != self.key
            && let Some(ordinal) = self.dict.find_in(self.text.as_bytes(), range.clone())
        {
            self.found.push(ordinal);
        }
    }

    fn scan(&mut self, range: Range<usize>) -> Option<()> {
        if range.is_empty() {
            return Some(());
        }
        let mut walk = self.dict.at(range.start)?;
        loop {
            if may_be_one_edit(self.key.as_bytes(), walk.key())
                && std::str::from_utf8(walk.key()).is_ok_and(|key| is_one_edit(self.key, key))
            {
                self.found.push(walk.ordinal);
            }
            walk.advance()?;
            if walk.ordinal >= range.end {
                return Some(());
            }
        }
    }
}

/// Whether [`is_one_edit`] may say yes: all but the bytes of two characters are the same.
fn may_be_one_edit(a: &[u8], b: &[u8]) -> bool {
    let shorter = a.len().min(b.len());
    if a.len().max(b.len()) - shorter > 4 {
        return false;
    }
    let same = |(x, y): &(&u8, &u8)| x == y;
    let n_first = a.iter().zip(b).take_while(same).count();
    let n_last = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    n_first + n_last + 8 >= shorter
}

/// Whether one edit makes one of the two the other.
pub(super) fn is_one_edit(a: &str, b: &str) -> bool {
    if a == b || a.len().abs_diff(b.len()) > 4 {
        return false;
    }
    let common = a.chars().zip(b.chars()).take_while(|(x, y)| x == y);
    let at: usize = common.map(|(x, _)| x.len_utf8()).sum();
    let (mut a_rest, mut b_rest) = (a[at..].chars(), b[at..].chars());
    let (a_whole, b_whole) = (a_rest.as_str(), b_rest.as_str());
    let (a_first, b_first) = (a_rest.next(), b_rest.next());
    let (a_tail, b_tail) = (a_rest.as_str(), b_rest.as_str());
    a_tail == b_tail
        || a_tail == b_whole
        || a_whole == b_tail
        || (a_rest.next() == b_first
            && b_rest.next() == a_first
            && a_rest.as_str() == b_rest.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit() {
        let rows = [
            ("abcde", "abcde", false),
            ("abcde", "abxde", true),
            ("abcde", "abde", true),
            ("abcde", "abcxde", true),
            ("abcde", "abcdex", true),
            ("abcde", "xabcde", true),
            ("abcde", "abdce", true),
            ("abcde", "bacde", true),
            ("abcde", "abced", true),
            ("abcde", "abdcx", false),
            ("abcde", "axcye", false),
            ("abcde", "bcdea", false),
            ("a", "", true),
            ("", "", false),
            ("лавров", "ловров", true),
            ("лавров", "лавро", true),
            ("лавров", "лавровz", true),
            ("ab", "ba", true),
            ("ab", "b", true),
            ("aab", "ab", true),
        ];
        for (a, b, expected) in rows {
            assert_eq!(is_one_edit(a, b), expected, "{a} {b}");
            assert_eq!(is_one_edit(b, a), expected, "{b} {a}");
        }
    }
}
