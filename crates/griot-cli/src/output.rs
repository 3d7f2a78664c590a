//! Annotations to where they go.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::rc::Rc;

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;
use griot::Annotation;
use griot::OffsetUnit;
use griot::batch::ResumableOutput;
use griot::write::text::Colors;
use griot::write::{conll, explain, jsonl, text};

use crate::args::Format;
use crate::settings::{LinkForm, Target};

/// A writer of any format.
pub(crate) struct Output {
    writer: Writer,
    flush: Flush,
}

enum Writer {
    Text(text::Writer<Box<dyn Write>>),
    Jsonl(jsonl::Writer<Box<dyn Write>>),
    Conll(conll::Writer<Box<dyn Write>>),
    Explain(explain::Writer<Box<dyn Write>>),
}

/// What is written.
pub(crate) enum Form<'a> {
    Text,
    Conll,
    Explained,
    Jsonl {
        unit: OffsetUnit,
        text: jsonl::Text,
        model: &'a str,
        kb: Option<&'a str>,
    },
}

impl<'a> Form<'a> {
    /// The form of tagged documents.
    pub(crate) fn tagged(
        format: Format,
        unit: OffsetUnit,
        text: jsonl::Text,
        model: &'a str,
        kb: Option<&'a str>,
    ) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Conll => Self::Conll,
            Format::Hf => unreachable!("`griot tag` takes another way"),
            Format::Jsonl => Self::Jsonl {
                unit,
                text,
                model,
                kb,
            },
        }
    }

    /// The form of mentions that `model` did not find.
    pub(crate) fn linked(form: LinkForm, kb: &'a str) -> Self {
        match form {
            LinkForm::Explained => Self::Explained,
            LinkForm::Jsonl(unit, text) => Self::Jsonl {
                unit,
                text,
                model: "given",
                kb: Some(kb),
            },
        }
    }

    const fn is_colored(&self) -> bool {
        matches!(self, Self::Text | Self::Explained)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    /// After each document, for someone who watches.
    Always,
    AtEnd,
}

impl Output {
    /// Opens the target; a file there is replaced.
    pub(crate) fn open(target: &Target, form: &Form<'_>) -> anyhow::Result<Self> {
        let (out, colors): (Box<dyn Write>, _) = match target {
            Target::File(path) => (create(path)?, forced_colors()),
            _ => stdout(form.is_colored()),
        };
        let flush = match target {
            Target::Terminal => Flush::Always,
            _ => Flush::AtEnd,
        };
        Ok(Self {
            writer: writer(out, form, colors),
            flush,
        })
    }

    /// Writes into the files of a batch.
    pub(crate) fn into_batch(batch: &Rc<RefCell<ResumableOutput>>, form: &Form<'_>) -> Self {
        let out = Box::new(Shared(Rc::clone(batch)));
        Self {
            writer: writer(out, form, forced_colors()),
            flush: Flush::AtEnd,
        }
    }

    /// Writes one document.
    pub(crate) fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        match &mut self.writer {
            Writer::Text(writer) => writer.write(annotation)?,
            Writer::Jsonl(writer) => writer.write(annotation)?,
            Writer::Conll(writer) => writer.write(annotation)?,
            Writer::Explain(writer) => writer.write(annotation)?,
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
            Writer::Explain(writer) => writer.get_mut().flush(),
        }
    }
}

/// The files of a batch, of which the program must know more than a writer does.
struct Shared(Rc<RefCell<ResumableOutput>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

/// Extension of the files of a format.
pub(crate) const fn extension(format: Format) -> &'static str {
    match format {
        Format::Text => "txt",
        Format::Jsonl => "jsonl",
        Format::Conll => "conll",
        Format::Hf => "json",
    }
}

/// Opens the target for what has no colors; a file there is replaced.
pub(crate) fn plain(target: &Target) -> anyhow::Result<Box<dyn Write>> {
    match target {
        Target::File(path) => create(path),
        _ => Ok(stdout(false).0),
    }
}

fn create(path: &Path) -> anyhow::Result<Box<dyn Write>> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Box::new(BufWriter::new(file)))
}

fn writer(out: Box<dyn Write>, form: &Form<'_>, colors: Colors) -> Writer {
    match form {
        Form::Text => Writer::Text(text::Writer::new(out, colors)),
        Form::Conll => Writer::Conll(conll::Writer::new(out)),
        Form::Explained => Writer::Explain(explain::Writer::new(out, colors)),
        Form::Jsonl {
            unit,
            text,
            model,
            kb,
        } => {
            let writer = jsonl::Writer::new(out, *model, *unit).with_text(*text);
            Writer::Jsonl(match kb {
                Some(kb) => writer.with_kb(*kb),
                None => writer,
            })
        }
    }
}

/// Standard output, and whether it takes colors.
fn stdout(is_colored: bool) -> (Box<dyn Write>, Colors) {
    let stdout = io::stdout().lock();
    let choice = AutoStream::choice(&stdout);
    if is_colored && choice != ColorChoice::Never {
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
