//! Words beside the mentions of an entity that tell what kind of thing it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use griot_text::{Document, Mention};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::document::{Cluster, Form};
use crate::name::{Name, is_letter};

/// What stands beside the mentions of one cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hints {
    /// Types that the words name.
    pub(crate) types: BTreeSet<&'static str>,
    /// The words, as keys of names.
    words: FxHashSet<String>,
}

/// Words read on either side of a mention.
const BESIDE: usize = 4;

/// Letters of the shortest word of a description that says something.
const LETTERS_MIN: usize = 5;

impl Hints {
    /// Reads what stands beside the mentions of `cluster`.
    pub(crate) fn new(
        document: &Document,
        mentions: &[Mention],
        forms: &[Form],
        cluster: &Cluster,
    ) -> Self {
        let mut hints = Self::default();
        let text = document.text();
        for &mention in cluster.forms.iter().flat_map(|&form| &forms[form].mentions) {
            let range = mentions[mention].span.range();
            // What follows a name says less often what it is: "Georgia, the state".
            for word in words(&text[range.end..]).take(BESIDE) {
                hints.add(word);
            }
            for word in words_before(&text[..range.start]).take(BESIDE) {
                hints.add(word);
            }
        }
        hints
    }

    fn add(&mut self, word: &str) {
        let key = key(word);
        if let Some(types) = TYPES.get(&key) {
            self.types.extend(types);
        }
        if key.chars().count() >= LETTERS_MIN {
            self.words.insert(key);
        }
    }

    /// Number of words of `description` that stand beside the mentions.
    pub(crate) fn common_words(&self, description: &str) -> usize {
        self.common(description).count()
    }

    /// What speaks for an entity of this type and description: its type, if words
    /// beside the mentions name it, and the words of the description among them.
    pub(crate) fn reasons(&self, fine: Option<&str>, description: Option<&str>) -> Vec<String> {
        let fine = fine.filter(|fine| self.types.contains(fine));
        let words = description
            .into_iter()
            .flat_map(|description| self.common(description));
        fine.into_iter().chain(words).map(str::to_owned).collect()
    }

    fn common<'a>(&'a self, description: &'a str) -> impl Iterator<Item = &'a str> {
        let described = words(description).filter(|word| word.len() >= LETTERS_MIN);
        described.filter(|word| self.words.contains(&word.to_lowercase()))
    }
}

/// The type that a text gives a place right before its name, as in "the state of
/// Georgia" and « l'État de Géorgie »: a word of one type only, joined to the name.
pub(crate) fn qualifier(before: &str) -> Option<&'static str> {
    // "the city of New York", "New York city" says it after; « ville de New York ».
    let mut words = words_before(before);
    let nearest = words.next()?;
    let word = if is_joint(nearest) {
        words.next()?
    } else {
        nearest
    };
    match TYPES.get(&key(word))?.as_slice() {
        [only] if PLACES.contains(only) => Some(only),
        _ => None,
    }
}

/// The key of a word of letters.
fn key(word: &str) -> String {
    if word.is_ascii() {
        word.to_ascii_lowercase()
    } else {
        Name::new(word).key().to_owned()
    }
}

/// Types of places, as the list has them.
const PLACES: [&str; 5] = ["city", "region", "water", "island", "mountain"];

/// Words that join a type and a name.
fn is_joint(word: &str) -> bool {
    matches!(
        word,
        "of" | "de" | "du" | "des" | "d" | "von" | "di" | "del" | "do" | "da" | "van"
    )
}

/// The words of `text` up to the end of its sentence.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let sentence = text.split(is_end).next().unwrap_or_default();
    sentence
        .split(|c: char| !is_letter(c))
        .filter(|word| !word.is_empty())
}

/// The words of `text` from its end back to the start of its sentence.
fn words_before(text: &str) -> impl Iterator<Item = &str> {
    let sentence = text.rsplit(is_end).next().unwrap_or_default();
    sentence
        .rsplit(|c: char| !is_letter(c))
        .filter(|word| !word.is_empty())
}

const fn is_end(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | ';' | '\n' | '。')
}

/// Forms by language, by type.
type File = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The types that a word may name.
static TYPES: LazyLock<FxHashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let text = include_str!("../../data/type_words.toml");
    // Part of the crate, and read by a test.
    let file: File = toml::from_str(text).expect("data/type_words.toml holds lists of words");
    let mut types: FxHashMap<String, Vec<&'static str>> = FxHashMap::default();
    for (name, forms) in file {
        // The list lives as long as the program.
        let name: &'static str = name.leak();
        for form in forms.into_values().flatten() {
            let known = types.entry(Name::new(&form).key().to_owned()).or_default();
            if !known.contains(&name) {
                known.push(name);
            }
        }
    }
    types
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{clusters, forms};
    use crate::testing::{knowledge_base, marked};

    #[test]
    fn words_before_a_name_qualify_it() {
        let rows = [
            ("In the state of ", Some("region")),
            ("la ville de ", Some("city")),
            ("der Fluss ", Some("water")),
            ("на берегу реки ", Some("water")),
            ("les habitants du Niger et de ", None),
            ("president of ", None),
            ("a state. In ", None),
            ("", None),
        ];
        for (before, expected) in rows {
            assert_eq!(qualifier(before), expected, "{before}");
        }
    }

    #[test]
    fn words_name_types() {
        let rows: [(&str, &[&str]); 6] = [
            ("the state of [Georgia](LOC)", &["region"]),
            ("la ville de [Djibouti](LOC)", &["city"]),
            ("берег реки [Волга](LOC)", &["water"]),
            ("au bord du fleuve. [Niger](LOC)", &[]),
            ("[Valence](LOC), ville de la Drôme", &["city"]),
            ("le ministre [Valence](PER)", &["politician"]),
        ];
        for (text, expected) in rows {
            let marked = marked("d", text);
            let forms = forms(&knowledge_base(""), &marked.document, &marked.mentions);
            let clusters = clusters(&marked.document, &marked.mentions, &forms);
            let hints = Hints::new(&marked.document, &marked.mentions, &forms, &clusters[0]);
            assert_eq!(
                hints.types.iter().copied().collect::<Vec<_>>(),
                expected,
                "{text}"
            );
        }
    }
}
