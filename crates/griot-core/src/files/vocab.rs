//! The tokenizer of BERT, made of `vocab.txt` as transformers makes it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{CONFIG_BYTES_MAX, TOKENIZER_BYTES_MAX, exists, read_limited};
use crate::Error;
use crate::info::Warning;

/// The values of `model_type` whose `vocab.txt` is one of BERT.
pub(super) const MODEL_TYPES: [&str; 3] = ["bert", "distilbert", "electra"];

/// The values of `tokenizer_class` that are BERT's tokenizer.
const CLASSES: [&str; 3] = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer"];

/// What `tokenizer_config.json` says, with the defaults of transformers.
#[derive(Deserialize)]
#[serde(default)]
struct TokenizerConfig {
    do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: bool,
    do_basic_tokenize: bool,
    tokenizer_class: Option<String>,
    unk_token: Token,
    cls_token: Token,
    sep_token: Token,
    pad_token: Token,
    mask_token: Token,
    /// By their ids, as text.
    added_tokens_decoder: Map<String, Value>,
}

impl Default for TokenizerConfig {
    fn default() -> Self {
        let token = |text: &str| Token::Text(text.to_owned());
        Self {
            do_lower_case: None,
            strip_accents: None,
            tokenize_chinese_chars: true,
            do_basic_tokenize: true,
            tokenizer_class: None,
            unk_token: token("[UNK]"),
            cls_token: token("[CLS]"),
            sep_token: token("[SEP]"),
            pad_token: token("[PAD]"),
            mask_token: token("[MASK]"),
            added_tokens_decoder: Map::new(),
        }
    }
}

/// A special token, as old and new versions write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Token {
    Text(String),
    Object { content: String },
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Object { content: text } => text,
        }
    }
}

/// Makes `tokenizer.json` of the `vocab.txt` in `folder`.
///
/// # Errors
///
/// [`Error::File`], [`Error::FileSize`], [`Error::TokenizerSyntax`],
/// [`Error::TokenizerConfig`].
pub(super) fn tokenizer_json(folder: &Path, warnings: &mut Vec<Warning>) -> Result<Vec<u8>, Error> {
    let config = read_config(folder)?;
    let vocab = read_vocab(folder)?;
    let lowercase = config.do_lower_case.unwrap_or_else(|| {
        warnings.push(Warning::LowerCaseAssumed);
        true
    });
    let id_of = |token: &Token, field| {
        let text = token.text();
        let id = vocab.get(text);
        let id = id.ok_or_else(|| config_error(field, text, "a token of vocab.txt"))?;
        Ok::<_, Error>(json!([text, id]))
    };
    id_of(&config.unk_token, "unk_token")?;
    let json = json!({
        "version": "1.0",
        "added_tokens": added_tokens(&config, &vocab)?,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": config.tokenize_chinese_chars,
            "strip_accents": config.strip_accents,
            "lowercase": lowercase,
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "BertProcessing",
            "sep": id_of(&config.sep_token, "sep_token")?,
            "cls": id_of(&config.cls_token, "cls_token")?,
        },
        "model": {
            "type": "WordPiece",
            "unk_token": config.unk_token.text(),
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocab,
        },
    });
    Ok(json.to_string().into_bytes())
}

/// The special tokens, and those that are not in `vocab.txt`, by their ids.
fn added_tokens(
    config: &TokenizerConfig,
    vocab: &BTreeMap<String, u32>,
) -> Result<Vec<Value>, Error> {
    const FIELD: &str = "added_tokens_decoder";
    let special = [
        &config.unk_token,
        &config.sep_token,
        &config.pad_token,
        &config.cls_token,
        &config.mask_token,
    ];
    let mut added = BTreeMap::new();
    for token in special.map(Token::text) {
        if let Some(&id) = vocab.get(token) {
            let token = json!({
                "id": id, "content": token, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true,
            });
            added.insert(id, token);
        }
    }
    for (id, token) in &config.added_tokens_decoder {
        let number: u32 = id
            .parse()
            .map_err(|_| config_error(FIELD, id, "numbers as keys"))?;
        let mut token = token.clone();
        let Some(fields) = token.as_object_mut() else {
            return Err(config_error(FIELD, &token, "an object with `content`"));
        };
        fields.insert("id".to_owned(), number.into());
        added.insert(number, token);
    }
    Ok(added.into_values().collect())
}

fn read_config(folder: &Path) -> Result<TokenizerConfig, Error> {
    if !exists(folder, "tokenizer_config.json") {
        return Ok(TokenizerConfig::default());
    }
    let json = read_limited(&folder.join("tokenizer_config.json"), CONFIG_BYTES_MAX)?;
    // A field that is null is one that is not there.
    let parsed = serde_json::from_slice(&json).and_then(|mut fields: Map<String, Value>| {
        fields.retain(|_, value| !value.is_null());
        serde_json::from_value(Value::Object(fields))
    });
    let config: TokenizerConfig = parsed.map_err(|source| Error::TokenizerSyntax {
        source: Arc::new(source),
    })?;
    if let Some(class) = &config.tokenizer_class
        && !CLASSES.contains(&class.trim_end_matches("Fast"))
    {
        return Err(config_error(
            "tokenizer_class",
            class,
            "the tokenizer of BERT, since there is no tokenizer.json",
        ));
    }
    if !config.do_basic_tokenize {
        return Err(config_error("do_basic_tokenize", "false", "true"));
    }
    Ok(config)
}

/// A token a line; its number is its id. Of a token that comes twice the last
/// number counts, as in Python.
fn read_vocab(folder: &Path) -> Result<BTreeMap<String, u32>, Error> {
    let bytes = read_limited(&folder.join("vocab.txt"), TOKENIZER_BYTES_MAX)?;
    let text = str::from_utf8(&bytes).map_err(|error| Error::TokenizerConfig {
        file: "vocab.txt",
        field: "text",
        value: format!("not UTF-8 at byte {}", error.valid_up_to()),
        expected: "UTF-8",
    })?;
    // Python's lines end at \r\n as well.
    let lines = text.split_inclusive('\n').map(|line| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line).to_owned()
    });
    Ok(lines.zip(0..).collect())
}

fn config_error(field: &'static str, value: impl Display, expected: &'static str) -> Error {
    Error::TokenizerConfig {
        file: "tokenizer_config.json",
        field,
        value: value.to_string(),
        expected,
    }
}
