//! One name, one label, all over a document.
//!
//! A model reads sentence by sentence, and tags a name in one and misses it in
//! the next. Within a document the same words nearly always mean the same.

use std::collections::HashMap;
use std::ops::Range;

use crate::scheme::Tag;
use crate::{LabelId, Mention, Span, TagSet};

/// Whether the mentions of a document are made to agree with one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Consistency {
    /// Each sentence stands for itself.
    Off,
    /// [`agree`] over the whole document.
    #[default]
    Document,
}

/// A name spreads to its other occurrences if the label is this likely at one
/// of them at least.
const SURE: f64 = 0.8;

/// And an occurrence takes it if any label is this likely there at least.
const POSSIBLE: f64 = 0.1;

/// Shorter names, in characters, do not spread: they are too often words.
const CHARS_MIN: usize = 3;

/// What a model made of a text.
#[derive(Clone, Copy, Debug)]
pub struct Tagged<'a> {
    /// The text.
    pub text: &'a str,
    /// Its words: sorted, disjoint, in bytes of the text.
    pub words: &'a [Span],
    /// Runs of words that were decoded on their own, in order.
    pub sentences: &'a [Range<usize>],
    /// Natural logarithms of probabilities, row-major `[words, tags]`.
    pub log_probs: &'a [f32],
    /// The columns of `log_probs`.
    pub tag_set: &'a TagSet,
}

/// The mentions of a document, made to agree.
///
/// Mentions of the same words, letter by letter, all take the label that is
/// likeliest over all of them together. Where those words stand untagged,
/// capitalized and not altogether unlikely, they become a mention too, scored
/// like the surest of the others times how much the model sees a name there.
///
/// `mentions` must be those decoded from `tagged`: sorted and disjoint, on word
/// boundaries. The result is sorted and disjoint, and no mention crosses the end
/// of a sentence. Cost: linear in words and mentions, for names of bounded
/// length.
///
/// # Panics
///
/// If `tagged` does not hold one row of scores a word.
pub fn agree(tagged: &Tagged<'_>, mut mentions: Vec<Mention>) -> Vec<Mention> {
    let n_tags = tagged.tag_set.len();
    assert_eq!(tagged.log_probs.len(), tagged.words.len() * n_tags);
    let found = tagged.words_of(&mentions);
    let names = tagged.names(&mentions, &found);
    for (mention, words) in mentions.iter_mut().zip(&found) {
        let Some(name) = names.get(&tagged.form(words)) else {
            continue;
        };
        mention.label = tagged.tag_set.labels().label(name.label).clone();
    }
    tagged.spread(&names, &found, &mut mentions);
    mentions
}

/// What is known of a name over the document.
struct Name {
    label: LabelId,
    /// Probability of the label where it is likeliest.
    sure: f64,
    /// Highest score of its mentions.
    score: f32,
    n_words: usize,
}

/// The mentions of a name, gathered.
#[derive(Default)]
struct Gathered {
    /// Probability of each label, summed over the mentions.
    sum: Vec<f64>,
    /// The same, the highest of them.
    most: Vec<f64>,
    score: f32,
}

impl Gathered {
    fn add(&mut self, likely: &[f64], score: f32) {
        self.sum.resize(likely.len(), 0.0);
        self.most.resize(likely.len(), 0.0);
        for (label, &p) in likely.iter().enumerate() {
            self.sum[label] += p;
            self.most[label] = p.max(self.most[label]);
        }
        self.score = score.max(self.score);
    }
}

impl<'a> Tagged<'a> {
    /// The words of each mention.
    fn words_of(&self, mentions: &[Mention]) -> Vec<Range<usize>> {
        let at = |mention: &Mention| {
            let first = self
                .words
                .partition_point(|word| word.start() < mention.span.start());
            let last = self
                .words
                .partition_point(|word| word.start() < mention.span.end());
            first..last
        };
        mentions.iter().map(at).collect()
    }

    /// The words as the document writes them, without the spaces between.
    fn form(&self, words: &Range<usize>) -> Vec<&'a str> {
        let slice = |word: &Span| &self.text[word.range()];
        self.words[words.clone()].iter().map(slice).collect()
    }

    /// Mean probability of each label over `words`.
    fn likely(&self, words: &Range<usize>) -> Vec<f64> {
        let n_tags = self.tag_set.len();
        let mut sums = vec![0.0; self.tag_set.labels().len()];
        for row in self.log_probs[words.start * n_tags..words.end * n_tags].chunks_exact(n_tags) {
            for (tag, &log_prob) in self.tag_set.tags().iter().zip(row) {
                if let Tag::Entity { label, .. } = tag {
                    // NaN is an impossible tag, as for the decoder.
                    sums[label.index()] += f64::from(log_prob).exp().max(0.0);
                }
            }
        }
        let n_words = words.len().max(1) as f64;
        sums.iter().map(|sum| sum / n_words).collect()
    }

    fn names(&self, mentions: &[Mention], found: &[Range<usize>]) -> HashMap<Vec<&'a str>, Name> {
        let mut gathered: HashMap<Vec<&str>, Gathered> = HashMap::new();
        for (mention, words) in mentions.iter().zip(found) {
            let name = gathered.entry(self.form(words)).or_default();
            name.add(&self.likely(words), mention.score);
        }
        let name = |(form, gathered): (Vec<&'a str>, Gathered)| {
            let label = best(&gathered.sum)?;
            let name = Name {
                label: self.tag_set.labels().ids().nth(label)?,
                sure: gathered.most[label],
                score: gathered.score,
                n_words: form.len(),
            };
            Some((form, name))
        };
        gathered.into_iter().filter_map(name).collect()
    }

    /// Adds mentions where a sure name stands untagged.
    fn spread(
        &self,
        names: &HashMap<Vec<&'a str>, Name>,
        found: &[Range<usize>],
        mentions: &mut Vec<Mention>,
    ) {
        // By first word, the longest name first.
        let mut by_first: HashMap<&str, Vec<(&Vec<&str>, &Name)>> = HashMap::new();
        for (form, name) in names.iter().filter(|(form, name)| spreads(form, name)) {
            by_first.entry(form[0]).or_default().push((form, name));
        }
        for names in by_first.values_mut() {
            names.sort_by_key(|(form, name)| (std::cmp::Reverse(name.n_words), *form));
        }
        let mut taken = vec![false; self.words.len()];
        for words in found {
            taken[words.clone()].fill(true);
        }
        for sentence in self.sentences {
            let mut at = sentence.start;
            while at < sentence.end {
                let names = by_first.get(&self.text[self.words[at].range()]);
                let free = |end: usize| end <= sentence.end && !taken[at..end].contains(&true);
                let here = names.into_iter().flatten().find_map(|(form, name)| {
                    let words = at..at + name.n_words;
                    (free(words.end) && self.form(&words) == **form).then_some((words, *name))
                });
                let Some((words, name)) = here else {
                    at += 1;
                    continue;
                };
                at = words.end;
                let seen: f64 = self.likely(&words).iter().sum();
                if seen >= POSSIBLE {
                    mentions.push(self.mention(&words, name, seen));
                }
            }
        }
        mentions.sort_by_key(|mention| mention.span);
    }

    fn mention(&self, words: &Range<usize>, name: &Name, seen: f64) -> Mention {
        let (first, last) = (self.words[words.start], self.words[words.end - 1]);
        Mention {
            span: Span::new(first.start(), last.end()),
            label: self.tag_set.labels().label(name.label).clone(),
            score: (f64::from(name.score) * seen.min(1.0).sqrt()) as f32,
        }
    }
}

/// Whether a name is tagged where it stands untagged.
fn spreads(form: &[&str], name: &Name) -> bool {
    let capitalized = form[0].chars().next().is_some_and(char::is_uppercase);
    let n_chars: usize = form.iter().map(|word| word.chars().count()).sum();
    capitalized && n_chars >= CHARS_MIN && name.sure >= SURE
}

/// The position of the largest value, the first of equals.
fn best(values: &[f64]) -> Option<usize> {
    let pairs = values.iter().copied().enumerate();
    let best = pairs.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, decode, segment_words};

    /// Probabilities of O, PER and LOC for each word of `text`; words are tagged
    /// one by one (IO).
    fn check(text: &str, rows: &[[f32; 3]], expected: &[(&str, &str)]) {
        let tag_set = TagSet::from_names(&["O", "PER", "LOC"]).expect("valid tags");
        let words = segment_words(text);
        assert_eq!(words.len(), rows.len(), "{text}");
        let log_probs: Vec<f32> = rows.as_flattened().iter().map(|p| p.ln()).collect();
        // A sentence ends after each full stop.
        let ends = (0..words.len()).filter(|&i| &text[words[i].range()] == ".");
        let mut sentences = Vec::new();
        let mut start = 0;
        for end in ends.map(|end| end + 1) {
            sentences.push(start..end);
            start = end;
        }
        let mentions = decode(&tag_set, &words, &log_probs, Decoder::Viterbi);
        let tagged = Tagged {
            text,
            words: &words,
            sentences: &sentences,
            log_probs: &log_probs,
            tag_set: &tag_set,
        };
        let found = agree(&tagged, mentions);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|m| (&text[m.span.range()], m.label.as_str()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    const O: [f32; 3] = [0.98, 0.01, 0.01];

    #[test]
    fn names_agree_over_a_document() {
        let (per, loc) = ([0.05, 0.9, 0.05], [0.3, 0.1, 0.6]);
        let maybe = [0.8, 0.1, 0.1];
        // The surer label wins, and a likely untagged occurrence takes it.
        check(
            "Kita came . Kita saw . then Kita won .",
            &[per, O, O, loc, O, O, O, maybe, O, O],
            &[("Kita", "PER"), ("Kita", "PER"), ("Kita", "PER")],
        );
        // Not where the model sees nothing at all, and not in another case.
        check(
            "Kita came . Kita saw . kita won .",
            &[per, O, O, O, O, O, maybe, O, O],
            &[("Kita", "PER")],
        );
        // An unsure name does not spread.
        check(
            "Kita came . Kita saw .",
            &[loc, O, O, maybe, O, O],
            &[("Kita", "LOC")],
        );
        // Nor a short one.
        check(
            "Li came . Li saw .",
            &[per, O, O, maybe, O, O],
            &[("Li", "PER")],
        );
    }

    #[test]
    fn the_longest_name_spreads_and_stays_in_its_sentence() {
        let (per, maybe) = ([0.05, 0.9, 0.05], [0.8, 0.1, 0.1]);
        check(
            "Awa Kita came . Kita saw . Awa Kita won . Awa . Kita left .",
            &[
                per, per, O, O, per, O, O, maybe, maybe, O, O, maybe, O, maybe, O, O,
            ],
            &[
                ("Awa Kita", "PER"),
                ("Kita", "PER"),
                ("Awa Kita", "PER"),
                ("Kita", "PER"),
            ],
        );
    }

    #[test]
    fn nothing_comes_from_nothing() {
        check("", &[], &[]);
        check("Kita .", &[O, O], &[]);
    }
}
