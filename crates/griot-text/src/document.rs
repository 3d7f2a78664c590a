//! One text, its identity, and what is known of it as a page.

use std::fmt;

use crate::{SourceMap, Span};

/// A text with an identifier: the only type that owns text. Mentions and links
/// hold spans into it.
///
/// # Example
///
/// ```
/// use griot_text::Document;
///
/// let document = Document::new("maj-001", "Lomé accueille le sommet.")?.with_language("fr");
/// assert_eq!(document.language(), Some("fr"));
/// # Ok::<(), griot_text::DocumentError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    id: String,
    text: String,
    language: Option<String>,
    languages: Option<Languages>,
    boilerplate: Option<Vec<Span>>,
    source: Option<SourceMap>,
}

/// Which languages a text is in, as far as that is clear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Languages {
    /// Language of the text as a BCP 47 tag; nothing if it is too short to tell, or
    /// if no language is clearly more likely than the others.
    pub main: Option<String>,
    /// Ranges in a language of their own, sorted and disjoint, if the text is mixed;
    /// empty if it is not. What is in no range is not clear.
    pub parts: Vec<(Span, String)>,
}

/// Why a text cannot be a [`Document`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The text is longer than a [`Span`] can reach.
    #[error("document {id:?} has {len} bytes of text, the limit is {max}")]
    TooLong {
        /// Identifier of the document.
        id: String,
        /// Length of its text in bytes.
        len: usize,
        /// Largest length in bytes.
        max: u32,
    },
}

impl Document {
    /// A document without a stated language. The text is kept as it is, byte
    /// for byte.
    ///
    /// # Errors
    ///
    /// [`DocumentError::TooLong`] if the text has more than `u32::MAX` bytes.
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Result<Self, DocumentError> {
        let (id, text) = (id.into(), text.into());
        if u32::try_from(text.len()).is_err() {
            return Err(DocumentError::TooLong {
                id,
                len: text.len(),
                max: u32::MAX,
            });
        }
        Ok(Self {
            id,
            text,
            language: None,
            languages: None,
            boilerplate: None,
            source: None,
        })
    }

    /// The same document with its language, a BCP 47 tag such as `fr`.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// The same document with the languages that were found in it.
    #[must_use]
    pub fn with_languages(mut self, languages: Languages) -> Self {
        self.languages = Some(languages);
        self
    }

    /// The same document with the ranges of its boilerplate: lines that stand around
    /// the text proper. They are sorted and disjoint.
    #[must_use]
    pub fn with_boilerplate(mut self, ranges: Vec<Span>) -> Self {
        self.boilerplate = Some(ranges);
        self
    }

    /// The same document with the page that its text was taken from.
    #[must_use]
    pub fn with_source(mut self, source: SourceMap) -> Self {
        self.source = Some(source);
        self
    }

    /// Identifier, unique in the collection it comes from; may be empty.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The text, at most `u32::MAX` bytes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Language as a BCP 47 tag, if it was stated. Nothing is guessed.
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// The languages found in the text, if somebody looked.
    pub const fn languages(&self) -> Option<&Languages> {
        self.languages.as_ref()
    }

    /// Ranges that are boilerplate, sorted and disjoint, if somebody looked.
    pub fn boilerplate(&self) -> Option<&[Span]> {
        self.boilerplate.as_deref()
    }

    /// Whether `span` is in boilerplate, at least in part. Cost: logarithmic in the
    /// number of ranges.
    pub fn is_boilerplate(&self, span: Span) -> bool {
        let ranges = self.boilerplate().unwrap_or_default();
        let at = ranges.partition_point(|range| range.end() <= span.start());
        ranges.get(at).is_some_and(|range| range.overlaps(span))
    }

    /// The page that the text was taken from, if it was.
    pub const fn source(&self) -> Option<&SourceMap> {
        self.source.as_ref()
    }
}

/// What nobody looked for is left out.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Document");
        debug.field("id", &self.id).field("text", &self.text);
        debug.field("language", &self.language);
        if let Some(languages) = &self.languages {
            debug.field("languages", languages);
        }
        if let Some(boilerplate) = &self.boilerplate {
            debug.field("boilerplate", boilerplate);
        }
        if let Some(source) = &self.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boilerplate_touches() {
        let document = Document::new("d", "0123456789").unwrap();
        assert!(!document.is_boilerplate(Span::new(0, 10)));
        let document = document.with_boilerplate(vec![Span::new(2, 4), Span::new(6, 7)]);
        let rows = [
            ((0, 2), false),
            ((0, 3), true),
            ((3, 4), true),
            ((4, 6), false),
            ((5, 7), true),
            ((7, 10), false),
            ((0, 10), true),
        ];
        for ((start, end), expected) in rows {
            let span = Span::new(start, end);
            assert_eq!(document.is_boilerplate(span), expected, "{span:?}");
        }
    }
}
