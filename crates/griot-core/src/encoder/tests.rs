use std::collections::HashMap;
use std::fs;
use std::path::Path;

use candle_core::safetensors::load_buffer;
use candle_core::{Device, Tensor};
use griot_kernels::{Isa, Precision};

use super::*;
use crate::ModelFiles;
use crate::manifest::Manifest;
use crate::testing::{files, folder, golden};

const TOLERANCE: f32 = 1e-4;

/// Both engines, and the kernels with every set of instructions.
fn backends() -> impl Iterator<Item = Backend> {
    let kernels = Isa::available().map(|isa| Backend::Kernels(Precision::F32, isa));
    kernels.chain([Backend::Candle])
}

fn encoder(hidden_act: &str, backend: Backend) -> Transformer {
    let mut files = files("wordpiece");
    let config = String::from_utf8(files.config.to_vec()).unwrap();
    let config = config.replace("\"gelu\"", &format!("{hidden_act:?}"));
    files.config = config.into_bytes().into();
    let manifest = Manifest::from_json(&files.config).unwrap();
    match Encoder::load(&manifest, &files, &Device::Cpu, backend).unwrap() {
        Encoder::SubWords { model, .. } => *model,
        Encoder::Words(_) => unreachable!("the configuration says bert"),
    }
}

fn golden_scores() -> HashMap<String, Vec<f32>> {
    let bytes = fs::read(folder().join("golden.safetensors")).unwrap();
    let tensors = load_buffer(&bytes, &Device::Cpu).unwrap().into_iter();
    let numbers = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1().unwrap();
    tensors
        .map(|(name, tensor)| (name, numbers(tensor)))
        .collect()
}

fn assert_close(scores: &[f32], expected: &[f32], name: &str) {
    assert_eq!(scores.len(), expected.len(), "{name}");
    for (score, expected) in scores.iter().zip(expected) {
        let difference = (score - expected).abs();
        assert!(difference < TOLERANCE, "{name}: {score} for {expected}");
    }
}

#[test]
fn scores_are_those_of_transformers() {
    let (golden, expected) = (golden(), golden_scores());
    for backend in backends() {
        let encoder = encoder("gelu", backend);
        for tokenizer in ["wordpiece", "unigram"] {
            let rows = golden.tokenizers[tokenizer].iter();
            let rows: Vec<Vec<u32>> = rows.map(|encoding| encoding.ids.clone()).collect();
            let batch = encoder.forward(&rows).unwrap();
            for (index, row) in rows.iter().enumerate() {
                let name = format!("{tokenizer}.{index}");
                let single = encoder.forward(std::slice::from_ref(row)).unwrap();
                assert_close(&single[0], &expected[&name], &name);
                assert_close(&batch[index], &expected[&name], &name);
                if backend != Backend::Candle {
                    assert_eq!(
                        single[0], batch[index],
                        "what is beside a row changes nothing"
                    );
                }
            }
        }
    }
}

#[test]
fn activations_are_those_of_transformers() {
    let (golden, expected) = (golden(), golden_scores());
    let ids = &golden.tokenizers["wordpiece"][0].ids;
    for backend in backends() {
        for hidden_act in ["gelu_new", "relu"] {
            let encoder = encoder(hidden_act, backend);
            let scores = encoder.forward(std::slice::from_ref(ids)).unwrap();
            assert_close(
                &scores[0],
                &expected[&format!("{hidden_act}.0")],
                hidden_act,
            );
        }
    }
}

/// The tiny checkpoints of every family (`tests/parity/fixtures.py`), with their names.
fn families() -> Vec<(String, ModelFiles<'static>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/parity");
    let family = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, ModelFiles::read(entry.path()).unwrap())
    };
    let families = fs::read_dir(folder).unwrap();
    families.map(|entry| family(entry.unwrap())).collect()
}

/// What every family gives with every set of instructions is close to what Candle gives,
/// and the same bits whatever rows are beside it.
#[test]
fn families_are_the_same_with_every_set_of_instructions() {
    let texts = [
        "Le Mali et la Russie à Bamako.".to_owned(),
        "Wagner".to_owned(),
        "Лавров est reçu par Assimi Goïta à Koulouba, dit l'AFP. ".repeat(5),
    ];
    // The greatest differences seen were 4e-5, 0.23 and 1.2, all of ModernBERT, whose
    // random weights make scores far apart.
    let tolerances = [
        (Precision::F32, TOLERANCE),
        (Precision::Bf16, 0.3),
        (Precision::Int8, 1.5),
    ];
    for (name, files) in families() {
        let manifest = Manifest::from_json(&files.config).unwrap();
        let load = |backend| Encoder::load(&manifest, &files, &Device::Cpu, backend).unwrap();
        let candle = load(Backend::Candle);
        let rows: Vec<Vec<u32>> = (texts.iter())
            .map(|text| candle.sub_words(text).unwrap().ids)
            .collect();
        let rows: Vec<&[u32]> = (rows.iter())
            .map(|row| &row[..row.len().min(candle.window_max())])
            .collect();
        let expected = candle.forward(&rows).unwrap();
        for isa in Isa::available() {
            for (precision, tolerance) in tolerances {
                let encoder = load(Backend::Kernels(precision, isa));
                let batch = encoder.forward(&rows).unwrap();
                for ((row, scores), expected) in rows.iter().zip(&batch).zip(&expected) {
                    let what = format!("{name}, {isa}, {precision:?}");
                    assert_eq!(&encoder.forward(&[row]).unwrap()[0], scores, "{what}");
                    for (score, expected) in scores.iter().zip(expected) {
                        let difference = (score - expected).abs();
                        assert!(difference < tolerance, "{what}: {score} for {expected}");
                    }
                }
            }
        }
    }
}

#[test]
fn ids_without_embedding_are_refused() {
    let encoder = encoder("gelu", Backend::Candle);
    assert!(encoder.check_ids(&[0, 639]).is_ok());
    let error = encoder.check_ids(&[0, 640, 641]).unwrap_err();
    assert!(
        matches!(
            error,
            Error::TokenId {
                id: 640,
                vocab_size: 640
            }
        ),
        "{error}"
    );
}
