//! What is asked of a service.

use std::time::Duration;

use griot::{Document, DocumentError, Mention};

use crate::ServiceError;

/// One document and what to do with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub(crate) document: Document,
    pub(crate) task: Task,
    pub(crate) threshold: f32,
    pub(crate) deadline: Option<Duration>,
}

/// What to do with a document.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Task {
    /// Find its mentions.
    Tag,
    /// Find its mentions and link them.
    Link,
    /// Link these mentions, which something else found; each is a span of the text.
    LinkGiven(Vec<Mention>),
}

impl Request {
    /// Find the mentions of `document`.
    pub fn tag(document: Document) -> Self {
        Self::new(document, Task::Tag)
    }

    /// Find the mentions of `document` and link them.
    pub fn link(document: Document) -> Self {
        Self::new(document, Task::Link)
    }

    /// Link `mentions` of `document`.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Span`] for a mention that is not a span of the text.
    pub fn link_given(document: Document, mentions: Vec<Mention>) -> Result<Self, ServiceError> {
        let outside = mentions
            .iter()
            .find(|mention| mention.span.slice(document.text()).is_none());
        match outside {
            Some(mention) => Err(ServiceError::Span {
                id: document.id().to_owned(),
                start: mention.span.start(),
                end: mention.span.end(),
            }),
            None => Ok(Self::new(document, Task::LinkGiven(mentions))),
        }
    }

    /// The same request that leaves out mentions with a lower score, from 0 to 1,
    /// before they are linked. By default none but those that the pipeline does.
    #[must_use]
    pub const fn with_threshold(mut self, threshold: f32) -> Self {
        self.threshold = threshold;
        self
    }

    /// The same request with a time to reply of its own, from its submission.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What to do with it.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Least score of a mention.
    pub const fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Length of its text, in bytes: what it counts in the limits of the queue.
    pub fn n_bytes(&self) -> usize {
        self.document.text().len()
    }

    /// A text without an identifier.
    pub(crate) fn text(text: impl Into<String>, task: Task) -> Result<Self, griot::Error> {
        let document = Document::new("", text).map_err(|error: DocumentError| error.into());
        document.map(|document| Self::new(document, task))
    }

    fn new(document: Document, task: Task) -> Self {
        Self {
            document,
            task,
            threshold: 0.0,
            deadline: None,
        }
    }
}
