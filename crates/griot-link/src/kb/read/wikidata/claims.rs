//! The statements of an item.

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::ontology::{Ontology, Role};
use super::skim::{Key, Part, Seed, Text};

/// A statement that says something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) role: Role,
    pub(super) preferred: bool,
    /// Has a date of end.
    pub(super) ended: bool,
    pub(super) value: Value,
}

/// What is said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Value {
    /// Nothing, something unknown, or of a type that is not used.
    #[default]
    None,
    Item(u32),
    Text(String),
    /// A text in a language.
    Monolingual(String, String),
    Number(f64),
}

/// The number of an identifier: 31 of `Q31`.
pub(super) fn number(id: &str) -> Option<u32> {
    let digits = id.strip_prefix('Q')?;
    // `parse` would take a sign.
    let only_digits = digits.bytes().all(|b| b.is_ascii_digit());
    only_digits.then(|| digits.parse().ok()).flatten()
}

/// `claims`: the statements with a role.
pub(super) struct Claims<'a>(pub(super) &'a Ontology);

impl Part for Claims<'_> {
    type Value = Vec<Statement>;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut statements = Vec::new();
        while let Some(Key(property)) = map.next_key()? {
            match self.0.role(&property) {
                Some(role) => {
                    let statements = &mut statements;
                    map.next_value_seed(Seed(Statements { role, statements }))?;
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(statements)
    }
}

struct Statements<'a> {
    role: Role,
    statements: &'a mut Vec<Statement>,
}

impl Part for Statements<'_> {
    type Value = ();

    fn seq<'de, A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(statement) = items.next_element_seed(Seed(StatementPart(self.role)))? {
            self.statements.extend(statement);
        }
        Ok(())
    }
}

struct StatementPart(Role);

impl Part for StatementPart {
    type Value = Option<Statement>;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut value = Value::None;
        let mut rank = Rank::Normal;
        let mut ended = false;
        while let Some(Key(key)) = map.next_key()? {
            match &*key {
                "mainsnak" => value = map.next_value_seed(Seed(Snak))?,
                "rank" => rank = map.next_value_seed(Seed(RankPart))?,
                "qualifiers" if self.0.may_end() => {
                    ended = map.next_value_seed(Seed(HasEnd))?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let says = value != Value::None && rank != Rank::Deprecated;
        Ok(says.then_some(Statement {
            role: self.0,
            preferred: rank == Rank::Preferred,
            ended,
            value,
        }))
    }
}

#[derive(Default, PartialEq)]
enum Rank {
    #[default]
    Normal,
    Preferred,
    Deprecated,
}

struct RankPart;

impl Part for RankPart {
    type Value = Rank;

    fn text(self, text: &str) -> Rank {
        match text {
            "preferred" => Rank::Preferred,
            "deprecated" => Rank::Deprecated,
            _ => Rank::Normal,
        }
    }
}

/// Whether there is a qualifier for the end.
struct HasEnd;

/// Property of the date at which a statement ceased to be true.
const END_TIME: &str = "P582";

impl Part for HasEnd {
    type Value = bool;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut has_end = false;
        while let Some((Key(property), _)) = map.next_entry::<Key<'_>, IgnoredAny>()? {
            has_end |= property == END_TIME;
        }
        Ok(has_end)
    }
}

/// `mainsnak`. Of kind `somevalue` and `novalue`, it has no value.
struct Snak;

impl Part for Snak {
    type Value = Value;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut value = Value::None;
        while let Some(Key(key)) = map.next_key()? {
            if key == "datavalue" {
                value = map.next_value_seed(Seed(DataValue))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(value)
    }
}

/// `datavalue`; its type shows in its value.
struct DataValue;

impl Part for DataValue {
    type Value = Value;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut value = Value::None;
        while let Some(Key(key)) = map.next_key()? {
            if key == "value" {
                value = map.next_value_seed(Seed(ValuePart))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(value)
    }
}

struct ValuePart;

impl Part for ValuePart {
    type Value = Value;

    fn text(self, text: &str) -> Value {
        Text.text(text).map_or(Value::None, Value::Text)
    }

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Fields::default();
        while let Some(Key(key)) = map.next_key()? {
            let text = |map: &mut A| map.next_value_seed(Seed(Text));
            match &*key {
                "entity-type" => fields.entity_type = text(&mut map)?,
                "id" => fields.id = text(&mut map)?,
                "numeric-id" => fields.numeric_id = map.next_value_seed(Seed(Number))?,
                "language" => fields.language = text(&mut map)?,
                "text" => fields.text = text(&mut map)?,
                "amount" => fields.amount = text(&mut map)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields.into_value())
    }
}

/// The fields of values of all types.
#[derive(Default)]
struct Fields {
    entity_type: Option<String>,
    id: Option<String>,
    /// All that old dumps have for an identifier.
    numeric_id: Option<f64>,
    language: Option<String>,
    text: Option<String>,
    amount: Option<String>,
}

impl Fields {
    fn into_value(self) -> Value {
        if let (Some(language), Some(text)) = (self.language, self.text) {
            return Value::Monolingual(language, text);
        }
        if let Some(amount) = self.amount {
            let number = amount.parse::<f64>().ok().filter(|n| n.is_finite());
            return number.map_or(Value::None, Value::Number);
        }
        let is_item = self.entity_type.is_none_or(|t| t == "item");
        let numeric = self
            .numeric_id
            .filter(|n| is_item && n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(n));
        let id = match &self.id {
            Some(id) => number(id),
            None => numeric.map(|n| n as u32),
        };
        id.map_or(Value::None, Value::Item)
    }
}

struct Number;

impl Part for Number {
    type Value = Option<f64>;

    fn number(self, number: f64) -> Option<f64> {
        Some(number)
    }
}
