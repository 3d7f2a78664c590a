//! Where sentences begin and end.
//!
//! The rules need no language and no model. A sentence ends
//!
//! - at a blank line;
//! - at a line break, unless the next line goes on in lower case (text wrapped
//!   at a column) or the line ends in a comma, a hyphen or an opening mark;
//! - after `!`, `?`, `…` and the full stops of other scripts, with the quotation
//!   marks and brackets that close there, if white space follows and the text
//!   does not go on in lower case (« Quoi ? » dit-il);
//! - after a full stop that is never used inside a word (`。`, `।`, `።`), even
//!   without white space;
//! - after `.` under the same conditions as `!`, unless it belongs to an
//!   initial, to the number of a list or to an abbreviation.
//!
//! The lists of abbreviations are in `sentence/data.rs`. Where a case cannot be
//! decided, such as `J. Le Goff`, sentences are left together: a name cut in two
//! is lost, two sentences read as one are not.

mod data;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use self::data::{Abbreviation, LANGUAGES, Language};
use crate::Span;

/// Characters that are looked at on either side of a possible end, so that the
/// cost is linear whatever the text.
const CONTEXT_MAX: usize = 24;

/// The sentences of `text`, in order: contiguous, disjoint, never empty, on
/// character boundaries. The first starts at byte 0 and the last ends at
/// `text.len()`; white space belongs to the sentence before it. An empty text
/// has none.
///
/// Cost: linear.
///
/// # Panics
///
/// If `text` is longer than `u32::MAX` bytes; a [`Document`](crate::Document)
/// never is.
///
/// # Example
///
/// ```
/// use griot_text::segment_sentences;
///
/// let text = "M. A. Diop est parti. « Pourquoi ? » demande-t-il.";
/// let sentences: Vec<_> = segment_sentences(text)
///     .into_iter()
///     .filter_map(|span| span.slice(text))
///     .collect();
/// assert_eq!(sentences, ["M. A. Diop est parti. ", "« Pourquoi ? » demande-t-il."]);
/// ```
pub fn segment_sentences(text: &str) -> Vec<Span> {
    let end = u32::try_from(text.len()).expect("a text is at most u32::MAX bytes long");
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut from = 0;
    while let Some(gap) = next_gap(text, from) {
        from = gap.end;
        let before = &text[start..gap.start];
        let after = &text[gap.end..];
        let visible = !before.is_empty() && !after.is_empty();
        if visible && is_boundary(before, &text[gap.start..gap.end], after) {
            sentences.push(Span::new(start as u32, gap.end as u32));
            start = gap.end;
        }
    }
    if start < text.len() {
        sentences.push(Span::new(start as u32, end));
    }
    sentences
}

/// A place where a sentence could end: bytes `start..end`, white space or empty.
struct Gap {
    start: usize,
    end: usize,
}

/// The first gap that starts at `from` or later: white space, or the place
/// right after a full stop that needs none.
fn next_gap(text: &str, from: usize) -> Option<Gap> {
    let mut at = from;
    loop {
        let c = text[at..].chars().next()?;
        if c.is_whitespace() {
            return Some(Gap {
                start: at,
                end: skip(text, at, char::is_whitespace),
            });
        }
        at += c.len_utf8();
        if is_full_stop(c) || is_mark(c) {
            let closes = |c| is_closing(c) && !is_opening(c);
            at = skip(text, at, |c| is_full_stop(c) || is_mark(c) || closes(c));
            // In Chinese … is as often a pause as an end.
            let tight = is_full_stop(c) || c != '…' && text[at..].starts_with(is_east_asian);
            // After a full stop at the end of the text there is nothing to part.
            if tight && at < text.len() {
                return Some(Gap {
                    start: at,
                    end: skip(text, at, char::is_whitespace),
                });
            }
        }
    }
}

/// The first byte from `at` on whose character is not in `set`.
fn skip(text: &str, at: usize, set: impl Fn(char) -> bool) -> usize {
    text[at..]
        .find(|c| !set(c))
        .map_or(text.len(), |offset| at + offset)
}

/// Whether a sentence ends between `before` and `after`, which `space` parts.
fn is_boundary(before: &str, space: &str, after: &str) -> bool {
    let line_break = match line_breaks(space) {
        LineBreaks::None => false,
        LineBreaks::One => true,
        LineBreaks::Paragraph => return true,
    };
    if starts_with_closing(after) {
        return false;
    }
    let goes_on = || {
        if line_break {
            is_lower_start(after)
        } else {
            goes_on(after)
        }
    };
    match ending(before) {
        Ending::Open => line_break && after.starts_with(is_bullet),
        Ending::None => line_break && !goes_on(),
        Ending::Mark => !goes_on(),
        Ending::FullStop(quote) => !goes_on_after_full_stop(after, quote),
        Ending::Period { stem, quote } => !goes_on() && !is_abbreviation(stem, quote, after),
    }
}

enum LineBreaks {
    None,
    One,
    /// A blank line, a page break or a paragraph separator.
    Paragraph,
}

fn line_breaks(space: &str) -> LineBreaks {
    if space.contains(['\u{b}', '\u{c}', '\u{2029}']) {
        return LineBreaks::Paragraph;
    }
    let is_break = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}');
    let n_pairs = space.matches("\r\n").count();
    match space.matches(is_break).count() - n_pairs {
        0 => LineBreaks::None,
        1 => LineBreaks::One,
        _ => LineBreaks::Paragraph,
    }
}

/// How the text before a gap ends, closing marks aside.
enum Ending<'a> {
    /// Like no end of a sentence.
    None,
    /// In a mark that asks for more, such as a comma.
    Open,
    /// In `!`, `?`, `…` or their like.
    Mark,
    /// In a full stop that is never part of a word.
    FullStop(Quote),
    /// In one `.` after `stem`.
    Period { stem: &'a str, quote: Quote },
}

/// Whether a closing mark stands between the end of a sentence and the gap.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    Closed,
    None,
}

fn ending(before: &str) -> Ending<'_> {
    let sentence = without_closing(before);
    let quote = if sentence.len() < before.len() {
        Quote::Closed
    } else {
        Quote::None
    };
    let mut chars = sentence.chars();
    match chars.next_back() {
        Some('.' | '．') if chars.as_str().ends_with(['.', '．']) => Ending::Mark,
        Some('.' | '．') => Ending::Period {
            stem: chars.as_str(),
            quote,
        },
        Some(c) if is_full_stop(c) => Ending::FullStop(quote),
        Some(c) if is_mark(c) => Ending::Mark,
        _ if before.ends_with(is_open_ended) => Ending::Open,
        _ => Ending::None,
    }
}

/// `before` without the marks that close at its end. French puts a space
/// inside guillemets, so `? »` ends in `?` too.
fn without_closing(before: &str) -> &str {
    let mut rest = before;
    let mut spaced = false;
    for c in before.chars().rev().take(CONTEXT_MAX) {
        if !(is_closing(c) || spaced && is_space(c)) {
            break;
        }
        spaced = is_spaced_closing(c) || spaced && is_space(c);
        rest = &rest[..rest.len() - c.len_utf8()];
    }
    rest
}

/// Whether `after`, which follows white space, begins with a mark that closes
/// what stands before it. `»` opens in German and is then followed by a letter.
fn starts_with_closing(after: &str) -> bool {
    let mut chars = after.chars();
    let first = chars.next();
    first.is_some_and(is_spaced_closing) && !chars.next().is_some_and(char::is_alphanumeric)
}

/// Whether `after` continues the sentence before it: with a comma or its like,
/// or with a word in lower case, whatever marks stand before that word.
fn goes_on(after: &str) -> bool {
    if after.starts_with(is_bullet_point) {
        return false;
    }
    let continuing = |c| is_comma(c) || is_mark(c) || is_full_stop(c) || c == '.';
    after.starts_with(continuing) || is_lower_start(&after[word_start(after)..])
}

/// Same for what follows a full stop that no abbreviation uses. The quotation
/// particle と goes on after a quotation (「はい。」と言った).
fn goes_on_after_full_stop(after: &str, quote: Quote) -> bool {
    after.starts_with(is_comma) || quote == Quote::Closed && after.starts_with('と')
}

fn is_lower_start(after: &str) -> bool {
    let first = after.chars().find(|c| !is_invisible(*c));
    // Georgian is in lower case throughout.
    first.is_some_and(|c| c.is_lowercase() && !matches!(c, 'ა'..='\u{10ff}'))
}

/// Byte of the first letter or digit of `after`, its length if that is far.
fn word_start(after: &str) -> usize {
    let mut near = after.char_indices().take(CONTEXT_MAX);
    near.find(|(_, c)| c.is_alphanumeric())
        .map_or(after.len(), |(at, _)| at)
}

/// Whether the `.` after `stem` is part of the word rather than the end of a
/// sentence.
fn is_abbreviation(stem: &str, quote: Quote, after: &str) -> bool {
    let Some(token) = last_token(stem) else {
        return false;
    };
    let first = token.len() == stem.len();
    let next = &after[word_start(after)..];
    match kind(token) {
        Kind::Number => first && token.len() <= 3 || is_ordinal_of_month(token, next),
        Kind::Roman if first => true,
        Kind::Initial => quote == Quote::None,
        Kind::Letter if first || starts_with_initial(next) => true,
        Kind::Dotted => !starts_sentence(next),
        Kind::Roman | Kind::Letter | Kind::Word => match abbreviation(token) {
            Some(Abbreviation::BeforeName) if quote == Quote::None => true,
            Some(Abbreviation::BeforeName | Abbreviation::MayEnd) => !starts_sentence(next),
            Some(Abbreviation::BeforeNumber) => next.starts_with(char::is_numeric),
            None => false,
        },
    }
}

/// What stands between the last white space or opening mark of `stem` and its
/// end; `None` if that is nothing or too long to be an abbreviation.
fn last_token(stem: &str) -> Option<&str> {
    let part_of =
        |c: char| !c.is_whitespace() && !is_opening(c) && !is_closing_quote(c) && c != '/';
    let in_token = |c: &char| part_of(*c);
    let n_chars = stem
        .chars()
        .rev()
        .take(CONTEXT_MAX)
        .take_while(in_token)
        .count();
    let (start, _) = stem.char_indices().rev().take(n_chars).last()?;
    (n_chars < CONTEXT_MAX).then_some(&stem[start..])
}

/// The shape of what stands before a period.
enum Kind {
    /// Digits.
    Number,
    /// Capital Roman numerals, more than one.
    Roman,
    /// One letter that is a capital or has no case.
    Initial,
    /// One small letter.
    Letter,
    /// Short groups of letters with periods between, as in `U.S` and `J.-C`.
    Dotted,
    /// Anything else.
    Word,
}

fn kind(token: &str) -> Kind {
    let mut letters = token.chars().filter(|c| c.is_alphanumeric());
    let short = |part: &str| {
        let n_letters = part.chars().filter(|c| c.is_alphabetic()).count();
        n_letters <= 3 && part.chars().all(|c| c.is_alphabetic() || c == '-')
    };
    match (letters.next(), letters.next()) {
        _ if token.bytes().all(|byte| byte.is_ascii_digit()) => Kind::Number,
        (Some(c), None) if c.is_alphabetic() && !is_east_asian(c) => {
            if is_lower_start(token) {
                Kind::Letter
            } else {
                Kind::Initial
            }
        }
        (Some(_), Some(_)) if token.chars().all(|c| "IVXLC".contains(c)) => Kind::Roman,
        (Some(_), Some(_)) if token.contains('.') && token.split('.').all(short) => Kind::Dotted,
        _ => Kind::Word,
    }
}

/// Whether `next` begins with one letter and a period, as the `B.` of `z. B.`
fn starts_with_initial(next: &str) -> bool {
    let mut chars = next.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next() == Some('.')
}

/// German writes the day of a month with a period: `3. Oktober`.
fn is_ordinal_of_month(token: &str, next: &str) -> bool {
    token.len() <= 2
        && data::MONTHS_AFTER_ORDINAL
            .split(' ')
            .any(|month| month == first_word(next))
}

/// Whether `next` begins with a word that seldom follows an abbreviation and
/// often begins a sentence.
fn starts_sentence(next: &str) -> bool {
    static STARTERS: LazyLock<HashSet<&str>> =
        LazyLock::new(|| LANGUAGES.iter().flat_map(Language::starters).collect());
    STARTERS.contains(first_word(next))
}

/// The letters at the start of `next`, none if they are too many.
fn first_word(next: &str) -> &str {
    let mut near = next.char_indices().take(CONTEXT_MAX);
    let end = near.find(|(_, c)| !c.is_alphanumeric()).map(|(at, _)| at);
    match end {
        Some(end) => &next[..end],
        None if next.len() <= CONTEXT_MAX => next,
        None => "",
    }
}

/// The abbreviation that `token` is, or what follows its last apostrophe.
fn abbreviation(token: &str) -> Option<Abbreviation> {
    static ABBREVIATIONS: LazyLock<HashMap<String, Abbreviation>> = LazyLock::new(|| {
        let both_cases =
            |(name, kind): (&str, _)| [(name.to_owned(), kind), (capitalized(name), kind)];
        LANGUAGES
            .iter()
            .flat_map(Language::abbreviations)
            .flat_map(both_cases)
            .collect()
    });
    let elided = token.rsplit(['\'', '’']).next().unwrap_or(token);
    ABBREVIATIONS
        .get(token)
        .or_else(|| ABBREVIATIONS.get(elided))
        .copied()
}

fn capitalized(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// Ends a sentence before white space.
fn is_mark(c: char) -> bool {
    matches!(c, '!' | '?' | '…' | '‼' | '‽' | '⁇' | '⁈' | '⁉' | '۔') || in_ranges(c, &data::MARKS)
}

/// Ends a sentence wherever it stands.
fn is_full_stop(c: char) -> bool {
    in_ranges(c, &data::FULL_STOPS)
}

fn in_ranges(c: char, ranges: &[(char, char)]) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= c);
    after > 0 && c <= ranges[after - 1].1
}

/// Stays with the sentence that ends before it.
fn is_closing(c: char) -> bool {
    is_closing_quote(c) || is_invisible(c) || matches!(c, '\'' | '’' | '\u{fe0f}')
}

/// A closing mark that is not also an apostrophe.
fn is_closing_quote(c: char) -> bool {
    matches!(
        c,
        ')' | ']'
            | '}'
            | '»'
            | '«'
            | '›'
            | '‹'
            | '"'
            | '”'
            | '“'
            | '）'
            | '］'
            | '」'
            | '』'
            | '】'
            | '》'
            | '〉'
            | '〕'
            | '｣'
            | '＂'
    )
}

/// A closing mark before which some languages put a space.
const fn is_spaced_closing(c: char) -> bool {
    matches!(c, ')' | ']' | '}' | '»' | '›' | '”')
}

const fn is_opening(c: char) -> bool {
    matches!(
        c,
        '(' | '[' | '{' | '«' | '‹' | '“' | '„' | '‚' | '‘' | '「' | '『' | '（' | '¿' | '¡'
    )
}

/// Asks for more at the end of a line.
const fn is_open_ended(c: char) -> bool {
    is_comma(c) && !matches!(c, ':' | ';' | '：' | '；') || is_opening(c) || matches!(c, '-' | '‐')
}

/// Does not begin a sentence.
const fn is_comma(c: char) -> bool {
    matches!(
        c,
        ',' | ';' | ':' | '،' | '؛' | '、' | '，' | '；' | '：' | '፣' | '፤'
    )
}

/// Begins an item of a list.
const fn is_bullet(c: char) -> bool {
    is_bullet_point(c) || matches!(c, '-' | '*' | '–' | '—')
}

const fn is_bullet_point(c: char) -> bool {
    matches!(c, '•' | '‣' | '▪' | '■' | '●' | '○' | '◦' | '►' | '➢')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\n' | '\r')
}

/// Zero-width characters, marks of direction and the byte order mark.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Scripts written without spaces, and Hangul.
const fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}
