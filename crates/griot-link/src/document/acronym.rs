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
    let after = text[right.span.range().end..]
        .trim_start_matches(|c: char| c.is_whitespace() || is_quote(c));
    n_words <= 3 && after.starts_with([')', ']', '）', ',', ';'])
}

const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '«' | '»' | '“' | '”' | '„' | '’' | '‘')
}

/// Which of two forms is the acronym of the other, if any is.
fn ordered(left: usize, right: usize, forms: &[Form]) -> Option<Definition> {
    let (l, r) = (&forms[left].name, &forms[right].name);
    if stands_for(r, l) {
        Some(Definition {
            long: left,
            short: right,
        })
    } else if stands_for(l, r) {
        Some(Definition {
            long: right,
            short: left,
        })
    } else {
        None
    }
}

/// Whether the text that puts the two together may mean that `short` is the
/// acronym of `long`. Weaker than [`Name::is_acronym_of`]: the language of an acronym need
/// not be that of the long form (« Nations unies (UNO) »), and `MINUSMA` takes
/// several letters of one word, hence half of the letters are enough.
fn stands_for(short: &Name, long: &Name) -> bool {
    if !short.is_acronym() || long.is_acronym() || long.tokens().count() < 2 {
        return false;
    }
    let letters: Vec<char> = short
        .key()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    let initials = long
        .text()
        .split(|c: char| !c.is_alphanumeric())
        .filter_map(|word| Name::new(word).key().chars().next());
    let mut initials = initials.collect::<Vec<_>>().into_iter();
    let hits = letters
        .iter()
        .filter(|&&letter| initials.any(|initial| initial == letter));
    2 * hits.count() >= letters.len()
}
