//! What a recognizer finds.

use crate::{Label, Span};

/// A place in a text that names an entity. The text itself is not kept: take
/// `mention.span.slice(text)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// Bytes of the text that name the entity, end exclusive.
    pub span: Span,
    /// Type of the entity.
    pub label: Label,
    /// Confidence in `[0, 1]`.
    pub score: f32,
}
