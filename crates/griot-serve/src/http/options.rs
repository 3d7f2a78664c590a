//! What a client may choose.

use axum::extract::Query;
use axum::http::Uri;
use griot::OffsetUnit;
use griot::write::jsonl::Text;
use serde::{Deserialize, Deserializer};

use super::problem::{Kind, Problem};

/// Options of a request: in the query, and in a JSON body, which counts more.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Options {
    #[serde(default, deserialize_with = "present")]
    pub(super) offsets: Option<Offsets>,
    #[serde(default, deserialize_with = "present")]
    /// In 64 bits: in 32, a hair above 1 would be 1.
    pub(super) threshold: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    pub(super) with_text: Option<bool>,
}

/// What offsets count.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Offsets {
    #[default]
    Char,
    Byte,
    Utf16,
}

impl Offsets {
    pub(super) const fn unit(self) -> OffsetUnit {
        match self {
            Self::Char => OffsetUnit::Char,
            Self::Byte => OffsetUnit::Byte,
            Self::Utf16 => OffsetUnit::Utf16,
        }
    }
}

impl Options {
    /// Those of the query.
    pub(super) fn of(uri: &Uri) -> Result<Self, Problem> {
        match Query::try_from_uri(uri) {
            Ok(Query(options)) => Self::checked(options),
            Err(rejection) => Err(Problem::new(Kind::Invalid, rejection.body_text())),
        }
    }

    /// These where they say something, else `others`.
    pub(super) fn or(self, others: Self) -> Self {
        Self {
            offsets: self.offsets.or(others.offsets),
            threshold: self.threshold.or(others.threshold),
            with_text: self.with_text.or(others.with_text),
        }
    }

    pub(super) fn checked(self) -> Result<Self, Problem> {
        match self.threshold {
            Some(threshold) if !(0.0..=1.0).contains(&threshold) => {
                let detail = format!("threshold is {threshold}, not between 0 and 1");
                Err(Problem::new(Kind::Invalid, detail))
            }
            _ => Ok(self),
        }
    }

    pub(super) fn unit(self) -> OffsetUnit {
        self.offsets.unwrap_or_default().unit()
    }

    pub(super) fn text(self) -> Text {
        match self.with_text {
            Some(true) => Text::Kept,
            Some(false) | None => Text::Left,
        }
    }
}

/// A field that may be absent and may not be null.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_queries() {
        let all = Options {
            offsets: Some(Offsets::Utf16),
            threshold: Some(0.25),
            with_text: Some(true),
        };
        let rows = [
            ("", Some(Options::default())),
            ("?", Some(Options::default())),
            ("?offsets=utf16&threshold=0.25&with_text=true", Some(all)),
            ("?offsets=words", None),
            ("?offsets=", None),
            ("?threshold=1.01", None),
            ("?threshold=1.00000001", None),
            ("?threshold=-0.1", None),
            ("?threshold=NaN", None),
            ("?with_text=1", None),
            ("?offset=utf16", None),
            ("?threshold=0&threshold=1", None),
        ];
        for (query, expected) in rows {
            let uri: Uri = format!("/v1/tag{query}").parse().unwrap();
            assert_eq!(Options::of(&uri).ok(), expected, "{query}");
        }
    }

    #[test]
    fn the_body_counts_more() {
        let body = Options {
            threshold: Some(0.5),
            ..Options::default()
        };
        let query = Options {
            threshold: Some(0.1),
            with_text: Some(true),
            ..Options::default()
        };
        let both = body.or(query);
        assert_eq!((both.threshold, both.with_text), (Some(0.5), Some(true)));
    }
}
