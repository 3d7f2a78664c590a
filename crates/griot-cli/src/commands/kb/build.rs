//! `griot kb build`: lists and dumps to a knowledge base.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::anyhow;
use griot_link::kb::read::build::{Event, Job, Outcome as Built};
use griot_link::kb::read::list::Format;
use griot_link::kb::read::manifest::Manifest;
use griot_link::kb::read::wikidata::{Ontology, Progress};
use griot_link::kb::read::{Languages, LineError};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::Outcome;
use crate::args::kb::{BuildArgs, KbFormat};
use crate::talk::{self, Talk};

pub(crate) fn run(args: BuildArgs, talk: Talk) -> anyhow::Result<Outcome> {
    let strictness = if args.strict {
        Strictness::Stop
    } else {
        Strictness::Skip
    };
    let output = args.output.clone();
    let started = Instant::now();
    let watcher = Watcher {
        talk,
        strictness,
        bar: bar(talk),
    };
    let built = job(args)?.run(&output, &mut |event| watcher.watch(&event));
    watcher.bar.finish_and_clear();
    let built = built?;
    tell(&built, talk);
    talk.note(&format!(
        "{}: {} entities, {} names, {} in {:.1} s",
        output.display(),
        HumanCount(built.report.entities),
        HumanCount(built.report.aliases),
        HumanBytes(built.report.bytes),
        started.elapsed().as_secs_f64(),
    ));
    Ok(match built.n_wrong {
        0 => Outcome::Complete,
        _ => Outcome::Partial,
    })
}

fn job(args: BuildArgs) -> anyhow::Result<Job> {
    let mut job = Job::new(args.inputs);
    job.format = match args.format {
        KbFormat::Auto => None,
        KbFormat::Jsonl => Some(Format::Jsonl),
        KbFormat::Csv => Some(Format::Csv),
        KbFormat::Wikidata => Some(Format::Wikidata),
    };
    if let Some(path) = args.manifest {
        job.manifest = Some((Manifest::open(&path)?, args.sources));
    }
    job.work = args.work_dir;
    job.options.languages = Languages::new(args.languages);
    job.options.types = args.types;
    job.options.sitelinks_min = args.min_sitelinks;
    job.options.redirects = args.redirects;
    job.options.threads = args.threads;
    if let Some(path) = args.ontology {
        job.options.ontology = Ontology::open(&path)?;
    }
    job.config.memory_bytes = args.memory;
    // A version that says nothing is no help in a result; a manifest has a name.
    let stem = args.output.file_stem().filter(|_| job.manifest.is_none());
    let stem = stem.map(|stem| stem.to_string_lossy().into_owned());
    job.config.name = args.name.or(stem).unwrap_or_default();
    job.config.source_date = args.date.unwrap_or_default();
    job.config.license = args.licence.unwrap_or_default();
    // The system's folder may be in memory or small; the output has room.
    if let Some(folder) = args.output.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
        folder.clone_into(&mut job.config.temp_dir);
    } else {
        job.config.temp_dir = ".".into();
    }
    Ok(job)
}

/// What to do about a line that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    Skip,
    Stop,
}

/// Shows how the work goes on.
struct Watcher {
    talk: Talk,
    strictness: Strictness,
    bar: ProgressBar,
}

impl Watcher {
    fn watch(&self, event: &Event<'_>) -> ControlFlow<()> {
        match event {
            Event::Skipped { path, error } => {
                if self.strictness == Strictness::Stop {
                    return ControlFlow::Break(());
                }
                let LineError { line, reason, .. } = error;
                let error = anyhow!("{}:{line} {}", path.display(), causes(reason));
                self.bar.suspend(|| talk::report(&error));
            }
            Event::IgnoredColumns { path, columns } => {
                let columns = columns.join(", ");
                self.note(&format!("{}: columns not read: {columns}", path.display()));
            }
            Event::NoAlias { id, name } => {
                self.note(&format!("manifest: {id} has no name {name:?} to take away"));
            }
            Event::Resumed { n_items } => {
                self.note(&format!("going on after {} items", HumanCount(*n_items)));
            }
            Event::Reading(progress) => self.show("reading", *progress),
            Event::Choosing(progress) => self.show("choosing", *progress),
            Event::Writing { n_entities } => {
                self.bar.set_style(ProgressStyle::default_spinner());
                let n = HumanCount(*n_entities);
                self.bar.set_message(format!("writing {n} entities"));
                self.bar.tick();
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn note(&self, message: &str) {
        self.bar.suspend(|| self.talk.note(message));
    }

    fn show(&self, what: &str, progress: Progress) {
        self.bar.set_length(progress.n_bytes);
        self.bar.set_position(progress.n_read);
        let counts = progress.counts;
        let (items, kept) = (HumanCount(counts.n_items), HumanCount(counts.n_shelved));
        self.bar
            .set_message(format!("{what}: {items} items, {kept} kept"));
    }
}

/// A bar, hidden where nobody would see it.
fn bar(talk: Talk) -> ProgressBar {
    let shown = talk == Talk::Normal && io::stderr().is_terminal();
    let target = if shown {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = "{bar:24} {bytes}/{total_bytes}, {eta} left; {msg}";
    let style = ProgressStyle::with_template(style).expect("the template is right");
    ProgressBar::with_draw_target(None, target).with_style(style)
}

/// An error and its causes, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Nothing is left out silently.
fn tell(built: &Built, talk: Talk) {
    let mut left_out: Vec<(u64, String)> = vec![
        (built.n_wrong, "lines that cannot be read".to_owned()),
        (built.n_other_type, "entities of other types".to_owned()),
    ];
    if let Some(emitted) = built.emitted {
        left_out.extend([
            (emitted.n_dropped, "items of classes to drop".to_owned()),
            (emitted.n_unknown, "items of unknown classes".to_owned()),
            (emitted.n_other_type, "items of other types".to_owned()),
        ]);
    }
    for (reason, &n) in &built.report.skipped {
        left_out.push((n, format!("{reason:?}")));
    }
    for (n, what) in left_out.into_iter().filter(|&(n, _)| n > 0) {
        talk.note(&format!("left out: {} {what}", HumanCount(n)));
    }
}
