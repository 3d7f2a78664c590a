//! One text and its identity.

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    id: String,
    text: String,
    language: Option<String>,
}

/// Why a text cannot be a [`Document`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The text is longer than a [`Span`](crate::Span) can reach.
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
        })
    }

    /// The same document with its language, a BCP 47 tag such as `fr`.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
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
}
