//! Every family gives what transformers gives, on the tiny checkpoints of
//! `tests/data/parity` (`tests/parity/fixtures.py` makes them).

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use griot::write::hf;
use griot::{Aggregation, Device, Engine, ModelFiles, Recognizer, RecognizerConfig, SubWordScores};
use safetensors::SafeTensors;
use serde_json::Value;

use crate::repository;

/// Of logarithms of probabilities, and of scores.
const TOLERANCE: f32 = 1e-4;

/// The tokenizers of all variants put one token before a text and one after.
const N_SPECIAL: usize = 2;

/// The folders of the variants.
fn variants() -> Vec<PathBuf> {
    let entries = fs::read_dir(repository("tests/data/parity")).expect("a folder");
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    folders.sort();
    folders
}

fn load(folder: &Path, config: RecognizerConfig) -> Recognizer {
    let recognizer = Recognizer::load(folder, config.with_device(Device::Cpu));
    recognizer.unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn strings(values: &Value) -> Vec<String> {
    let values = values.as_array().unwrap().iter();
    values
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

/// What transformers computed for a text, special tokens included.
struct Golden {
    ids: Vec<u32>,
    log_probs: Vec<f32>,
}

fn golden(tensors: &SafeTensors<'_>, index: usize) -> Golden {
    let words = |name: &str| -> Vec<[u8; 4]> {
        let tensor = tensors.tensor(&format!("{index}.{name}")).unwrap();
        tensor.data().as_chunks().0.to_vec()
    };
    Golden {
        ids: words("ids").into_iter().map(u32::from_le_bytes).collect(),
        log_probs: words("log_probs")
            .into_iter()
            .map(f32::from_le_bytes)
            .collect(),
    }
}

/// The largest difference.
fn compare(scores: &SubWordScores, golden: &Golden, what: &str) -> f32 {
    let ids = &golden.ids[1..golden.ids.len() - 1];
    assert_eq!(scores.ids, ids, "{what}");
    let n_tags = golden.log_probs.len() / golden.ids.len();
    let expected = &golden.log_probs[n_tags..golden.log_probs.len() - n_tags];
    assert_eq!(scores.log_probs.len(), expected.len(), "{what}");
    let differences = scores
        .log_probs
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f32::max)
}

/// Alone and in batches, up to the longest text that the model can read, by both
/// engines.
#[test]
fn scores_are_those_of_transformers() {
    for folder in variants() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let texts = strings(&json(&folder.join("logits.json")));
        let bytes = fs::read(folder.join("logits.safetensors")).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        for engine in [Engine::Kernels, Engine::Candle] {
            let config = RecognizerConfig::default().with_engine(engine);
            let single = load(&folder, config.clone());
            let batch = load(&folder, config.with_batch_tokens(1 << 20));
            let batch = batch.sub_word_scores(&texts);
            let mut worst: f32 = 0.0;
            for (index, (text, batched)) in texts.iter().zip(batch).enumerate() {
                let golden = golden(&tensors, index);
                for scores in [batched, single.sub_word_scores(&[text]).remove(0)] {
                    let what = format!("{name} by {engine}: {text:?}");
                    let difference = compare(&scores.expect("scores"), &golden, &what);
                    assert!(difference < TOLERANCE, "{what}: {difference}");
                    worst = worst.max(difference);
                }
            }
            eprintln!(
                "{name} by {engine}: {} texts within {worst:.1e}",
                texts.len()
            );
        }
    }
}

/// A field of a configuration that nothing here computes is an error that names it.
#[test]
fn what_is_not_supported_is_refused() {
    for (variant, from, to, message) in [
        (
            "deberta-v2-conv",
            "\"conv_kernel_size\": 3",
            "\"conv_kernel_size\": 5",
            "`conv_kernel_size` is 5, expected 0 or 3",
        ),
        (
            "deberta-v2-conv",
            "\"c2p\"",
            "\"p2p\"",
            "`pos_att_type` is [\"p2p\"], expected c2p and p2c",
        ),
        (
            "deberta-v2",
            "\"layer_norm\"",
            "\"rms_norm\"",
            "`norm_rel_ebd` is \"rms_norm\", expected \"none\" or \"layer_norm\"",
        ),
        (
            "deberta-v2",
            "\"hidden_size\": 24",
            "\"hidden_size\": 24, \"attention_head_size\": 12",
            "`attention_head_size` is 12, expected `hidden_size` by `num_attention_heads`",
        ),
        (
            "modernbert",
            "\"rope_type\": \"default\"",
            "\"rope_type\": \"yarn\"",
            "`rope_parameters` is \"yarn\", expected the type \"default\"",
        ),
        (
            "modernbert",
            "\"num_hidden_layers\": 4",
            "\"num_hidden_layers\": 3",
            "`layer_types` is [Full, Sliding, Sliding, Full], expected one type a layer",
        ),
        (
            "roberta",
            "\"pad_token_id\": 1",
            "\"pad_token_id\": null",
            "`pad_token_id` is null, expected the id of padding",
        ),
        (
            "distilbert",
            "\"gelu\"",
            "\"mish\"",
            "`activation` is \"mish\", expected gelu, gelu_python, gelu_new, gelu_fast, \
             gelu_accurate, gelu_pytorch_tanh, gelu_python_tanh, quick_gelu, silu, swish, relu or tanh",
        ),
    ] {
        let mut files = ModelFiles::read(repository("tests/data/parity").join(variant)).unwrap();
        let config = String::from_utf8(files.config.to_vec()).unwrap();
        assert!(config.contains(from), "{variant}: {config}");
        files.config = config.replace(from, to).into_bytes().into();
        let error = Recognizer::from_bytes(&files, RecognizerConfig::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("config.json: {message}"),
            "{variant}"
        );
    }
}

fn aggregation(name: &Value) -> Aggregation {
    match name.as_str().unwrap() {
        "none" => Aggregation::None,
        "simple" => Aggregation::Simple,
        "first" => Aggregation::First,
        "average" => Aggregation::Average,
        "max" => Aggregation::Max,
        other => panic!("{other}"),
    }
}

/// [label, score, word, start, end, perhaps index], from what the writer wrote.
fn fields(found: &Value) -> Vec<Value> {
    let label = found.get("entity").or(found.get("entity_group"));
    let others = ["score", "word", "start", "end", "index"].map(|name| found.get(name));
    std::iter::once(label)
        .chain(others)
        .flatten()
        .cloned()
        .collect()
}

#[track_caller]
fn assert_entities(found: &Value, expected: &Value, what: &str) {
    let found: Vec<_> = found.as_array().unwrap().iter().map(fields).collect();
    let expected: Vec<_> = expected.as_array().unwrap().iter().collect();
    assert_eq!(
        found.len(),
        expected.len(),
        "{what}: {found:?} for {expected:?}"
    );
    for (found, expected) in found.iter().zip(expected) {
        for (index, (value, expected)) in found.iter().zip(expected.as_array().unwrap()).enumerate()
        {
            let is_same = match index {
                1 => {
                    (value.as_f64().unwrap() - expected.as_f64().unwrap()).abs() < TOLERANCE.into()
                }
                _ => value == expected,
            };
            assert!(is_same, "{what}: {found:?} for {expected:?}");
        }
        assert_eq!(found.len(), expected.as_array().unwrap().len(), "{what}");
    }
}

/// Every sentence, every strategy, and overlapping chunks, as `--format hf` writes
/// them.
#[test]
fn entities_are_those_of_the_pipeline() {
    let sentences = json(&repository("tests/parity/sentences.json"));
    let languages = sentences.as_array().unwrap();
    let texts = languages.iter().flat_map(|part| strings(&part["texts"]));
    let texts: Vec<String> = texts.collect();
    assert!(texts.len() >= 200 && languages.len() >= 12);
    let mut n_families = 0;
    for folder in variants() {
        let Ok(file) = fs::File::open(folder.join("pipeline.json.gz")) else {
            continue;
        };
        n_families += 1;
        let mut runs = String::new();
        GzDecoder::new(file).read_to_string(&mut runs).unwrap();
        let runs: Value = serde_json::from_str(&runs).unwrap();
        for run in runs["runs"].as_array().unwrap() {
            check_run(&folder, &texts, run);
        }
    }
    assert!(n_families >= 8);
}

fn check_run(folder: &Path, texts: &[String], run: &Value) {
    let mut config = RecognizerConfig::default();
    if let Some(chunk) = run["chunk"].as_u64() {
        config = config.with_window(chunk as usize - N_SPECIAL);
    }
    let stride = run["stride"].as_u64().map(|stride| stride as usize);
    let recognizer = load(folder, config);
    let strategy = aggregation(&run["aggregation"]);
    let results = recognizer.pipeline_entities_batch(texts, strategy, stride);
    let expected = run["entities"].as_array().unwrap();
    assert_eq!(results.len(), expected.len());
    for ((text, found), expected) in texts.iter().zip(results).zip(expected) {
        let mut writer = hf::Writer::new(Vec::new());
        writer.write(text, &found.unwrap()).unwrap();
        let found: Value = serde_json::from_slice(&writer.into_inner()).unwrap();
        let what = format!("{} {strategy:?} {stride:?} {text:?}", folder.display());
        assert_entities(&found, expected, &what);
    }
}
