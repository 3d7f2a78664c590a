//! What is said to people, on standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anstyle::{AnsiColor, Style};
use griot::batch::{Failure, Summary};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::args::tag::LogFormat;
use crate::input::Inputs;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Talk {
    Normal,
    /// Only errors.
    Quiet,
}

impl Talk {
    /// Something to know, which is no error.
    pub(crate) fn note(self, message: &str) {
        if self == Self::Normal {
            say(AnsiColor::Cyan, "note", message);
        }
    }

    /// Something that is odd, and may make results worse.
    pub(crate) fn warn(self, message: &impl Display) {
        if self == Self::Normal {
            say(AnsiColor::Yellow, "warning", &message.to_string());
        }
    }

    /// A bar of bytes, for a terminal.
    #[cfg(feature = "hub")]
    pub(crate) fn download_bar(self) -> ProgressBar {
        if self == Self::Quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = "{msg} {wide_bar} {bytes} of {total_bytes} ({bytes_per_sec}, {eta})";
        let style = ProgressStyle::with_template(style).expect("the template is right");
        ProgressBar::new(0).with_style(style)
    }
}

/// Says what went wrong, with its causes.
pub(crate) fn report(error: &anyhow::Error) {
    say(AnsiColor::Red, "error", &format!("{error:#}"));
}

/// Says that a document failed.
fn report_failure(failure: &Failure) {
    match format() {
        LogFormat::Text => say(AnsiColor::Red, "error", &failure.reason()),
        LogFormat::Json => event(&json!({
            "level": "error",
            "event": "failure",
            "id": failure.id,
            "path": failure.path,
            "line": failure.line,
            "message": failure.reason(),
        })),
    }
}

/// How things are said from now on. The first call counts.
pub(crate) fn set_format(format: LogFormat) {
    // It is set once, by `main`.
    let _ = FORMAT.set(format);
}

static FORMAT: OnceLock<LogFormat> = OnceLock::new();

fn format() -> LogFormat {
    FORMAT.get().copied().unwrap_or(LogFormat::Text)
}

/// Nothing can be done if standard error is closed, so errors are not looked at.
fn say(color: AnsiColor, kind: &str, message: &str) {
    if format() == LogFormat::Json {
        return event(&json!({ "level": kind, "message": message }));
    }
    let style = Style::new().fg_color(Some(color.into())).bold();
    line(&format!("{style}{kind}:{style:#} {message}"));
}

/// One line of JSON, with the time in seconds since 1970.
fn event(fields: &Value) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = now.map_or(0.0, |now| (now.as_secs_f64() * 1e3).round() / 1e3);
    let mut record = json!({ "time": seconds });
    if let (Some(record), Some(fields)) = (record.as_object_mut(), fields.as_object()) {
        record.extend(fields.clone());
    }
    line(&record.to_string());
}

fn line(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Shows how a batch goes on, and sums it up.
pub(crate) struct Progress {
    talk: Talk,
    bar: ProgressBar,
    started: Instant,
    /// When something was shown last.
    shown: Instant,
    /// Bytes of all files, if that is known, and those read so far.
    n_bytes: Option<u64>,
    n_read: Arc<AtomicU64>,
    /// What was done before this run.
    before: Summary,
}

/// What only the end of a batch shows.
pub(crate) struct Entities {
    pub(crate) known: usize,
    pub(crate) nil: usize,
}

/// Work shorter than this needs no progress bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Time between two events of progress in a log.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

impl Progress {
    /// Progress of a batch, of which `before` is done. A bar would be in the way of
    /// results on the terminal.
    pub(crate) fn new(talk: Talk, results: Results, inputs: &Inputs, before: Summary) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let has_bar = talk == Talk::Normal
            && results == Results::Elsewhere
            && format() == LogFormat::Text
            && io::stderr().is_terminal();
        if !has_bar {
            bar.finish();
        }
        let is_log = talk == Talk::Normal && format() == LogFormat::Json;
        Self {
            talk,
            bar,
            started: Instant::now(),
            shown: Instant::now(),
            n_bytes: if has_bar || is_log {
                inputs.n_bytes()
            } else {
                None
            },
            n_read: Arc::clone(&inputs.reading.n_read),
            before,
        }
    }

    /// Reports a document that failed.
    pub(crate) fn fail(&self, failure: &Failure) {
        self.bar.suspend(|| report_failure(failure));
    }

    /// Shows how far the batch is, now and then.
    pub(crate) fn show(&mut self, summary: &Summary) {
        if self.talk == Talk::Quiet {
            return;
        }
        if format() == LogFormat::Json {
            if self.shown.elapsed() >= LOG_INTERVAL {
                self.shown = Instant::now();
                self.log(
                    "progress",
                    summary,
                    &json!({ "eta_seconds": self.seconds_left() }),
                );
            }
        } else if !self.bar.is_finished() && self.started.elapsed() > PATIENCE {
            self.show_bar(summary);
        }
    }

    /// Ends with the figures of the batch.
    pub(crate) fn finish(self, summary: &Summary, entities: Option<&Entities>) {
        self.bar.finish_and_clear();
        if self.talk == Talk::Quiet {
            return;
        }
        if format() == LogFormat::Json {
            let entities =
                entities.map(|entities| json!({ "linked": entities.known, "nil": entities.nil }));
            return self.log("summary", summary, &json!({ "entities": entities }));
        }
        for text in self.lines(summary, entities) {
            line(&text);
        }
        if summary.failed > 0 {
            let n_all = summary.items();
            self.talk
                .note(&format!("{} of {n_all} documents failed", summary.failed));
        }
    }

    fn log(&self, kind: &str, summary: &Summary, more: &Value) {
        let (documents, words) = self.rates(summary);
        let mut record = json!({
            "level": "info",
            "event": kind,
            "documents": summary.documents,
            "failed": summary.failed,
            "bytes": summary.bytes,
            "words": summary.words,
            "mentions": summary.mentions,
            "boilerplate": summary.boilerplate,
            "seconds": self.started.elapsed().as_secs_f64(),
            "documents_per_second": documents,
            "words_per_second": words,
        });
        if let (Some(record), Some(more)) = (record.as_object_mut(), more.as_object()) {
            record.extend(more.clone());
        }
        event(&record);
    }

    /// Documents and words a second, in this run.
    fn rates(&self, summary: &Summary) -> (f64, f64) {
        let seconds = self.started.elapsed().as_secs_f64().max(1e-3);
        let documents = summary.documents - self.before.documents;
        let words = summary.words - self.before.words;
        (documents as f64 / seconds, words as f64 / seconds)
    }

    fn seconds_left(&self) -> Option<f64> {
        let n_read = self.n_read.load(Ordering::Relaxed) as f64;
        let left = self.n_bytes? as f64 - n_read;
        (n_read > 0.0).then(|| self.started.elapsed().as_secs_f64() * left.max(0.0) / n_read)
    }

    fn show_bar(&mut self, summary: &Summary) {
        if self.bar.is_hidden() {
            let style = match self.n_bytes {
                Some(_) => "{bar:24} {percent}%, {eta} left; {msg}",
                None => "{spinner} {msg}",
            };
            let style = ProgressStyle::with_template(style).expect("the template is right");
            self.bar.set_style(style);
            if let Some(n_bytes) = self.n_bytes {
                self.bar.set_length(n_bytes);
            }
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(self.n_read.load(Ordering::Relaxed));
        self.bar.set_message(self.figures(summary));
        self.bar.tick();
    }

    fn figures(&self, summary: &Summary) -> String {
        let (documents, words) = self.rates(summary);
        format!(
            "{} documents, {} documents/s, {} words/s",
            HumanCount(summary.documents),
            rate(documents),
            rate(words),
        )
    }

    fn lines(&self, summary: &Summary, entities: Option<&Entities>) -> Vec<String> {
        let (documents, words) = self.rates(summary);
        let mut lines = vec![format!(
            "{} documents ({}, {} words) in {:.2} s: {} documents/s, {} words/s",
            HumanCount(summary.documents),
            HumanBytes(summary.bytes),
            HumanCount(summary.words),
            self.started.elapsed().as_secs_f64(),
            rate(documents),
            rate(words),
        )];
        if self.before.items() > 0 {
            let n_before = HumanCount(self.before.items());
            lines.push(format!("went on after {n_before} documents"));
        }
        let labels = summary.mentions.iter();
        let labels: Vec<String> = labels
            .map(|(label, n)| format!("{label} {}", HumanCount(*n)))
            .collect();
        let by_label = match labels.join(", ") {
            labels if labels.is_empty() => labels,
            labels => format!(": {labels}"),
        };
        let around = match summary.boilerplate {
            0 => String::new(),
            n => format!("; {} of them in boilerplate", HumanCount(n)),
        };
        let n_mentions = HumanCount(summary.n_mentions());
        lines.push(format!("{n_mentions} mentions{by_label}{around}"));
        if let Some(Entities { known, nil }) = entities {
            lines.push(format!(
                "{} entities: {known} in the knowledge base, {nil} not",
                HumanCount((known + nil) as u64)
            ));
        }
        lines
    }
}

fn rate(per_second: f64) -> String {
    if per_second < 10.0 {
        format!("{per_second:.1}")
    } else {
        HumanCount(per_second.round() as u64).to_string()
    }
}

/// Where results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Results {
    OnTerminal,
    Elsewhere,
}
