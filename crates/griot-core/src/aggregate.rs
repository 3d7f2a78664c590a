//! What the token classification pipeline of transformers (5.23,
//! `pipelines/token_classification.py`) makes of the probabilities of tokens:
//! the same entities, with its heuristics and its order of steps.

use griot_text::Span;

use crate::{Aggregation, Error};

/// An entity as the token classification pipeline of transformers gives it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PipelineEntity {
    /// With [`Aggregation::None`] the tag as the model names it, `B-PER`; else the
    /// tag without its prefix, `PER`.
    pub label: String,
    /// From 0 to 1.
    pub score: f32,
    /// With [`Aggregation::None`], the place of the token in its chunk, where
    /// special tokens count.
    pub index: Option<usize>,
    /// The tokens as the tokenizer decodes them, which need not be what is in the
    /// text.
    pub word: String,
    /// Bytes of the text, end exclusive. May begin with the space before a word,
    /// may be empty, and may overlap others.
    pub span: Span,
}

/// A token with a probability for every tag.
pub(crate) struct Token<'a> {
    pub(crate) word: String,
    pub(crate) probabilities: &'a [f32],
    pub(crate) span: Span,
    pub(crate) index: usize,
    /// Whether it goes on the word of the token before.
    pub(crate) goes_on: bool,
}

/// Tokens to what they read.
pub(crate) type Decode<'a> = &'a dyn Fn(Vec<String>) -> Result<String, Error>;

/// The entities of one chunk, without those outside of any.
///
/// # Errors
///
/// What `decode` gives.
pub(crate) fn entities(
    tokens: &[Token<'_>],
    tags: &[String],
    aggregation: Aggregation,
    decode: Decode<'_>,
) -> Result<Vec<PipelineEntity>, Error> {
    let best = match aggregation {
        Aggregation::None | Aggregation::Simple => tokens
            .iter()
            .map(|token| best(std::slice::from_ref(token), token.probabilities, tags))
            .collect(),
        Aggregation::First | Aggregation::Average | Aggregation::Max => {
            let words = tokens.chunk_by(|_, next| next.goes_on);
            let words = words.map(|word| of_word(word, tags, aggregation, decode));
            words.collect::<Result<Vec<_>, _>>()?
        }
    };
    let mut entities = match aggregation {
        Aggregation::None => best,
        _ => grouped(&best, decode)?,
    };
    entities.retain(|entity| entity.label != "O");
    Ok(entities)
}

/// The likeliest tag of tokens, with the word of the first.
fn best(tokens: &[Token<'_>], probabilities: &[f32], tags: &[String]) -> PipelineEntity {
    let (first, last) = (&tokens[0], &tokens[tokens.len() - 1]);
    let mut tag = 0;
    for (index, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[tag] {
            tag = index;
        }
    }
    PipelineEntity {
        label: tags[tag].clone(),
        score: probabilities[tag],
        index: Some(first.index),
        word: first.word.clone(),
        span: from_to(first.span, last.span),
    }
}

fn of_word(
    tokens: &[Token<'_>],
    tags: &[String],
    aggregation: Aggregation,
    decode: Decode<'_>,
) -> Result<PipelineEntity, Error> {
    let highest = |token: &Token<'_>| token.probabilities.iter().copied().fold(f32::MIN, f32::max);
    let average: Vec<f32>;
    let probabilities = match aggregation {
        Aggregation::Average => {
            let sum = |tag| {
                tokens
                    .iter()
                    .map(|token| token.probabilities[tag])
                    .sum::<f32>()
            };
            let mean = |tag| sum(tag) / tokens.len() as f32;
            average = (0..tags.len()).map(mean).collect();
            &average
        }
        Aggregation::Max => {
            let mut best = &tokens[0];
            for token in tokens {
                if highest(token) > highest(best) {
                    best = token;
                }
            }
            best.probabilities
        }
        _ => tokens[0].probabilities,
    };
    Ok(PipelineEntity {
        word: decode(tokens.iter().map(|token| token.word.clone()).collect())?,
        ..best(tokens, probabilities, tags)
    })
}

/// Neighbors of the same type as one, unless the second begins an entity.
fn grouped(entities: &[PipelineEntity], decode: Decode<'_>) -> Result<Vec<PipelineEntity>, Error> {
    let groups = entities.chunk_by(|last, next| {
        let ((_, last), (begins, next)) = (split(&last.label), split(&next.label));
        last == next && !begins
    });
    let merge = |group: &[PipelineEntity]| {
        let (first, last) = (&group[0], &group[group.len() - 1]);
        let sum: f32 = group.iter().map(|entity| entity.score).sum();
        let label = first
            .label
            .split_once('-')
            .map_or(&*first.label, |(_, label)| label);
        Ok(PipelineEntity {
            label: label.to_owned(),
            score: sum / group.len() as f32,
            index: None,
            word: decode(group.iter().map(|entity| entity.word.clone()).collect())?,
            span: from_to(first.span, last.span),
        })
    };
    groups.map(merge).collect()
}

/// Whether a tag begins an entity, and of what type.
fn split(tag: &str) -> (bool, &str) {
    match (tag.strip_prefix("B-"), tag.strip_prefix("I-")) {
        (Some(label), _) => (true, label),
        (None, label) => (false, label.unwrap_or(tag)),
    }
}

/// From the start of `first` to the end of `last`, which may be before it where a
/// normalizer moved characters.
fn from_to(first: Span, last: Span) -> Span {
    Span::new(first.start(), last.end().max(first.start()))
}

/// The entities of overlapping chunks: of those that overlap the longest, and of
/// equally long ones the likeliest. `n_chars` is the length of a span in
/// code points.
pub(crate) fn merged(
    mut entities: Vec<PipelineEntity>,
    n_chars: impl Fn(Span) -> usize,
) -> Vec<PipelineEntity> {
    entities.sort_by_key(|entity| entity.span.start());
    let Some(mut kept) = entities.first().cloned() else {
        return entities;
    };
    let mut merged = Vec::new();
    // The first meets itself, as it does there.
    for entity in entities {
        let starts_inside = (kept.span.start()..kept.span.end()).contains(&entity.span.start());
        if !starts_inside {
            merged.push(std::mem::replace(&mut kept, entity));
            continue;
        }
        let (length, length_kept) = (n_chars(entity.span), n_chars(kept.span));
        let is_better = length == length_kept && entity.score > kept.score;
        if length > length_kept || is_better {
            kept = entity;
        }
    }
    merged.push(kept);
    merged
}
