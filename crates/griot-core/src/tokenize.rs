//! Text to sub-words, and which sub-word begins which word.

mod rows;

use griot_text::Span;
use tokenizers::{Decoder, ModelWrapper};

use crate::Error;
use crate::vocabulary::RowMap;

/// A `tokenizer.json`, with the special tokens it puts around a text.
pub(crate) struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// Ids before every window, such as `[CLS]`.
    pub(crate) prefix: Vec<u32>,
    /// Ids after every window, such as `[SEP]`.
    pub(crate) suffix: Vec<u32>,
    /// How a sub-word inside a word is written, `##` for `WordPiece`.
    continuing_prefix: Option<String>,
    /// The id of what is not in the vocabulary.
    unknown: Option<u32>,
    /// From ids to rows, when a part of the vocabulary is loaded.
    rows: Option<RowMap>,
}

/// The sub-words of a text, without special tokens.
#[derive(Debug, Default)]
pub(crate) struct SubWords {
    /// What the model reads.
    pub(crate) ids: Vec<u32>,
    /// The bytes of the text each comes from, end exclusive. May hold leading
    /// white space.
    pub(crate) spans: Vec<Span>,
    /// Whether the tokenizer holds it for the continuation of a word.
    continues: Vec<bool>,
}

/// The words of a text that have a sub-word of their own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AlignedWords {
    pub(crate) spans: Vec<Span>,
    /// The first sub-word of each word, strictly increasing.
    pub(crate) first: Vec<usize>,
}

impl Tokenizer {
    /// Reads `tokenizer.json`. What it says about truncation and padding is
    /// left aside: texts are cut into windows, never truncated.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`].
    pub(crate) fn from_bytes(json: &[u8]) -> Result<Self, Error> {
        let mut inner = tokenizers::Tokenizer::from_bytes(json)?;
        inner.with_truncation(None)?;
        inner.with_padding(None);
        let continuing_prefix = match inner.get_model() {
            ModelWrapper::WordPiece(model) => Some(model.continuing_subword_prefix.clone()),
            ModelWrapper::BPE(model) => model.continuing_subword_prefix.clone(),
            _ => None,
        };
        let (prefix, suffix) = special_tokens(&inner)?;
        Ok(Self {
            unknown: unknown(&inner),
            inner,
            prefix,
            suffix,
            continuing_prefix: continuing_prefix.filter(|prefix| !prefix.is_empty()),
            rows: None,
        })
    }

    /// The sub-words of `text`. Cost: linear, some 50 bytes of memory for each
    /// byte of text while it runs.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`], for example for a character out of vocabulary when
    /// the vocabulary has no token for that.
    pub(crate) fn encode(&self, text: &str) -> Result<SubWords, Error> {
        let encoding = self.inner.encode(text, false)?;
        let spans = encoding.get_offsets().iter().map(|&(start, end)| {
            // A caller checked that offsets fit `u32`. A normalizer that moves
            // characters may still give a reversed pair.
            Span::new(start.min(end) as u32, end as u32)
        });
        let continues = encoding.get_tokens().iter().map(|token| {
            let prefix = self.continuing_prefix.as_deref();
            prefix.is_some_and(|prefix| token.starts_with(prefix))
        });
        Ok(SubWords {
            spans: spans.collect(),
            continues: continues.collect(),
            ids: self.to_rows(encoding.get_ids().to_vec())?,
        })
    }
}

/// What the pipeline of transformers asks a tokenizer.
impl Tokenizer {
    /// Sub-word `unit` as the vocabulary has it, or the text if it has none.
    pub(crate) fn word(&self, text: &str, sub_words: &SubWords, unit: usize) -> String {
        let id = sub_words.ids[unit];
        match self.inner.id_to_token(id) {
            Some(token) if Some(id) != self.unknown => token,
            _ => sub_words.spans[unit]
                .slice(text)
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// Whether sub-word `unit` goes on the word before: by its length if the
    /// tokenizer marks such sub-words, else if no space is before it.
    pub(crate) fn goes_on(&self, text: &str, sub_words: &SubWords, unit: usize) -> bool {
        let (id, span) = (sub_words.ids[unit], sub_words.spans[unit]);
        if Some(id) == self.unknown {
            return false;
        }
        if self.continuing_prefix.is_some() {
            let token = self.inner.id_to_token(id).unwrap_or_default();
            let covered = span.slice(text).unwrap_or_default();
            return token.chars().count() != covered.chars().count();
        }
        let Some((before, after)) = text.split_at_checked(span.start() as usize) else {
            return true;
        };
        !before.is_empty() && !before.ends_with(' ') && !after.starts_with(' ')
    }

    /// What `tokens` read, by the decoder of the tokenizer.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`].
    pub(crate) fn decode(&self, tokens: Vec<String>) -> Result<String, Error> {
        match self.inner.get_decoder() {
            Some(decoder) => Ok(decoder.decode(tokens)?),
            None => Ok(tokens.join(" ")),
        }
    }
}

/// The id of what is not in the vocabulary; by the usual names for a tokenizer
/// that does not say.
fn unknown(tokenizer: &tokenizers::Tokenizer) -> Option<u32> {
    let token = match tokenizer.get_model() {
        ModelWrapper::WordPiece(model) => Some(&model.unk_token),
        ModelWrapper::WordLevel(model) => Some(&model.unk_token),
        ModelWrapper::BPE(model) => model.get_unk_token().as_ref(),
        ModelWrapper::Unigram(_) => None,
    };
    let usual = ["<unk>", "[UNK]"].into_iter();
    let mut names = token.map(String::as_str).into_iter().chain(usual);
    names.find_map(|name| tokenizer.token_to_id(name))
}

/// What the post-processor puts before and after one sequence.
fn special_tokens(tokenizer: &tokenizers::Tokenizer) -> Result<(Vec<u32>, Vec<u32>), Error> {
    let encoding = tokenizer.encode("a", true)?;
    let is_special = encoding.get_special_tokens_mask();
    let n_before = is_special.iter().take_while(|&&flag| flag == 1).count();
    let n_after = is_special[n_before..].iter().rev();
    let n_after = n_after.take_while(|&&flag| flag == 1).count();
    let ids = encoding.get_ids();
    Ok((
        ids[..n_before].to_vec(),
        ids[ids.len() - n_after..].to_vec(),
    ))
}

impl SubWords {
    /// Finds the first sub-word of each of `words`, which are sorted, disjoint
    /// and free of white space.
    ///
    /// The words, not the sub-words, say where a mention may begin and end, so
    /// what a tokenizer does to spaces, accents or bytes cannot move it. A word
    /// is joined to the one before it when no sub-word of its own begins it:
    /// one sub-word covers both, or the tokenizer holds its sub-word for a
    /// continuation (`100€` is `100`, `##€`), about which a model trained on
    /// first sub-words knows nothing. In a script without spaces a
    /// continuation does begin a word: there, one whole clause would be one
    /// word. A word that the normalizer removed has no scores and is left out.
    /// Cost: linear.
    pub(crate) fn align(&self, text: &str, words: &[Span]) -> AlignedWords {
        let mut aligned = AlignedWords {
            spans: Vec::with_capacity(words.len()),
            first: Vec::with_capacity(words.len()),
        };
        let mut token = 0;
        for &word in words {
            while token < self.ids.len() && self.start(token, text) < word.start() {
                token += 1;
            }
            let begins = token < self.ids.len() && self.start(token, text) < word.end();
            if begins && !(self.continues[token] && goes_on(text, aligned.spans.last(), word)) {
                aligned.spans.push(word);
                aligned.first.push(token);
            } else if let Some(last) = aligned.spans.last_mut()
                && self.reaches(token, word)
            {
                *last = last.cover(word);
            }
        }
        aligned
    }

    /// Where sub-word `token` starts, without the space that `SentencePiece`
    /// and byte-level tokenizers count in. One of white space alone starts where
    /// it ends: right before a word, it is the first sub-word of that word.
    fn start(&self, token: usize, text: &str) -> u32 {
        let span = self.spans[token];
        let Some(covered) = span.slice(text) else {
            return span.start();
        };
        span.end() - covered.trim_start().len() as u32
    }

    /// Whether `word` has a share in sub-word `token` or in the one before it.
    fn reaches(&self, token: usize, word: Span) -> bool {
        let has_share = |token: usize| {
            self.spans
                .get(token)
                .is_some_and(|span| span.overlaps(word))
        };
        has_share(token) || token.checked_sub(1).is_some_and(has_share)
    }
}

/// Whether `word` touches the word before it, in a script with spaces.
fn goes_on(text: &str, before: Option<&Span>, word: Span) -> bool {
    let first = word.slice(text).and_then(|word| word.chars().next());
    before.is_some_and(|before| before.end() == word.start())
        && !first.is_some_and(is_written_without_spaces)
}

/// Letters of Thai, Lao, Tibetan, Myanmar, Khmer and kana. (Han letters are
/// words of their own for every tokenizer that has continuations.)
fn is_written_without_spaces(letter: char) -> bool {
    matches!(
        letter,
        '\u{e00}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{31f0}'..='\u{31ff}'
            | '\u{ff66}'..='\u{ff9f}'
    )
}

#[cfg(test)]
mod tests {
    use griot_text::OffsetUnit;
    use griot_text::spans_from_units;
    use griot_text::word::segment_words;

    use super::*;
    use crate::testing::{TOKENIZERS, files, golden};

    fn tokenizer(name: &str) -> Tokenizer {
        Tokenizer::from_bytes(&files(name).tokenizer.unwrap()).unwrap()
    }

    #[test]
    fn sub_words_are_those_of_the_python_library() {
        let golden = golden();
        for name in TOKENIZERS {
            let tokenizer = tokenizer(name);
            for (text, expected) in golden.texts.iter().zip(&golden.tokenizers[name]) {
                let sub_words = tokenizer.encode(text).unwrap();
                let ids = [&*tokenizer.prefix, &sub_words.ids, &tokenizer.suffix].concat();
                assert_eq!(ids, expected.ids, "{name}: {text:?}");
                let inner = &expected.offsets[1..expected.offsets.len() - 1];
                let spans = spans_from_units(text, inner, OffsetUnit::Char);
                let spans: Vec<Span> = spans.into_iter().map(Option::unwrap).collect();
                assert_eq!(sub_words.spans, spans, "{name}: {text:?}");
            }
        }
    }

    /// The words of `text` and the bytes each gets its scores from.
    fn check(name: &str, text: &str, expected: &[(&str, &str)]) {
        let sub_words = tokenizer(name).encode(text).unwrap();
        let aligned = sub_words.align(text, &segment_words(text));
        let found = aligned.spans.iter().zip(&aligned.first);
        let found: Vec<(&str, &str)> = found
            .map(|(word, &first)| (&text[word.range()], &text[sub_words.spans[first].range()]))
            .collect();
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn words_begin_at_their_first_sub_word() {
        check(
            "wordpiece",
            "Ségou, Mali.",
            &[("Ségou", "Sé"), (",", ","), ("Mali", "Ma"), (".", ".")],
        );
        // The sub-word is "segou", without the accent; the word is as it was given.
        check(
            "uncased",
            "Se\u{301}gou, Mali.",
            &[
                ("Se\u{301}gou", "Se\u{301}gou"),
                (",", ","),
                ("Mali", "Mali"),
                (".", "."),
            ],
        );
        // The space is in the first sub-word, or all of it.
        check(
            "unigram",
            "  Ségou,  Mali.",
            &[("Ségou", " Ségou"), (",", ","), ("Mali", " "), (".", ".")],
        );
        check(
            "bytelevel",
            "Ségou 🇲🇱 习近平.",
            &[
                ("Ségou", "S"),
                ("🇲", " "),
                ("🇱", "🇱"),
                ("习", " "),
                ("近", "近"),
                ("平", "平"),
                (".", "."),
            ],
        );
        check(
            "wordpiece",
            "100€, 김영희는 トヨタの",
            &[
                ("100€", "100€"),
                (",", ","),
                ("김영희는", "김영"),
                ("ト", "ト"),
                ("ヨタ", "ヨタ"),
                ("の", "の"),
            ],
        );
    }

    #[test]
    fn words_without_sub_words_are_left_out() {
        let sub_words = SubWords {
            ids: vec![0, 1, 2],
            spans: vec![Span::new(0, 3), Span::new(3, 4), Span::new(7, 8)],
            continues: vec![false, true, true],
        };
        let words = [(0, 1), (1, 2), (2, 4), (5, 6), (7, 8)];
        let words = words.map(|(start, end)| Span::new(start, end));
        let aligned = sub_words.align("a+bc d e", &words);
        // "+" shares the sub-word of "a", "bc" goes on, "d" has none; a sub-word
        // that stands apart begins a word, whatever the tokenizer holds it for.
        assert_eq!(aligned.spans, [Span::new(0, 4), Span::new(7, 8)]);
        assert_eq!(aligned.first, [0, 2]);
    }
}
