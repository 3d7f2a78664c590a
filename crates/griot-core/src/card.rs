//! What the model card says: the lines between `---` at the top of `README.md`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Most bytes of the card that are read; what is sought is at its top.
const CARD_BYTES_MAX: u64 = 64 << 10;

/// The fields of a model card that are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) languages: Vec<String>,
    pub(crate) license: Option<String>,
}

impl Card {
    /// Reads the card in `folder`. Nothing depends on it: one that cannot be
    /// read says nothing.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut bytes = Vec::new();
        let card = File::open(folder.join("README.md"));
        let read = card.and_then(|card| card.take(CARD_BYTES_MAX).read_to_end(&mut bytes));
        match read {
            Ok(_) => Self::parse(&String::from_utf8_lossy(&bytes)),
            Err(_) => Self::default(),
        }
    }

    /// Understands as much YAML as these two fields are written in: `a: b`,
    /// `a: [b, c]` and `a:` with lines `- b`.
    fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        if lines.next().map(str::trim_end) != Some("---") {
            return Self::default();
        }
        let mut card = Self::default();
        let mut field = "";
        for line in lines.take_while(|line| line.trim_end() != "---") {
            let item = line.trim_start().strip_prefix("- ");
            let value = match (item, line.split_once(':')) {
                (Some(item), _) => item,
                (None, Some((name, value))) if !name.starts_with([' ', '#']) => {
                    field = name;
                    value
                }
                _ => continue,
            };
            card.set(field, value);
        }
        card
    }

    fn set(&mut self, field: &str, value: &str) {
        let value = value.split(" #").next().unwrap_or_default().trim();
        let value = value.trim_start_matches('[').trim_end_matches(']');
        let quotes = |c: char| c == '"' || c == '\'' || c.is_whitespace();
        let values = value.split(',').map(|value| value.trim_matches(quotes));
        let mut values = values.filter(|value| !value.is_empty()).map(str::to_owned);
        match field {
            "language" => self.languages.extend(values),
            "license" => self.license = values.next().or(self.license.take()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_read_in_the_ways_they_are_written() {
        for (text, languages, license) in [
            (
                "---\nlanguage: fr\nlicense: mit\n---\n# Model",
                &["fr"][..],
                Some("mit"),
            ),
            ("---\nlanguage: [fr, \"en\"]\n---", &["fr", "en"], None),
            (
                "---\nlanguage:\n- fr\n- ar # Arabic\nlicense: 'apache-2.0'\ntags:\n- ner\n---",
                &["fr", "ar"],
                Some("apache-2.0"),
            ),
            ("---\r\nlanguage:\r\n  - de\r\n---\r\n", &["de"], None),
            (
                "---\nmodel-index:\n- name: x\n  license: gpl\n---\nlicense: mit",
                &[],
                None,
            ),
            ("# Model\nlanguage: fr", &[], None),
            ("", &[], None),
        ] {
            let card = Card::parse(text);
            assert_eq!(card.languages, languages, "{text:?}");
            assert_eq!(card.license.as_deref(), license, "{text:?}");
        }
    }
}
