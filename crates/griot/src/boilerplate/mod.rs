//! What stands around the text proper of a web page: menus, lists of other headlines,
//! tag clouds, share buttons, notices about cookies, comment boxes.
//!
//! Each line has a [`score`](Line::score) from 0, the text proper, to 1, boilerplate. It
//! is a sum of weights, one a feature, that do not depend on the language but for a list
//! of phrases (`data/boilerplate.txt`); the weights were set by hand on made-up pages.
//!
//! | feature | weight |
//! |---|---|
//! | prose: 12 words or more with a full stop or the like | −0.7 |
//! | short: fewer than 12 words, and no full stop at the end | +0.15 |
//! | in a run of short lines: 3, 5, 8 or more | +0.1, +0.2, +0.3 |
//! | after the last prose, or in a run before the first | +0.2 |
//! | of three words or more, none of those that this page's prose repeats (*le*, *of*, *в*) | +0.1 |
//! | three words of five letters in ten or fewer are in the prose as well | +0.15 |
//! | separators: `\|`, `•`, `»`, `#`, commas between two words at most | +0.25 |
//! | written more than once | +0.2 |
//! | a list item: after a bullet, or in a line of its own | +0.1 |
//! | half of it are phrases of navigation, sharing, comments, other articles, legal notices | +0.5 |
//! | else, short and at most three lines before prose, as a title | −0.45 |
//! | two phrases of legal notices | +1.4 |
//!
//! Lines without letters belong to what is around them. A text without prose, such as a
//! list of names, is all text: nothing is around it.
//!
//! # Example
//!
//! ```
//! let page = "Le ministre est arrivé mardi à Bamako pour une visite de deux jours.\n\
//!             Partager sur Facebook\nPartager sur Twitter\nAccueil\nContact\n";
//! let found = griot::boilerplate::ranges(page);
//! assert_eq!(found.len(), 1);
//! assert!(found[0].slice(page).unwrap().starts_with("Partager"));
//! ```

mod features;
mod phrases;

use griot_text::Span;

use features::{Around, Traits};

/// Score from which a line is boilerplate.
pub const SCORE_MIN: f32 = 0.5;

/// What is done about boilerplate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BoilerplateHandling {
    /// It is not looked for.
    #[default]
    Keep,
    /// It is looked for and told; mentions in it are kept.
    Mark,
    /// It is looked for and told; mentions in it are left out.
    Skip,
}

/// A line of a text and what its form says of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The line without white space around it, in bytes.
    pub span: Span,
    /// 0 for the text proper to 1 for boilerplate.
    pub score: f32,
}

/// The lines of `text` that are not blank. Cost: linear in its length.
pub fn lines(text: &str) -> Vec<Line> {
    let lines: Vec<Traits<'_>> = features::split(text).collect();
    let around = Around::new(&lines);
    let scored = lines.iter().enumerate().map(|(index, line)| Line {
        span: line.span,
        score: around.score(&lines, index),
    });
    let mut scored: Vec<Line> = scored.collect();
    fill_gaps(&lines, &mut scored);
    scored
}

/// Ranges of boilerplate, of whole lines, sorted and disjoint.
pub fn ranges(text: &str) -> Vec<Span> {
    let mut ranges: Vec<Span> = Vec::new();
    let mut goes_on = false;
    for line in lines(text) {
        let is_boilerplate = line.score >= SCORE_MIN;
        match ranges.last_mut() {
            Some(last) if is_boilerplate && goes_on => *last = last.cover(line.span),
            _ if is_boilerplate => ranges.push(line.span),
            _ => {}
        }
        goes_on = is_boilerplate;
    }
    ranges
}

/// The union of two lists of sorted and disjoint ranges.
pub(crate) fn union(one: &[Span], other: &[Span]) -> Vec<Span> {
    let mut all = [one, other].concat();
    all.sort_by_key(|span| (span.start(), span.end()));
    let mut union: Vec<Span> = Vec::with_capacity(all.len());
    for span in all {
        match union.last_mut() {
            Some(last) if span.start() <= last.end() => *last = last.cover(span),
            _ => union.push(span),
        }
    }
    union
}

/// Gives lines without letters the score of the line after them, or before them at the
/// end; and those that stand alone between boilerplate and are short, that of it.
fn fill_gaps(traits: &[Traits<'_>], lines: &mut [Line]) {
    for index in (0..lines.len()).rev() {
        if traits[index].n_words == 0 {
            let after = lines.get(index + 1).map(|line| line.score);
            let before = index.checked_sub(1).map(|index| lines[index].score);
            lines[index].score = after.or(before).unwrap_or(0.0);
        }
    }
    for index in 1..lines.len().saturating_sub(1) {
        let around = lines[index - 1].score.min(lines[index + 1].score);
        if !traits[index].is_prose() && around >= SCORE_MIN && lines[index].score >= 0.25 {
            lines[index].score = lines[index].score.max(SCORE_MIN);
        }
    }
}

#[cfg(test)]
mod tests;
