//! Names of entity types.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The name of an entity type, such as `PER`. Cloning shares the name.
///
/// # Example
///
/// ```
/// use griot_text::Label;
///
/// let label = Label::from("PER");
/// assert_eq!(label, "PER");
/// assert_eq!(label.to_string(), "PER");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Arc<str>);

impl Label {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Label {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for Label {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl AsRef<str> for Label {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Label {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Label {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Label {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Position of a label in one [`LabelSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelId(u32);

impl LabelId {
    /// Position in the set, from 0, to index an array kept beside it.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The labels of a model, each once, in the order they were first given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSet {
    // A model has from 3 to some hundred labels: a scan needs no index.
    labels: Vec<Label>,
}

impl LabelSet {
    /// Number of labels.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The label at `id`.
    ///
    /// # Panics
    ///
    /// If `id` comes from a larger set.
    pub fn label(&self, id: LabelId) -> &Label {
        &self.labels[id.index()]
    }

    /// The position of the label called `name`. Cost: O(number of labels).
    pub fn id(&self, name: &str) -> Option<LabelId> {
        let index = self.labels.iter().position(|label| label == name)?;
        Some(LabelId(index as u32))
    }

    /// Every label, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Label> {
        self.labels.iter()
    }

    /// Every position, in order.
    pub fn ids(&self) -> impl Iterator<Item = LabelId> + use<> {
        (0..self.labels.len() as u32).map(LabelId)
    }

    /// The position of `name`, added at the end if it is new.
    pub(crate) fn insert(&mut self, name: &str) -> LabelId {
        self.id(name).unwrap_or_else(|| {
            self.labels.push(Label::from(name));
            LabelId(self.labels.len() as u32 - 1)
        })
    }
}

impl<S: AsRef<str>> FromIterator<S> for LabelSet {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut set = Self::default();
        for name in names {
            set.insert(name.as_ref());
        }
        set
    }
}

impl<'a> IntoIterator for &'a LabelSet {
    type Item = &'a Label;
    type IntoIter = std::slice::Iter<'a, Label>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_keep_each_label_once_in_order() {
        let set: LabelSet = ["PER", "LOC", "PER", "ORG"].into_iter().collect();
        let names: Vec<&str> = set.iter().map(Label::as_str).collect();
        assert_eq!(names, ["PER", "LOC", "ORG"]);
        let id = set.id("ORG").expect("ORG was given");
        assert_eq!((id.index(), set.label(id)), (2, &Label::from("ORG")));
        assert_eq!(set.id("MISC"), None);
        assert!(LabelSet::default().is_empty());
    }

    #[test]
    fn labels_print_as_their_name() {
        let label = Label::from("LOC");
        assert_eq!(format!("{label}|{label:>5}|{label:?}"), "LOC|  LOC|\"LOC\"");
    }
}
