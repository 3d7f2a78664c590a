//! What the builder knows of the classes and properties of Wikidata.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::claims::number;
use crate::kb::read::ReadError;

/// Classes and properties of Wikidata and what they mean here, read from TOML. The
/// default is a file of this crate, `ontology.toml`, which says how it is written.
#[derive(Clone)]
pub struct Ontology {
    /// As it was read.
    text: String,
    roles: HashMap<String, Role>,
    /// Of the classes by themselves.
    meanings: HashMap<u32, Meaning>,
    /// In the order of the file.
    pub(super) classes: Vec<Class>,
    /// In the order of the file.
    pub(super) occupations: Vec<Class>,
}

/// Classes that mean the same.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) ids: Vec<u32>,
    pub(super) meaning: Meaning,
    pub(super) fine: Option<String>,
}

/// What is made of an item of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An entity of this type.
    Type(String),
    /// Nothing, unless a nearer class makes it an entity.
    DropNearest,
    /// Nothing, whatever its other classes.
    DropAny,
    /// A finer type of persons.
    Occupation,
}

/// What a property is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    InstanceOf,
    SubclassOf,
    Occupation,
    Iso,
    Capital,
    Population,
    /// With its place in the order of preference.
    Country(u8),
    Name,
    Demonym,
    Neighbour,
}

impl Role {
    /// Whether it matters that a statement has ended.
    pub(super) fn may_end(self) -> bool {
        matches!(self, Self::Country(_) | Self::Capital)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Toml {
    properties: Properties,
    #[serde(rename = "class")]
    classes: Vec<ClassToml>,
    #[serde(default, rename = "occupation")]
    occupations: Vec<ClassToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Properties {
    instance_of: Vec<String>,
    subclass_of: Vec<String>,
    occupation: Vec<String>,
    iso: Vec<String>,
    capital: Vec<String>,
    population: Vec<String>,
    country: Vec<String>,
    name: Vec<String>,
    demonym: Vec<String>,
    neighbour: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassToml {
    ids: Vec<String>,
    #[serde(rename = "type")]
    label: Option<String>,
    fine: Option<String>,
    drop: Option<Drop>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Drop {
    Any,
    Nearest,
}

/// The tables are too long to be looked at.
impl fmt::Debug for Ontology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ontology").finish_non_exhaustive()
    }
}

impl Default for Ontology {
    fn default() -> Self {
        let path = Path::new("ontology.toml");
        Self::parse(include_str!("ontology.toml"), path).expect("the file is part of this crate")
    }
}

impl Ontology {
    /// Reads an ontology from TOML.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`], [`ReadError::Settings`], [`ReadError::Setting`].
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let text = std::fs::read_to_string(path).map_err(ReadError::io("read", path))?;
        Self::parse(&text, path)
    }

    /// The role of `property`, if it has one.
    pub(super) fn role(&self, property: &str) -> Option<Role> {
        self.roles.get(property).copied()
    }

    /// The file it was read from.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether an item of `classes` is left out, whatever is above them. If not, it
    /// may still be.
    pub(super) fn drops(&self, classes: &[u32]) -> bool {
        let meaning = |id: &u32| self.meanings.get(id);
        let nothing = |id| matches!(meaning(id), Some(Meaning::DropAny | Meaning::DropNearest));
        classes
            .iter()
            .any(|id| meaning(id) == Some(&Meaning::DropAny))
            || classes.iter().all(nothing)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ReadError> {
        let toml: Toml = toml::from_str(text).map_err(|source| ReadError::Settings {
            path: PathBuf::from(path),
            source: Box::new(source),
        })?;
        let classes = toml.classes.into_iter().map(ClassToml::class);
        let occupations = toml.occupations.into_iter().map(ClassToml::occupation);
        let classes: Vec<Class> = classes.collect::<Result<_, _>>()?;
        let meanings = classes.iter().flat_map(|class| {
            let ids = class.ids.iter();
            ids.map(|&id| (id, class.meaning.clone()))
        });
        Ok(Self {
            text: text.to_owned(),
            roles: toml.properties.roles(),
            meanings: meanings.collect(),
            classes,
            occupations: occupations.collect::<Result<_, _>>()?,
        })
    }
}

impl Properties {
    fn roles(self) -> HashMap<String, Role> {
        let mut roles = HashMap::new();
        let alike = [
            (self.instance_of, Role::InstanceOf),
            (self.subclass_of, Role::SubclassOf),
            (self.occupation, Role::Occupation),
            (self.iso, Role::Iso),
            (self.capital, Role::Capital),
            (self.population, Role::Population),
            (self.name, Role::Name),
            (self.demonym, Role::Demonym),
            (self.neighbour, Role::Neighbour),
        ];
        for (properties, role) in alike {
            roles.extend(properties.into_iter().map(|property| (property, role)));
        }
        let countries = self.country.into_iter().zip(0..);
        roles.extend(countries.map(|(property, place)| (property, Role::Country(place))));
        roles
    }
}

impl ClassToml {
    fn class(self) -> Result<Class, ReadError> {
        let meaning = match (self.label, self.drop) {
            (Some(label), None) => Meaning::Type(label),
            (None, Some(Drop::Any)) => Meaning::DropAny,
            (None, Some(Drop::Nearest)) => Meaning::DropNearest,
            _ => {
                return Err(ReadError::Setting {
                    field: "class",
                    value: self.ids.join(" "),
                    expected: "of a type or dropped",
                });
            }
        };
        Ok(Class {
            ids: numbers(&self.ids)?,
            meaning,
            fine: self.fine,
        })
    }

    fn occupation(self) -> Result<Class, ReadError> {
        Ok(Class {
            ids: numbers(&self.ids)?,
            meaning: Meaning::Occupation,
            fine: self.fine,
        })
    }
}

fn numbers(ids: &[String]) -> Result<Vec<u32>, ReadError> {
    let number = |id: &String| {
        number(id).ok_or_else(|| ReadError::Setting {
            field: "class",
            value: id.clone(),
            expected: "an identifier such as Q5",
        })
    };
    ids.iter().map(number).collect()
}
