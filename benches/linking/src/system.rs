//! What is measured.

use griot_text::{Document, EntityId, Link, Mention};

/// A linker, as far as the measurements know it.
pub trait System {
    /// Name of the row in tables.
    fn name(&self) -> &str;

    /// Whether its knowledge base has `id`.
    fn knows(&self, id: &EntityId) -> bool;

    /// Links the mentions of a collection: for each document, one link for each
    /// mention, in the same order.
    fn link(&self, documents: &[(Document, Vec<Mention>)]) -> Vec<Vec<Link>>;
}
