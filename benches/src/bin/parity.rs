//! How far is griot from transformers on a model of full size, and how long do
//! they take?
//!
//! ```text
//! OMP_NUM_THREADS=1 python tests/parity/full_size.py --full xlm-roberta-base FOLDER
//! cargo run --release -p griot-benches --bin parity -- FOLDER
//! ```

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use griot::{Device, Recognizer, RecognizerConfig, SubWordScores};
use safetensors::SafeTensors;
use serde_json::Value;

const HEAD: &str = "\
| shape | parameters | texts | largest | mean | transformers s | griot s | load s | transformers MB | griot MB |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|";

type AnyError = Box<dyn std::error::Error>;

fn main() -> Result<(), AnyError> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or("which folder of tests/parity/full_size.py?")?;
    let golden: Value = serde_json::from_slice(&fs::read(folder.join("logits.json"))?)?;
    let texts = golden["texts"].as_array().into_iter().flatten();
    let texts: Vec<&str> = texts.filter_map(Value::as_str).collect();
    let config = RecognizerConfig::default()
        .with_device(Device::Cpu)
        .with_threads(1);
    let started = Instant::now();
    let recognizer = Recognizer::load(&folder, config)?;
    let loading = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let scores: Result<Vec<SubWordScores>, _> = (texts.iter())
        .map(|text| recognizer.sub_word_scores(&[text]).remove(0))
        .collect();
    let seconds = started.elapsed().as_secs_f64();
    let difference = difference(&folder, &scores?)?;
    let python = &golden["transformers"];
    let mut out = io::stdout().lock();
    writeln!(out, "{HEAD}")?;
    writeln!(
        out,
        "| {} | {} M | {} | {:.1e} | {:.1e} | {} | {seconds:.2} | {loading:.1} | {} | {} |",
        golden["shape"].as_str().unwrap_or_default(),
        python["n_parameters"].as_u64().unwrap_or_default() / 1_000_000,
        texts.len(),
        difference.largest,
        difference.mean,
        python["seconds"],
        python["peak_mb"],
        peak_megabytes().map_or_else(|| "?".to_owned(), |megabytes| megabytes.to_string()),
    )?;
    Ok(())
}

/// Of log-probabilities.
struct Difference {
    largest: f32,
    mean: f32,
}

fn difference(folder: &Path, scores: &[SubWordScores]) -> Result<Difference, AnyError> {
    let bytes = fs::read(folder.join("logits.safetensors"))?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    let (mut largest, mut sum, mut count): (f32, f32, usize) = (0.0, 0.0, 0);
    for (index, scores) in scores.iter().enumerate() {
        let tensor = tensors.tensor(&format!("{index}.log_probs"))?;
        let values = tensor.data().as_chunks().0.iter();
        let values: Vec<f32> = values.map(|&bytes| f32::from_le_bytes(bytes)).collect();
        // One special token at each end.
        let n_tags = tensor.shape()[1];
        let expected = &values[n_tags..values.len() - n_tags];
        if expected.len() != scores.log_probs.len() {
            return Err(format!("text {index} has other sub-words").into());
        }
        for (found, expected) in scores.log_probs.iter().zip(expected) {
            largest = largest.max((found - expected).abs());
            sum += (found - expected).abs();
        }
        count += expected.len();
    }
    Ok(Difference {
        largest,
        mean: sum / count as f32,
    })
}

/// The most memory this process had, where the system tells.
fn peak_megabytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024)
}
