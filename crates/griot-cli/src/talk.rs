//! What is said to people, on standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use griot::Annotation;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

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

/// Nothing can be done if standard error is closed, so errors are not looked at.
fn say(color: AnsiColor, kind: &str, message: &str) {
    let style = Style::new().fg_color(Some(color.into())).bold();
    let _ = writeln!(
        anstream::stderr().lock(),
        "{style}{kind}:{style:#} {message}"
    );
}

/// Counts what was done, shows it while it takes long, and sums it up.
pub(crate) struct Progress {
    talk: Talk,
    bar: ProgressBar,
    started: Instant,
    n_documents: u64,
    n_entities: u64,
    n_bytes: u64,
    n_failed: u64,
}

/// Work shorter than this needs no progress bar.
const PATIENCE: Duration = Duration::from_secs(1);

impl Progress {
    /// `stdout_talks` tells that results go to the terminal, where a bar would
    /// be in their way.
    pub(crate) fn new(talk: Talk, results: Results) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let shown = talk == Talk::Normal && results == Results::Elsewhere;
        if !shown || !io::stderr().is_terminal() {
            bar.finish();
        }
        let zero = 0;
        Self {
            talk,
            bar,
            started: Instant::now(),
            n_documents: zero,
            n_entities: zero,
            n_bytes: zero,
            n_failed: zero,
        }
    }

    /// Counts a document.
    pub(crate) fn add(&mut self, annotation: &Annotation) {
        self.n_documents += 1;
        self.n_entities += annotation.mentions.len() as u64;
        self.n_bytes += annotation.document.text().len() as u64;
        if !self.bar.is_finished() && self.started.elapsed() > PATIENCE {
            self.show();
        }
    }

    /// Counts and reports a document that failed.
    pub(crate) fn fail(&mut self, error: &anyhow::Error) {
        self.n_failed += 1;
        self.bar.suspend(|| report(error));
    }

    /// Ends with one line of figures, and tells how many documents failed.
    pub(crate) fn finish(self) -> u64 {
        self.bar.finish_and_clear();
        if self.talk == Talk::Normal && io::stderr().is_terminal() {
            let seconds = self.started.elapsed().as_secs_f64();
            let _ = writeln!(
                anstream::stderr().lock(),
                "{} in {seconds:.2} s",
                self.figures()
            );
        }
        if self.n_failed > 0 {
            let n_all = self.n_failed + self.n_documents;
            self.talk
                .note(&format!("{} of {n_all} documents failed", self.n_failed));
        }
        self.n_failed
    }

    fn show(&self) {
        if self.bar.is_hidden() {
            self.bar.set_style(ProgressStyle::default_spinner());
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_message(self.figures());
        self.bar.tick();
    }

    fn figures(&self) -> String {
        let documents = if self.n_documents == 1 {
            "document"
        } else {
            "documents"
        };
        let entities = if self.n_entities == 1 {
            "entity"
        } else {
            "entities"
        };
        format!(
            "{} {documents} ({}), {} {entities}",
            HumanCount(self.n_documents),
            HumanBytes(self.n_bytes),
            HumanCount(self.n_entities),
        )
    }
}

/// Where results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Results {
    OnTerminal,
    Elsewhere,
}
