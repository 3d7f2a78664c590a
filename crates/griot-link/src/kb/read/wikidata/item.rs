//! An item of the dump, and what is kept of it.

use std::collections::BTreeMap;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess};
use serde::{Deserialize, Serialize};

use super::claims::{Claims, Statement, Value, number};
use super::ontology::{Ontology, Role};
use super::skim::{Count, Key, Part, Seed, Text};
use crate::kb::Entity;
use crate::kb::read::{Languages, Reason};

/// What an item says of other items.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    #[serde(rename = "i")]
    pub(super) id: u32,
    /// Classes that this class is part of.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parents: Vec<u32>,
    /// Code of this country.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(super) iso: Option<String>,
    /// Capitals of this country.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) capitals: Vec<u32>,
}

/// What is kept of an item, until all items are known that say what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Slim {
    /// All but type, country and what it stands for.
    #[serde(rename = "e")]
    pub(super) entity: Entity,
    #[serde(rename = "i")]
    pub(super) id: u32,
    #[serde(rename = "c")]
    pub(super) classes: Vec<u32>,
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) occupations: Vec<u32>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(super) country: Option<u32>,
}

/// An item, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Item {
    id: u32,
    labels: Labels,
    aliases: BTreeMap<String, Vec<String>>,
    descriptions: BTreeMap<String, String>,
    statements: Vec<Statement>,
    n_sitelinks: u32,
}

/// What lines are read with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) languages: &'a Languages,
    pub(super) ontology: &'a Ontology,
}

impl Context<'_> {
    /// The items of a line: one in a dump, any number in an answer of the API, none
    /// if it is of a property or a lexeme.
    pub(super) fn items(self, line: &str) -> Result<Vec<Item>, Reason> {
        let mut json = serde_json::Deserializer::from_str(line);
        let read = Seed(ItemPart(self)).deserialize(&mut json)?;
        json.end()?;
        let records = if read.nested.is_empty() {
            vec![read]
        } else {
            read.nested
        };
        let mut items = Vec::new();
        for record in records {
            let id = record.id.ok_or(Reason::NoField { field: "id" })?;
            if let Some(number) = number(&id) {
                items.push(Item {
                    id: number,
                    ..record.item
                });
            } else if id.starts_with('Q') || id.is_empty() {
                return Err(Reason::Field {
                    field: "id",
                    value: id,
                    expected: "Q and a number below 2^32",
                });
            }
        }
        Ok(items)
    }
}

#[derive(Default)]
struct Read {
    id: Option<String>,
    item: Item,
    /// Of an answer of the API.
    nested: Vec<Read>,
}

struct ItemPart<'a>(Context<'a>);

impl Part for ItemPart<'_> {
    type Value = Read;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let Context {
            languages,
            ontology,
        } = self.0;
        let mut read = Read::default();
        let item = &mut read.item;
        while let Some(Key(key)) = map.next_key()? {
            match &*key {
                "id" => read.id = map.next_value_seed(Seed(Text))?,
                "labels" => item.labels = map.next_value_seed(Seed(LabelsPart(languages)))?,
                "aliases" => item.aliases = map.next_value_seed(Seed(AliasesPart(languages)))?,
                "descriptions" => {
                    item.descriptions = map.next_value_seed(Seed(LabelsPart(languages)))?.kept;
                }
                "claims" => item.statements = map.next_value_seed(Seed(Claims(ontology)))?,
                "sitelinks" => item.n_sitelinks = map.next_value_seed(Seed(Count))?,
                "entities" => read.nested = map.next_value_seed(Seed(Entities(self.0)))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(read)
    }
}

struct Entities<'a>(Context<'a>);

impl Part for Entities<'_> {
    type Value = Vec<Read>;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while map.next_key::<IgnoredAny>()?.is_some() {
            items.push(map.next_value_seed(Seed(ItemPart(self.0)))?);
        }
        Ok(items)
    }
}

/// A text for each language.
#[derive(Clone, Debug, Default, PartialEq)]
struct Labels {
    kept: BTreeMap<String, String>,
    /// The first in a language that is not kept, with that language.
    other: Option<(String, String)>,
}

struct LabelsPart<'a>(&'a Languages);

impl Part for LabelsPart<'_> {
    type Value = Labels;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut labels = Labels::default();
        while let Some(Key(language)) = map.next_key()? {
            let keep = self.0.keep(&language);
            if !keep && labels.other.is_some() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let Some(text) = map.next_value_seed(Seed(Term))? else {
                continue;
            };
            if keep {
                labels.kept.insert(language.into_owned(), text);
            } else {
                labels.other = Some((language.into_owned(), text));
            }
        }
        Ok(labels)
    }
}

struct AliasesPart<'a>(&'a Languages);

impl Part for AliasesPart<'_> {
    type Value = BTreeMap<String, Vec<String>>;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut aliases = BTreeMap::new();
        while let Some(Key(language)) = map.next_key()? {
            if self.0.keep(&language) {
                let texts = map.next_value_seed(Seed(Terms))?;
                aliases.insert(language.into_owned(), texts);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(aliases)
    }
}

struct Terms;

impl Part for Terms {
    type Value = Vec<String>;

    fn seq<'de, A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = items.next_element_seed(Seed(Term))? {
            texts.extend(text);
        }
        Ok(texts)
    }
}

/// A text with its language, which its place gives as well.
struct Term;

impl Part for Term {
    type Value = Option<String>;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut text = None;
        while let Some(Key(key)) = map.next_key()? {
            if key == "value" {
                text = map.next_value_seed(Seed(Text))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(text)
    }
}

/// Pages with which an item is as popular as can be; some 400 Wikipedias and
/// sister projects have one of the best-known items.
const SITELINKS_FULL: f64 = 400.0;
/// Inhabitants with which a place is as popular as population alone can make it.
const POPULATION_FULL: f64 = 3e7;
/// That popularity.
const POPULATION_WEIGHT: f64 = 0.8;

/// Popularity, in `[0, 1]`, of what has `n_sitelinks` pages and, of a place, so many
/// inhabitants: the larger of `ln(1 + pages) / ln(401)` and
/// `0.8 · ln(1 + inhabitants) / ln(30,000,001)`.
pub(super) fn popularity(n_sitelinks: u32, population: Option<f64>) -> f32 {
    let pages = f64::from(n_sitelinks).ln_1p() / SITELINKS_FULL.ln_1p();
    let inhabitants = population.map_or(0.0, |n| {
        POPULATION_WEIGHT * (n.max(0.0).ln_1p() / POPULATION_FULL.ln_1p()).min(1.0)
    });
    // Three decimals are more than the logarithms know, and shorten the shards.
    let popularity = (pages.max(inhabitants).min(1.0) * 1000.0).round() / 1000.0;
    popularity as f32
}

impl Item {
    pub(super) fn n_sitelinks(&self) -> u32 {
        self.n_sitelinks
    }

    /// What the item says of others.
    pub(super) fn facts(&self) -> Facts {
        let iso = self.best(Role::Iso).find_map(|s| match &s.value {
            Value::Text(text) if is_iso(text) => Some(text.to_ascii_lowercase()),
            _ => None,
        });
        let capitals = match iso {
            Some(_) => self.current(Role::Capital).collect(),
            None => Vec::new(),
        };
        Facts {
            id: self.id,
            parents: self.refs(Role::SubclassOf),
            iso,
            capitals,
        }
    }

    /// What is kept of the item; nothing if it has no name or is of no class.
    pub(super) fn into_slim(self, languages: &Languages) -> Option<Slim> {
        let classes = self.refs(Role::InstanceOf);
        if classes.is_empty() {
            return None;
        }
        let name = self.name(languages)?;
        let population = self.best(Role::Population).filter_map(|s| match s.value {
            Value::Number(number) => Some(number),
            _ => None,
        });
        let popularity = popularity(self.n_sitelinks, population.reduce(f64::max));
        Some(Slim {
            id: self.id,
            occupations: self.refs(Role::Occupation),
            country: self.country(),
            classes,
            entity: Entity {
                id: format!("Q{}", self.id),
                description: self.description(languages),
                demonyms: self.demonyms(languages),
                neighbours: self.neighbours(),
                popularity,
                aliases: self.names(languages),
                name,
                ..Entity::default()
            },
        })
    }

    /// The statements of the best rank there is.
    fn best(&self, role: Role) -> impl Iterator<Item = &Statement> {
        let all = self.statements.iter().filter(move |s| s.role == role);
        let preferred = all.clone().any(|s| s.preferred);
        all.filter(move |s| s.preferred || !preferred)
    }

    fn refs(&self, role: Role) -> Vec<u32> {
        self.best(role).filter_map(as_item).collect()
    }

    /// The best that have not ended, else the best.
    fn current(&self, role: Role) -> impl Iterator<Item = u32> {
        let all_ended = self.best(role).all(|s| s.ended);
        let current = self.best(role).filter(move |s| all_ended || !s.ended);
        current.filter_map(as_item)
    }

    fn country(&self) -> Option<u32> {
        let roles = self.statements.iter().filter_map(|s| match s.role {
            Role::Country(preference) => Some(preference),
            _ => None,
        });
        self.current(Role::Country(roles.min()?)).next()
    }

    fn neighbours(&self) -> Vec<String> {
        let all = self.statements.iter();
        let mut ids: Vec<u32> = all
            .filter(|s| s.role == Role::Neighbour)
            .filter_map(as_item)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().map(|id| format!("Q{id}")).collect()
    }

    /// The label in the first wanted language that has one.
    fn name(&self, languages: &Languages) -> Option<String> {
        let wanted = languages.tags().iter().map(String::as_str);
        let label = wanted
            .chain(["mul", "en"])
            .find_map(|language| self.labels.kept.get(language))
            .or_else(|| self.labels.kept.values().next());
        label
            .or(self.labels.other.as_ref().map(|(_, text)| text))
            .cloned()
    }

    fn description(&self, languages: &Languages) -> Option<String> {
        let wanted = languages.tags().iter().map(String::as_str);
        let description = wanted
            .chain(["en"])
            .find_map(|language| self.descriptions.get(language))
            .or_else(|| self.descriptions.values().next());
        description.cloned()
    }

    /// Names by language: label, aliases, names that statements give.
    fn names(&self, languages: &Languages) -> BTreeMap<String, Vec<String>> {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let other = self.labels.other.iter().map(|(l, text)| (l, text));
        let labels = self.labels.kept.iter();
        // A name in another language is better than the lack of any.
        let other = other.filter(|_| self.labels.kept.is_empty());
        for (language, text) in labels.chain(other) {
            add(&mut names, language, text);
        }
        for (language, texts) in &self.aliases {
            // The first name in a language counts as its label, which is left out
            // where it is that for all languages.
            if let (None, Some(label)) = (names.get(language), self.labels.kept.get("mul")) {
                add(&mut names, language, label);
            }
            for text in texts {
                add(&mut names, language, text);
            }
        }
        for (language, text) in self.texts(Role::Name, languages) {
            add(&mut names, language, text);
        }
        dedup_variants(&mut names);
        names
    }

    fn demonyms(&self, languages: &Languages) -> BTreeMap<String, Vec<String>> {
        let mut demonyms = BTreeMap::new();
        for (language, text) in self.texts(Role::Demonym, languages) {
            add(&mut demonyms, language, text);
        }
        demonyms
    }

    /// Texts that statements give, in languages that are kept; a text without
    /// language is one for all.
    fn texts(&self, role: Role, languages: &Languages) -> impl Iterator<Item = (&str, &str)> {
        let all = self.statements.iter().filter(move |s| s.role == role);
        all.filter_map(|s| match &s.value {
            Value::Monolingual(language, text) if languages.keep(language) => {
                Some((language.as_str(), text.as_str()))
            }
            Value::Text(text) => Some(("mul", text.as_str())),
            _ => None,
        })
    }
}

fn as_item(statement: &Statement) -> Option<u32> {
    match statement.value {
        Value::Item(id) => Some(id),
        _ => None,
    }
}

fn is_iso(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic())
}

fn add(names: &mut BTreeMap<String, Vec<String>>, language: &str, text: &str) {
    if let Some(names) = names.get_mut(language) {
        if !names.iter().any(|name| name == text) {
            names.push(text.to_owned());
        }
    } else {
        names.insert(language.to_owned(), vec![text.to_owned()]);
    }
}

/// Takes out what a variant has from its language: `Belgium` in `en-gb`.
fn dedup_variants(names: &mut BTreeMap<String, Vec<String>>) {
    Languages::all().retain(names);
}
