//! Phrases of what stands around a text.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What the phrases of a line are about, and how much of it they are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// Phrases of legal notices.
    pub(super) n_legal: usize,
    /// Words in all phrases.
    pub(super) n_words: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Legal,
    Other,
}

struct Phrases {
    kinds: HashMap<Vec<&'static str>, Kind>,
    /// Words of the longest.
    longest: usize,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let lines = include_str!("../../data/boilerplate.txt").lines();
    let entries = lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '));
    let kinds: HashMap<Vec<&str>, Kind> = entries
        .map(|(kind, phrase)| {
            let kind = if kind == "legal" {
                Kind::Legal
            } else {
                Kind::Other
            };
            (phrase.split(' ').collect(), kind)
        })
        .collect();
    let longest = kinds.keys().map(Vec::len).max().unwrap_or(0);
    Phrases { kinds, longest }
});

/// The phrases in a line of these lower-case words, the longest first.
pub(super) fn find(words: &[String]) -> Found {
    let mut found = Found::default();
    let mut at = 0;
    while at < words.len() {
        let longest = PHRASES.longest.min(words.len() - at);
        let phrase = (1..=longest).rev().find_map(|length| {
            let phrase: Vec<&str> = words[at..at + length].iter().map(String::as_str).collect();
            PHRASES.kinds.get(&phrase).map(|kind| (length, *kind))
        });
        match phrase {
            Some((length, kind)) => {
                found.n_legal += usize::from(kind == Kind::Legal);
                found.n_words += length;
                at += length;
            }
            None => at += 1,
        }
    }
    found
}
