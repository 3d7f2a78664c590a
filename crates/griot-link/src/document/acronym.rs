//! Acronyms that the text itself explains: « Communauté … (CEDEAO) ».
//!
//! After A. Schwartz and M. Hearst, "A simple algorithm for identifying
//! abbreviation definitions in biomedical text", 2003, but on mentions that a
//! recognizer has found, so that the search for the long form is not needed.

use griot_text::{Document, Mention};

use super::Form;
use crate::name::Name;

/// Two forms, the fuller one first, of which the text says they are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) long: usize,
    pub(crate) short: usize,
}

/// The definitions in `document`: a form in brackets right after another one,
/// either of the two the acronym of the other.
pub(crate) fn definitions(
    document: &Document,
    mentions: &[Mention],
    forms: &[Form],
) -> Vec<Definition> {
    let mut form_of = vec![usize::MAX; mentions.len()];
    for (index, form) in forms.iter().enumerate() {
        for &mention in &form.mentions {
            form_of[mention] = index;
        }
    }
    let mut order: Vec<usize> = (0..mentions.len()).collect();
    order.sort_unstable_by_key(|&index| mentions[index].span);
    let defined = |pair: &[usize]| {
        let (left, right) = (form_of[pair[0]], form_of[pair[1]]);
        if left == right || !bracketed(document, &mentions[pair[0]], &mentions[pair[1]]) {
            return None;
        }
        ordered(left, right, forms)
    };
    let mut found: Vec<Definition> = order.windows(2).filter_map(defined).collect();
    found.dedup();
    found
}

/// Whether the text between the two mentions opens a bracket or a dash and the
/// text after the second one closes it.
fn bracketed(document: &Document, left: &Mention, right: &Mention) -> bool {
    let text = document.text();
    let between = text.get(left.span.range().end..right.span.range().start);
    let Some(between) = between else { return false };
    // "Alliance of States (the “AES”)", « Alliance des États (en anglais AES) ».
    let between = between.trim_start_matches(|c: char| c.is_whitespace() || is_quote(c));
    let Some(inside) = between.strip_prefix(['(', '[', '（']) else {
        return false;
    };
    let n_words = inside.split_whitespace().count();
    let after = text[right.span.range().end..].trim_start_matches(|c: char| c.is_whitespace() || is_quote(c));
    n_words <= 3 && after.starts_with([')', ']', '）', ',', ';'])
}

const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '«' | '»' | '“' | '”' | '„' | '’' | '‘')
}

/// Which of two forms is the acronym of the other, if any is.
fn ordered(left: usize, right: usize, forms: &[Form]) -> Option<Definition> {
    let (l, r) = (&forms[left].name, &forms[right].name);
    if stands_for(r, l) {
        Some(Definition { long: left, short: right })
    } else if stands_for(l, r) {
        Some(Definition { long: right, short: left })
    } else {
        None
    }
}

/// Whether the text that puts the two together may mean that `short` is the
/// acronym of `long`. Weaker than [`is_acronym_of`]: the language of an acronym need
/// not be that of the long form (« Nations unies (UNO) »), and `MINUSMA` takes
/// several letters of one word, hence half of the letters are enough.
fn stands_for(short: &Name, long: &Name) -> bool {
    if !is_acronym(short) || is_acronym(long) || long.tokens().count() < 2 {
        return false;
    }
    let letters: Vec<char> = short.key().chars().filter(|c| c.is_alphanumeric()).collect();
    let mut initials = initials(long);
    let hits = letters.iter().filter(|&&letter| initials.any(|initial| initial.letter == letter));
    2 * hits.count() >= letters.len()
}

/// Letters of the longest acronym.
const LETTERS_MAX: usize = 10;

/// Whether `name` is one word that looks like an acronym: capitals, from two to
/// ten. A word in a headline in capitals looks the same.
pub(crate) fn is_acronym(name: &Name) -> bool {
    let letters = || name.text().chars().filter(|c| c.is_alphabetic());
    let n_capitals = letters().filter(|c| c.is_uppercase()).count();
    let n_letters = letters().count();
    let one_word = !name.key().contains(' ');
    one_word && (2..=LETTERS_MAX).contains(&n_letters) && n_letters - n_capitals <= n_letters / 5
}

/// Whether the letters of `short` are, in order, the first letters of the words of
/// `long`, where small words may be left out and one other word.
pub(crate) fn is_acronym_of(short: &Name, long: &Name) -> bool {
    if !is_acronym(short) || is_acronym(long) {
        return false;
    }
    let mut letters = short.key().chars().filter(|c| c.is_alphanumeric()).peekable();
    let mut n_skipped = 0;
    for initial in initials(long) {
        if letters.peek() == Some(&initial.letter) {
            letters.next();
        } else if !initial.of_small_word {
            n_skipped += 1;
        }
    }
    letters.peek().is_none() && n_skipped <= 1
}

/// The first letter of a word.
#[derive(Clone, Copy)]
struct Initial {
    letter: char,
    of_small_word: bool,
}

/// Letters of the longest word that acronyms leave out: « des », "the", "and".
const SMALL_WORD_MAX: usize = 3;

/// The first letter of every word; « l'Afrique » is two words.
fn initials(name: &Name) -> impl Iterator<Item = Initial> {
    let words = name.text().split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).filter_map(|word| {
        let letter = Name::new(word).key().chars().next()?;
        let small = word.chars().count() <= SMALL_WORD_MAX && word.starts_with(char::is_lowercase);
        Some(Initial { letter, of_small_word: small })
    })
}

/// What an acronym of `name` may be: the first letters of all its words, and those
/// of all but the small ones. Empty for one word.
pub(crate) fn acronyms_of(name: &Name) -> Vec<String> {
    let all: String = initials(name).map(|initial| initial.letter).collect();
    let main = initials(name).filter(|initial| !initial.of_small_word);
    let main: String = main.map(|initial| initial.letter).collect();
    let mut acronyms = vec![all, main];
    acronyms.dedup();
    acronyms.retain(|acronym| acronym.chars().count() > 1);
    acronyms
}
