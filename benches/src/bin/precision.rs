//! What do lower precisions cost?
//!
//! ```text
//! cargo run --release -p griot-benches --bin precision -- FILE.conll...
//! ```
//!
//! Tags each file with the embedded model in each precision, by the kernels and by
//! Candle, and prints strict span F1 against its labels, and the share of words whose
//! likeliest tag is that of Candle in 32 bits. A file has a word and a tag a line, and
//! is read as text. Labels that the model or the file lacks do not count.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use griot::read::conll::{self, TaggedDocument};
use griot::score::{ScoreConfig, score};
use griot::{
    Device, Document, Engine, LabelledDocument, OffsetUnit, Pipeline, Precision, Recognizer,
    RecognizerConfig,
};

/// The first is what the others are compared with.
const MODES: [(Engine, Precision); 4] = [
    (Engine::Candle, Precision::F32),
    (Engine::Kernels, Precision::F32),
    (Engine::Kernels, Precision::BF16),
    (Engine::Kernels, Precision::Int8),
];

fn main() -> Result<()> {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    ensure!(!files.is_empty(), "which files?");
    let mut out = io::stdout().lock();
    let modes = MODES.map(|(engine, precision)| {
        let config = RecognizerConfig::default()
            .with_device(Device::Cpu)
            .with_engine(engine)
            .with_precision(precision);
        Recognizer::embedded_with(config)
    });
    let modes = modes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let columns = modes.iter().map(|mode| {
        let info = mode.info();
        format!(" {} {} F1 | same % |", info.engine, info.precision)
    });
    writeln!(out, "| set | words |{}", columns.collect::<String>())?;
    writeln!(out, "|---|---:|{}", "---:|---:|".repeat(modes.len()))?;
    for file in files {
        writeln!(out, "{}", row(&file, &modes)?)?;
    }
    Ok(())
}

/// The row of the table for `file`.
fn row(file: &Path, modes: &[Recognizer]) -> Result<String> {
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
    let mut expected: Option<Vec<usize>> = None;
    let mut cells = String::new();
    for mode in modes {
        let f1 = f1(mode, &gold, &documents)?;
        let found = likeliest(mode, &documents)?;
        let expected = expected.get_or_insert_with(|| found.clone());
        let same = found.iter().zip(&*expected).filter(|(a, b)| a == b).count();
        let share = 100.0 * same as f64 / found.len().max(1) as f64;
        write!(cells, " {:.2} | {share:.3} |", 100.0 * f1)?;
    }
    let n_words = expected.map_or(0, |tags| tags.len());
    Ok(format!("| {set} | {n_words} |{cells}"))
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
