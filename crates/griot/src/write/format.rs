//! Which formats there are.

use std::io::Write;

use griot_text::OffsetUnit;

use super::jsonl::Text;
use super::{
    AnnotationWriter, conll, csv, explain, hipe, html, jsonl, label_studio, nif, spacy, text,
    web_annotation,
};

/// A format that annotations are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// The text with its entities marked, for people: [`text`].
    Text,
    /// Entities with candidates and evidence, for people: [`explain`].
    Explain,
    /// One JSON object a document: [`jsonl`].
    Jsonl,
    /// A word and its tag a line: [`conll`].
    Conll,
    /// A text and its annotations in two files: [`brat`](super::brat).
    Brat,
    /// spaCy's `Doc.to_json`, one object a line: [`spacy`].
    Spacy,
    /// Tasks to import into Label Studio: [`label_studio`].
    LabelStudio,
    /// W3C Web Annotations, JSON-LD: [`web_annotation`].
    WebAnnotation,
    /// NLP Interchange Format, Turtle: [`nif`].
    Nif,
    /// The columns of HIPE 2022: [`hipe`].
    Hipe,
    /// One mention a row, commas: [`csv`].
    Csv,
    /// One mention a row, tabs: [`csv`].
    Tsv,
    /// One document a row: `parquet`.
    #[cfg(feature = "parquet")]
    Parquet,
    /// A page to look at: [`html`].
    Html,
}

/// What the offsets of a format count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Offsets {
    /// What is asked for.
    Any,
    /// This, always: the format says so.
    Fixed(OffsetUnit),
    /// The format has no offsets.
    None,
}

/// What is the same for all documents of a file.
#[derive(Clone, Debug)]
pub struct Options {
    /// What offsets count; characters are usual.
    pub unit: OffsetUnit,
    /// The model that found the mentions, for formats that name it.
    pub model: String,
    /// The knowledge base that was linked to, for formats that name it.
    pub kb: Option<String>,
    /// Whether JSON Lines keep the text.
    pub text: Text,
    /// Whether text for people has colors.
    pub colors: text::Colors,
}

impl Default for Options {
    /// Characters, no names, no text, no colors.
    fn default() -> Self {
        Self {
            unit: OffsetUnit::Char,
            model: String::new(),
            kb: None,
            text: Text::default(),
            colors: text::Colors::default(),
        }
    }
}

/// Why a format cannot be written as asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The format fixes what its offsets count.
    #[error("the offsets of {} always count {fixed}, not {asked}", format.name())]
    OffsetUnit {
        /// The format.
        format: Format,
        /// What it counts.
        fixed: &'static str,
        /// What was asked for.
        asked: &'static str,
    },

    /// The format is more than one file: it needs a folder.
    #[error("{} is several files a document and needs a folder", format.name())]
    ManyFiles {
        /// The format.
        format: Format,
    },
}

impl Format {
    /// Every format of this build.
    pub const ALL: &[Self] = &[
        Self::Text,
        Self::Explain,
        Self::Jsonl,
        Self::Conll,
        Self::Brat,
        Self::Spacy,
        Self::LabelStudio,
        Self::WebAnnotation,
        Self::Nif,
        Self::Hipe,
        Self::Csv,
        Self::Tsv,
        #[cfg(feature = "parquet")]
        Self::Parquet,
        Self::Html,
    ];

    /// Name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Explain => "explain",
            Self::Jsonl => "jsonl",
            Self::Conll => "conll",
            Self::Brat => "brat",
            Self::Spacy => "spacy",
            Self::LabelStudio => "label-studio",
            Self::WebAnnotation => "web-annotation",
            Self::Nif => "nif",
            Self::Hipe => "hipe",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
            Self::Html => "html",
        }
    }

    /// Usual extension of its files, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Text | Self::Explain => "txt",
            Self::Jsonl | Self::Spacy => "jsonl",
            Self::Brat => "ann",
            Self::LabelStudio => "json",
            Self::WebAnnotation => "jsonld",
            Self::Nif => "ttl",
            Self::Hipe => "tsv",
            _ => self.name(),
        }
    }

    /// What its offsets count.
    pub const fn offsets(self) -> Offsets {
        match self {
            Self::Jsonl | Self::Csv | Self::Tsv => Offsets::Any,
            #[cfg(feature = "parquet")]
            Self::Parquet => Offsets::Any,
            Self::Brat | Self::Spacy | Self::LabelStudio | Self::WebAnnotation | Self::Nif => {
                Offsets::Fixed(OffsetUnit::Char)
            }
            Self::Text | Self::Explain | Self::Conll | Self::Hipe | Self::Html => Offsets::None,
        }
    }

    /// Checks that its offsets can count `unit`, or that it has none.
    ///
    /// # Errors
    ///
    /// [`FormatError::OffsetUnit`].
    pub fn check_unit(self, unit: OffsetUnit) -> Result<(), FormatError> {
        match self.offsets() {
            Offsets::Fixed(fixed) if fixed != unit => Err(FormatError::OffsetUnit {
                format: self,
                fixed: plural(fixed),
                asked: plural(unit),
            }),
            _ => Ok(()),
        }
    }
}

fn plural(unit: OffsetUnit) -> &'static str {
    match unit {
        OffsetUnit::Byte => "bytes",
        OffsetUnit::Char => "characters",
        OffsetUnit::Utf16 => "UTF-16 units",
    }
}

/// A writer of `format` to `out`.
///
/// # Errors
///
/// [`FormatError::OffsetUnit`] if the format has offsets and they cannot count what
/// `options` ask for; [`FormatError::ManyFiles`] for brat, whose
/// [`FolderWriter`](super::brat::FolderWriter) needs a folder.
///
/// # Example
///
/// ```
/// use griot::write::{self, AnnotationWriter, Format, Options};
/// use griot::{Annotation, Document};
///
/// let out = Box::new(std::io::sink());
/// let mut writer = write::open(Format::Conll, out, &Options::default())?;
/// writer.write(&Annotation {
///     document: Document::new("d", "Lomé")?,
///     mentions: Vec::new(),
///     links: Vec::new(),
/// })?;
/// writer.finish()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(
    format: Format,
    out: Box<dyn Write + Send>,
    options: &Options,
) -> Result<Box<dyn AnnotationWriter + Send>, FormatError> {
    format.check_unit(options.unit)?;
    let unit = options.unit;
    Ok(match format {
        Format::Text => Box::new(text::Writer::new(out, options.colors)),
        Format::Explain => Box::new(explain::Writer::new(out, options.colors)),
        Format::Jsonl => {
            let writer = jsonl::Writer::new(out, &*options.model, unit).with_text(options.text);
            Box::new(match &options.kb {
                Some(kb) => writer.with_kb(kb),
                None => writer,
            })
        }
        Format::Conll => Box::new(conll::Writer::new(out)),
        Format::Brat => return Err(FormatError::ManyFiles { format }),
        Format::Spacy => Box::new(spacy::Writer::new(out)),
        Format::LabelStudio => Box::new(label_studio::Writer::new(out, &*options.model)),
        Format::WebAnnotation => Box::new(web_annotation::Writer::new(out, &*options.model)),
        Format::Nif => Box::new(nif::Writer::new(out)),
        Format::Hipe => Box::new(hipe::Writer::new(out)),
        Format::Csv => Box::new(csv::Writer::new(out, csv::Delimiter::Comma, unit)),
        Format::Tsv => Box::new(csv::Writer::new(out, csv::Delimiter::Tab, unit)),
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            let (model, kb) = (&*options.model, options.kb.as_deref());
            Box::new(super::parquet::Writer::new(out, model, kb, unit))
        }
        Format::Html => {
            let (model, kb) = (&*options.model, options.kb.as_deref());
            Box::new(html::Writer::new(out, model, kb))
        }
    })
}
