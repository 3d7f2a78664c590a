//! `griot convert`: annotations from one format to another.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use griot::read::{self, AnnotationReader, Provenance, brat};
use griot::write::jsonl::Text;
use griot::write::{self, AnnotationWriter, Losses, Options};
use griot::{Annotation, Document, Error};
use walkdir::WalkDir;

use crate::Outcome;
use crate::args::Format;
use crate::args::convert::{ConvertArgs, Source};
use crate::settings::is_same;
use crate::talk::{Talk, report};

pub(crate) fn run(args: &ConvertArgs, talk: Talk) -> anyhow::Result<Outcome> {
    let source = source(args)?;
    let format = target(args)?.written();
    let format = format.context("hf is what a model gives: only `griot tag` writes it")?;
    format.check_unit(args.offsets.unit())?;
    if let Ok(output) = args.output.canonicalize()
        && is_same(&args.input, &output)
    {
        bail!("{} is both input and output", args.input.display());
    }
    let mut reader = open(source, &args.input)?;
    let mut conversion = Conversion::new(format, args);
    let mut n_failed = 0_u64;
    while let Some(read) = reader.next() {
        match read {
            Ok(annotation) => conversion.write(&annotation, &reader.provenance())?,
            Err(error) => {
                report(&error.into());
                n_failed += 1;
            }
        }
    }
    let n_unread = reader.n_unread();
    if n_unread > 0 {
        talk.note(&format!(
            "places in web pages: {n_unread} not read, for want of the pages"
        ));
    }
    conversion.finish(talk)?;
    Ok(if n_failed == 0 {
        Outcome::Complete
    } else {
        Outcome::Partial
    })
}

/// What is written, and what of it is lost.
struct Conversion<'a> {
    format: write::Format,
    args: &'a ConvertArgs,
    /// The writer, and what it says of the model and the knowledge base. Made when
    /// the first document shows what that is.
    writer: Option<(Box<dyn AnnotationWriter>, Provenance)>,
    losses: Losses,
    n_others: u64,
}

impl<'a> Conversion<'a> {
    fn new(format: write::Format, args: &'a ConvertArgs) -> Self {
        Self {
            format,
            args,
            writer: None,
            losses: Losses::default(),
            n_others: 0,
        }
    }

    fn write(&mut self, annotation: &Annotation, provenance: &Provenance) -> anyhow::Result<()> {
        let (writer, written) = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert((
                open_writer(self.format, self.args, provenance)?,
                provenance.clone(),
            )),
        };
        self.n_others += u64::from(*written != *provenance);
        self.losses.add(&write::losses(self.format, annotation));
        writer.write(annotation).context("cannot write the result")
    }

    /// Ends the output, which may be of no document, and says what it lacks.
    fn finish(self, talk: Talk) -> anyhow::Result<()> {
        let mut writer = match self.writer {
            Some((writer, _)) => writer,
            None => open_writer(self.format, self.args, &Provenance::default())?,
        };
        writer.finish().context("cannot write the result")?;
        let name = self.format.name();
        for (part, n) in self.losses.iter() {
            talk.note(&format!("{part}: {n} not representable in {name}"));
        }
        if self.n_others > 0 {
            let n = self.n_others;
            talk.note(&format!(
                "models and knowledge bases: {n} documents name others than the first, \
                 which is the one written"
            ));
        }
        Ok(())
    }
}

fn open_writer(
    format: write::Format,
    args: &ConvertArgs,
    provenance: &Provenance,
) -> anyhow::Result<Box<dyn AnnotationWriter>> {
    if format == write::Format::Brat {
        return folder_writer(&args.output);
    }
    let out: Box<dyn Write + Send> = if is_stream(&args.output) {
        Box::new(BufWriter::new(io::stdout()))
    } else {
        let file = File::create(&args.output);
        let file = file.with_context(|| format!("cannot write {}", args.output.display()))?;
        Box::new(BufWriter::new(file))
    };
    let model = provenance.model.clone();
    let options = Options {
        unit: args.offsets.unit(),
        model: model.unwrap_or_else(|| "given".to_owned()),
        kb: provenance.kb.clone(),
        text: Text::Kept,
        ..Options::default()
    };
    Ok(write::open(format, out, &options)?)
}

/// A writer of many files to a folder.
pub(crate) fn folder_writer(folder: &Path) -> anyhow::Result<Box<dyn AnnotationWriter>> {
    if is_stream(folder) {
        bail!("brat is two files a document: name a folder");
    }
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok(Box::new(write::brat::FolderWriter::new(folder)))
}

fn is_stream(path: &Path) -> bool {
    path == Path::new("-")
}

fn extension(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().to_lowercase()
}

fn source(args: &ConvertArgs) -> anyhow::Result<Source> {
    if let Some(source) = args.from {
        return Ok(source);
    }
    Ok(match extension(&args.input).as_str() {
        _ if args.input.is_dir() => Source::Brat,
        "jsonl" => Source::Jsonl,
        "conll" => Source::Conll,
        "ann" => Source::Brat,
        "tsv" => Source::Hipe,
        #[cfg(feature = "parquet")]
        "parquet" => Source::Parquet,
        _ => bail!(
            "cannot tell the format of {}: use --from",
            args.input.display()
        ),
    })
}

fn target(args: &ConvertArgs) -> anyhow::Result<Format> {
    if let Some(target) = args.to {
        return Ok(target);
    }
    Ok(match extension(&args.output).as_str() {
        _ if args.output.is_dir() => Format::Brat,
        "jsonl" => Format::Jsonl,
        "conll" => Format::Conll,
        "jsonld" => Format::WebAnnotation,
        "ttl" => Format::Nif,
        "csv" => Format::Csv,
        "tsv" => Format::Tsv,
        "html" => Format::Html,
        #[cfg(feature = "parquet")]
        "parquet" => Format::Parquet,
        _ => bail!(
            "cannot tell the format of {}: use --to",
            args.output.display()
        ),
    })
}

fn open(source: Source, path: &Path) -> anyhow::Result<Box<dyn AnnotationReader>> {
    let name = path.to_string_lossy().into_owned();
    let format = match source {
        Source::Brat => return Ok(Box::new(Folder::new(path)?)),
        Source::Jsonl => read::Format::Jsonl,
        Source::Conll => read::Format::Conll,
        Source::Hipe => read::Format::Hipe,
        #[cfg(feature = "parquet")]
        Source::Parquet => read::Format::Parquet,
    };
    if is_stream(path) {
        return Ok(read::open(format, &name, io::stdin().lock())?);
    }
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    #[cfg(feature = "parquet")]
    if source == Source::Parquet {
        return Ok(Box::new(read::parquet::annotations(&name, file)?));
    }
    Ok(read::open(format, &name, BufReader::new(file))?)
}

/// The documents of a brat folder, by the names of their files.
struct Folder {
    root: PathBuf,
    files: std::vec::IntoIter<PathBuf>,
}

impl Folder {
    /// The folder, or one file of it.
    fn new(path: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for entry in WalkDir::new(path).sort_by_file_name() {
            let file = entry?.into_path();
            if extension(&file) == "ann" {
                files.push(file);
            }
        }
        if files.is_empty() {
            bail!("no .ann file in {}", path.display());
        }
        let root = if path.is_dir() {
            Some(path)
        } else {
            path.parent()
        };
        Ok(Self {
            root: root.unwrap_or(path).to_owned(),
            files: files.into_iter(),
        })
    }

    fn read(&self, file: &Path) -> Result<Annotation, Error> {
        let open = |path: &Path| {
            let name = path.to_string_lossy().into_owned();
            match File::open(path) {
                Ok(file) => Ok((name, file)),
                Err(source) => Err(Error::Read { name, source }),
            }
        };
        let (name, text) = open(&file.with_extension("txt"))?;
        let text = read::text::document(&name, text)?;
        let id = file
            .strip_prefix(&self.root)
            .unwrap_or(file)
            .with_extension("");
        let document = Document::new(id.to_string_lossy(), text.text())?;
        let (name, annotations) = open(file)?;
        brat::annotation(&name, document, annotations)
    }
}

impl Iterator for Folder {
    type Item = Result<Annotation, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let file = self.files.next()?;
        Some(self.read(&file))
    }
}

impl AnnotationReader for Folder {}
