//! Text in, annotated text out.

use std::iter;

use griot_core::Recognizer;
#[cfg(all(feature = "embedded-model", feature = "starter-kb"))]
use griot_link::LinkerConfig;
use griot_link::{Linker, Resolver};
use griot_text::{Document, Link, Mention};

use crate::Error;
use crate::boilerplate::{self, BoilerplateHandling};
use crate::language::{self, LanguageDetection};

/// A document and what was found in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// The document, unchanged.
    pub document: Document,
    /// Its mentions: sorted, disjoint, each a span of the document's text.
    pub mentions: Vec<Mention>,
    /// What each mention refers to, in the order of `mentions`; empty if the
    /// pipeline has no linker.
    pub links: Vec<Link>,
}

impl Annotation {
    /// What `mention` covers in the text.
    ///
    /// # Panics
    ///
    /// If `mention` is not one of this document.
    pub fn surface(&self, mention: &Mention) -> &str {
        &self.document.text()[mention.span.range()]
    }

    /// The same annotation with the identifiers that `resolver` gives its entities:
    /// one for each entity of the stream of documents that `resolver` sees.
    #[must_use]
    pub fn resolved(mut self, resolver: &mut Resolver) -> Self {
        self.resolve(resolver);
        self
    }

    /// As [`resolved`](Self::resolved), in place.
    pub fn resolve(&mut self, resolver: &mut Resolver) {
        let links = std::mem::take(&mut self.links);
        self.links = resolver.resolve(&self.document, links);
    }
}

/// A recognizer, and perhaps a linker after it: documents to annotations.
///
/// Cheap to clone, and one pipeline serves any number of threads.
#[derive(Clone, Debug)]
pub struct Pipeline {
    recognizer: Recognizer,
    linker: Option<Linker>,
    languages: LanguageDetection,
    boilerplate: BoilerplateHandling,
}

/// Text that [`Pipeline::annotate_iter`] gathers before it runs the model, in
/// bytes: enough to sort windows by length, little enough to keep memory flat
/// and results coming.
const CHUNK_BYTES: usize = 256 * 1024;

/// Documents gathered at most, whatever their size.
const CHUNK_DOCUMENTS: usize = 1024;

impl Pipeline {
    /// The model compiled into the program, with default settings.
    ///
    /// # Errors
    ///
    /// [`Error::Recognizer`] if the model does not load, which a test of this
    /// library excludes.
    #[cfg(feature = "embedded-model")]
    pub fn embedded() -> Result<Self, Error> {
        Ok(Self::new(Recognizer::embedded()?))
    }

    /// The model and the knowledge base compiled into the program.
    ///
    /// # Errors
    ///
    /// As [`embedded`](Self::embedded).
    #[cfg(all(feature = "embedded-model", feature = "starter-kb"))]
    pub fn embedded_with_linker() -> Result<Self, Error> {
        let linker = Linker::new(crate::starter_kb(), LinkerConfig::default());
        Ok(Self::embedded()?.with_linker(linker))
    }

    /// A pipeline around a loaded recognizer.
    pub fn new(recognizer: Recognizer) -> Self {
        Self {
            recognizer,
            linker: None,
            languages: LanguageDetection::default(),
            boilerplate: BoilerplateHandling::default(),
        }
    }

    /// The same pipeline with `linker` after the recognizer.
    #[must_use]
    pub fn with_linker(mut self, linker: Linker) -> Self {
        self.linker = Some(linker);
        self
    }

    /// The same pipeline, that finds the languages of documents or not; by default it
    /// does not. See [`language`].
    #[must_use]
    pub const fn with_languages(mut self, languages: LanguageDetection) -> Self {
        self.languages = languages;
        self
    }

    /// The same pipeline, that does this about boilerplate; by default nothing. See
    /// [`boilerplate`].
    #[must_use]
    pub const fn with_boilerplate(mut self, boilerplate: BoilerplateHandling) -> Self {
        self.boilerplate = boilerplate;
        self
    }

    /// The same pipeline that finds mentions and does not link them.
    #[must_use]
    pub fn without_linker(mut self) -> Self {
        self.linker = None;
        self
    }

    /// The linker inside, if there is one.
    pub fn linker(&self) -> Option<&Linker> {
        self.linker.as_ref()
    }

    /// The recognizer inside.
    pub fn recognizer(&self) -> &Recognizer {
        &self.recognizer
    }

    /// Annotates one document of any length.
    ///
    /// # Errors
    ///
    /// [`Error::Annotate`] if the model cannot run on it.
    pub fn annotate(&self, document: Document) -> Result<Annotation, Error> {
        let mentions = self.recognizer.tag(document.text());
        self.annotation(document, mentions)
    }

    /// Annotates documents together, which is faster than one after the other:
    /// windows of all documents are packed by length.
    ///
    /// One result per document, in the order of `documents`; a document that
    /// fails does not touch the others. Everything is held in memory: see
    /// [`annotate_iter`](Self::annotate_iter) for more documents than fit. An item
    /// is [`Error::Annotate`] if the model cannot run on it.
    pub fn annotate_batch(&self, documents: Vec<Document>) -> Vec<Result<Annotation, Error>> {
        let texts: Vec<&str> = documents.iter().map(Document::text).collect();
        let results = self.recognizer.tag_batch(&texts);
        iter::zip(documents, results)
            .map(|(document, mentions)| self.annotation(document, mentions))
            .collect()
    }

    /// Annotates a stream of documents, in order and lazily, a few hundred
    /// kilobytes of text at a time.
    pub fn annotate_iter<I>(
        &self,
        documents: I,
    ) -> impl Iterator<Item = Result<Annotation, Error>> + use<'_, I>
    where
        I: IntoIterator<Item = Document>,
    {
        let mut documents = documents.into_iter().fuse();
        let mut ready = Vec::new().into_iter();
        iter::from_fn(move || {
            if ready.len() == 0 {
                ready = self.annotate_batch(next_chunk(&mut documents)).into_iter();
            }
            ready.next()
        })
    }

    /// What is known of `document` once its mentions are, or are not.
    fn annotation(
        &self,
        document: Document,
        mentions: Result<Vec<Mention>, griot_core::Error>,
    ) -> Result<Annotation, Error> {
        match mentions {
            Ok(mentions) => Ok(self.finish(document, mentions)),
            Err(source) => Err(failed(&document, source)),
        }
    }

    /// The annotation of `document`, whose mentions are known.
    pub(crate) fn finish(&self, document: Document, mut mentions: Vec<Mention>) -> Annotation {
        let document = self.described(document);
        if self.boilerplate == BoilerplateHandling::Skip {
            mentions.retain(|mention| !document.is_boilerplate(mention.span));
        }
        let linker = self.linker.as_ref();
        let links = linker.map_or_else(Vec::new, |linker| linker.link(&document, &mentions));
        Annotation {
            document,
            mentions,
            links,
        }
    }

    /// The document with what is asked for about it as a page.
    fn described(&self, mut document: Document) -> Document {
        if self.boilerplate != BoilerplateHandling::Keep {
            let found = boilerplate::ranges(document.text());
            let known = document.boilerplate().unwrap_or_default();
            let all = boilerplate::union(known, &found);
            document = document.with_boilerplate(all);
        }
        if self.languages == LanguageDetection::On {
            let languages = language::languages(&document);
            document = document.with_languages(languages);
        }
        document
    }
}

/// That the recognizer could not read `document`.
pub(crate) fn failed(document: &Document, source: griot_core::Error) -> Error {
    Error::Annotate {
        id: document.id().to_owned(),
        source,
    }
}

/// The next documents, until their text or their number reaches the limit.
fn next_chunk(documents: &mut impl Iterator<Item = Document>) -> Vec<Document> {
    let mut chunk = Vec::new();
    let mut n_bytes = 0;
    while n_bytes < CHUNK_BYTES && chunk.len() < CHUNK_DOCUMENTS {
        let Some(document) = documents.next() else {
            break;
        };
        n_bytes += document.text().len();
        chunk.push(document);
    }
    chunk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "embedded-model")]
    #[test]
    fn boilerplate_is_marked_or_skipped() {
        let text = "Le ministre Sergueï Lavrov est arrivé mardi soir à Bamako pour une visite de deux jours.\n\
            Partager sur Facebook\nAccueil\nMali\nContact\nNiger : Niamey accueille un sommet";
        let run = |handling| {
            let pipeline = Pipeline::embedded().unwrap().with_boilerplate(handling);
            let annotation = pipeline
                .annotate(Document::new("d", text).unwrap())
                .unwrap();
            let marks: Vec<bool> = annotation
                .mentions
                .iter()
                .map(|mention| annotation.document.is_boilerplate(mention.span))
                .collect();
            (annotation.document.boilerplate().map(<[_]>::len), marks)
        };
        let (none, kept) = run(BoilerplateHandling::Keep);
        assert_eq!(none, None);
        assert!(kept.iter().all(|is_marked| !is_marked));
        let (one, marked) = run(BoilerplateHandling::Mark);
        assert_eq!((one, marked.len()), (Some(1), kept.len()));
        assert!(
            marked.contains(&true) && marked.contains(&false),
            "{marked:?}"
        );
        let (one, left) = run(BoilerplateHandling::Skip);
        let n_text = marked.iter().filter(|is_marked| !**is_marked).count();
        assert_eq!((one, left), (Some(1), vec![false; n_text]));
    }

    #[test]
    fn a_chunk_ends_at_either_limit() {
        let document = |len: usize| Document::new("d", "a".repeat(len)).unwrap();
        let sizes = |lens: &[usize]| {
            let mut documents = lens.iter().map(|&len| document(len));
            let mut sizes = Vec::new();
            loop {
                let chunk = next_chunk(&mut documents);
                if chunk.is_empty() {
                    break sizes;
                }
                sizes.push(chunk.len());
            }
        };
        assert_eq!(sizes(&[]), [] as [usize; 0]);
        assert_eq!(sizes(&[0; CHUNK_DOCUMENTS + 1]), [CHUNK_DOCUMENTS, 1]);
        assert_eq!(sizes(&[CHUNK_BYTES, 1, CHUNK_BYTES, 1]), [1, 2, 1]);
    }
}
