//! Labelled spans as annotation files give them: without the text.

use griot_text::OffsetUnit;

use crate::{Annotation, Error};

/// The labelled mentions of one document, read from an annotation file.
///
/// Such files often come without the text, so offsets stay in the unit of the
/// file: this type is for comparing, not for slicing.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledDocument {
    /// Identifier, as the file gives it.
    pub id: String,
    /// What the offsets count.
    pub offset_unit: OffsetUnit,
    /// The mentions, in the order of the file.
    pub mentions: Vec<LabelledMention>,
}

/// One labelled mention of a [`LabelledDocument`].
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledMention {
    /// Start, in the unit of the document.
    pub start: u32,
    /// End, exclusive, in the unit of the document; not before `start`.
    pub end: u32,
    /// What the span covers, if the file says.
    pub text: Option<String>,
    /// Type of the entity.
    pub label: String,
    /// Whether it stands in the article or around it.
    pub place: Place,
    /// Identifier of the entity it refers to, if the file says. One that no
    /// knowledge base has starts with `NIL` or `nil`.
    pub entity: Option<String>,
    /// Identifiers of the entities that were considered, best first.
    pub candidates: Vec<String>,
}

/// Where in a page a mention stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the article itself.
    #[default]
    Article,
    /// In what surrounds it: menus, bylines, share buttons.
    Boilerplate,
}

impl LabelledDocument {
    /// What was predicted for a document, with offsets in `unit`.
    ///
    /// Cost: one pass over the text.
    ///
    /// # Panics
    ///
    /// If a mention is not a span of the text of its annotation.
    pub fn from_annotation(annotation: &Annotation, unit: OffsetUnit) -> Self {
        let ids = |link: &griot_text::Link| {
            link.candidates
                .iter()
                .map(|candidate| candidate.id.to_string())
                .collect()
        };
        let labelled = |(mention, (start, end), link): (
            &griot_text::Mention,
            _,
            Option<&griot_text::Link>,
        )| LabelledMention {
            start,
            end,
            text: Some(annotation.surface(mention).to_owned()),
            label: mention.label.as_str().to_owned(),
            place: Place::Article,
            entity: link.map(|link| link.target.id().to_string()),
            candidates: link.map(ids).unwrap_or_default(),
        };
        Self {
            id: annotation.document.id().to_owned(),
            offset_unit: unit,
            mentions: annotation.placed(unit).map(labelled).collect(),
        }
    }

    /// `self`, if every mention's offsets are in order and, in characters, as
    /// far apart as its text is long.
    pub(crate) fn checked(self) -> Result<Self, Error> {
        let wrong = |mention: &&LabelledMention| {
            let Some(len) = mention.end.checked_sub(mention.start) else {
                return true;
            };
            let text = mention
                .text
                .as_ref()
                .filter(|_| self.offset_unit == OffsetUnit::Char);
            text.is_some_and(|text| text.chars().count() != len as usize)
        };
        match self.mentions.iter().find(wrong) {
            None => Ok(self),
            Some(mention) => Err(Error::Mention {
                id: self.id.clone(),
                start: mention.start,
                end: mention.end,
                text: mention.text.clone().unwrap_or_default(),
            }),
        }
    }
}

/// The unit as files name it.
pub(crate) fn unit_name(unit: OffsetUnit) -> &'static str {
    match unit {
        OffsetUnit::Byte => "byte",
        OffsetUnit::Char => "char",
        OffsetUnit::Utf16 => "utf16",
    }
}
