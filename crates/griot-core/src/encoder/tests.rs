use std::collections::HashMap;
use std::fs;

use candle_core::safetensors::load_buffer;
use candle_core::{Device, Tensor};
use griot_kernels::{Isa, Precision};

use super::*;
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
