//! Folders that are no models, or want to do harm, give an error that says what
//! is wrong and where.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use griot::{ModelFiles, Recognizer, RecognizerConfig};
use proptest::prelude::*;
use serde::Deserialize;
use tempfile::TempDir;

use crate::repository;

/// What a hostile folder lacks of the tiny BERT, and what must be said of it.
#[derive(Deserialize)]
struct Expected {
    without: Vec<String>,
    error: Vec<String>,
}

fn tiny_bert() -> PathBuf {
    repository("crates/griot-core/tests/data/tiny-bert")
}

fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// The tiny BERT without some files.
fn model(without: &[String]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        if !without.iter().any(|other| other == name) {
            fs::copy(tiny_bert().join(name), folder.path().join(name)).unwrap();
        }
    }
    folder
}

/// The error and its causes.
fn error_of(folder: &Path) -> Option<String> {
    let error = Recognizer::load(folder, RecognizerConfig::default()).err()?;
    let mut message = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    Some(message)
}

#[test]
fn hostile_folders_are_refused() {
    assert_eq!(error_of(model(&[]).path()), None);
    let mut n_cases = 0;
    let mut failures = Vec::new();
    for entry in fs::read_dir(repository("tests/data/hostile")).unwrap() {
        let case = entry.unwrap().path();
        let expected = fs::read(case.join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_slice(&expected).unwrap();
        let folder = model(&expected.without);
        copy_files(&case, folder.path());
        let found = error_of(folder.path()).unwrap_or_else(|| "it loads".to_owned());
        if let Some(part) = expected.error.iter().find(|part| !found.contains(*part)) {
            let name = case.file_name().unwrap().to_string_lossy();
            failures.push(format!("{name}: no {part:?} in {found:?}"));
        }
        n_cases += 1;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(n_cases > 50, "{n_cases}");
}

/// Files too large to keep: their lengths are read, and nothing else.
#[test]
fn huge_files_are_refused_before_they_are_read() {
    for (name, without) in [
        ("config.json", &[][..]),
        ("tokenizer.json", &[]),
        ("model.safetensors.index.json", &["model.safetensors"]),
        ("tokenizer_config.json", &["tokenizer.json"]),
        ("vocab.txt", &["tokenizer.json"]),
    ] {
        let without: Vec<String> = without.iter().map(|&name: &&str| name.to_owned()).collect();
        let folder = model(&without);
        if name == "tokenizer_config.json" {
            fs::write(folder.path().join("vocab.txt"), "[UNK]\n").unwrap();
        }
        let file = File::create(folder.path().join(name)).unwrap();
        file.set_len(2 << 30).unwrap();
        let error = error_of(folder.path()).unwrap();
        assert!(
            error.contains(name) && error.contains("2147483648 bytes"),
            "{error}"
        );
    }
    // All zeros: a header of no bytes.
    let folder = model(&["model.safetensors".to_owned()]);
    let file = File::create(folder.path().join("model.safetensors")).unwrap();
    file.set_len(2 << 30).unwrap();
    let error = error_of(folder.path()).unwrap();
    assert!(error.contains("model.safetensors is damaged"), "{error}");
}

#[test]
fn what_is_no_file_is_refused() {
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        for target in ["/dev/zero", "/", "/no/such/file"] {
            let folder = model(&[name.to_owned()]);
            symlink(target, folder.path().join(name)).unwrap();
            let error = error_of(folder.path()).unwrap();
            assert!(error.contains(name), "{name} to {target}: {error}");
        }
    }
}

/// Wherever a file of weights is cut, nothing of it is loaded.
#[test]
fn weights_that_are_cut_are_refused() {
    for (name, steps) in [("model.safetensors", 997), ("pytorch_model.bin", 4999)] {
        let whole = fs::read(tiny_bert().join(name)).unwrap();
        let folder = model(&["model.safetensors".to_owned()]);
        let cuts = (0..20)
            .chain((20..whole.len()).step_by(steps))
            .chain([whole.len() - 1]);
        for length in cuts {
            fs::write(folder.path().join(name), &whole[..length]).unwrap();
            let error = error_of(folder.path());
            assert!(
                error.is_some_and(|error| error.contains(name)),
                "{name} {length}"
            );
        }
    }
}

/// The function that `fuzz/fuzz_targets/model_files.rs` calls as well.
fn read_anything(config: &[u8], tokenizer_config: &[u8], index: &[u8]) {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in [
        ("config.json", config),
        ("tokenizer_config.json", tokenizer_config),
        ("model.safetensors.index.json", index),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    fs::write(folder.path().join("vocab.txt"), "[UNK]\n[CLS]\n[SEP]\n").unwrap();
    fs::write(folder.path().join("a.safetensors"), b"\x02\0\0\0\0\0\0\0{}").unwrap();
    if let Ok(files) = ModelFiles::read(folder.path()) {
        let _ = files.summary();
        assert!(Recognizer::from_bytes(&files, RecognizerConfig::default()).is_err());
    }
}

/// JSON whose keys are those that are looked for, with values of all kinds.
fn json() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "model_type",
        "id2label",
        "label2id",
        "num_labels",
        "vocab_size",
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "intermediate_size",
        "pad_token_id",
        "max_position_embeddings",
        "type_vocab_size",
        "layer_norm_eps",
        "hidden_act",
        "do_lower_case",
        "unk_token",
        "added_tokens_decoder",
        "tokenizer_class",
        "weight_map",
        "0",
        "1",
    ]);
    let leaf = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "1",
        "-1",
        "1e400",
        "0.5",
        "18446744073709551615",
        "\"bert\"",
        "\"distilbert\"",
        "\"griot-words\"",
        "\"O\"",
        "\"B-PER\"",
        "\"[UNK]\"",
        "\"\"",
        "\"a.safetensors\"",
        "\"../a.safetensors\"",
        "\"gelu\"",
        "[]",
        "{}",
    ]);
    let leaf = leaf.prop_map(str::to_owned);
    let object = move |inner: BoxedStrategy<String>| {
        prop::collection::vec((key.clone(), inner), 0..12).prop_map(|pairs| {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("\"{key}\": {value}"))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        })
    };
    leaf.prop_recursive(3, 64, 12, move |inner| object(inner.boxed()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_in_a_configuration_makes_it_panic(config in json(), tokenizer in json(), index in json()) {
        read_anything(config.as_bytes(), tokenizer.as_bytes(), index.as_bytes());
    }

    #[test]
    fn no_bytes_make_it_panic(config in any::<Vec<u8>>(), index in any::<Vec<u8>>()) {
        read_anything(&config, b"{}", &index);
        read_anything(br#"{"model_type": "bert", "id2label": {"0": "O"}}"#, &config, &index);
    }
}
