//! How alike two names are.
use super::Name;

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// A person.
    Person,
    /// An organisation.
    Organization,
    /// A place.
    Place,
    /// Anything else.
    Other,
}

/// Why two names cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Veto {
    /// Words that differ.
    Word,
}

/// How alike two names are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// In `[0, 1]`.
    pub score: f32,
    /// Why not.
    pub veto: Option<Veto>,
}

impl Comparison {
    /// Whether the names may be one.
    pub fn is_match(&self) -> bool {
        self.score >= 0.5 && self.veto.is_none()
    }
}

/// Compares the keys (work in progress).
pub fn compare(left: &Name, right: &Name, _kind: NameKind) -> Comparison {
    Comparison {
        score: f32::from(u8::from(left.sorted_key() == right.sorted_key())),
        veto: None,
    }
}
