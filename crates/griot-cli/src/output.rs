//! Annotations to where they go.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context, bail};
use griot::Annotation;
use griot::OffsetUnit;
use griot::batch::ResumableOutput;
use griot::write::text::Colors;
use griot::write::{self, AnnotationWriter, Options, conll, explain, jsonl, text};

use crate::args::Format;
use crate::commands::convert::folder_writer;
use crate::settings::{LinkForm, Target, is_special};

/// A writer of any format.
pub(crate) struct Output {
    writer: Writer,
    flush: Flush,
    /// The file that gets its name at the end, for formats that have an end.
    whole: Option<Whole>,
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
            Format::Hf => unreachable!("`griot tag` takes another way"),
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
                let other = other.written().expect("other formats are of the library");
                Self::Other(other, options)
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
    /// After each document, for someone who watches or reads along.
    Always,
    AtEnd,
}

impl Output {
    /// Opens the target; a file there is replaced.
    pub(crate) fn open(target: &Target, form: &Form<'_>) -> anyhow::Result<Self> {
        if let Form::Other(format, options) = form {
            let (out, whole) = match target {
                Target::Folder(folder) => return Self::into_folder(folder),
                _ => plain(target)?,
            };
            return Ok(Self {
                writer: Writer::Other(write::open(*format, out, options)?),
                flush: Flush::AtEnd,
                whole,
            });
        }
        let (out, colors): (Box<dyn Write>, _) = match target {
            Target::File(path) => (Box::new(create(path)?), forced_colors()),
            Target::Shards { folder, .. } | Target::Folder(folder) => {
                bail!("cannot write one file to {}", folder.display())
            }
            Target::Terminal | Target::Pipe => stdout(form.is_colored()),
        };
        let flush = match target {
            Target::Terminal | Target::Pipe => Flush::Always,
            _ => Flush::AtEnd,
        };
        Ok(Self {
            writer: writer(out, form, colors)?,
            flush,
            whole: None,
        })
    }

    /// Writes two files a document.
    fn into_folder(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            writer: Writer::Other(folder_writer(folder)?),
            flush: Flush::AtEnd,
            whole: None,
        })
    }

    /// Writes into the files of a batch.
    pub(crate) fn into_batch(
        batch: &Rc<RefCell<ResumableOutput>>,
        form: &Form<'_>,
    ) -> anyhow::Result<Self> {
        let out = Box::new(Shared(Rc::clone(batch)));
        Ok(Self {
            writer: writer(out, form, forced_colors())?,
            flush: Flush::AtEnd,
            whole: None,
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
            Writer::Other(writer) => {
                writer.finish()?;
                self.whole.take().map_or(Ok(()), Whole::end)
            }
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
        Format::Hf | Format::LabelStudio => "json",
        Format::Brat => "ann",
        Format::Spacy => "spacy.jsonl",
        Format::WebAnnotation => "jsonld",
        Format::Nif => "ttl",
        Format::Hipe | Format::Tsv => "tsv",
        Format::Csv => "csv",
        #[cfg(feature = "parquet")]
        Format::Parquet => "parquet",
        Format::Html => "html",
    }
}

/// A file that has another name until it is complete.
pub(crate) struct Whole {
    partial: PathBuf,
    path: PathBuf,
}

impl Whole {
    pub(crate) fn end(self) -> io::Result<()> {
        fs::rename(self.partial, self.path)
    }
}

/// Opens the target for what has no colors.
pub(crate) fn plain(target: &Target) -> anyhow::Result<(Box<dyn Write + Send>, Option<Whole>)> {
    match target {
        Target::File(path) if is_special(path) => Ok((Box::new(create(path)?), None)),
        Target::File(path) => {
            let mut partial = path.clone().into_os_string();
            partial.push(".partial");
            let whole = Whole {
                partial: partial.into(),
                path: path.clone(),
            };
            Ok((Box::new(create(&whole.partial)?), Some(whole)))
        }
        Target::Terminal | Target::Pipe => Ok((Box::new(BufWriter::new(io::stdout())), None)),
        Target::Shards { folder, .. } | Target::Folder(folder) => {
            bail!("cannot write one file to {}", folder.display())
        }
    }
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(BufWriter::new(file))
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
