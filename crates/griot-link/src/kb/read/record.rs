//! Records as people write them, in the shapes that are seen.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::Reason;
use crate::kb::Entity;

/// Separates names in one string.
pub(super) const SEPARATOR: char = '|';
/// The language of names that come without one.
pub(super) const UNKNOWN: &str = "und";

/// A record before it is known to be complete. Fields that are not listed are
/// ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    pub(super) id: Lenient<Text>,
    pub(super) name: Lenient<Text>,
    #[serde(rename = "type")]
    pub(super) label: Lenient<Text>,
    pub(super) fine: Lenient<Text>,
    pub(super) aliases: Lenient<Names>,
    pub(super) demonyms: Lenient<Names>,
    pub(super) description: Lenient<Text>,
    pub(super) country: Lenient<Text>,
    /// A country, or a part of one: `ml`, `us-ca`.
    pub(super) iso: Lenient<Text>,
    pub(super) popularity: Lenient<Text>,
    pub(super) counts: Option<BTreeMap<String, u64>>,
    pub(super) neighbours: Lenient<List>,
    pub(super) stands_for: Lenient<Text>,
    pub(super) redirects: Lenient<List>,
}

impl Record {
    /// The entity, if the record says what one must have.
    pub(super) fn into_entity(self) -> Result<Entity, Reason> {
        let required = |text: Lenient<Text>, field| text.get().ok_or(Reason::NoField { field });
        Ok(Entity {
            id: required(self.id, "id")?,
            name: required(self.name, "name")?,
            label: self.label.get(),
            fine: self.fine.get(),
            aliases: self.aliases.0.0,
            demonyms: self.demonyms.0.0,
            description: self.description.get(),
            country: country(self.country.get(), self.iso.get().as_deref())?,
            popularity: popularity(self.popularity.get())?,
            counts: self.counts.unwrap_or_default(),
            neighbours: self.neighbours.0.0,
            stands_for: self.stands_for.get(),
            redirects: self.redirects.0.0,
        })
    }
}

/// A code of two letters, else what `iso` begins with.
fn country(country: Option<String>, iso: Option<&str>) -> Result<Option<String>, Reason> {
    let two_letters = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic());
    if let Some(value) = country {
        return if two_letters(&value) {
            Ok(Some(value.to_ascii_lowercase()))
        } else {
            Err(Reason::Field {
                field: "country",
                value,
                expected: "an ISO 3166-1 code of two letters",
            })
        };
    }
    // `iso` is not a field of ours: what is no country in it is not an error. The
    // standard keeps `zz` for no country.
    let code = iso.and_then(|iso| iso.split('-').next());
    Ok(code
        .filter(|code| two_letters(code) && !code.eq_ignore_ascii_case("zz"))
        .map(str::to_ascii_lowercase))
}

fn popularity(text: Option<String>) -> Result<f32, Reason> {
    let Some(value) = text else { return Ok(0.0) };
    match value.parse::<f32>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err(Reason::Field {
            field: "popularity",
            value,
            expected: "a number from 0 to 1",
        }),
    }
}

/// Names that are in one string.
pub(super) fn split(text: &str) -> impl Iterator<Item = String> {
    let names = text.split(SEPARATOR).map(str::trim);
    names.filter(|name| !name.is_empty()).map(str::to_owned)
}

/// A string; of a number or a truth value, what it reads as.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Text(Option<String>);

/// Strings: a list of them, or one with separators.
#[derive(Debug, Default, PartialEq)]
pub(super) struct List(Vec<String>);

/// Names by language: a map, or a list for no language.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Names(BTreeMap<String, Vec<String>>);

impl From<&str> for Lenient<Text> {
    fn from(text: &str) -> Self {
        Self(Text::text(text))
    }
}

impl From<&str> for Lenient<List> {
    fn from(text: &str) -> Self {
        Self(List::text(text))
    }
}

impl Lenient<Text> {
    /// The text without space around, if anything is left.
    fn get(self) -> Option<String> {
        self.0.0
    }
}

impl Lenient<Names> {
    /// Adds what is in `text`.
    pub(super) fn add(&mut self, language: &str, text: &str) {
        let names: Vec<String> = split(text).collect();
        if !names.is_empty() {
            self.0
                .0
                .entry(language.to_owned())
                .or_default()
                .extend(names);
        }
    }
}

/// A value that may have several shapes in JSON; `null` is as good as nothing.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Lenient<T>(T);

/// What may become a [`Lenient`].
trait Shape: Default {
    const EXPECTED: &'static str;

    fn text(text: &str) -> Self;

    fn seq<'de, A: SeqAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(Self::wrong(de::Unexpected::Seq))
    }

    fn map<'de, A: MapAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(Self::wrong(de::Unexpected::Map))
    }

    fn number<E: Error>(_: String, found: de::Unexpected<'_>) -> Result<Self, E> {
        Err(Self::wrong(found))
    }

    fn wrong<E: Error>(found: de::Unexpected<'_>) -> E {
        E::invalid_type(found, &Self::EXPECTED)
    }
}

impl Shape for Text {
    const EXPECTED: &'static str = "a string";

    fn text(text: &str) -> Self {
        let text = text.trim();
        Self((!text.is_empty()).then(|| text.to_owned()))
    }

    fn number<E: Error>(text: String, _: de::Unexpected<'_>) -> Result<Self, E> {
        Ok(Self(Some(text)))
    }
}

impl Shape for List {
    const EXPECTED: &'static str = "a list of strings";

    fn text(text: &str) -> Self {
        Self(split(text).collect())
    }

    fn seq<'de, A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Lenient<Text>>()? {
            list.extend(item.get());
        }
        Ok(Self(list))
    }
}

impl Shape for Names {
    const EXPECTED: &'static str = "names by language, or a list of names";

    fn text(text: &str) -> Self {
        Self::of(UNKNOWN, List::text(text))
    }

    fn seq<'de, A: SeqAccess<'de>>(items: A) -> Result<Self, A::Error> {
        Ok(Self::of(UNKNOWN, List::seq(items)?))
    }

    fn map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Some((language, Lenient(List(list)))) =
            map.next_entry::<String, Lenient<List>>()?
        {
            if !list.is_empty() {
                names.entry(language).or_default().extend(list);
            }
        }
        Ok(Self(names))
    }
}

impl Names {
    fn of(language: &str, List(list): List) -> Self {
        let names = (!list.is_empty()).then(|| (language.to_owned(), list));
        Self(names.into_iter().collect())
    }
}

impl<'de, T: Shape> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = LenientVisitor(PhantomData);
        Ok(Self(deserializer.deserialize_any(visitor)?))
    }
}

struct LenientVisitor<T>(PhantomData<T>);

impl<'de, T: Shape> Visitor<'de> for LenientVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(text))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::number(number.to_string(), de::Unexpected::Unsigned(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::number(number.to_string(), de::Unexpected::Signed(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::number(number.to_string(), de::Unexpected::Float(number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<T, A::Error> {
        T::seq(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::map(map)
    }
}
