//! What could not be read or annotated.

use std::error::Error as StdError;
use std::fmt;

use griot_text::DocumentError;

use crate::Error;

/// A document, or a whole file, that failed; others are not touched by it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Identifier of the document, if that much is known.
    pub id: Option<String>,
    /// File or stream.
    pub path: String,
    /// Line of the document in it, from 1, if it has lines.
    pub line: Option<u64>,
    /// Why.
    pub error: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    /// A failure of all of `path`.
    pub fn new(path: impl Into<String>, error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            id: None,
            path: path.into(),
            line: None,
            error: error.into(),
        }
    }

    /// The same failure with the identifier of the document.
    #[must_use]
    pub fn with_id(mut self, id: Option<String>) -> Self {
        self.id = id;
        self
    }

    /// The same failure with the line of the document.
    #[must_use]
    pub fn with_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The error and its causes, in one line.
    pub fn reason(&self) -> String {
        let mut reason = self.error.to_string();
        let mut source = self.error.source();
        while let Some(cause) = source {
            reason.push_str(": ");
            reason.push_str(&cause.to_string());
            source = cause.source();
        }
        reason
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason())
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.source()
    }
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (id, path, line) = match &error {
            Error::Annotate { id, .. } => (Some(id.clone()), id.clone(), None),
            Error::Mention { id, .. } => (Some(id.clone()), String::new(), None),
            Error::Line { name, line, .. } => (None, name.clone(), Some(*line)),
            Error::Read { name, .. } | Error::NotUtf8 { name, .. } => (None, name.clone(), None),
            _ => (None, String::new(), None),
        };
        Self {
            id,
            path,
            line,
            error: error.into(),
        }
    }
}
