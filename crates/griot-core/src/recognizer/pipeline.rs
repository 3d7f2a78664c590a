//! Scores of sub-words, and the entities that the pipeline of transformers makes
//! of them.

use std::ops::Range;

use griot_text::Span;
use rayon::prelude::*;

use super::{Model, Recognizer, only};
use crate::aggregate::{self, Decode, PipelineEntity, Token};
use crate::config::setting;
use crate::encoder::Encoder;
use crate::tokenize::{SubWords, Tokenizer};
use crate::{Aggregation, Error, WordScores};

/// What a model thinks of each sub-word of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubWordScores {
    /// What the model read, without special tokens.
    pub ids: Vec<u32>,
    /// Where each comes from, in bytes of the text, end exclusive. May begin with
    /// the space before a word, and several may share a character.
    pub spans: Vec<Span>,
    /// Natural logarithms of probabilities, row-major [sub-words, tags], the tags
    /// in the order of [`Recognizer::tag_set`].
    pub log_probs: Vec<f32>,
}

/// Sub-words of a text that go through the model at once.
struct Chunk {
    text: usize,
    units: Range<usize>,
}

/// The units of each chunk of a text, and their scores, row-major [units, tags].
type ChunkScores = Vec<(Range<usize>, Vec<f32>)>;

impl Recognizer {
    /// What the model thinks of each sub-word of each of `texts`, in their order:
    /// for comparison with another implementation, for other ways to make words
    /// of sub-words. Each text is read at once, so it must fit into one window.
    ///
    /// # Errors
    ///
    /// As [`tag`](Self::tag), and [`Error::TextOverWindow`]; [`Error::Setting`]
    /// for a model that reads words.
    pub fn sub_word_scores(&self, texts: &[impl AsRef<str>]) -> Vec<Result<SubWordScores, Error>> {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        self.model.in_pool(|| self.model.sub_word_scores(&texts))
    }

    /// The entities that the token classification pipeline of transformers finds
    /// in `text` with this model: for those who move from it, or compare.
    ///
    /// This is not how [`tag`](Self::tag) finds mentions: that one scores words,
    /// knows which tag may follow which, and gives spans of whole words.
    ///
    /// `stride` is the number of sub-words that two chunks of a text share that
    /// does not fit into one window ([`RecognizerConfig::window`], the most the
    /// model allows if that is `None`; transformers says `model_max_length`, and
    /// counts special tokens in). Where transformers cuts such a text off without
    /// a stride, this is an error. For a model that reads words, words are tokens,
    /// windows are those of `tag`, and there is no stride.
    ///
    /// [`RecognizerConfig::window`]: crate::RecognizerConfig::window
    ///
    /// # Errors
    ///
    /// As [`tag`](Self::tag); [`Error::TextOverWindow`] without a stride;
    /// [`Error::Setting`] when `stride` is not less than the window.
    pub fn pipeline_entities(
        &self,
        text: &str,
        aggregation: Aggregation,
        stride: Option<usize>,
    ) -> Result<Vec<PipelineEntity>, Error> {
        only(self.pipeline_entities_batch(&[text], aggregation, stride))
    }

    /// [`pipeline_entities`](Self::pipeline_entities) of each of `texts`, in their
    /// order: one result a text, and an error of one text is not one of the others.
    pub fn pipeline_entities_batch(
        &self,
        texts: &[impl AsRef<str>],
        aggregation: Aggregation,
        stride: Option<usize>,
    ) -> Vec<Result<Vec<PipelineEntity>, Error>> {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let model = &self.model;
        model.in_pool(|| match (&model.encoder, stride) {
            (Encoder::SubWords { tokenizer, .. }, _) => {
                model.entities_of_sub_words(&texts, tokenizer, aggregation, stride)
            }
            (Encoder::Words(_), None) => texts
                .par_iter()
                .map(|text| model.entities_of_words(text, &self.word_scores(text)?, aggregation))
                .collect(),
            (Encoder::Words(_), Some(stride)) => {
                let error = setting("stride", stride, "none, as this model reads words");
                texts.iter().map(|_| Err(error.clone())).collect()
            }
        })
    }
}

impl Model {
    fn sub_word_scores(&self, texts: &[&str]) -> Vec<Result<SubWordScores, Error>> {
        let sub_words = self.sub_words(texts);
        let scores = self.score_chunks(&sub_words, None);
        let together =
            |(sub_words, scores): (Result<SubWords, Error>, Result<ChunkScores, Error>)| {
                let (sub_words, chunks) = (sub_words?, scores?);
                Ok(SubWordScores {
                    ids: sub_words.ids,
                    spans: sub_words.spans,
                    log_probs: chunks.into_iter().flat_map(|(_, scores)| scores).collect(),
                })
            };
        sub_words.into_iter().zip(scores).map(together).collect()
    }

    fn sub_words(&self, texts: &[&str]) -> Vec<Result<SubWords, Error>> {
        let read = |text: &&str| {
            if u32::try_from(text.len()).is_err() {
                return Err(Error::TextTooLong { bytes: text.len() });
            }
            self.encoder.sub_words(text)
        };
        texts.par_iter().map(read).collect()
    }

    /// Scores of every text that could be read, in chunks.
    fn score_chunks(
        &self,
        texts: &[Result<SubWords, Error>],
        stride: Option<usize>,
    ) -> Vec<Result<ChunkScores, Error>> {
        let size = self
            .config
            .window
            .unwrap_or_else(|| self.encoder.window_max());
        let mut results: Vec<Result<ChunkScores, Error>> = Vec::with_capacity(texts.len());
        let mut chunks = Vec::new();
        for (text, sub_words) in texts.iter().enumerate() {
            let ranges = match sub_words {
                Ok(sub_words) => ranges(sub_words.ids.len(), size, stride),
                Err(error) => Err(error.clone()),
            };
            results.push(ranges.map(|ranges| {
                chunks.extend(ranges.into_iter().map(|units| Chunk { text, units }));
                Vec::new()
            }));
        }
        let lengths: Vec<usize> = chunks.iter().map(|chunk| chunk.units.len()).collect();
        let batches = self.pack(&lengths);
        let forward = |batch: &Vec<usize>| {
            let ids = |&chunk: &usize| -> Result<&[u32], Error> {
                let Chunk { text, units } = &chunks[chunk];
                let sub_words = texts[*text].as_ref().map_err(Error::clone)?;
                Ok(&sub_words.ids[units.clone()])
            };
            let rows = batch.iter().map(ids).collect::<Result<Vec<_>, _>>()?;
            self.encoder.forward(&rows)
        };
        let outputs: Vec<Result<Vec<Vec<f32>>, Error>> = self.each_batch(&batches, forward);
        let mut scores: Vec<Result<Vec<f32>, Error>> = vec![Ok(Vec::new()); chunks.len()];
        for (batch, output) in batches.iter().zip(outputs) {
            match output {
                Ok(output) => {
                    for (&chunk, output) in batch.iter().zip(output) {
                        scores[chunk] = Ok(output);
                    }
                }
                Err(error) => batch
                    .iter()
                    .for_each(|&chunk| scores[chunk] = Err(error.clone())),
            }
        }
        for (chunk, scores) in chunks.into_iter().zip(scores) {
            match (&mut results[chunk.text], scores) {
                (Ok(chunks), Ok(scores)) => chunks.push((chunk.units, scores)),
                (result, Err(error)) => *result = Err(error),
                (Err(_), Ok(_)) => {}
            }
        }
        results
    }

    fn entities_of_sub_words(
        &self,
        texts: &[&str],
        tokenizer: &Tokenizer,
        aggregation: Aggregation,
        stride: Option<usize>,
    ) -> Vec<Result<Vec<PipelineEntity>, Error>> {
        let sub_words = self.sub_words(texts);
        let scores = self.score_chunks(&sub_words, stride);
        let decode: Decode<'_> = &|tokens| tokenizer.decode(tokens);
        let entities = |((text, sub_words), chunks): ((&&str, _), _)| {
            let (sub_words, chunks): (SubWords, ChunkScores) = (sub_words?, chunks?);
            let mut entities = Vec::new();
            for (units, log_probs) in &chunks {
                let probabilities: Vec<f32> = log_probs.iter().map(|log| log.exp()).collect();
                let rows = probabilities.chunks_exact(self.tag_set.len());
                let tokens = units.clone().zip(rows).map(|(unit, probabilities)| Token {
                    word: tokenizer.word(text, &sub_words, unit),
                    probabilities,
                    span: sub_words.spans[unit],
                    index: tokenizer.prefix.len() + unit - units.start,
                    goes_on: tokenizer.goes_on(text, &sub_words, unit),
                });
                let tokens: Vec<Token<'_>> = tokens.collect();
                entities.extend(aggregate::entities(
                    &tokens,
                    &self.tags,
                    aggregation,
                    decode,
                )?);
            }
            if chunks.len() > 1 {
                let n_chars = |span: Span| span.slice(text).unwrap_or_default().chars().count();
                entities = aggregate::merged(entities, n_chars);
            }
            Ok(entities)
        };
        texts
            .iter()
            .zip(sub_words)
            .zip(scores)
            .map(entities)
            .collect()
    }

    fn entities_of_words(
        &self,
        text: &str,
        scores: &WordScores,
        aggregation: Aggregation,
    ) -> Result<Vec<PipelineEntity>, Error> {
        let probabilities: Vec<f32> = scores.log_probs.iter().map(|log| log.exp()).collect();
        let rows = probabilities.chunks_exact(self.tag_set.len());
        let tokens = scores.words.iter().zip(rows).enumerate();
        let tokens = tokens.map(|(index, (&span, probabilities))| Token {
            word: text[span.range()].to_owned(),
            probabilities,
            span,
            index,
            goes_on: false,
        });
        let tokens: Vec<Token<'_>> = tokens.collect();
        let decode: Decode<'_> = &|words| Ok(words.concat());
        let mut entities = aggregate::entities(&tokens, &self.tags, aggregation, decode)?;
        for entity in &mut entities {
            text[entity.span.range()].clone_into(&mut entity.word);
        }
        Ok(entities)
    }
}

/// Runs of `size` units that share `stride` with the next, as tokenizers cuts
/// them; at least one.
fn ranges(n_units: usize, size: usize, stride: Option<usize>) -> Result<Vec<Range<usize>>, Error> {
    if let Some(stride) = stride.filter(|&stride| stride >= size) {
        return Err(setting(
            "stride",
            stride,
            format!("less than {size}, the window"),
        ));
    }
    if n_units <= size {
        return Ok(std::iter::once(0..n_units).collect());
    }
    let Some(stride) = stride else {
        return Err(Error::TextOverWindow {
            units: n_units,
            window: size,
        });
    };
    let mut ranges = Vec::new();
    let mut start = 0;
    loop {
        let end = n_units.min(start + size);
        ranges.push(start..end);
        if end == n_units {
            return Ok(ranges);
        }
        start += size - stride;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_share_their_stride() {
        let check = |n_units, size, stride, expected: &[(usize, usize)]| {
            let expected: Vec<_> = expected.iter().map(|&(start, end)| start..end).collect();
            assert_eq!(ranges(n_units, size, stride).unwrap(), expected);
        };
        check(0, 5, None, &[(0, 0)]);
        check(5, 5, Some(2), &[(0, 5)]);
        check(6, 5, Some(2), &[(0, 5), (3, 6)]);
        check(11, 5, Some(2), &[(0, 5), (3, 8), (6, 11)]);
        check(12, 5, Some(0), &[(0, 5), (5, 10), (10, 12)]);
        let error = ranges(6, 5, None).unwrap_err();
        assert!(matches!(
            error,
            Error::TextOverWindow {
                units: 6,
                window: 5
            }
        ));
        let error = ranges(1, 5, Some(5)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`stride` is 5, expected less than 5, the window"
        );
    }
}
