//! Keys at edit distance one: a letter more, less or other, or two swapped.

use std::ops::Range;

use super::dict::Dict;

/// Shortest key that is looked for, in characters: of shorter ones too many are
/// one letter apart.
pub(super) const CHARS_MIN: usize = 5;
/// Longest key that is looked for, in characters.
const CHARS_MAX: usize = 200;
/// Keys that are compared one by one rather than searched in.
const SCAN_MAX: usize = 64;

/// Ordinals of the keys one edit away from `key`, ascending.
///
/// The first character is only ever replaced by, and preceded by, one of its own
/// block of 1,024 code points: of its script.
pub(super) fn within_one(dict: &Dict<'_>, key: &str) -> Vec<usize> {
    let chars: Vec<char> = key.chars().collect();
    if !(CHARS_MIN..=CHARS_MAX).contains(&chars.len()) {
        return Vec::new();
    }
    let mut search = Search {
        dict,
        key,
        chars: &chars,
        found: Vec::new(),
        text: String::new(),
    };
    // A damaged file ends the search early.
    let _ = search.run();
    search.found.sort_unstable();
    search.found.dedup();
    search.found
}

struct Search<'a, 'd> {
    dict: &'a Dict<'d>,
    key: &'a str,
    chars: &'a [char],
    found: Vec<usize>,
    text: String,
}

impl Search<'_, '_> {
    /// Goes along the key. Before each of its characters, tries every edit that
    /// could be there among the keys that begin as this one does.
    fn run(&mut self) -> Option<()> {
        let mut range = 0..self.dict.len();
        let mut at = 0;
        for i in 0..=self.chars.len() {
            let prefix = &self.key[..at];
            if i > 0 {
                range = self.with_prefix(prefix, range)?;
            }
            if range.len() <= SCAN_MAX {
                return self.scan(range);
            }
            let rest = &self.key[at..];
            let mut tail = rest.chars();
            let current = tail.next();
            if let Some(current) = current {
                self.try_key(prefix, None, tail.as_str(), &range);
                let mut after = tail.clone();
                if let Some(next) = after.next().filter(|&next| next != current) {
                    let swapped = format!("{current}{}", after.as_str());
                    self.try_key(prefix, Some(next), &swapped, &range);
                }
            }
            self.try_chars(prefix, rest, range.clone());
            at += current.map_or(0, char::len_utf8);
        }
        Some(())
    }

    /// Other and additional characters after `prefix`, those that keys in `range`
    /// have there.
    fn try_chars(&mut self, prefix: &str, rest: &str, range: Range<usize>) -> Option<()> {
        let mut tail = rest.chars();
        let current = tail.next();
        let (mut from, last) = if prefix.is_empty() {
            let block = current? as u32 & !0x3ff;
            let first = char::from_u32(block)?;
            (first.to_string(), char::from_u32(block + 0x3ff)?)
        } else {
            (prefix.to_owned(), char::MAX)
        };
        let mut start = range.start;
        while let Some(walk) = self.dict.seek(from.as_bytes(), start..range.end) {
            let key = std::str::from_utf8(walk.key()).ok()?;
            // The key that is the prefix itself.
            let Some(c) = key.strip_prefix(prefix)?.chars().next() else {
                start = walk.ordinal + 1;
                continue;
            };
            if c > last {
                break;
            }
            from.clear();
            from.push_str(prefix);
            let begins = walk.ordinal;
            from.push(next_char(c)?);
            start = self
                .dict
                .seek(from.as_bytes(), begins..range.end)
                .map_or(range.end, |w| w.ordinal);
            self.try_key(prefix, Some(c), rest, &(begins..start));
            if current.is_some_and(|current| current != c) {
                self.try_key(prefix, Some(c), tail.as_str(), &(begins..start));
            }
            if start >= range.end {
                break;
            }
        }
        Some(())
    }

    fn try_key(&mut self, prefix: &str, c: Option<char>, rest: &str, range: &Range<usize>) {
        self.text.clear();
        self.text.push_str(prefix);
        self.text.extend(c);
        self.text.push_str(rest);
        if self.text != self.key
            && let Some(ordinal) = self.dict.find_in(self.text.as_bytes(), range.clone())
        {
            self.found.push(ordinal);
        }
    }

    fn with_prefix(&self, prefix: &str, range: Range<usize>) -> Option<Range<usize>> {
        let start = self.dict.seek(prefix.as_bytes(), range.clone())?.ordinal;
        let mut after = prefix.to_owned();
        let last = after.pop()?;
        let end = next_char(last).and_then(|c| {
            after.push(c);
            self.dict.seek(after.as_bytes(), start..range.end)
        });
        Some(start..end.map_or(range.end, |walk| walk.ordinal))
    }

    fn scan(&mut self, range: Range<usize>) -> Option<()> {
        if range.is_empty() {
            return Some(());
        }
        let mut walk = self.dict.at(range.start)?;
        loop {
            if std::str::from_utf8(walk.key()).is_ok_and(|key| is_one_edit(self.key, key)) {
                self.found.push(walk.ordinal);
            }
            walk.advance()?;
            if walk.ordinal >= range.end {
                return Some(());
            }
        }
    }
}

fn next_char(c: char) -> Option<char> {
    (c as u32 + 1..=u32::from(char::MAX)).find_map(char::from_u32)
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
