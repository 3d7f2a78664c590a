//! The tiny random BERT of `tests/data`, and texts that break tokenizers.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use crate::{ModelFiles, Recognizer, RecognizerConfig};

/// The tokenizers that come with the tiny BERT.
pub(crate) const TOKENIZERS: [&str; 4] = ["wordpiece", "uncased", "unigram", "bytelevel"];

/// What `tests/reference/bert_reference.py` saw.
#[derive(Deserialize)]
pub(crate) struct Golden {
    pub(crate) texts: Vec<String>,
    pub(crate) tokenizers: std::collections::HashMap<String, Vec<GoldenEncoding>>,
}

#[derive(Deserialize)]
pub(crate) struct GoldenEncoding {
    /// With special tokens.
    pub(crate) ids: Vec<u32>,
    /// In code points, end exclusive.
    pub(crate) offsets: Vec<(u32, u32)>,
}

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny-bert")
}

pub(crate) fn golden() -> Golden {
    let json = fs::read(folder().join("golden.json")).unwrap();
    serde_json::from_slice(&json).unwrap()
}

/// The tiny BERT with one of [`TOKENIZERS`].
pub(crate) fn files(tokenizer: &str) -> ModelFiles<'static> {
    let files = ModelFiles::read(folder()).unwrap();
    match tokenizer {
        "wordpiece" => files,
        other => {
            let path = folder().join(format!("tokenizer-{other}.json"));
            files.with_tokenizer(fs::read(path).unwrap())
        }
    }
}

pub(crate) fn recognizer(tokenizer: &str, config: RecognizerConfig) -> Recognizer {
    Recognizer::from_bytes(&files(tokenizer), config).unwrap()
}

/// Texts that were bugs somewhere.
pub(crate) fn nasty_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\0",
        "\r\n\r\n",
        "\u{1F600}",
        "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}",
        "\u{1F1F2}\u{1F1F1}",
        "\u{301}",
        "\u{301}\u{301} \u{300}a",
        "e\u{301}te\u{301} Se\u{301}gou",
        "नरेन्द्र मोदी ने दिल्ली में",
        "قَالَ الرَّئِيسُ",
        "Путин встретил 习近平 à Bamako و محمد",
        "\u{feff}Bamako\u{200b}Paris",
        "\u{fffd}\u{fffd}",
        "100€Bamako100€",
        "a\u{300}\u{301}\u{302}\u{303}\u{304}",
        "[CLS] Mali [SEP] [MASK] [UNK] ##a ▁Mali",
        "กรุงเทพมหานครเป็นเมืองหลวง",
        "\u{2028}\u{2029}\u{85}\u{a0}x\u{3000}",
        "\u{e0001}\u{10ffff}\u{e000}",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("Ségou".repeat(60_000));
    texts.push("a".repeat(300_000));
    texts.push(" ".repeat(100_000));
    texts.push("Bamako, ".repeat(3_000));
    texts.push("习".repeat(5_000));
    texts
}
