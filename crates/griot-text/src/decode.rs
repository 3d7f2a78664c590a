//! Tag scores to mentions.

#[cfg(test)]
mod tests;

use crate::scheme::{Chunk, Reading, Tag, TagSet, chunks};
use crate::{Calibration, LabelId, Mention, Span};

/// How the tag of each word is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Decoder {
    /// The likeliest tag of each word by itself. The sequence may be malformed
    /// and is then read as `conlleval` does ([`Reading::Lenient`]).
    Argmax,
    /// The likeliest sequence among those the scheme allows
    /// ([`TagSet::allows`]), which is never malformed.
    #[default]
    Viterbi,
}

/// Log-probability that stands for "impossible". It is finite so that a path
/// through impossible tags still has a score, and one with fewer of them wins.
const IMPOSSIBLE: f64 = -1e9;

/// The mentions that the tag scores of a run of words stand for.
///
/// `log_probs` is row-major `[words, tags]`: the natural logarithms of the
/// probability of each column of `tag_set` for each word. `words` must be
/// sorted and disjoint; so are then the mentions.
///
/// A mention spans from the start of its first word to the end of its last. Its
/// score is the mean over its words of the probability of its label, which is
/// the sum over the tags with that label; it lies in `[0, 1]`.
///
/// NaN and infinite values are accepted: NaN counts as an impossible tag. Among
/// equally likely tags `O` wins, then the lowest column, so a word without any
/// possible tag is outside unless the scheme needs it inside a mention.
///
/// Cost: O(words * tags) for [`Decoder::Argmax`], O(words * tags²) for
/// [`Decoder::Viterbi`].
///
/// # Panics
///
/// If `log_probs.len() != words.len() * tag_set.len()`.
///
/// # Example
///
/// ```
/// use griot_text::{Decoder, Span, TagSet, decode};
///
/// let tags = TagSet::from_names(&["O", "B-PER", "I-PER"])?;
/// let words = [Span::new(0, 6), Span::new(7, 11)]; // Modibo Keïta
/// let log_probs = [[0.1f32, 0.2, 0.7], [0.1, 0.2, 0.7]].as_flattened().iter().map(|p| p.ln());
/// let mentions = decode(&tags, &words, &log_probs.collect::<Vec<_>>(), Decoder::Viterbi);
/// assert_eq!(mentions[0].span, Span::new(0, 11)); // B-PER I-PER
/// assert!((mentions[0].score - 0.9).abs() < 1e-6);
/// # Ok::<(), griot_text::TagError>(())
/// ```
pub fn decode(
    tag_set: &TagSet,
    words: &[Span],
    log_probs: &[f32],
    decoder: Decoder,
) -> Vec<Mention> {
    let score = |chunk: &Chunk<LabelId>, _: &[usize]| score(tag_set, log_probs, chunk);
    decode_scored(tag_set, words, log_probs, decoder, score)
}

/// [`decode`], with scores that are probabilities: the confidence of a mention is
/// the geometric mean of the probabilities of its tags, and its score what
/// `calibration` makes of that.
///
/// # Panics
///
/// As [`decode`].
pub fn decode_calibrated(
    tag_set: &TagSet,
    words: &[Span],
    log_probs: &[f32],
    decoder: Decoder,
    calibration: &Calibration,
) -> Vec<Mention> {
    let score = |chunk: &Chunk<LabelId>, path: &[usize]| {
        let at = |word: usize| finite(log_probs[word * tag_set.len() + path[word]]);
        let n_words = (chunk.last + 1 - chunk.first) as f64;
        let confidence = ((chunk.first..=chunk.last).map(at).sum::<f64>() / n_words).exp();
        calibration.probability(chunk.label, confidence as f32)
    };
    decode_scored(tag_set, words, log_probs, decoder, score)
}

/// [`decode`], where `score` gives a chunk of the tag path its score.
fn decode_scored(
    tag_set: &TagSet,
    words: &[Span],
    log_probs: &[f32],
    decoder: Decoder,
    score: impl Fn(&Chunk<LabelId>, &[usize]) -> f32,
) -> Vec<Mention> {
    let n_tags = tag_set.len();
    assert_eq!(
        log_probs.len(),
        words.len() * n_tags,
        "log_probs is not [{} words, {n_tags} tags]",
        words.len()
    );
    let path = match decoder {
        Decoder::Argmax => argmax(tag_set, log_probs),
        Decoder::Viterbi => viterbi(tag_set, log_probs),
    };
    let tags = path.iter().map(|&column| match tag_set.tags()[column] {
        Tag::Outside => None,
        Tag::Entity { prefix, label } => Some((prefix, label)),
    });
    // On a well-formed sequence the lenient reading is the strict one.
    let mention = |chunk: Chunk<LabelId>| Mention {
        span: chunk.span(words),
        label: tag_set.labels().label(chunk.label).clone(),
        score: score(&chunk, &path),
    };
    chunks(tags, Reading::Lenient)
        .into_iter()
        .map(mention)
        .collect()
}

/// The columns in the order in which ties are resolved: `O`, then the others.
fn columns(tag_set: &TagSet) -> impl Iterator<Item = usize> {
    let outside = tag_set.outside();
    [outside]
        .into_iter()
        .chain((0..tag_set.len()).filter(move |column| *column != outside))
}

/// The best of `candidates`, the first of equals; `None` if there is none.
fn best(candidates: impl Iterator<Item = (usize, f64)>) -> Option<(usize, f64)> {
    candidates.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

fn argmax(tag_set: &TagSet, log_probs: &[f32]) -> Vec<usize> {
    let of_row = |row: &[f32]| {
        let scores = columns(tag_set).map(|column| (column, finite(row[column])));
        best(scores).map_or(tag_set.outside(), |(column, _)| column)
    };
    log_probs.chunks_exact(tag_set.len()).map(of_row).collect()
}

/// The best path among those that `tag_set` allows (Viterbi 1967), in the log
/// domain. There is always one: `O` may follow `O` and both boundaries.
fn viterbi(tag_set: &TagSet, log_probs: &[f32]) -> Vec<usize> {
    let n_tags = tag_set.len();
    let mut rows = log_probs.chunks_exact(n_tags);
    let Some(first) = rows.next() else {
        return Vec::new();
    };
    let before = |to| columns(tag_set).filter(move |&from| tag_set.allows(Some(from), Some(to)));
    let before: Vec<Vec<usize>> = (0..n_tags).map(|to| before(to).collect()).collect();
    // Score of the best path to each column of the row; `None` where none leads.
    let start = |to| tag_set.allows(None, Some(to)).then(|| finite(first[to]));
    let mut reached: Vec<Option<f64>> = (0..n_tags).map(start).collect();
    // From which column it came, for each row after the first.
    let mut back = Vec::with_capacity(log_probs.len());
    let mut steps: Vec<Option<(usize, f64)>> = Vec::with_capacity(n_tags);
    for row in rows {
        let reach = |from: &usize| Some((*from, reached[*from]?));
        let step = |froms: &Vec<usize>| best(froms.iter().filter_map(reach));
        steps.clear();
        steps.extend(before.iter().map(step));
        let from = |step: &Option<(usize, f64)>| step.map_or(tag_set.outside(), |(from, _)| from);
        back.extend(steps.iter().map(from));
        for ((reached, step), &log_prob) in reached.iter_mut().zip(&steps).zip(row) {
            *reached = step.map(|(_, score)| score + finite(log_prob));
        }
    }
    let ends = columns(tag_set).filter(|&column| tag_set.allows(Some(column), None));
    let ends = ends.filter_map(|column| Some((column, reached[column]?)));
    let mut column = best(ends).map_or(tag_set.outside(), |(column, _)| column);
    let mut path = vec![column];
    for row in back.chunks_exact(n_tags).rev() {
        column = row[column];
        path.push(column);
    }
    path.reverse();
    path
}

/// Mean over the words of `chunk` of the probability of its label.
fn score(tag_set: &TagSet, log_probs: &[f32], chunk: &Chunk<LabelId>) -> f32 {
    let probability = |row: &[f32]| {
        let tags = tag_set.tags().iter().zip(row);
        let of_label = tags
            .filter(|(tag, _)| matches!(tag, Tag::Entity { label, .. } if *label == chunk.label));
        let sum: f64 = of_label.map(|(_, &log_prob)| finite(log_prob).exp()).sum();
        // Rounding can carry a sum of probabilities a little over one.
        sum.min(1.0)
    };
    let n_tags = tag_set.len();
    let rows = &log_probs[chunk.first * n_tags..(chunk.last + 1) * n_tags];
    let n_words = (chunk.last + 1 - chunk.first) as f64;
    let total: f64 = rows.chunks_exact(n_tags).map(probability).sum();
    (total / n_words) as f32
}

/// `log_prob` as a number that can be summed over any path.
fn finite(log_prob: f32) -> f64 {
    if log_prob.is_nan() {
        return IMPOSSIBLE;
    }
    f64::from(log_prob).clamp(IMPOSSIBLE, -IMPOSSIBLE)
}
