//! What the peers written in Rust share: a line of JSON in, a line of JSON out, as
//! `../src/main.rs` does for griot and `contest/serve.py` for the peers in Python.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use tokenizers::{Tokenizer, TruncationParams};

/// Most sub-words of a chunk with special tokens, and those that two chunks share.
const WINDOW: usize = 512;
const STRIDE: usize = 64;

#[derive(Deserialize)]
#[serde(tag = "cmd", rename_all = "lowercase")]
enum Command {
    Load(Load),
    Run { input: String, batch: Option<usize> },
    Scores { input: String, first: usize },
}

/// What a contender is to load.
#[derive(Deserialize)]
pub struct Load {
    /// Has config.json, tokenizer.json and weights.
    pub folder: PathBuf,
    inputs: PathBuf,
    /// Threads of a batch.
    pub threads: usize,
    /// `f32` or `int8`.
    pub precision: String,
}

/// A network that gives scores of padded sub-words.
pub trait Network: Sized {
    const VERSION: &str;

    fn load(load: &Load) -> Result<Self>;

    /// Logits, row-major [rows, length, tags], of ids and mask, row-major [rows, length].
    fn logits(&self, ids: &[u32], mask: &[u32], rows: usize, length: usize) -> Result<Vec<f32>>;
}

#[derive(Deserialize)]
struct Input {
    texts: Vec<String>,
    #[serde(default)]
    ids: Vec<Vec<u32>>,
    tokens: usize,
}

#[derive(Deserialize)]
struct Config {
    pad_token_id: u32,
    id2label: BTreeMap<usize, String>,
}

struct Contender<N> {
    network: N,
    tokenizer: Tokenizer,
    inputs: BTreeMap<String, Input>,
    pad: u32,
    tags: Vec<String>,
}

/// Answers commands until there are no more.
pub fn serve<N: Network>() -> Result<()> {
    let mut contender: Option<Contender<N>> = None;
    for line in io::stdin().lock().lines() {
        let answer = answer(&mut contender, &line?);
        let answer = answer.unwrap_or_else(|error| json!({ "error": format!("{error:#}") }));
        writeln!(io::stdout().lock(), "{answer}")?;
    }
    Ok(())
}

fn answer<N: Network>(contender: &mut Option<Contender<N>>, line: &str) -> Result<Value> {
    const NONE: &str = "nothing is loaded";
    match serde_json::from_str(line)? {
        Command::Load(load) => {
            *contender = Some(Contender::load(&load)?);
            Ok(json!({ "version": N::VERSION }))
        }
        Command::Run { input, batch } => {
            let contender = contender.as_ref().context(NONE)?;
            contender.run(&input, batch.unwrap_or(8))
        }
        Command::Scores { input, first } => {
            let contender = contender.as_ref().context(NONE)?;
            contender.scores(&input, first)
        }
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_slice(&bytes)?)
}

impl<N: Network> Contender<N> {
    fn load(load: &Load) -> Result<Self> {
        let config: Config = read(&load.folder.join("config.json"))?;
        let mut tokenizer =
            Tokenizer::from_file(load.folder.join("tokenizer.json")).map_err(anyhow::Error::msg)?;
        let truncation = TruncationParams {
            max_length: WINDOW,
            stride: STRIDE,
            ..TruncationParams::default()
        };
        tokenizer
            .with_truncation(Some(truncation))
            .map_err(anyhow::Error::msg)?;
        Ok(Self {
            network: N::load(load)?,
            tokenizer,
            inputs: read(&load.inputs)?,
            pad: config.pad_token_id,
            tags: config.id2label.into_values().collect(),
        })
    }

    fn input(&self, name: &str) -> Result<&Input> {
        let input = self.inputs.get(name);
        input.with_context(|| format!("no input {name}"))
    }

    fn run(&self, name: &str, size: usize) -> Result<Value> {
        let input = self.input(name)?;
        let started = Instant::now();
        if input.ids.is_empty() {
            self.entities(&input.texts, size)?;
        } else {
            self.forward(
                &input.ids.iter().map(Vec::as_slice).collect::<Vec<_>>(),
                size,
            )?;
        }
        let seconds = started.elapsed().as_secs_f64();
        Ok(json!({ "seconds": seconds, "tokens": input.tokens, "rss_kib": peak_kibibytes() }))
    }

    /// Logits [sub-words, tags] of each row; batches of `size` of about the same length.
    fn forward(&self, rows: &[&[u32]], size: usize) -> Result<Vec<Vec<f32>>> {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&row| std::cmp::Reverse(rows[row].len()));
        let mut found = vec![Vec::new(); rows.len()];
        for batch in order.chunks(size) {
            let length = rows[batch[0]].len();
            let mut ids = vec![self.pad; batch.len() * length];
            let mut mask = vec![0; batch.len() * length];
            for (at, &row) in batch.iter().enumerate() {
                let n_sub_words = rows[row].len();
                ids[at * length..][..n_sub_words].copy_from_slice(rows[row]);
                mask[at * length..][..n_sub_words].fill(1);
            }
            let logits = self.network.logits(&ids, &mask, batch.len(), length)?;
            let n_tags = self.tags.len();
            for (at, &row) in batch.iter().enumerate() {
                let of_row = &logits[at * length * n_tags..][..rows[row].len() * n_tags];
                found[row] = of_row.to_vec();
            }
        }
        Ok(found)
    }

    /// (text, start, end, label) from the likeliest tag of each sub-word, a long text in
    /// chunks that overlap.
    fn entities(
        &self,
        texts: &[String],
        size: usize,
    ) -> Result<Vec<(usize, usize, usize, String)>> {
        let encodings = self
            .tokenizer
            .encode_batch(texts.iter().map(String::as_str).collect(), true)
            .map_err(anyhow::Error::msg)?;
        let chunks: Vec<_> = encodings
            .iter()
            .enumerate()
            .flat_map(|(text, first)| {
                std::iter::once(first)
                    .chain(first.get_overflowing())
                    .map(move |chunk| (text, chunk))
            })
            .collect();
        let rows: Vec<&[u32]> = chunks.iter().map(|(_, chunk)| chunk.get_ids()).collect();
        let mut found = Vec::new();
        for ((text, chunk), logits) in chunks.iter().zip(self.forward(&rows, size)?) {
            let mut open: Option<(usize, usize, usize, String)> = None;
            for (unit, row) in logits.chunks_exact(self.tags.len()).enumerate() {
                let tag = &self.tags[likeliest(row)];
                let (position, label) = tag.split_once('-').unwrap_or(("O", ""));
                let (start, end) = chunk.get_offsets()[unit];
                let special = chunk.get_special_tokens_mask()[unit] == 1;
                match &mut open {
                    Some(mention) if !special && "IE".contains(position) && mention.3 == label => {
                        mention.2 = end;
                    }
                    _ => {
                        found.extend(open.take());
                        if !special && !label.is_empty() {
                            open = Some((*text, start, end, label.to_owned()));
                        }
                    }
                }
            }
            found.extend(open);
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// Log-probabilities without those of the special tokens.
    fn scores(&self, name: &str, first: usize) -> Result<Value> {
        let rows = &self.input(name)?.ids;
        let rows: Vec<&[u32]> = rows.iter().take(first).map(Vec::as_slice).collect();
        let n_tags = self.tags.len();
        let log_probs: Vec<Vec<f64>> = self
            .forward(&rows, rows.len().max(1))?
            .iter()
            .map(|logits| {
                let inner = &logits[n_tags..logits.len() - n_tags];
                inner.chunks_exact(n_tags).flat_map(log_softmax).collect()
            })
            .collect();
        Ok(json!({ "log_probs": log_probs }))
    }
}

fn likeliest(row: &[f32]) -> usize {
    let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(tag, _)| tag)
}

fn log_softmax(row: &[f32]) -> Vec<f64> {
    let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|x| f64::from(x - highest).exp()).sum();
    row.iter()
        .map(|x| f64::from(x - highest) - sum.ln())
        .collect()
}

/// The most memory this process had, where the system tells.
fn peak_kibibytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
