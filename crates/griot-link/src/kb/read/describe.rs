//! What a description says, for sources that have no field for it.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::kb::Entity;

/// Rules that read a finer type and a country out of descriptions:
///
/// ```toml
/// [describe]
/// country_after = [" in "]           # « city in Mali »: a country by its name
///
/// [describe.country]                 # what names no country and still says one
/// "uk parliament" = "gb"
///
/// [[describe.fine]]                  # the first that fits
/// starts = "city in "
/// fine = "city"
/// ```
///
/// A field that a source gives is never replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Describe {
    /// What stands before the name of a country, which ends with the description
    /// or at a bracket.
    pub country_after: Vec<String>,
    /// Texts in a description that say which country.
    pub country: BTreeMap<String, String>,
    /// Texts that say which finer type.
    pub fine: Vec<FineRule>,
}

/// A finer type and how a description of it looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FineRule {
    /// What the description starts with, if that matters.
    pub starts: String,
    /// What is in it, if that matters.
    pub contains: String,
    /// Type of the entity, if that matters.
    #[serde(rename = "type")]
    pub label: Option<String>,
    /// The finer type.
    pub fine: String,
}

impl Describe {
    /// Gives every entity of `entities` what its description says and no field does.
    pub fn apply(&self, entities: &mut [Entity]) {
        let countries = countries(entities);
        for entity in entities {
            let Some(description) = entity.description.clone() else {
                continue;
            };
            if entity.fine.is_none() {
                entity.fine = self.fine(entity, &description);
            }
            if entity.country.is_none() {
                entity.country = self.country(&description, &countries);
            }
        }
    }

    fn fine(&self, entity: &Entity, description: &str) -> Option<String> {
        let fits = |rule: &&FineRule| {
            description.starts_with(&rule.starts)
                && description.contains(&rule.contains)
                && (rule.label.is_none() || rule.label == entity.label)
        };
        self.fine.iter().find(fits).map(|rule| rule.fine.clone())
    }

    fn country(&self, description: &str, countries: &HashMap<String, String>) -> Option<String> {
        let named = self.country_after.iter().find_map(|before| {
            let (_, name) = description.rsplit_once(before.as_str())?;
            let name = name.split('(').next().unwrap_or(name).trim();
            countries.get(name)
        });
        let said = || {
            self.country
                .iter()
                .find(|(text, _)| description.contains(text.as_str()))
        };
        named
            .or_else(|| said().map(|(_, country)| country))
            .cloned()
    }
}

/// The codes of countries by their names in any language.
fn countries(entities: &[Entity]) -> HashMap<String, String> {
    let mut countries = HashMap::new();
    for entity in entities
        .iter()
        .filter(|entity| entity.fine.as_deref() == Some("country"))
    {
        let Some(code) = &entity.country else {
            continue;
        };
        let names = entity.aliases.values().flatten().chain([&entity.name]);
        for name in names {
            countries
                .entry(name.clone())
                .or_insert_with(|| code.clone());
        }
    }
    countries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_descriptions() {
        let rules: Describe = toml::from_str(
            r#"
            country_after = [" in ", "politician, "]
            country = { "uk-cabinet" = "gb" }
            fine = [{ starts = "place in ", fine = "city" }, { contains = "mayor", type = "PER", fine = "politician" }]
            "#,
        )
        .unwrap();
        let entity = |label: &str, description: &str, country: Option<&str>| Entity {
            label: Some(label.to_owned()),
            description: Some(description.to_owned()),
            country: country.map(str::to_owned),
            ..Entity::default()
        };
        let mut mali = entity("LOC", "country", Some("ml"));
        (mali.name, mali.fine) = ("Mali".to_owned(), Some("country".to_owned()));
        let rows = [
            (
                entity("LOC", "place in Mali", None),
                Some("city"),
                Some("ml"),
            ),
            (
                entity("LOC", "place in Mali", Some("fr")),
                Some("city"),
                Some("fr"),
            ),
            (entity("LOC", "place in Atlantis", None), Some("city"), None),
            (
                entity("PER", "politician, Mali (Assembly)", None),
                None,
                Some("ml"),
            ),
            (
                entity("PER", "mayor, uk-cabinet", None),
                Some("politician"),
                Some("gb"),
            ),
            (entity("ORG", "mayors", None), None, None),
        ];
        for (given, fine, country) in rows {
            let mut entities = [mali.clone(), given];
            rules.apply(&mut entities);
            let found = (entities[1].fine.as_deref(), entities[1].country.as_deref());
            assert_eq!(found, (fine, country), "{:?}", entities[1].description);
        }
    }
}
