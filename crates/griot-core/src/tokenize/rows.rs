//! The vocabulary of a tokenizer against the embedding table of a model.

use tokenizers::{Model, ModelWrapper};

use super::Tokenizer;
use crate::Error;
use crate::info::Warning;
use crate::vocabulary::RowMap;

impl Tokenizer {
    /// Checks that the tokenizer belongs to a model with `vocab_size`
    /// embeddings.
    ///
    /// Tokens that were added to the vocabulary often have none; then it only
    /// says so.
    ///
    /// # Errors
    ///
    /// [`Error::TokenizerVocabulary`].
    pub(crate) fn check_vocabulary(&self, vocab_size: usize) -> Result<Vec<Warning>, Error> {
        let beyond = |id: u32| id as usize >= vocab_size;
        let model = self.inner.get_model();
        let no_embedding = |(token, id)| Error::TokenizerVocabulary {
            token,
            id,
            vocab_size,
        };
        let added = self.inner.get_added_tokens_decoder();
        let ordinary = model.get_vocab().into_iter();
        let worst = ordinary
            .filter(|(_, id)| !added.contains_key(id))
            .max_by_key(|(_, id)| *id);
        if let Some(last) = worst.filter(|(_, id)| beyond(*id)) {
            return Err(no_embedding(last));
        }
        let framed = self.prefix.iter().chain(&self.suffix);
        if let Some(&id) = framed.into_iter().find(|id| beyond(**id)) {
            let token = self.inner.id_to_token(id).unwrap_or_default();
            return Err(no_embedding((token, id)));
        }
        let mut warnings = Vec::new();
        let n_tokens = added.keys().filter(|id| beyond(**id)).count();
        if n_tokens > 0 {
            warnings.push(Warning::TokensWithoutEmbedding { n_tokens });
        }
        let n_tokens = self.inner.get_vocab_size(true);
        // Tables are rounded up, and some have a thousand rows to spare.
        if n_tokens < vocab_size - vocab_size / 5 {
            warnings.push(Warning::SmallTokenizer {
                n_tokens,
                vocab_size,
            });
        }
        Ok(warnings)
    }

    /// The ids of the sub-words whose text `is_wanted`, of single bytes and of
    /// parts of characters.
    pub(crate) fn ids_where(&self, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = u32> {
        let suffix = match self.inner.get_model() {
            ModelWrapper::BPE(model) => model.end_of_word_suffix.clone(),
            _ => None,
        };
        let is_byte_level = self.is_byte_level();
        let vocab = self.inner.get_vocab(false).into_iter();
        vocab.filter_map(move |(token, id)| {
            let text = suffix
                .as_deref()
                .and_then(|suffix| token.strip_suffix(suffix));
            let text = text.unwrap_or(&token);
            let wanted = if is_byte_level {
                characters(text).is_none_or(|text| is_wanted(&text))
            } else {
                is_byte(text) || is_wanted(text)
            };
            wanted.then_some(id)
        })
    }

    /// The ids of tokens that stand for no text, or for text that is unknown.
    pub(crate) fn special_ids(&self) -> Vec<u32> {
        let added = self.inner.get_added_tokens_decoder();
        let framed = self.prefix.iter().chain(&self.suffix).copied();
        framed
            .chain(added.into_keys())
            .chain(self.unknown_id())
            .collect()
    }

    /// The id of the token for what is unknown.
    pub(crate) fn unknown_id(&self) -> Option<u32> {
        let token = match self.inner.get_model() {
            ModelWrapper::WordPiece(model) => Some(model.unk_token.clone()),
            ModelWrapper::BPE(model) => model.unk_token.clone(),
            ModelWrapper::WordLevel(model) => Some(model.unk_token.clone()),
            // It does not tell, but all that are in use have this one.
            ModelWrapper::Unigram(_) => Some("<unk>".to_owned()),
        };
        let known = ["<unk>", "[UNK]"].map(str::to_owned);
        let mut tokens = token.into_iter().chain(known);
        tokens.find_map(|token| self.inner.token_to_id(&token))
    }

    /// From now on, ids are rows of a part of the embedding table.
    ///
    /// # Errors
    ///
    /// [`Error::TokenNotKept`] for a token that goes around every text.
    pub(crate) fn set_rows(&mut self, rows: RowMap) -> Result<(), Error> {
        self.rows = Some(rows);
        self.prefix = self.to_rows(self.prefix.clone())?;
        self.suffix = self.to_rows(self.suffix.clone())?;
        Ok(())
    }

    /// The rows of the embedding table for `ids`.
    ///
    /// # Errors
    ///
    /// [`Error::TokenNotKept`].
    pub(super) fn to_rows(&self, mut ids: Vec<u32>) -> Result<Vec<u32>, Error> {
        let Some(rows) = &self.rows else {
            return Ok(ids);
        };
        for id in &mut ids {
            *id = rows.row(*id).ok_or_else(|| Error::TokenNotKept {
                token: self.inner.id_to_token(*id).unwrap_or_default(),
            })?;
        }
        Ok(ids)
    }

    /// Whether tokens are written in the letters that stand for bytes.
    fn is_byte_level(&self) -> bool {
        let parts = self.inner.get_pre_tokenizer();
        // The parts are private; what they write of themselves is not.
        serde_json::to_string(&parts).is_ok_and(|json| json.contains("\"ByteLevel\""))
    }
}

/// Whether a token is one byte, written `<0xE2>`.
fn is_byte(token: &str) -> bool {
    let digits = token
        .strip_prefix("<0x")
        .and_then(|token| token.strip_suffix('>'));
    digits.is_some_and(|digits| digits.len() == 2 && u8::from_str_radix(digits, 16).is_ok())
}

/// The text of a token in which every byte is a letter (as GPT-2 writes them);
/// none if it begins or ends inside a character.
fn characters(token: &str) -> Option<String> {
    let shows = |byte: &u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    // The bytes that show nothing are written as the letters from U+0100.
    let byte = |c: char| match u32::from(c) {
        code if shows(&code) => Some(code as u8),
        code => {
            let nth = code.checked_sub(256)? as usize;
            (0..256)
                .filter(|byte| !shows(byte))
                .nth(nth)
                .map(|byte| byte as u8)
        }
    };
    let bytes: Option<Vec<u8>> = token.chars().map(byte).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_for_bytes() {
        for (token, expected) in [
            ("Mali", Some("Mali")),
            ("ĠMali", Some(" Mali")),
            ("SÃ©gou", Some("Ségou")),
            ("ĠÐľÐ°Ð»Ð¸", Some(" Мали")),
            ("Ã", None),
            ("Ã©Ġ", Some("é ")),
            ("習", None),
        ] {
            assert_eq!(characters(token).as_deref(), expected, "{token}");
        }
    }

    #[test]
    fn bytes_are_known_by_their_names() {
        for (token, expected) in [
            ("<0xE2>", true),
            ("<0xE>", false),
            ("<0xZZ>", false),
            ("0xE2", false),
        ] {
            assert_eq!(is_byte(token), expected, "{token}");
        }
    }
}
