//! griot as a contender of `run.py`: a line of JSON in, a line of JSON out.
//!
//! ```text
//! {"cmd": "load", "folder": "w1", "inputs": "w1/inputs.json", "threads": 2, "precision": "f32",
//!  "engine": "kernels"}
//! {"cmd": "run", "input": "sent"}              -> {"seconds": 1.5, "tokens": 8986, "rss_kib": 900000}
//! {"cmd": "scores", "input": "sent", "first": 4} -> {"log_probs": [[..], ..]}
//! ```
//!
//! What cannot be done is answered by `{"error": ".."}`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use griot_core::{Device, Engine, Precision, Recognizer, RecognizerConfig};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(tag = "cmd", rename_all = "lowercase")]
enum Command {
    Load(Load),
    Run { input: String },
    Scores { input: String, first: usize },
}

#[derive(Deserialize)]
struct Load {
    /// The model; the embedded one if there is none.
    folder: Option<PathBuf>,
    inputs: PathBuf,
    threads: usize,
    precision: String,
    engine: String,
    /// Most units that go through the model at once.
    window: Option<usize>,
}

/// Texts that are run together.
#[derive(Deserialize)]
struct Input {
    texts: Vec<String>,
    /// As the model counts them, special tokens included.
    tokens: usize,
    /// Whether entities are asked for, or scores alone.
    entities: bool,
}

struct Contender {
    recognizer: Recognizer,
    inputs: BTreeMap<String, Input>,
    reads_words: bool,
}

fn main() -> Result<()> {
    let mut contender = None;
    for line in io::stdin().lock().lines() {
        let answer = answer(&mut contender, &line?);
        let answer = answer.unwrap_or_else(|error| json!({ "error": format!("{error:#}") }));
        writeln!(io::stdout().lock(), "{answer}")?;
    }
    Ok(())
}

fn answer(contender: &mut Option<Contender>, line: &str) -> Result<Value> {
    const NONE: &str = "nothing is loaded";
    match serde_json::from_str(line)? {
        Command::Load(load) => {
            let loaded = contender.insert(Contender::load(&load)?);
            let info = format!("{:?}", loaded.recognizer.info());
            Ok(json!({ "version": concat!("griot ", env!("CARGO_PKG_VERSION")), "info": info }))
        }
        Command::Run { input } => contender.as_ref().context(NONE)?.run(&input),
        Command::Scores { input, first } => contender.as_ref().context(NONE)?.scores(&input, first),
    }
}

impl Contender {
    fn load(load: &Load) -> Result<Self> {
        let mut config = RecognizerConfig::default()
            .with_device(Device::Cpu)
            .with_engine(named(&[Engine::Kernels, Engine::Candle], &load.engine)?)
            .with_precision(named(&PRECISIONS, &load.precision)?)
            .with_threads(load.threads);
        config.window = load.window;
        let recognizer = match &load.folder {
            Some(folder) => Recognizer::load(folder, config)?,
            None => Recognizer::embedded_with(config)?,
        };
        Ok(Self {
            recognizer,
            inputs: inputs(&load.inputs)?,
            reads_words: load.folder.is_none(),
        })
    }

    fn input(&self, name: &str) -> Result<&Input> {
        let input = self.inputs.get(name);
        input.with_context(|| format!("no input {name}"))
    }

    fn run(&self, input: &str) -> Result<Value> {
        let input = self.input(input)?;
        let started = Instant::now();
        if input.entities {
            let mentions = self.recognizer.tag_batch(&input.texts).into_iter();
            mentions.collect::<Result<Vec<_>, _>>()?;
        } else {
            let scores = self.recognizer.sub_word_scores(&input.texts).into_iter();
            scores.collect::<Result<Vec<_>, _>>()?;
        }
        let seconds = started.elapsed().as_secs_f64();
        Ok(json!({ "seconds": seconds, "tokens": input.tokens, "rss_kib": peak_kibibytes() }))
    }

    /// Log-probabilities of the units of the first texts, row-major [units, tags].
    fn scores(&self, input: &str, first: usize) -> Result<Value> {
        let texts = &self.input(input)?.texts;
        let texts = &texts[..first.min(texts.len())];
        let of_words = |text: &String| Ok(self.recognizer.word_scores(text)?.log_probs);
        let log_probs: Result<Vec<Vec<f32>>> = if self.reads_words {
            texts.iter().map(of_words).collect()
        } else {
            let scores = self.recognizer.sub_word_scores(texts).into_iter();
            scores.map(|scores| Ok(scores?.log_probs)).collect()
        };
        Ok(json!({ "log_probs": log_probs? }))
    }
}

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::BF16, Precision::Int8];

fn named<T: Copy + ToString>(all: &[T], name: &str) -> Result<T> {
    let found = all.iter().find(|found| found.to_string() == name);
    found.copied().with_context(|| format!("{name} is unknown"))
}

fn inputs(file: &Path) -> Result<BTreeMap<String, Input>> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// The most memory this process had, where the system tells.
fn peak_kibibytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
