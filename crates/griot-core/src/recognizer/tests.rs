use std::borrow::Cow;

use griot_text::Decoder;
use proptest::prelude::*;

use super::*;
use crate::Weights;
use crate::testing::{TOKENIZERS, files, golden, nasty_texts, recognizer};
use crate::{Precision, testing};

/// The same mentions, with scores that differ by rounding at most.
fn assert_same(left: &[Mention], right: &[Mention], what: &str) {
    let key = |mention: &Mention| (mention.span, mention.label.clone());
    let (left_keys, right_keys): (Vec<_>, Vec<_>) = (
        left.iter().map(key).collect(),
        right.iter().map(key).collect(),
    );
    assert_eq!(left_keys, right_keys, "{what}");
    for (left, right) in left.iter().zip(right) {
        assert!(
            (left.score - right.score).abs() < 1e-4,
            "{what}: {left:?} {right:?}"
        );
    }
}

/// What every result promises of its spans.
fn assert_spans_exact(text: &str, mentions: &[Mention]) {
    let mut end = 0;
    for mention in mentions {
        let covered = mention.span.slice(text).expect("on character boundaries");
        assert!(
            !covered.is_empty() && covered == covered.trim(),
            "{covered:?} in {text:?}"
        );
        assert!(mention.span.start() >= end, "{mentions:?} in {text:?}");
        assert!((0.0..=1.0).contains(&mention.score), "{mention:?}");
        end = mention.span.end();
    }
}

fn tag_each(recognizer: &Recognizer, texts: &[String]) -> Vec<Vec<Mention>> {
    texts
        .iter()
        .map(|text| recognizer.tag(text).unwrap())
        .collect()
}

#[test]
fn is_shared_between_threads() {
    fn assert_shared<T: Send + Sync + Clone + 'static>() {}
    assert_shared::<Recognizer>();
    assert_shared::<Error>();
}

#[test]
fn batch_is_single_in_any_order() {
    for tokenizer in TOKENIZERS {
        let recognizer = recognizer(tokenizer, RecognizerConfig::default());
        let mut texts = golden().texts;
        let single = tag_each(&recognizer, &texts);
        assert!(
            single.iter().flatten().count() > 20,
            "the random model must tag something"
        );
        let batch = recognizer.tag_batch(&texts);
        for ((text, single), batch) in texts.iter().zip(&single).zip(batch) {
            assert_same(single, &batch.unwrap(), text);
        }
        texts.reverse();
        let reversed: Vec<_> = recognizer.tag_iter(&texts).collect();
        for ((text, single), batch) in texts.iter().zip(single.iter().rev()).zip(reversed) {
            assert_same(single, &batch.unwrap(), text);
        }
    }
}

#[test]
fn budget_and_threads_change_nothing() {
    let texts = golden().texts;
    let expected = tag_each(
        &recognizer("wordpiece", RecognizerConfig::default()),
        &texts,
    );
    for (batch_tokens, threads) in [(1, 1), (64, 2), (1 << 20, 3)] {
        let config = RecognizerConfig::default().with_batch_tokens(batch_tokens);
        let recognizer = recognizer("wordpiece", config.with_threads(threads));
        for (expected, result) in expected.iter().zip(recognizer.tag_batch(&texts)) {
            assert_same(expected, &result.unwrap(), "batch");
        }
    }
}

#[test]
fn windows_change_nothing_where_a_text_fits() {
    let text = "Amadou Hampâté Bâ est né à Bandiagara.";
    let unlimited = recognizer("wordpiece", RecognizerConfig::default());
    let n_units = unlimited.model.encoder.encode(text).unwrap().units.len();
    let config = RecognizerConfig::default()
        .with_window(n_units)
        .with_overlap(0);
    let windowed = recognizer("wordpiece", config);
    assert_eq!(
        unlimited.word_scores(text).unwrap(),
        windowed.word_scores(text).unwrap()
    );
}

#[test]
fn every_word_of_a_long_text_is_scored() {
    let text = "Amadou Hampâté Bâ visita Ségou. ".repeat(200);
    for window in [1, 2, 3, 7, 50] {
        let config = RecognizerConfig::default().with_window(window);
        let scores = recognizer("wordpiece", config).word_scores(&text).unwrap();
        assert_eq!(scores.words.len(), 200 * 6);
        for index in 0..scores.words.len() {
            let sum: f32 = scores.row(index).iter().map(|log| log.exp()).sum();
            assert!(
                (sum - 1.0).abs() < 1e-4,
                "word {index} in windows of {window}: {sum}"
            );
        }
    }
}

#[test]
fn threads_share_one_model() {
    let recognizer = recognizer("unigram", RecognizerConfig::default());
    let texts = golden().texts;
    let expected = tag_each(&recognizer, &texts);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let recognizer = recognizer.clone();
                for (expected, result) in expected.iter().zip(recognizer.tag_batch(&texts)) {
                    assert_same(expected, &result.unwrap(), "thread");
                }
            });
        }
    });
}

#[test]
fn nasty_texts_are_tagged() {
    for tokenizer in TOKENIZERS {
        for decoder in [Decoder::Argmax, Decoder::Viterbi] {
            let config = RecognizerConfig::default().with_decoder(decoder);
            let recognizer = recognizer(tokenizer, config);
            let texts = nasty_texts();
            for (text, result) in texts.iter().zip(recognizer.tag_batch(&texts)) {
                assert_spans_exact(text, &result.unwrap());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_tagged(text in "\\PC{0,40}|[ \\r\\n\\t\\x00a-zÀ-ÿ\u{300}-\u{308}Α-я\u{600}-\u{660}一-三ก-ฮ😀-😃\u{200d}]{0,60}") {
        for tokenizer in TOKENIZERS {
            let config = RecognizerConfig::default().with_window(12);
            let recognizer = recognizer(tokenizer, config);
            assert_spans_exact(&text, &recognizer.tag(&text).unwrap());
        }
    }
}

#[test]
fn threshold_drops_mentions() {
    let texts = golden().texts;
    let all = recognizer("wordpiece", RecognizerConfig::default());
    let sure = recognizer("wordpiece", RecognizerConfig::default().with_threshold(0.6));
    for text in texts {
        let mut expected = all.tag(&text).unwrap();
        expected.retain(|mention| mention.score >= 0.6);
        assert_eq!(sure.tag(&text).unwrap(), expected);
    }
}

#[test]
fn streams_are_read_as_they_come() {
    let recognizer = recognizer("wordpiece", RecognizerConfig::default());
    let texts = std::iter::repeat("Bamako");
    assert_eq!(recognizer.tag_iter(texts).take(3).flatten().count(), 3);
    assert_eq!(recognizer.tag_iter(Vec::<String>::new()).count(), 0);
    assert!(
        recognizer
            .tag_batch(&[""; 3])
            .into_iter()
            .all(|result| result.unwrap().is_empty())
    );
}

#[test]
fn says_what_it_is() {
    let recognizer = Recognizer::load(testing::folder(), RecognizerConfig::default()).unwrap();
    let info = recognizer.info();
    assert_eq!(info.name, "tiny-bert");
    assert_eq!(info.architecture.to_string(), "bert");
    assert_eq!(info.window, 94);
    assert_eq!(info.n_parameters, 41_065);
    let labels: Vec<&str> = recognizer
        .labels()
        .iter()
        .map(griot_text::Label::as_str)
        .collect();
    assert_eq!(labels, ["PER", "ORG", "LOC", "MISC"]);
}

#[test]
fn settings_out_of_range_are_refused() {
    let default = RecognizerConfig::default;
    let cases = [
        (
            default().with_threshold(1.5),
            "`threshold` is 1.5, expected from 0 to 1",
        ),
        (
            default().with_threshold(f32::NAN),
            "`threshold` is NaN, expected from 0 to 1",
        ),
        (
            default().with_label_threshold("ORG", -0.5),
            "`threshold` is -0.5, expected from 0 to 1",
        ),
        (
            default().with_label_threshold("DATE", 0.5),
            "`threshold` is DATE, expected a label of the model: PER, ORG, LOC, MISC",
        ),
        (
            default().with_batch_tokens(0),
            "`batch_tokens` is 0, expected at least 1",
        ),
        (
            default().with_threads(0),
            "`threads` is 0, expected at least 1",
        ),
        (
            default().with_window(0),
            "`window` is 0, expected from 1 to 94, the most this model allows",
        ),
        (
            default().with_window(95),
            "`window` is 95, expected from 1 to 94, the most this model allows",
        ),
        (
            default().with_overlap(48),
            "`overlap` is 48, expected at most 47, half of the window",
        ),
        (
            default().with_precision(Precision::F16),
            "precision f16 is not supported by the engine kernels",
        ),
    ];
    for (config, message) in cases {
        let error = Recognizer::from_bytes(&files("wordpiece"), config).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn broken_models_are_refused() {
    let edit = |from: &str, to: &str| {
        let mut files = files("wordpiece");
        let config = String::from_utf8(files.config.to_vec()).unwrap();
        assert!(config.contains(from), "{from}");
        files.config = config.replace(from, to).into_bytes().into();
        Recognizer::from_bytes(&files, RecognizerConfig::default())
            .unwrap_err()
            .to_string()
    };
    let cases = [
        ("{", "[", "config.json cannot be read"),
        (
            "\"hidden_size\": 32",
            "\"hidden_size\": -3",
            "config.json cannot be read",
        ),
        (
            "\"model_type\": \"bert\"",
            "\"model_type\": \"gpt2\"",
            "config.json: `model_type` is \"gpt2\", supported: bert, distilbert, roberta, camembert, \
             xlm-roberta, electra, deberta-v2, modernbert, griot-words",
        ),
        (
            "\"gelu\"",
            "\"mish\"",
            "config.json: `hidden_act` is \"mish\", expected gelu, gelu_python, gelu_new, gelu_fast, \
             gelu_accurate, gelu_pytorch_tanh, gelu_python_tanh, quick_gelu, silu, swish, relu or tanh",
        ),
        (
            "\"num_attention_heads\": 4",
            "\"num_attention_heads\": 5",
            "config.json: `num_attention_heads` is 5, expected a divisor of `hidden_size`",
        ),
        (
            "\"8\": \"I-MISC\"",
            "\"8\": \"I-MISC\", \"9\": \"B-X\"",
            "the model names 10 tags in `id2label` but scores 9",
        ),
        (
            "\"0\": \"O\"",
            "\"0\": \"B-X\"",
            "config.json: `id2label` is not a tag set",
        ),
        (
            "\"num_hidden_layers\": 2",
            "\"num_hidden_layers\": 3",
            "tensor `bert.encoder.layer.2.attention.self.query.weight` is not in model.safetensors",
        ),
        (
            "\"vocab_size\": 640",
            "\"vocab_size\": 64",
            "tensor `bert.embeddings.word_embeddings.weight` in model.safetensors: expected [64, 32], got [640, 32]",
        ),
    ];
    for (from, to, message) in cases {
        assert_eq!(edit(from, to), message);
    }
    assert!(
        edit("\"3\": \"B-ORG\"", "\"33\": \"B-ORG\"").contains("a name for each number from 0")
    );
}

#[test]
fn missing_and_broken_files_are_refused() {
    let error = Recognizer::load("no/such/folder", RecognizerConfig::default()).unwrap_err();
    assert!(
        matches!(&error, Error::File { path, .. } if path.ends_with("config.json")),
        "{error}"
    );
    let refuse = |change: fn(&mut ModelFiles<'static>)| {
        let mut files = files("wordpiece");
        change(&mut files);
        Recognizer::from_bytes(&files, RecognizerConfig::default()).unwrap_err()
    };
    let error = refuse(|files| files.weights = Weights::from(Cow::Borrowed(&[0; 100][..])));
    assert!(matches!(error, Error::Weights { .. }), "{error:?}");
    let error = refuse(|files| files.tokenizer = None);
    assert!(matches!(error, Error::TokenizerMissing { .. }), "{error:?}");
    let error = refuse(|files| files.tokenizer = Some(b"{}".into()));
    assert!(matches!(error, Error::Tokenizer { .. }), "{error:?}");
}
