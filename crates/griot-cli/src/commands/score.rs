//! `griot score`: predictions against a gold standard.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anstyle::Style;
use anyhow::{Context, ensure};
use griot::read::{conll, gold, jsonl};
use griot::score::{
    Comparison, Counted, Counts, LinkComparison, Match, Pairing, Prf, ScoreConfig, score,
    score_links,
};
use griot::{CandidateSource, EntityId, LabelledDocument};
use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::settings::{ReportForm, ScoreSettings, Scored};
use crate::talk::Talk;

pub(crate) fn run(settings: &ScoreSettings, talk: Talk) -> anyhow::Result<Outcome> {
    let gold = read(&settings.gold).context("cannot read the gold standard")?;
    let predicted = read(&settings.predicted).context("cannot read the predictions")?;
    if let Scored::Links { kb } = &settings.scored {
        return run_links(settings, &gold, &predicted, kb.as_deref(), talk);
    }
    let comparison = score(&gold, &predicted, settings.config)?;
    explain(
        comparison.pairing,
        &comparison.missing,
        &comparison.extra,
        talk,
    );
    match settings.form {
        ReportForm::Table => write_table(&comparison, settings.config, gold.len())?,
        ReportForm::Json => write_json(&comparison, settings.config, gold.len())?,
    }
    Ok(Outcome::Complete)
}

fn run_links(
    settings: &ScoreSettings,
    gold: &[LabelledDocument],
    predicted: &[LabelledDocument],
    kb: Option<&Path>,
    talk: Talk,
) -> anyhow::Result<Outcome> {
    let kb = super::knowledge_base(kb)?;
    let is_known = |id: &EntityId| kb.find(id.as_str()).is_some();
    let comparison = score_links(gold, predicted, settings.config, is_known)?;
    explain(
        comparison.pairing,
        &comparison.missing,
        &comparison.extra,
        talk,
    );
    let rows = link_rows(&comparison);
    let mut out = anstream::stdout().lock();
    match settings.form {
        ReportForm::Table => {
            let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
            writeln!(
                out,
                "{dim}{} documents, {}{dim:#}",
                gold.len(),
                kb.version()
            )?;
            writeln!(
                out,
                "{bold}{:24}  precision  recall      f1{bold:#}",
                "measure"
            )?;
            for (name, prf) in rows {
                writeln!(
                    out,
                    "{name:24}  {:9.4}  {:6.4}  {:6.4}",
                    prf.precision, prf.recall, prf.f1
                )?;
            }
            let report = &comparison.report;
            let (in_kb, all) = (report.in_kb.gold, report.all.gold);
            writeln!(
                out,
                "{:24}  {in_kb} of {all} in the knowledge base",
                "gold mentions"
            )?;
            for k in [1, 5, 10] {
                writeln!(
                    out,
                    "{:24}  {:17.4}",
                    format!("candidate recall@{k}"),
                    report.recall_at(k)
                )?;
            }
        }
        ReportForm::Json => {
            let rows = rows.iter().map(|(name, prf)| {
                let figures =
                    json!({"precision": prf.precision, "recall": prf.recall, "f1": prf.f1});
                ((*name).to_owned(), figures)
            });
            let report = &comparison.report;
            let json = json!({
                "documents": gold.len(),
                "missing": comparison.missing,
                "kb": kb.version(),
                "measures": rows.collect::<Map<String, Value>>(),
                "gold_in_kb": report.in_kb.gold,
                "recall_at": {"1": report.recall_at(1), "5": report.recall_at(5), "10": report.recall_at(10)},
            });
            serde_json::to_writer_pretty(&mut out, &json).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(Outcome::Complete)
}

fn link_rows(comparison: &LinkComparison) -> [(&'static str, Prf); 8] {
    let (report, clusters) = (&comparison.report, &comparison.clusters);
    [
        ("links", report.links.prf()),
        ("links, gold in the base", report.in_kb.prf()),
        ("links and NIL", report.all.prf()),
        ("NIL", report.nil.prf()),
        ("B-cubed", clusters.b_cubed()),
        ("CEAF-e", clusters.ceaf_e()),
        ("LEA", clusters.lea()),
        ("pairs", clusters.pairwise()),
    ]
}

fn explain(pairing: Pairing, missing: &[String], extra: &[String], talk: Talk) {
    if pairing == Pairing::Position {
        talk.note("no file names agree: documents are paired by position");
    }
    for id in missing {
        talk.note(&format!(
            "no predictions for {id:?}: all its mentions count as missed"
        ));
    }
    match extra {
        [] => {}
        [only] => talk.note(&format!("not in the gold standard: {only:?}")),
        [first, rest @ ..] => talk.note(&format!(
            "not in the gold standard: {first:?} and {} more",
            rest.len()
        )),
    }
}

/// Extensions of the files that are taken from a folder.
const FOLDER_EXTENSIONS: [&str; 3] = ["json", "jsonl", "conll"];

fn read(path: &Path) -> anyhow::Result<Vec<LabelledDocument>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .context("standard input")?;
        return parse("-", &bytes);
    }
    let files = if path.is_dir() {
        annotation_files(path)?
    } else {
        vec![path.to_owned()]
    };
    let mut documents = Vec::new();
    for file in files {
        let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
        documents.extend(parse(&file.to_string_lossy(), &bytes)?);
    }
    Ok(documents)
}

fn annotation_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if extension.is_some_and(|extension| FOLDER_EXTENSIONS.contains(&extension)) {
            files.push(path);
        }
    }
    ensure!(
        !files.is_empty(),
        "no .json, .jsonl or .conll file in {}",
        folder.display()
    );
    files.sort();
    Ok(files)
}

/// The documents of one file, whose format shows in its content: gold files
/// are a JSON object with `mentions`, JSON Lines begin with a brace as well,
/// and a CoNLL file does not.
fn parse(name: &str, bytes: &[u8]) -> anyhow::Result<Vec<LabelledDocument>> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        let tagged = conll::documents(name, bytes)?;
        return Ok(tagged
            .into_iter()
            .map(conll::TaggedDocument::into_labelled)
            .collect());
    }
    let whole: Result<Map<String, Value>, _> = serde_json::from_slice(bytes);
    if whole.is_ok_and(|object| object.contains_key("mentions")) {
        return Ok(vec![gold::labelled(name, bytes)?]);
    }
    Ok(jsonl::labelled(name, bytes)?)
}

fn write_table(
    comparison: &Comparison,
    config: ScoreConfig,
    n_documents: usize,
) -> anyhow::Result<()> {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let labels = &comparison.report.labels;
    let width = labels
        .keys()
        .map(|label| label.as_str().chars().count())
        .max();
    let width = width.unwrap_or(0).max("micro".len());
    let mut out = anstream::stdout().lock();
    writeln!(out, "{dim}{}{dim:#}", describe(config, n_documents))?;
    writeln!(
        out,
        "{bold}{:width$}  precision  recall      f1    gold  predicted  correct{bold:#}",
        "label"
    )?;
    for (label, counts) in labels {
        writeln!(out, "{:width$}{}", label.as_str(), row(counts))?;
    }
    writeln!(
        out,
        "{bold}{:width$}{}{bold:#}",
        "micro",
        row(&comparison.report.micro)
    )?;
    Ok(())
}

fn row(counts: &Counts) -> String {
    let prf = counts.prf();
    format!(
        "  {:9.4}  {:6.4}  {:6.4}  {:6}  {:9}  {:7}",
        prf.precision, prf.recall, prf.f1, counts.gold, counts.predicted, counts.correct
    )
}

fn describe(config: ScoreConfig, n_documents: usize) -> String {
    let documents = if n_documents == 1 {
        "document"
    } else {
        "documents"
    };
    let what = match config.counted {
        Counted::Mentions => format!("{} match", match_name(config.matching)),
        Counted::Forms => "distinct forms".to_owned(),
    };
    format!("{what}, {n_documents} {documents}")
}

fn match_name(matching: Match) -> &'static str {
    match matching {
        Match::Strict => "strict",
        Match::Exact => "exact",
        Match::Partial => "partial",
        Match::Type => "type",
    }
}

fn write_json(
    comparison: &Comparison,
    config: ScoreConfig,
    n_documents: usize,
) -> anyhow::Result<()> {
    let labels = comparison.report.labels.iter();
    let labels: Map<String, Value> = labels
        .map(|(label, counts)| (label.to_string(), figures(counts)))
        .collect();
    let report = json!({
        "match": match_name(config.matching),
        "counted": match config.counted {
            Counted::Mentions => "mentions",
            Counted::Forms => "forms",
        },
        "documents": n_documents,
        "missing": comparison.missing,
        "micro": figures(&comparison.report.micro),
        "labels": labels,
    });
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

fn figures(counts: &Counts) -> Value {
    let prf = counts.prf();
    json!({
        "precision": prf.precision,
        "recall": prf.recall,
        "f1": prf.f1,
        "correct": counts.correct,
        "partial": counts.partial,
        "predicted": counts.predicted,
        "gold": counts.gold,
    })
}
