//! How good is the model on French press texts it has never seen?
//!
//! ```console
//! $ cargo run --release -p griot-benches --bin quality [-- --model DIR] [--save]
//! ```
//!
//! Prints strict precision, recall and F1 on the gold texts, over mentions and
//! over distinct forms, with the boilerplate around the articles and without.
//! `--save` also writes them to `benches/runs/<date>/`.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use griot::score::{Boilerplate, Counted, Counts, ScoreConfig, score};
use griot::{LabelledDocument, OffsetUnit, Pipeline};
use griot_benches::{folder, gold_standard, recognizer, texts};

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let pipeline = Pipeline::new(recognizer(options.model.as_deref())?);
    let gold = gold_standard()?;
    let mut predicted = Vec::new();
    for document in texts()? {
        let annotation = pipeline.annotate(document)?;
        predicted.push(LabelledDocument::from_annotation(
            &annotation,
            OffsetUnit::Char,
        ));
    }
    let info = pipeline.recognizer().info();
    let mut report = format!("model {} ({} parameters)\n", info.name, info.n_parameters);
    for (counted, boilerplate) in [
        (Counted::Mentions, Boilerplate::Keep),
        (Counted::Mentions, Boilerplate::Drop),
        (Counted::Forms, Boilerplate::Keep),
        (Counted::Forms, Boilerplate::Drop),
    ] {
        let config = ScoreConfig::default()
            .with_counted(counted)
            .with_boilerplate(boilerplate);
        let comparison = score(&gold, &predicted, config)?;
        add_table(&mut report, config, &comparison.report)?;
    }
    io::stdout().lock().write_all(report.as_bytes())?;
    if options.save == Save::Yes {
        let path = save(&report, &info.name)?;
        writeln!(io::stderr(), "saved to {}", path.display())?;
    }
    Ok(())
}

struct Options {
    model: Option<PathBuf>,
    save: Save,
}

#[derive(PartialEq, Eq)]
enum Save {
    Yes,
    No,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            model: None,
            save: Save::No,
        };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--save" => options.save = Save::Yes,
                "--model" => {
                    options.model = Some(args.next().context("--model needs a folder")?.into());
                }
                other => bail!("unknown option {other:?}: expected --model DIR or --save"),
            }
        }
        Ok(options)
    }
}

fn add_table(
    report: &mut String,
    config: ScoreConfig,
    scores: &griot::score::Report,
) -> Result<()> {
    let counted = match config.counted {
        Counted::Mentions => "mentions, strict",
        Counted::Forms => "distinct forms",
    };
    let boilerplate = match config.boilerplate {
        Boilerplate::Keep => "with boilerplate",
        Boilerplate::Drop => "without boilerplate",
    };
    writeln!(report, "\n{counted}, {boilerplate}")?;
    writeln!(
        report,
        "label  precision  recall      f1  gold  predicted  correct"
    )?;
    for (label, counts) in &scores.labels {
        add_row(report, label.as_str(), counts)?;
    }
    add_row(report, "micro", &scores.micro)
}

fn add_row(report: &mut String, label: &str, counts: &Counts) -> Result<()> {
    let prf = counts.prf();
    writeln!(
        report,
        "{label:5}  {:9.4}  {:6.4}  {:6.4}  {:4}  {:9}  {:7}",
        prf.precision, prf.recall, prf.f1, counts.gold, counts.predicted, counts.correct
    )?;
    Ok(())
}

fn save(report: &str, model: &str) -> Result<PathBuf> {
    let folder = folder("benches/runs").join(today()?);
    fs::create_dir_all(&folder)?;
    let model = model.replace(['/', '\\'], "_");
    let path = folder.join(format!("quality-{model}.txt"));
    fs::write(&path, report).with_context(|| path.display().to_string())?;
    Ok(path)
}

/// The date in UTC as `YYYY-MM-DD`: the days since 1970, unrolled year by year
/// and month by month.
fn today() -> Result<String> {
    let mut days = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 86_400;
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    Ok(format!("{year}-{month:02}-{:02}", days + 1))
}
