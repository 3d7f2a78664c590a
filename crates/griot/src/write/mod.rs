//! Annotations to files: one module a format.
//!
//! Each module has a `Writer` that is an [`AnnotationWriter`]: it takes one
//! [`Annotation`] after the other, and [`finish`](AnnotationWriter::finish) ends the
//! file. Give it a buffered writer. [`open`] makes the writer of a [`Format`] that
//! is only known at run time; [`losses`] tells what a format cannot hold.
//!
//! Nothing here keeps more than one document in memory, but for `parquet`, which keeps
//! a group of rows.

pub mod brat;
pub mod conll;
pub mod csv;
pub mod explain;
mod format;
pub mod hf;
pub mod hipe;
pub mod html;
mod iri;
pub mod jsonl;
pub mod label_studio;
mod linked;
mod loss;
pub mod nif;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod spacy;
pub mod text;
pub mod web_annotation;
mod words;

use std::io;

pub use format::{Format, FormatError, Offsets, Options, open};
pub use loss::{Losses, Part, losses};

use crate::Annotation;

/// Writes annotations in one format.
pub trait AnnotationWriter {
    /// Writes one document.
    ///
    /// # Errors
    ///
    /// What writing gives.
    ///
    /// # Panics
    ///
    /// If a mention is not a span of the text of its annotation.
    fn write(&mut self, annotation: &Annotation) -> io::Result<()>;

    /// Writes what is still held back and what ends the file, and flushes. After it
    /// nothing may be written.
    ///
    /// # Errors
    ///
    /// What writing gives.
    fn finish(&mut self) -> io::Result<()>;
}

/// The trait for writers of formats that need no end.
macro_rules! plain_writer {
    ($module:ident) => {
        impl<W: io::Write> AnnotationWriter for $module::Writer<W> {
            fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
                // The method of the type, not of this trait.
                $module::Writer::write(self, annotation)
            }

            fn finish(&mut self) -> io::Result<()> {
                self.get_mut().flush()
            }
        }
    };
}

plain_writer!(conll);
plain_writer!(explain);
plain_writer!(jsonl);
plain_writer!(text);

#[cfg(test)]
mod tests {
    use griot_text::{Candidate, Document, EntityId, Evidence, Link, Mention, Span, Target};

    use crate::Annotation;

    /// An annotation to change before it is written.
    pub(super) struct Sample(pub(super) Annotation);

    /// The annotation that `marked`, such as `à [Lomé](LOC)`, shows.
    pub(super) fn annotation(marked: &str) -> Sample {
        let mut text = String::new();
        let mut mentions = Vec::new();
        let mut rest = marked;
        while let Some((before, after)) = rest.split_once('[') {
            let (name, after) = after.split_once("](").unwrap();
            let (label, after) = after.split_once(')').unwrap();
            text.push_str(before);
            let start = text.len() as u32;
            text.push_str(name);
            let span = Span::new(start, text.len() as u32);
            mentions.push(Mention {
                span,
                label: label.into(),
                score: 0.998_765,
            });
            rest = after;
        }
        text.push_str(rest);
        let document = Document::new("d", text).unwrap();
        Sample(Annotation {
            document,
            mentions,
            links: Vec::new(),
        })
    }

    impl Sample {
        pub(super) fn with_language(mut self, language: &str) -> Self {
            self.0.document = self.0.document.with_language(language);
            self
        }

        /// Links the mentions to these entities, `None` to none.
        pub(super) fn linked_to<const N: usize>(mut self, targets: [Option<&str>; N]) -> Self {
            let mentions = self.0.mentions.iter().zip(targets);
            self.0.links = mentions
                .map(|(mention, id)| link(&self.0, mention, id))
                .collect();
            self
        }
    }

    fn link(annotation: &Annotation, mention: &Mention, id: Option<&str>) -> Link {
        let name = annotation.surface(mention).to_owned();
        let candidate = |id| Candidate {
            id: EntityId::from(id),
            name: name.clone(),
            score: 1.0,
        };
        let evidence = [
            Evidence::Alias {
                language: "fr".to_owned(),
                matched: "exact",
                kind: "label",
            },
            Evidence::Coreference { span: mention.span },
        ];
        Link {
            mention: mention.clone(),
            target: id.map_or(Target::Nil("nil:LOC:0".into()), |id| {
                Target::Entity(id.into())
            }),
            candidates: id.map(candidate).into_iter().collect(),
            evidence: id.map(|_| evidence.to_vec()).unwrap_or_default(),
            label: mention.label.clone(),
            name,
            score: 1.0,
            stands_for: None,
        }
    }
}
