//! What does the pipeline of a batch cost beyond the model, does its memory stay flat, and
//! does it find boilerplate?
//!
//! ```console
//! $ cargo bench -p griot-benches --bench batch -- speed [N_DOCUMENTS]
//! $ cargo bench -p griot-benches --bench batch -- memory [N_DOCUMENTS]
//! $ cargo bench -p griot-benches --bench batch -- boilerplate
//! ```

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Result, bail};
use griot::batch::{BatchOptions, Failure, run};
use griot::boilerplate::{self, BoilerplateHandling};
use griot::language::LanguageDetection;
use griot::write::jsonl;
use griot::{Document, OffsetUnit, Pipeline, Place, spans_from_units};
use griot_benches::{gold_standard, recognizer, texts};

fn main() -> Result<()> {
    // Cargo adds `--bench`; with nothing else there is nothing to measure.
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let what = args.next();
    let n_documents = args.next().map(|typed| typed.parse()).transpose()?;
    match what.as_deref() {
        Some("speed") => speed(n_documents.unwrap_or(5_000)),
        Some("memory") => memory(n_documents.unwrap_or(200_000)),
        Some("boilerplate") => boilerplate(),
        Some(other) => bail!("{other:?}: expected speed, memory or boilerplate"),
        None => Ok(()),
    }
}

/// How much of a paragraph is a document.
#[derive(Clone, Copy)]
enum Length {
    Paragraph,
    /// Its first words, as in a table of titles.
    Title,
}

/// Paragraphs of the example texts, again and again, each with its number.
fn documents(n: usize, length: Length) -> Result<impl Iterator<Item = Document> + Send> {
    let texts = texts()?;
    let lines = texts.iter().flat_map(|document| document.text().lines());
    let cut = |line: &str| match length {
        Length::Paragraph => line.to_owned(),
        Length::Title => line.split(' ').take(5).collect::<Vec<_>>().join(" "),
    };
    let lines: Vec<String> = lines.filter(|line| line.len() > 40).map(cut).collect();
    Ok((0..n).map(move |number| {
        let text = format!("{} ({number})", lines[number % lines.len()]);
        Document::new(number.to_string(), text).expect("short")
    }))
}

/// Runs the whole pipeline, JSON included, and gives its seconds and its output in bytes.
fn batch(
    pipeline: &Pipeline,
    documents: impl Iterator<Item = Document> + Send,
    mut each: impl FnMut(u64),
) -> (f64, u64) {
    let model = &pipeline.recognizer().info().name;
    let mut writer = jsonl::Writer::new(Counter(0), model, OffsetUnit::Char);
    let started = Instant::now();
    let items = documents.map(Ok::<_, Failure>);
    let mut n_done = 0;
    run(pipeline, &BatchOptions::default(), items, |chunk| {
        for done in chunk {
            if let Ok(annotation) = done.result {
                writer.write(&annotation).expect("a counter takes all");
            }
            n_done += 1;
        }
        each(n_done);
        ControlFlow::Continue(())
    });
    (started.elapsed().as_secs_f64(), writer.into_inner().0)
}

fn speed(n_documents: usize) -> Result<()> {
    let recognizer = recognizer(None)?;
    let plain = Pipeline::new(recognizer.clone());
    let full = plain
        .clone()
        .with_languages(LanguageDetection::On)
        .with_boilerplate(BoilerplateHandling::Mark);
    let all: Vec<Document> = documents(n_documents, Length::Paragraph)?.collect();
    let texts: Vec<&str> = all.iter().map(Document::text).collect();
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{n_documents} documents; seconds, and ratio to tag_batch"
    )?;
    for round in 0..3 {
        let started = Instant::now();
        let n_mentions: usize = texts
            .chunks(1024)
            .map(|chunk| {
                recognizer
                    .tag_batch(chunk)
                    .iter()
                    .flatten()
                    .map(Vec::len)
                    .sum::<usize>()
            })
            .sum();
        let direct = started.elapsed().as_secs_f64();
        let (alone, _) = batch(&plain, all.clone().into_iter(), |_| ());
        let (with_all, _) = batch(&full, all.clone().into_iter(), |_| ());
        writeln!(
            out,
            "{round}: tag_batch {direct:.2} ({n_mentions} mentions), batch {alone:.2} ({:.2}), \
             with languages and boilerplate {with_all:.2} ({:.2})",
            alone / direct,
            with_all / direct,
        )?;
    }
    Ok(())
}

fn memory(n_documents: usize) -> Result<()> {
    let pipeline = Pipeline::new(recognizer(None)?)
        .with_languages(LanguageDetection::On)
        .with_boilerplate(BoilerplateHandling::Mark);
    let mut out = io::stdout().lock();
    writeln!(out, "documents  resident MiB")?;
    let step = n_documents as u64 / 10;
    let mut next = 0;
    let titles = documents(n_documents, Length::Title)?;
    let (seconds, n_bytes) = batch(&pipeline, titles, |n_done| {
        if n_done >= next {
            let line = writeln!(out, "{n_done:>9}  {:.1}", resident_mebibytes());
            line.expect("standard output takes all");
            next = n_done + step;
        }
    });
    writeln!(out, "{n_documents:>9}  {:.1}", resident_mebibytes())?;
    writeln!(out, "{n_bytes} bytes of JSON in {seconds:.1} s")?;
    Ok(())
}

/// Memory of this process, as Linux tells it; 0 elsewhere.
fn resident_mebibytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kibibytes.unwrap_or(0.0) / 1024.0
}

/// How many of the gold mentions that are marked as boilerplate, and how many of the
/// others, are in ranges that are found.
fn boilerplate() -> Result<()> {
    let texts = texts()?;
    let mut out = io::stdout().lock();
    for gold in gold_standard()? {
        let Some(document) = texts.iter().find(|text| text.id().contains(&gold.id)) else {
            continue;
        };
        let text = document.text();
        let found = document.clone().with_boilerplate(boilerplate::ranges(text));
        let units: Vec<_> = gold
            .mentions
            .iter()
            .map(|one| (one.start, one.end))
            .collect();
        let spans = spans_from_units(text, &units, gold.offset_unit);
        let mut counts = [[0; 2]; 2];
        for (mention, span) in std::iter::zip(&gold.mentions, spans) {
            let is_found = span.is_some_and(|span| found.is_boilerplate(span));
            counts[usize::from(mention.place == Place::Boilerplate)][usize::from(is_found)] += 1;
        }
        let [[kept, lost], [missed, marked]] = counts;
        writeln!(
            out,
            "{}: boilerplate {marked} of {}, article marked by mistake {lost} of {}",
            gold.id,
            marked + missed,
            kept + lost
        )?;
    }
    Ok(())
}

/// Counts what is written to it.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
