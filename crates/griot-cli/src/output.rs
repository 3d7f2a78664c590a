//! Annotations to where they go.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context, bail};
use griot::Annotation;
use griot::OffsetUnit;
use griot::write::text::Colors;
use griot::write::{self, AnnotationWriter, Options, conll, explain, jsonl, text};

use crate::args::Format;
use crate::commands::convert::folder_writer;
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
    Other(Box<dyn AnnotationWriter>),
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
    /// A format that needs nothing of the terminal.
    Other(write::Format, Options),
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
            Format::Jsonl => Self::Jsonl {
                unit,
                text,
                model,
                kb,
            },
            other => {
                let options = Options {
                    unit,
                    model: model.to_owned(),
                    kb: kb.map(str::to_owned),
                    ..Options::default()
                };
                Self::Other(other.written(), options)
            }
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
        if let Form::Other(format, options) = form {
            return Ok(Self {
                writer: Writer::Other(other(target, *format, options)?),
                flush: Flush::AtEnd,
            });
        }
        let (out, colors): (Box<dyn Write>, _) = match target {
            Target::File(path) => {
                let file = create(path)?;
                (Box::new(BufWriter::new(file)), forced_colors())
            }
            Target::Terminal | Target::Pipe => stdout(form.is_colored()),
            Target::Folder(folder) => bail!("cannot write one file to {}", folder.display()),
        };
        let flush = match target {
            Target::Terminal => Flush::Always,
            Target::Pipe | Target::File(_) | Target::Folder(_) => Flush::AtEnd,
        };
        Ok(Self {
            writer: writer(out, form, colors)?,
            flush,
        })
    }

    /// Writes one document.
    pub(crate) fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        match &mut self.writer {
            Writer::Text(writer) => writer.write(annotation)?,
            Writer::Jsonl(writer) => writer.write(annotation)?,
            Writer::Conll(writer) => writer.write(annotation)?,
            Writer::Explain(writer) => writer.write(annotation)?,
            Writer::Other(writer) => writer.write(annotation)?,
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
            // Flushed at the end alone, which ends the file.
            Writer::Other(writer) => writer.finish(),
        }
    }
}

/// A writer of a format that is the same wherever it goes.
fn other(
    target: &Target,
    format: write::Format,
    options: &Options,
) -> anyhow::Result<Box<dyn AnnotationWriter>> {
    let out: Box<dyn Write + Send> = match target {
        Target::Folder(folder) => return folder_writer(folder),
        Target::Terminal | Target::Pipe => Box::new(BufWriter::new(io::stdout())),
        Target::File(path) => Box::new(BufWriter::new(create(path)?)),
    };
    Ok(write::open(format, out, options)?)
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

fn writer(out: Box<dyn Write>, form: &Form<'_>, colors: Colors) -> anyhow::Result<Writer> {
    Ok(match form {
        Form::Other(format, _) => bail!("{} is opened elsewhere", format.name()),
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
    })
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
