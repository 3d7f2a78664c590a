//! Gold annotation: one JSON file a document.
//!
//! ```json
//! {"doc": "003.txt", "language": "fr", "mentions": [
//!   {"start": 120, "end": 126, "text": "Bamako", "label": "LOC", "entity": "Q3703"}
//! ]}
//! ```
//!
//! Offsets count Unicode characters, end exclusive. A mention outside the
//! article proper has `"boilerplate": true`. `entity` is the identifier in a
//! knowledge base, or `NIL:` and a name for what none has.

use std::io;

use griot_text::OffsetUnit;
use serde::Deserialize;

use super::read_all;
use crate::labelled::Place;
use crate::{Error, LabelledDocument, LabelledMention};

/// The labelled mentions of one gold file.
///
/// # Errors
///
/// [`Error::Read`]; [`Error::Gold`] if the file has another shape;
/// [`Error::Mention`] if the length of a mention's text is not that of its
/// offsets.
pub fn labelled(name: &str, reader: impl io::Read) -> Result<LabelledDocument, Error> {
    let bytes = read_all(name, reader)?;
    let file: File = serde_json::from_slice(&bytes).map_err(|source| Error::Gold {
        name: name.to_owned(),
        source,
    })?;
    let mentions = file
        .mentions
        .into_iter()
        .map(Mention::into_labelled)
        .collect();
    LabelledDocument {
        id: file.doc,
        offset_unit: OffsetUnit::Char,
        mentions,
    }
    .checked()
}

#[derive(Deserialize)]
struct File {
    doc: String,
    mentions: Vec<Mention>,
}

#[derive(Deserialize)]
struct Mention {
    start: u32,
    end: u32,
    text: String,
    label: String,
    #[serde(default)]
    boilerplate: bool,
    entity: Option<String>,
}

impl Mention {
    fn into_labelled(self) -> LabelledMention {
        let Self {
            start,
            end,
            text,
            label,
            boilerplate,
            entity,
        } = self;
        let place = if boilerplate {
            Place::Boilerplate
        } else {
            Place::Article
        };
        LabelledMention {
            start,
            end,
            text: Some(text),
            label,
            place,
            entity,
            candidates: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_mentions() {
        let json = r#"{"doc":"a.txt","language":"fr","mentions":[
            {"start":2,"end":6,"text":"Lomé","label":"LOC","entity":"Q3792"},
            {"start":9,"end":11,"text":"FB","label":"ORG","boilerplate":true}]}"#;
        let document = labelled("a.json", json.as_bytes()).unwrap();
        assert_eq!(document.id, "a.txt");
        let places: Vec<Place> = document.mentions.iter().map(|m| m.place).collect();
        assert_eq!(places, [Place::Article, Place::Boilerplate]);
    }

    #[test]
    fn refuses_what_cannot_be() {
        let error = |json: &str| labelled("a", json.as_bytes()).unwrap_err().to_string();
        let mention = |start, end, text| {
            let mention = format!(r#"{{"start":{start},"end":{end},"text":"{text}","label":"L"}}"#);
            error(&format!(r#"{{"doc":"d","mentions":[{mention}]}}"#))
        };
        assert_eq!(error("{}"), r#""a" is not a gold annotation"#);
        let expected = r#""d": mention 0..5 of "Lomé" has impossible offsets"#;
        assert_eq!(mention(0, 5, "Lomé"), expected);
        let expected = r#""d": mention 4..0 of "Lomé" has impossible offsets"#;
        assert_eq!(mention(4, 0, "Lomé"), expected);
    }
}
