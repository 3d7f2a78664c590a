//! The bare name inside « M. le président Jean Dupont ».

use std::ops::Range;

use super::Name;
use super::vocabulary::{TITLES, TitleSide, Traits};

/// The bytes of `text` without titles, honorifics and roles at its edges, end
/// exclusive; articles before a title go with it. At least one word stays: of a
/// title alone, nothing is stripped.
///
/// Cost: linear in `text`.
///
/// ```
/// use griot_link::name::strip_titles;
///
/// let text = "le général Jean Dupont";
/// assert_eq!(&text[strip_titles(text)], "Jean Dupont");
/// ```
pub fn strip_titles(text: &str) -> Range<usize> {
    let words = words_of(text);
    let keys: Vec<&str> = words.iter().map(|word| word.key.as_str()).collect();
    let traits: Vec<Traits> = keys.iter().map(|key| Traits::of(key)).collect();
    let kept = bare_words(&keys, &traits);
    match (words.get(kept.start), words[..kept.end].last()) {
        (Some(first), Some(last)) => {
            let bare = &text[first.bytes.start..last.bytes.end];
            let bare = bare.trim_end_matches([',', ';', ':']);
            first.bytes.start..first.bytes.start + bare.len()
        }
        _ => 0..text.len(),
    }
}

/// The words of a name that are no titles; never none, if there are words. `traits`
/// are those of the words.
pub(super) fn bare_words(words: &[&str], traits: &[Traits]) -> Range<usize> {
    let mut start = 0;
    let mut end = words.len();
    while let Some(n) = title_before(&words[start..end], &traits[start..end]) {
        start += n;
    }
    while end > start + 1 && traits[end - 1].has(Traits::TITLE) {
        match TITLES.at_end(&words[start..end]) {
            Some((n, TitleSide::After)) if start + n < end => end -= n,
            _ => break,
        }
    }
    start..end
}

/// How many words the title at the start takes, with its article.
fn title_before(words: &[&str], traits: &[Traits]) -> Option<usize> {
    let n_articles = usize::from(traits.first()?.has(Traits::LIGHT));
    if !traits.get(n_articles)?.has(Traits::TITLE) {
        return None;
    }
    let (n, side) = TITLES.at_start(&words[n_articles..])?;
    let n = n + n_articles;
    (side == TitleSide::Before && n < words.len()).then_some(n)
}

struct Word {
    key: String,
    bytes: Range<usize>,
}

/// The words of `text` as they fold, with the piece of text each comes from. A piece
/// that folds to several words (`г-н`) gives its bytes to each of them.
fn words_of(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for piece in text.split_whitespace() {
        // `split_whitespace` yields subslices of `text`.
        let start = piece.as_ptr() as usize - text.as_ptr() as usize;
        let name = Name::new(piece);
        let bytes = start..start + piece.len();
        words.extend(name.tokens().map(|token| Word {
            key: token.text.to_owned(),
            bytes: bytes.clone(),
        }));
    }
    words
}
