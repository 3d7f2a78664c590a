//! Loading a part of the vocabulary only.
//!
//! Most of a multilingual model is its embedding table: 250,000 sub-words of
//! a hundred languages. Who reads texts of one script needs a third of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use unicode_script::{Script, UnicodeScript};

use crate::config::setting;
use crate::encoder::Encoder;
use crate::manifest::Manifest;
use crate::tokenize::Tokenizer;
use crate::{Error, ModelFiles, ModelInfo, RecognizerConfig, VocabularyInfo};

/// Which sub-words of a model are loaded, for a model that reads sub-words.
///
/// Special tokens, single bytes and what belongs to no script, such as digits
/// and punctuation, are always kept. A text all of whose sub-words are kept
/// gets the very scores that the whole model gives. What a text with others
/// gets is up to [`Missing`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Vocabulary {
    /// All of them.
    #[default]
    Whole,
    /// Those written in these scripts, by their names or codes in Unicode:
    /// `Latin`, `cyrillic`, `Arab`.
    Scripts(Vec<String>),
    /// Those that this text has: a sample of what will be read.
    Sample(Arc<str>),
}

/// What happens to a text with a sub-word that was not loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// It is [`Error::TokenNotKept`].
    #[default]
    Refuse,
    /// The model reads its token for the unknown instead, and will mostly not
    /// see a name there.
    Unknown,
}

/// The rows of an embedding table to load.
#[derive(Clone, Debug)]
pub(crate) struct KeptRows {
    /// Sorted.
    rows: Vec<u32>,
    /// Rows in the file.
    n_all: usize,
}

/// The part of a model that is loaded: what to do about it once the rest is.
pub(crate) struct Part {
    /// None for the whole, and for a family that reads no sub-words.
    vocab_size: Option<usize>,
    rows: Option<(RowMap, VocabularyInfo)>,
}

/// From the ids of a tokenizer to the rows that were loaded.
#[derive(Clone, Debug)]
pub(crate) struct RowMap {
    /// By id.
    rows: Vec<Option<u32>>,
    /// The row of the token for the unknown, if it stands in.
    unknown: Option<u32>,
}

impl Part {
    /// Chooses what `config` asks for and makes `manifest` say so.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for a script that Unicode does not know or a model
    /// that reads no sub-words, [`Error::Tokenizer`].
    pub(crate) fn choose(
        manifest: &mut Manifest,
        files: &ModelFiles<'_>,
        config: &RecognizerConfig,
    ) -> Result<Self, Error> {
        let vocab_size = manifest.vocab_size();
        let whole = Self {
            vocab_size,
            rows: None,
        };
        if config.vocabulary == Vocabulary::Whole {
            return Ok(whole);
        }
        let (Some(vocab_size), Some(tokenizer)) = (vocab_size, &files.tokenizer) else {
            let reads = manifest.architecture;
            return Err(setting(
                "vocabulary",
                "a part",
                format!("the whole: a {reads} model has no table of sub-words"),
            ));
        };
        let tokenizer = Tokenizer::from_bytes(tokenizer)?;
        let Some(kept) = KeptRows::choose(&config.vocabulary, &tokenizer, vocab_size)? else {
            return Ok(whole);
        };
        let map = kept.map(config.missing, tokenizer.unknown_id());
        let padding = manifest.number("pad_token_id");
        let padding = padding.and_then(|id| map.row(u32::try_from(id).ok()?));
        let width = manifest.number("embedding_size");
        let width = width.or_else(|| manifest.number("hidden_size"));
        let width = width.or_else(|| manifest.number("dim")).unwrap_or(0);
        let info = VocabularyInfo {
            n_kept: kept.len(),
            n_all: vocab_size,
            bytes_saved: kept.bytes_saved(width as usize),
        };
        manifest.keep(kept, padding);
        Ok(Self {
            rows: Some((map, info)),
            ..whole
        })
    }

    /// Checks the tokenizer of the model that was loaded, and makes it count in
    /// rows.
    ///
    /// # Errors
    ///
    /// [`Error::TokenizerVocabulary`], [`Error::TokenNotKept`].
    pub(crate) fn apply(self, encoder: &mut Encoder, info: &mut ModelInfo) -> Result<(), Error> {
        let (Some(tokenizer), Some(vocab_size)) = (encoder.tokenizer_mut(), self.vocab_size) else {
            return Ok(());
        };
        info.warnings
            .extend(tokenizer.check_vocabulary(vocab_size)?);
        if let Some((rows, vocabulary)) = self.rows {
            tokenizer.set_rows(rows)?;
            info.vocabulary = Some(vocabulary);
        }
        Ok(())
    }
}

impl KeptRows {
    /// The rows of `vocab_size` that `vocabulary` keeps; none for the whole.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for a script that Unicode does not know,
    /// [`Error::Tokenizer`].
    pub(crate) fn choose(
        vocabulary: &Vocabulary,
        tokenizer: &Tokenizer,
        vocab_size: usize,
    ) -> Result<Option<Self>, Error> {
        let mut ids: BTreeSet<u32> = match vocabulary {
            Vocabulary::Whole => return Ok(None),
            Vocabulary::Scripts(names) => {
                let scripts = names.iter().map(|name| script(name));
                let scripts = scripts.collect::<Result<Vec<_>, _>>()?;
                let written = |token: &str| {
                    let is_kept = |c: char| is_common(c) || scripts.contains(&c.script());
                    token.chars().all(is_kept)
                };
                tokenizer.ids_where(written).collect()
            }
            Vocabulary::Sample(text) => {
                let common = tokenizer.ids_where(|token| token.chars().all(is_common));
                let mut ids: BTreeSet<u32> = common.collect();
                ids.extend(tokenizer.encode(text)?.ids);
                ids
            }
        };
        ids.extend(tokenizer.special_ids());
        Ok(Some(Self {
            rows: ids
                .into_iter()
                .filter(|&id| (id as usize) < vocab_size)
                .collect(),
            n_all: vocab_size,
        }))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the tensor `name` is the embedding table these rows are of.
    pub(crate) fn are_of(&self, name: &str, shape: &[usize]) -> bool {
        let is_table = ["word_embeddings.weight", "tok_embeddings.weight"]
            .iter()
            .any(|table| name.ends_with(table));
        is_table && shape.len() == 2 && shape[0] == self.n_all
    }

    /// The shape of the part of a table of shape `whole`.
    pub(crate) fn shape(&self, whole: &[usize]) -> Vec<usize> {
        let mut shape = whole.to_vec();
        if let Some(rows) = shape.first_mut() {
            *rows = self.rows.len();
        }
        shape
    }

    /// The bytes of these rows of a table.
    pub(crate) fn gather(&self, table: &[u8]) -> Vec<u8> {
        let row_bytes = table.len() / self.n_all.max(1);
        let rows = self.rows.iter();
        let row = |&row: &u32| &table[row as usize * row_bytes..][..row_bytes];
        rows.flat_map(|id| row(id).iter().copied()).collect()
    }

    /// Bytes of memory that the other rows would take, `width` numbers each.
    pub(crate) fn bytes_saved(&self, width: usize) -> u64 {
        ((self.n_all - self.rows.len()) * width * size_of::<f32>()) as u64
    }

    /// From ids to these rows.
    pub(crate) fn map(&self, missing: Missing, unknown: Option<u32>) -> RowMap {
        let mut rows = vec![None; self.n_all];
        for (row, &id) in (0..).zip(&self.rows) {
            rows[id as usize] = Some(row);
        }
        let unknown = unknown.filter(|_| missing == Missing::Unknown);
        RowMap {
            unknown: unknown.and_then(|id| *rows.get(id as usize)?),
            rows,
        }
    }
}

impl RowMap {
    /// The row of `id`; none if it was not loaded and nothing stands in.
    pub(crate) fn row(&self, id: u32) -> Option<u32> {
        match self.rows.get(id as usize) {
            Some(row) => row.or(self.unknown),
            None => None,
        }
    }
}

/// Whether a character is of no script: a digit, a sign, the mark of a space.
fn is_common(c: char) -> bool {
    matches!(
        c.script(),
        Script::Common | Script::Inherited | Script::Unknown
    )
}

fn script(name: &str) -> Result<Script, Error> {
    let mut title = name.trim().to_ascii_lowercase();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Script::from_full_name(&title)
        .or_else(|| Script::from_short_name(&title))
        .ok_or_else(|| {
            setting(
                "vocabulary",
                name,
                "the name of a script in Unicode, such as latin, cyrillic, arabic or han",
            )
        })
}
