//! Annotations to where they go.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;
use griot::Annotation;
use griot::write::text::Colors;
use griot::write::{conll, jsonl, text};

use crate::args::Format;
use crate::settings::{TagSettings, Target};

/// A writer of any format.
pub(crate) struct Output {
    writer: Writer,
    flush: Flush,
}

enum Writer {
    Text(text::Writer<Box<dyn Write>>),
    Jsonl(jsonl::Writer<Box<dyn Write>>),
    Conll(conll::Writer<Box<dyn Write>>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    /// After each document, for someone who watches.
    Always,
    AtEnd,
}

impl Output {
    /// Opens the target; a file there is replaced.
    pub(crate) fn open(settings: &TagSettings, model: &str) -> anyhow::Result<Self> {
        let (out, colors): (Box<dyn Write>, _) = match &settings.target {
            Target::File(path) => {
                let file = File::create(path)
                    .with_context(|| format!("cannot write {}", path.display()))?;
                (Box::new(BufWriter::new(file)), forced_colors())
            }
            Target::Terminal | Target::Pipe => stdout(settings.format),
        };
        let writer = match settings.format {
            Format::Text => Writer::Text(text::Writer::new(out, colors)),
            Format::Jsonl => Writer::Jsonl(jsonl::Writer::new(out, model, settings.unit)),
            Format::Conll => Writer::Conll(conll::Writer::new(out)),
        };
        let flush = match settings.target {
            Target::Terminal => Flush::Always,
            Target::Pipe | Target::File(_) => Flush::AtEnd,
        };
        Ok(Self { writer, flush })
    }

    /// Writes one document.
    pub(crate) fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        match &mut self.writer {
            Writer::Text(writer) => writer.write(annotation)?,
            Writer::Jsonl(writer) => writer.write(annotation)?,
            Writer::Conll(writer) => writer.write(annotation)?,
        }
        if self.flush == Flush::Always {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Writes what is still held back.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Writer::Text(writer) => writer.get_mut().flush(),
            Writer::Jsonl(writer) => writer.get_mut().flush(),
            Writer::Conll(writer) => writer.get_mut().flush(),
        }
    }
}

/// Standard output, and whether it takes colors.
fn stdout(format: Format) -> (Box<dyn Write>, Colors) {
    let stdout = io::stdout().lock();
    let choice = AutoStream::choice(&stdout);
    if format == Format::Text && choice != ColorChoice::Never {
        // An old Windows console needs a translator.
        let translated = AutoStream::new(stdout, choice);
        (Box::new(BufWriter::new(translated)), Colors::Ansi)
    } else {
        (Box::new(BufWriter::new(stdout)), Colors::Plain)
    }
}

/// The colors of a file: none, unless they were asked for.
fn forced_colors() -> Colors {
    match ColorChoice::global() {
        ColorChoice::Always | ColorChoice::AlwaysAnsi => Colors::Ansi,
        ColorChoice::Auto | ColorChoice::Never => Colors::Plain,
    }
}
