use std::collections::HashMap;
use std::fs;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use griot_text::Mention;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::testing::folder as tiny_bert;
use crate::tokenize::Tokenizer;
use crate::{Missing, Recognizer, RecognizerConfig, Vocabulary, testing};

const TEXT: &str = "Amadou Hampâté Bâ est né à Bandiagara en 1900, dit 习近平 à Moscou (Москва).";

/// The tiny BERT with some of its files, and others.
fn folder(names: &[&str], others: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in names {
        fs::copy(tiny_bert().join(name), folder.path().join(name)).unwrap();
    }
    for (name, bytes) in others {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn load(folder: &Path) -> Recognizer {
    let config = RecognizerConfig::default().with_device(crate::Device::Cpu);
    Recognizer::load(folder, config).unwrap()
}

fn tensors() -> HashMap<String, Tensor> {
    candle_core::safetensors::load(tiny_bert().join("model.safetensors"), &Device::Cpu).unwrap()
}

fn save(tensors: &HashMap<String, Tensor>, folder: &Path, name: &str) {
    candle_core::safetensors::save(tensors, folder.join(name)).unwrap();
}

fn scores(recognizer: &Recognizer) -> Vec<f32> {
    recognizer.word_scores(TEXT).unwrap().log_probs
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    let worst = differences.fold(0.0, f32::max);
    assert!(worst <= tolerance, "{worst}");
}

#[test]
fn all_forms_of_the_weights_give_the_same_scores() {
    let expected = scores(&load(&tiny_bert()));
    let base = ["config.json", "tokenizer.json"];
    let pickled = folder(&[&base[..], &["pytorch_model.bin"]].concat(), &[]);
    assert_eq!(scores(&load(pickled.path())), expected);

    let all = tensors();
    let mut weight_map = serde_json::Map::new();
    let sharded = folder(&base, &[]);
    for (index, wanted) in [(1, true), (2, false)] {
        let name = format!("model-0000{index}-of-00002.safetensors");
        let of_shard = |name: &String| name.contains("encoder") == wanted;
        let mut shard = all.clone();
        shard.retain(|name, _| of_shard(name));
        weight_map.extend(shard.keys().map(|tensor| (tensor.clone(), json!(name))));
        save(&shard, sharded.path(), &name);
    }
    let index = json!({ "metadata": { "total_size": 1 }, "weight_map": weight_map });
    let path = sharded.path().join("model.safetensors.index.json");
    fs::write(path, index.to_string()).unwrap();
    assert_eq!(scores(&load(sharded.path())), expected);

    for (dtype, tolerance) in [(DType::F64, 0.0), (DType::F16, 0.02), (DType::BF16, 0.2)] {
        let cast = all
            .iter()
            .map(|(name, tensor)| (name.clone(), tensor.to_dtype(dtype).unwrap()));
        let folder = folder(&base, &[]);
        save(&cast.collect(), folder.path(), "model.safetensors");
        assert_close(&scores(&load(folder.path())), &expected, tolerance);
    }
}

/// In int8, a model in steps gives what the model gives that it was made of; its
/// tables are rounded, and weights once more where kernels take fewer than 8 bits of them.
#[test]
fn stored_steps_are_those_of_the_kernels() {
    let int8 = |folder: &Path| {
        let config = RecognizerConfig::default().with_precision(crate::Precision::Int8);
        scores(&Recognizer::load(folder, config).unwrap())
    };
    let files = ModelFiles::read(tiny_bert()).unwrap();
    let folder = TempDir::new().unwrap();
    files.quantize(folder.path()).unwrap();
    let quantized = ModelFiles::read(folder.path()).unwrap();
    assert!(quantized.weights.n_bytes() * 2 < files.weights.n_bytes());
    let n_parameters = |files: &ModelFiles<'_>| files.summary().unwrap().n_parameters;
    assert_eq!(n_parameters(&quantized), n_parameters(&files));
    let seven_bits = ["avx2", "avx512"].contains(&&*griot_kernels::Isa::best().to_string());
    let tolerance = if seven_bits { 0.4 } else { 0.2 };
    assert_close(&int8(folder.path()), &int8(&tiny_bert()), tolerance);
    // Steps of steps are the same steps.
    let again = TempDir::new().unwrap();
    quantized.quantize(again.path()).unwrap();
    assert_eq!(int8(again.path()), int8(folder.path()));
    assert_close(
        &scores(&load(folder.path())),
        &scores(&load(&tiny_bert())),
        0.2,
    );
}

#[test]
fn weights_that_are_not_finite_are_refused() {
    for (dtype, value) in [
        (DType::F32, f64::NAN),
        (DType::F32, f64::INFINITY),
        (DType::F16, f64::NEG_INFINITY),
        (DType::BF16, f64::NAN),
        (DType::F64, f64::NAN),
    ] {
        let mut all = tensors();
        let name = "bert.encoder.layer.1.output.dense.weight";
        let tensor = &all[name];
        let mut numbers: Vec<f64> = tensor
            .to_dtype(DType::F64)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap();
        numbers[777] = value;
        let changed = Tensor::from_vec(numbers, tensor.shape(), &Device::Cpu).unwrap();
        all.insert(name.to_owned(), changed.to_dtype(dtype).unwrap());
        let folder = folder(&["config.json", "tokenizer.json"], &[]);
        save(&all, folder.path(), "model.safetensors");
        let error = Recognizer::load(folder.path(), RecognizerConfig::default()).unwrap_err();
        let is_right = matches!(&error, Error::TensorValue { name: found, index: 777, file } if found == name && file == "model.safetensors");
        assert!(is_right, "{dtype:?} {value}: {error}");
    }
}

/// The sub-words of the tiny BERT, one a line.
fn vocab_txt() -> String {
    let json: Value =
        serde_json::from_slice(&testing::files("wordpiece").tokenizer.unwrap()).unwrap();
    let vocab = json["model"]["vocab"].as_object().unwrap();
    let mut tokens: Vec<(&String, u64)> = vocab
        .iter()
        .map(|(token, id)| (token, id.as_u64().unwrap()))
        .collect();
    tokens.sort_by_key(|(_, id)| *id);
    let lines = tokens
        .into_iter()
        .flat_map(|(token, _)| [token.as_str(), "\n"]);
    lines.collect()
}

#[test]
fn vocab_txt_is_read_as_transformers_reads_it() {
    let golden = fs::read(tiny_bert().join("golden-vocab.json")).unwrap();
    let golden: Value = serde_json::from_slice(&golden).unwrap();
    let texts: Vec<String> = serde_json::from_value(golden["texts"].clone()).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let config = case["config"].to_string();
        let folder = folder(
            &["config.json", "model.safetensors"],
            &[
                ("vocab.txt", vocab_txt().as_bytes()),
                ("tokenizer_config.json", config.as_bytes()),
            ],
        );
        let files = ModelFiles::read(folder.path()).unwrap();
        let warns = files.warnings.contains(&Warning::LowerCaseAssumed);
        assert_eq!(warns, case["config"]["do_lower_case"].is_null(), "{config}");
        let tokenizer = Tokenizer::from_bytes(&files.tokenizer.unwrap()).unwrap();
        let expected: Vec<Vec<u32>> = serde_json::from_value(case["ids"].clone()).unwrap();
        for (text, expected) in texts.iter().zip(expected) {
            let ids = tokenizer.encode(text).unwrap().ids;
            let ids = [&*tokenizer.prefix, &ids, &tokenizer.suffix].concat();
            assert_eq!(ids, expected, "{config} {text:?}");
        }
    }
}

#[test]
fn tokenizers_that_cannot_be_made_are_refused() {
    let vocab = vocab_txt();
    let config = fs::read_to_string(tiny_bert().join("config.json")).unwrap();
    let config = |model_type: &str| config.replace("\"bert\"", &format!("{model_type:?}"));
    for (model_type, files, expected) in [
        ("bert", &[("vocab.txt", "a\nb")][..], "`unk_token` is [UNK]"),
        ("bert", &[("vocab.txt", "")], "`unk_token` is [UNK]"),
        (
            "bert",
            &[("vocab.txt", &vocab), ("tokenizer_config.json", "{")],
            "tokenizer_config.json cannot be read",
        ),
        (
            "bert",
            &[
                ("vocab.txt", &vocab),
                ("tokenizer_config.json", r#"{"sep_token": "</s>"}"#),
            ],
            "`sep_token` is </s>",
        ),
        (
            "bert",
            &[
                ("vocab.txt", &vocab),
                (
                    "tokenizer_config.json",
                    r#"{"tokenizer_class": "BertJapaneseTokenizer"}"#,
                ),
            ],
            "`tokenizer_class`",
        ),
        (
            "bert",
            &[
                ("vocab.txt", &vocab),
                (
                    "tokenizer_config.json",
                    r#"{"added_tokens_decoder": {"x": {"content": "y"}}}"#,
                ),
            ],
            "`added_tokens_decoder` is x",
        ),
        (
            "bert",
            &[("spm.model", "")],
            "spm.model but no tokenizer.json",
        ),
        ("bert", &[], "needs tokenizer.json"),
        ("bert", &[("tokenizer.json", "")], "tokenizer failed"),
        (
            "bert",
            &[("tokenizer.json", r#"{"model": {"type": "WordPiece"}}"#)],
            "tokenizer failed",
        ),
    ] {
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, text)| (*name, text.as_bytes()))
            .collect();
        let config = config(model_type);
        let folder = folder(
            &["model.safetensors"],
            &[&[("config.json", config.as_bytes())], &*files].concat(),
        );
        let error = Recognizer::load(folder.path(), RecognizerConfig::default()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn labels_without_names_are_a_warning() {
    let config = fs::read_to_string(tiny_bert().join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    for (names, expected) in [
        (
            vec!["O", "PER", "ORG", "LOC", "MISC", "A", "B", "C", "D"],
            0,
        ),
        (
            vec![
                "O", "U-PER", "L-PER", "I-PER", "B-PER", "U-A", "L-A", "I-A", "B-A",
            ],
            0,
        ),
        (
            vec![
                "LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4", "LABEL_5", "LABEL_6",
                "LABEL_7", "LABEL_8",
            ],
            1,
        ),
    ] {
        let id2label: serde_json::Map<String, Value> = names
            .iter()
            .enumerate()
            .map(|(id, name)| (id.to_string(), json!(name)))
            .collect();
        config["id2label"] = id2label.into();
        let folder = folder(
            &["model.safetensors", "tokenizer.json"],
            &[("config.json", config.to_string().as_bytes())],
        );
        let recognizer = load(folder.path());
        assert_eq!(recognizer.info().warnings().len(), expected, "{names:?}");
        recognizer.tag(TEXT).unwrap();
    }
}

fn part(vocabulary: Vocabulary, missing: Missing) -> Result<Recognizer, Error> {
    let config = RecognizerConfig::default()
        .with_device(crate::Device::Cpu)
        .with_vocabulary(vocabulary)
        .with_missing(missing);
    Recognizer::from_bytes(&testing::files("wordpiece"), config)
}

#[test]
fn a_part_of_the_vocabulary_gives_the_same_results() {
    let whole = load(&tiny_bert());
    let latin = "Amadou Hampâté Bâ est né à Bandiagara en 1900 !";
    let scripts =
        |names: &[&str]| Vocabulary::Scripts(names.iter().map(|&name| name.to_owned()).collect());
    for vocabulary in [
        scripts(&["latin"]),
        scripts(&["Latn", " CYRILLIC "]),
        Vocabulary::Sample(latin.into()),
    ] {
        let part = part(vocabulary.clone(), Missing::Refuse).unwrap();
        let kept = part.info().vocabulary.unwrap();
        assert!(kept.n_kept < kept.n_all, "{kept:?}");
        assert_eq!(
            kept.bytes_saved,
            ((kept.n_all - kept.n_kept) * 32 * 4) as u64
        );
        assert_eq!(
            part.word_scores(latin).unwrap(),
            whole.word_scores(latin).unwrap(),
            "{vocabulary:?}"
        );
    }
}

#[test]
fn sub_words_that_were_left_out_are_never_silently_wrong() {
    let vocabulary = Vocabulary::Scripts(vec!["han".to_owned()]);
    let strict = part(vocabulary.clone(), Missing::Refuse).unwrap();
    let error = strict.tag("Bandiagara").unwrap_err();
    assert!(
        matches!(&error, Error::TokenNotKept { token } if "Bandiagara".starts_with(token.as_str())),
        "{error}"
    );
    let batch: Vec<Result<Vec<Mention>, Error>> = strict.tag_batch(&["1900", "Bandiagara", ""]);
    let failed: Vec<bool> = batch.iter().map(Result::is_err).collect();
    assert_eq!(failed, [false, true, false]);
    let lenient = part(vocabulary, Missing::Unknown).unwrap();
    let unknown = load(&tiny_bert()).word_scores("[UNK] 1900").unwrap();
    let found = lenient.word_scores("Kéita 1900").unwrap();
    assert_eq!(found.words.len(), 2);
    assert_eq!(found.n_tags, unknown.n_tags);
    let error = part(
        Vocabulary::Scripts(vec!["klingon".to_owned()]),
        Missing::Refuse,
    )
    .unwrap_err();
    assert!(error.to_string().contains("klingon"), "{error}");
}
