//! What do lower precisions cost?
//!
//! ```text
//! cargo run --release -p griot-benches --bin precision -- [--gate] [--model DIR] FILE.conll...
//! ```
//!
//! Tags each file with a model, the embedded one by default, in each precision, by the kernels and by
//! Candle, and prints strict span F1 against its labels, and the share of words whose
//! likeliest tag is that of Candle in 32 bits. A file has a word and a tag a line, and
//! is read as text. Labels that the model or the file lacks do not count.
//!
//! With `--gate` the exit status is 1 if a set loses more than is allowed: 0.3 points
//! of F1 in int8, 0.1 in bf16, 0.05 by the kernels in 32 bits, or if less than 99.7 %
//! of the words keep their likeliest tag.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use griot::read::conll::{self, TaggedDocument};
use griot::score::{ScoreConfig, score};
use griot::{
    Device, Document, Engine, LabelledDocument, OffsetUnit, Pipeline, Precision, Recognizer,
    RecognizerConfig,
};

/// What computes, and how much F1 a set may lose by it, in points. The first is what
/// the others are compared with.
const MODES: [(Engine, Precision, f64); 4] = [
    (Engine::Candle, Precision::F32, 0.0),
    (Engine::Kernels, Precision::F32, 0.05),
    (Engine::Kernels, Precision::BF16, 0.1),
    (Engine::Kernels, Precision::Int8, 0.3),
];

/// Least share of words with the same likeliest tag, in percent.
const SAME_LEAST: f64 = 99.7;

fn main() -> Result<ExitCode> {
    let (mut model, mut has_gate, mut files) = (None, false, Vec::<PathBuf>::new());
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--gate") => has_gate = true,
            Some("--model") => model = Some(arguments.next().context("--model without DIR")?),
            _ => files.push(argument.into()),
        }
    }
    ensure!(!files.is_empty(), "which files?");
    let mut out = io::stdout().lock();
    let modes = MODES.map(|(engine, precision, _)| {
        let config = RecognizerConfig::default()
            .with_device(Device::Cpu)
            .with_engine(engine)
            .with_precision(precision);
        match &model {
            Some(folder) => Recognizer::load(folder, config),
            None => Recognizer::embedded_with(config),
        }
    });
    let modes = modes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let columns = modes.iter().map(|mode| {
        let info = mode.info();
        format!(" {} {} F1 | same % |", info.engine, info.precision)
    });
    writeln!(out, "| set | words |{}", columns.collect::<String>())?;
    writeln!(out, "|---|---:|{}", "---:|---:|".repeat(modes.len()))?;
    let mut n_failed = 0;
    for file in files {
        let row = Row::of(&file, &modes)?;
        writeln!(out, "{row}")?;
        n_failed += usize::from(!row.passes());
    }
    if has_gate && n_failed > 0 {
        writeln!(io::stderr(), "{n_failed} sets lose more than is allowed")?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// A row of the table.
struct Row {
    set: String,
    n_words: usize,
    /// F1 in points and the share of words with the same tag, a mode.
    modes: Vec<(f64, f64)>,
}

impl Row {
    fn of(file: &Path, modes: &[Recognizer]) -> Result<Self> {
        let name = |path: Option<&Path>| {
            let name = path.and_then(Path::file_name).unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        let set = format!("{} {}", name(file.parent()), name(Some(file)));
        let open = File::open(file).with_context(|| file.display().to_string())?;
        let gold = conll::documents(&set, open)?;
        let documents: Vec<Document> = gold.iter().map(|gold| gold.document.clone()).collect();
        let gold: Vec<LabelledDocument> = gold
            .into_iter()
            .map(TaggedDocument::into_labelled)
            .map(|gold| with_labels_of(&modes[0], gold))
            .collect();
        let expected = likeliest(&modes[0], &documents)?;
        let cell = |mode: &Recognizer| {
            let found = likeliest(mode, &documents)?;
            let same = found.iter().zip(&expected).filter(|(a, b)| a == b).count();
            let share = 100.0 * same as f64 / found.len().max(1) as f64;
            Ok((100.0 * f1(mode, &gold, &documents)?, share))
        };
        Ok(Self {
            n_words: expected.len(),
            modes: modes.iter().map(cell).collect::<Result<_>>()?,
            set,
        })
    }

    fn passes(&self) -> bool {
        let reference = self.modes[0].0;
        let mut modes = self.modes.iter().zip(MODES);
        modes.all(|((f1, same), (_, _, loss))| reference - f1 <= loss && *same >= SAME_LEAST)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} | {} |", self.set, self.n_words)?;
        for (f1, same) in &self.modes {
            write!(f, " {f1:.2} | {same:.3} |")?;
        }
        Ok(())
    }
}

/// Without the mentions of labels that the model does not know, such as dates.
fn with_labels_of(mode: &Recognizer, mut gold: LabelledDocument) -> LabelledDocument {
    let known = mode.labels();
    gold.mentions
        .retain(|mention| known.id(mention.label.as_str()).is_some());
    gold
}

/// Over the labels that the file has.
fn f1(mode: &Recognizer, gold: &[LabelledDocument], documents: &[Document]) -> Result<f64> {
    let mentions = gold.iter().flat_map(|gold| &gold.mentions);
    let labels: BTreeSet<&str> = mentions.map(|mention| mention.label.as_str()).collect();
    let pipeline = Pipeline::new(mode.clone());
    let mut predicted = Vec::new();
    for annotation in pipeline.annotate_batch(documents.to_vec()) {
        let mut annotation = annotation?;
        annotation
            .mentions
            .retain(|mention| labels.contains(mention.label.as_str()));
        predicted.push(LabelledDocument::from_annotation(
            &annotation,
            OffsetUnit::Char,
        ));
    }
    Ok(score(gold, &predicted, ScoreConfig::default())?
        .report
        .micro
        .prf()
        .f1)
}

/// The likeliest tag of each word.
fn likeliest(mode: &Recognizer, documents: &[Document]) -> Result<Vec<usize>> {
    let mut tags = Vec::new();
    for document in documents {
        let scores = mode.word_scores(document.text())?;
        tags.extend((0..scores.words.len()).map(|word| {
            let row = scores.row(word).iter().enumerate();
            let best = row.max_by(|a, b| a.1.total_cmp(b.1));
            best.map_or(0, |(tag, _)| tag)
        }));
    }
    Ok(tags)
}
