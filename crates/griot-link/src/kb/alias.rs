//! What the names in a record are to their entity.

use std::collections::BTreeMap;

use super::{AliasKind, Entity, EntityName, Lang};

/// Language of a name that is one in several languages.
const MANY: &str = "mul";

/// Every name of `entity`, each text once: the canonical name, then others by
/// language, then demonyms.
pub(super) fn names(entity: &Entity) -> Vec<EntityName> {
    let mut names = Names::default();
    names.add(&entity.name, Lang::UND, AliasKind::Label);
    for (tag, aliases) in &entity.aliases {
        let language = Lang::new(tag);
        let labels = language != Lang::UND && tag != MANY;
        for (i, alias) in aliases.iter().enumerate() {
            let kind = match i {
                _ if is_acronym(alias, entity) => AliasKind::Acronym,
                0 if labels => AliasKind::Label,
                _ => AliasKind::Alias,
            };
            names.add(alias, language, kind);
        }
    }
    for (tag, demonyms) in &entity.demonyms {
        for demonym in demonyms {
            names.add(demonym, Lang::new(tag), AliasKind::Demonym);
        }
    }
    names.list
}

#[derive(Default)]
struct Names<'a> {
    list: Vec<EntityName>,
    places: BTreeMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    fn add(&mut self, text: &'a str, language: Lang, kind: AliasKind) {
        let place = *self.places.entry(text).or_insert(self.list.len());
        if let Some(name) = self.list.get_mut(place) {
            name.language = join(name.language, language);
            name.kind = name.kind.min(kind);
        } else {
            self.list.push(EntityName {
                text: text.to_owned(),
                language,
                kind,
            });
        }
    }
}

/// The language of a name that is one in both: `mul` if they differ.
pub(super) fn join(a: Lang, b: Lang) -> Lang {
    match (a, b) {
        (a, b) if a == b || b == Lang::UND => a,
        (Lang::UND, b) => b,
        _ => Lang::new(MANY),
    }
}

/// Whether `alias` stands for the first letters of a longer name: two to eight
/// capitals and digits.
fn is_acronym(alias: &str, entity: &Entity) -> bool {
    let many_words = entity.name.split_whitespace().nth(1).is_some();
    if alias == entity.name || !(many_words || entity.label.as_deref() == Some("ORG")) {
        return false;
    }
    let (mut capitals, mut digits) = (0, 0);
    for c in alias.chars() {
        match c {
            // « U.N. », "R&D", "AFL-CIO"
            '.' | '&' | '-' => {}
            c if c.is_uppercase() => capitals += 1,
            c if c.is_numeric() => digits += 1,
            _ => return false,
        }
    }
    capitals >= 2 && capitals + digits <= 8
}

/// The family name in `name`, once without and once with what goes before it:
/// « Gaulle », « de Gaulle ». Empty for names of one word and in scripts that have
/// no capitals, where it cannot be told.
pub(super) fn surnames(name: &str) -> Vec<&str> {
    let name = name
        .split(['(', '[', '/'])
        .next()
        .unwrap_or_default()
        .trim();
    if let Some((surname, given)) = name.split_once(',') {
        let plain = !given.trim().is_empty() && is_capitalized(surname);
        return if plain {
            vec![surname.trim()]
        } else {
            Vec::new()
        };
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let Some(last) = words.iter().rposition(|word| !is_suffix(word)) else {
        return Vec::new();
    };
    if last == 0 || !is_capitalized(words[last]) || words[last].chars().count() < 3 {
        return Vec::new();
    }
    let end = place(name, words[last]) + words[last].len();
    let particles = words[1..last]
        .iter()
        .rev()
        .take_while(|word| {
            word.chars()
                .all(|c| c.is_lowercase() || matches!(c, '\'' | '’'))
        })
        .count();
    let mut found = vec![words[last]];
    if particles > 0 {
        found.push(&name[place(name, words[last - particles])..end]);
    }
    found
}

/// Where `part` of `name` begins in it.
fn place(name: &str, part: &str) -> usize {
    part.as_ptr() as usize - name.as_ptr() as usize
}

fn is_capitalized(word: &str) -> bool {
    word.chars()
        .find(|c| c.is_alphabetic())
        .is_some_and(char::is_uppercase)
        || word
            .split_whitespace()
            .last()
            .is_some_and(|w| w.starts_with(char::is_uppercase))
}

/// « Jr. », "III".
fn is_suffix(word: &str) -> bool {
    word.ends_with('.') || word.chars().all(|c| matches!(c, 'I' | 'V' | 'X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames_of_names() {
        let rows: &[(&str, &[&str])] = &[
            ("Sergey Lavrov", &["Lavrov"]),
            ("Сергей Викторович Лавров", &["Лавров"]),
            ("Лавров, Сергей Викторович", &["Лавров"]),
            ("Charles de Gaulle", &["Gaulle", "de Gaulle"]),
            ("Ursula von der Leyen", &["Leyen", "von der Leyen"]),
            ("Sammy Davis Jr.", &["Davis"]),
            ("John Smith (politician)", &["Smith"]),
            ("Henry Tudor VIII", &["Tudor"]),
            ("Madonna", &[]),
            ("خليفة حفتر", &[]),
            ("Xi Jinping le grand", &[]),
            ("", &[]),
            (", ", &[]),
        ];
        for (name, expected) in rows {
            assert_eq!(surnames(name), *expected, "{name}");
        }
    }

    #[test]
    fn kinds_and_languages_of_names() {
        let entity: Entity = serde_json::from_str(
            r#"{"id": "X", "name": "West African States", "type": "ORG",
                "aliases": {"en": ["West African States", "ECOWAS", "The States"],
                            "fr": ["CEDEAO", "États", "ÉTAT"], "und": ["ЭКОВАС", "Ecowas"], "de": ["ECOWAS"]},
                "demonyms": {"fr": ["étatique"]}}"#,
        )
        .unwrap();
        let found: Vec<String> = names(&entity)
            .iter()
            .map(|n| format!("{} {} {:?}", n.text, n.language, n.kind))
            .collect();
        let expected = [
            "West African States en Label",
            "ECOWAS mul Acronym",
            "The States en Alias",
            "CEDEAO fr Acronym",
            "États fr Alias",
            "ÉTAT fr Acronym",
            "ЭКОВАС und Acronym",
            "Ecowas und Alias",
            "étatique fr Demonym",
        ];
        assert_eq!(found, expected.map(String::from).to_vec());
    }
}
