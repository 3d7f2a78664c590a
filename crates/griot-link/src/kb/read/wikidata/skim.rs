//! Reading what is needed of a JSON text and nothing else, whatever its types.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A part of a JSON text that has its type if all is well. Of another type, it is
/// as if it were not there: dumps hold `[]` for an empty object, and no wrong type
/// is worth an item.
pub(super) trait Part: Sized {
    type Value: Default;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::Value::default())
    }

    fn seq<'de, A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::Value::default())
    }

    fn text(self, _: &str) -> Self::Value {
        Self::Value::default()
    }

    fn number(self, _: f64) -> Self::Value {
        Self::Value::default()
    }
}

/// Reads a [`Part`].
pub(super) struct Seed<P>(pub(super) P);

impl<'de, P: Part> DeserializeSeed<'de> for Seed<P> {
    type Value = P::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<P::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, P: Part> Visitor<'de> for Seed<P> {
    type Value = P::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<P::Value, A::Error> {
        self.0.map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<P::Value, A::Error> {
        self.0.seq(items)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<P::Value, E> {
        Ok(self.0.text(text))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<P::Value, E> {
        Ok(self.0.number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<P::Value, E> {
        Ok(self.0.number(number as f64))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<P::Value, E> {
        Ok(self.0.number(number as f64))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<P::Value, E> {
        Ok(P::Value::default())
    }

    fn visit_unit<E: Error>(self) -> Result<P::Value, E> {
        Ok(P::Value::default())
    }
}

/// A key, borrowed from the text if it has no escapes.
pub(super) struct Key<'de>(pub(super) Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }
}

/// A string.
pub(super) struct Text;

impl Part for Text {
    type Value = Option<String>;

    fn text(self, text: &str) -> Option<String> {
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// How many entries an object has.
pub(super) struct Count;

impl Part for Count {
    type Value = u32;

    fn map<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<u32, A::Error> {
        let mut n = 0;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            n += 1;
        }
        Ok(n)
    }
}
