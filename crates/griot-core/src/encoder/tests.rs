use std::collections::HashMap;
use std::fs;

use candle_core::safetensors::load_buffer;
use candle_core::{Device, IndexOp};

use super::*;
use crate::manifest::Manifest;
use crate::testing::{files, folder, golden};

const TOLERANCE: f32 = 1e-4;

fn encoder(hidden_act: &str) -> Transformer {
    let mut files = files("wordpiece");
    let config = String::from_utf8(files.config.to_vec()).unwrap();
    let config = config.replace("\"gelu\"", &format!("{hidden_act:?}"));
    files.config = config.into_bytes().into();
    let manifest = Manifest::from_json(&files.config).unwrap();
    match Encoder::load(&manifest, &files, &Device::Cpu).unwrap() {
        Encoder::SubWords { model, .. } => *model,
        Encoder::Words(_) => unreachable!("the configuration says bert"),
    }
}

fn golden_scores() -> HashMap<String, Tensor> {
    let bytes = fs::read(folder().join("golden.safetensors")).unwrap();
    load_buffer(&bytes, &Device::Cpu).unwrap()
}

fn assert_close(scores: &Tensor, expected: &Tensor, name: &str) {
    let difference = (scores - expected)
        .unwrap()
        .abs()
        .unwrap()
        .flatten_all()
        .unwrap();
    let difference: f32 = difference.max(0).unwrap().to_scalar().unwrap();
    assert!(difference < TOLERANCE, "{name}: {difference}");
}

#[test]
fn scores_are_those_of_transformers() {
    let encoder = encoder("gelu");
    let (golden, expected) = (golden(), golden_scores());
    for tokenizer in ["wordpiece", "unigram"] {
        let rows = golden.tokenizers[tokenizer]
            .iter()
            .map(|encoding| encoding.ids.clone());
        let rows: Vec<Vec<u32>> = rows.collect();
        let batch = encoder.forward(&rows).unwrap();
        for (index, row) in rows.iter().enumerate() {
            let name = format!("{tokenizer}.{index}");
            let single = encoder.forward(std::slice::from_ref(row)).unwrap();
            assert_close(&single.i(0).unwrap(), &expected[&name], &name);
            // The mask must hide the padding of a batch of all lengths.
            assert_close(
                &batch.i((index, ..row.len())).unwrap(),
                &expected[&name],
                &name,
            );
        }
    }
}

#[test]
fn activations_are_those_of_transformers() {
    let (golden, expected) = (golden(), golden_scores());
    let ids = &golden.tokenizers["wordpiece"][0].ids;
    for hidden_act in ["gelu_new", "relu"] {
        let scores = encoder(hidden_act)
            .forward(std::slice::from_ref(ids))
            .unwrap();
        assert_close(
            &scores.i(0).unwrap(),
            &expected[&format!("{hidden_act}.0")],
            hidden_act,
        );
    }
}

#[test]
fn ids_without_embedding_are_refused() {
    let encoder = encoder("gelu");
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
