//! What is seen of a line, alone and among the others.

use std::collections::HashMap;

use griot_text::{Span, segment_words};

use super::phrases::{self, Found};

/// Words of a line of prose, at least.
const PROSE_WORDS: usize = 12;

/// Lines of title, subtitle and author before a text.
const LEAD_LINES: usize = 3;

/// What a line shows by itself.
pub(super) struct Traits<'a> {
    /// Without white space around it.
    pub(super) span: Span,
    text: &'a str,
    /// In lower case; those with a letter.
    words: Vec<String>,
    pub(super) n_words: usize,
    ends_sentence: bool,
    has_separators: bool,
    is_item: bool,
    found: Found,
}

/// The lines of `text` that are not blank.
pub(super) fn split(text: &str) -> impl Iterator<Item = Traits<'_>> {
    let mut start = 0;
    let mut after_bullet = false;
    text.split_inclusive('\n').filter_map(move |line| {
        let from = start + (line.len() - line.trim_start().len());
        start += line.len();
        let line = line.trim();
        (!line.is_empty()).then(|| {
            let traits = Traits::new(line, from as u32, after_bullet);
            after_bullet = traits.n_words == 0 && line.chars().count() <= 2;
            traits
        })
    })
}

impl<'a> Traits<'a> {
    fn new(text: &'a str, start: u32, after_bullet: bool) -> Self {
        let spans = segment_words(text);
        let words = spans
            .iter()
            .filter_map(|span| span.slice(text))
            .filter(|word| word.chars().any(char::is_alphabetic));
        let words: Vec<String> = words.map(str::to_lowercase).collect();
        Self {
            span: Span::new(start, start + text.len() as u32),
            text,
            n_words: words.len(),
            ends_sentence: ends_sentence(text),
            has_separators: has_separators(text, words.len()),
            is_item: after_bullet || text.starts_with(['•', '-', '–', '*', '·', '›', '»', '#']),
            found: phrases::find(&phrase_words(text)),
            words,
        }
    }

    /// Long enough for a paragraph, with the end of a sentence.
    pub(super) const fn is_prose(&self) -> bool {
        self.n_words >= PROSE_WORDS && self.ends_sentence
    }

    /// Half of it are phrases of what stands around a text.
    const fn is_telling(&self) -> bool {
        2 * self.found.n_words >= self.n_words
    }

    const fn is_short(&self) -> bool {
        self.n_words < PROSE_WORDS && !self.ends_sentence
    }
}

/// The words of phrases: what white space and brackets cut, without case.
fn phrase_words(text: &str) -> Vec<String> {
    let is_outside = |c: char| !c.is_alphanumeric();
    text.split_whitespace()
        .map(|word| word.trim_matches(is_outside).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether the last sentence ends, or one ends inside.
fn ends_sentence(text: &str) -> bool {
    const STOPS: [char; 12] = [
        '.', '!', '?', '…', '。', '！', '？', '؟', '।', '։', '።', '၊',
    ];
    let closed = text.trim_end_matches(['"', '”', '»', '’', '\'', ')', ']', ' ', '\u{a0}', '」']);
    // A cut headline ends with dots.
    if closed.ends_with("...") || closed.ends_with('…') {
        return false;
    }
    closed.ends_with(STOPS)
}

/// Whether the line is a row of names rather than a sentence.
fn has_separators(text: &str, n_words: usize) -> bool {
    let count = |wanted: &[char]| text.chars().filter(|c| wanted.contains(c)).count();
    let strong = count(&['|', '•', '·', '»', '›', '#']);
    let commas = count(&[',', '،', '、', ';']);
    strong >= 2 || (commas >= 3 && n_words <= 2 * (commas + 1) && !ends_sentence(text))
}

/// What a line shows among the others of its text.
pub(super) struct Around<'a> {
    /// Words that the prose repeats, and those it has at all.
    counts: HashMap<&'a str, u32>,
    /// Lines that are written more than once.
    lines: HashMap<&'a str, u32>,
    prose: Option<(usize, usize)>,
    /// Length of the run of short lines that each line is in.
    runs: Vec<usize>,
}

impl<'a> Around<'a> {
    pub(super) fn new(lines: &'a [Traits<'a>]) -> Self {
        let mut counts = HashMap::new();
        let mut same = HashMap::new();
        for line in lines {
            *same.entry(line.text).or_insert(0) += 1;
            if is_proper(line) {
                for word in &line.words {
                    *counts.entry(word.as_str()).or_insert(0) += 1;
                }
            }
        }
        let first = lines.iter().position(is_proper);
        let last = lines.iter().rposition(is_proper);
        Self {
            counts,
            lines: same,
            prose: first.zip(last),
            runs: runs(lines),
        }
    }

    /// See the table of the module.
    pub(super) fn score(&self, lines: &[Traits<'_>], index: usize) -> f32 {
        let Some(prose) = self.prose else { return 0.0 };
        let line = &lines[index];
        if line.n_words == 0 {
            return 0.0;
        }
        let weights = [
            (line.is_prose(), -0.7),
            (line.is_short(), 0.15),
            (line.is_short(), run_weight(self.runs[index])),
            (line.is_short() && self.is_outside(prose, index), 0.2),
            (line.is_short() && self.has_no_small_words(line), 0.1),
            (line.is_short() && self.is_unrelated(line), 0.15),
            (line.has_separators, 0.25),
            (
                !line.is_prose() && self.lines.get(line.text) > Some(&1),
                0.2,
            ),
            (line.is_item && line.is_short(), 0.1),
            (line.is_telling(), 0.5),
            (
                !line.is_telling() && Self::leads_to_prose(lines, index),
                -0.45,
            ),
            (line.found.n_legal >= 2, 1.4),
        ];
        let seen = weights.iter().filter(|(is_seen, _)| *is_seen);
        seen.map(|(_, weight)| weight).sum::<f32>().clamp(0.0, 1.0)
    }

    fn is_outside(&self, (first, last): (usize, usize), index: usize) -> bool {
        index > last || (index < first && self.runs[index] >= 5)
    }

    /// It may be a title or say who wrote the text: prose comes next, or nearly.
    fn leads_to_prose(lines: &[Traits<'_>], index: usize) -> bool {
        let mut next = lines[index + 1..].iter().filter(|line| line.n_words > 0);
        lines[index].is_short() && next.by_ref().take(LEAD_LINES).any(is_proper)
    }

    /// None of its words is one that the prose repeats, as articles and prepositions are
    /// in any language.
    fn has_no_small_words(&self, line: &Traits<'_>) -> bool {
        let is_small =
            |word: &String| word.chars().count() <= 3 && self.counts.get(word.as_str()) > Some(&1);
        line.n_words >= 3 && !line.words.iter().any(is_small)
    }

    /// It is about something else than the prose.
    fn is_unrelated(&self, line: &Traits<'_>) -> bool {
        let long = line.words.iter().filter(|word| word.chars().count() >= 5);
        let (mut n, mut n_known) = (0, 0);
        for word in long {
            n += 1;
            n_known += usize::from(self.counts.contains_key(word.as_str()));
        }
        n > 0 && 10 * n_known <= 3 * n
    }
}

/// Prose that is not about cookies.
fn is_proper(line: &Traits<'_>) -> bool {
    line.is_prose() && line.found.n_legal < 2
}

fn run_weight(length: usize) -> f32 {
    match length {
        0..=2 => 0.0,
        3..=4 => 0.1,
        5..=7 => 0.2,
        _ => 0.3,
    }
}

/// Lengths of the runs of short lines; lines without letters belong to a run and do not
/// count.
fn runs(lines: &[Traits<'_>]) -> Vec<usize> {
    let mut runs = vec![0; lines.len()];
    let mut start = 0;
    while start < lines.len() {
        let goes_on = |line: &Traits<'_>| line.n_words == 0 || line.is_short();
        let length = lines[start..]
            .iter()
            .take_while(|line| goes_on(line))
            .count();
        let run = &lines[start..start + length];
        let n_counted = run.iter().filter(|line| line.n_words > 0).count();
        runs[start..start + length].fill(n_counted);
        start += length.max(1);
    }
    runs
}
