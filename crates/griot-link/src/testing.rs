//! Marked texts for tests: `[Bamako](LOC)`, and `[Bamako](LOC 2)` with a number for
//! what it refers to.

use griot_text::{Document, Mention, Span};

use crate::KnowledgeBase;
use crate::kb::Entity;

/// A document with its mentions and, for each, what stands after its label.
pub(crate) struct Marked {
    pub(crate) document: Document,
    pub(crate) mentions: Vec<Mention>,
    pub(crate) notes: Vec<String>,
}

/// Reads a marked text.
pub(crate) fn marked(id: &str, text: &str) -> Marked {
    let (mut plain, mut mentions, mut notes) = (String::new(), Vec::new(), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let (name, after) = after.split_once("](").expect("](");
        let (label, after) = after.split_once(')').expect(")");
        let (label, note) = label.split_once(' ').unwrap_or((label, ""));
        plain.push_str(before);
        let start = plain.len() as u32;
        plain.push_str(name);
        let span = Span::new(start, plain.len() as u32);
        mentions.push(Mention {
            span,
            label: label.into(),
            score: 1.0,
        });
        notes.push(note.to_owned());
        rest = after;
    }
    plain.push_str(rest);
    let document = Document::new(id, plain).expect("short");
    Marked {
        document,
        mentions,
        notes,
    }
}

/// A knowledge base of the entities in JSON Lines.
pub(crate) fn knowledge_base(lines: &str) -> KnowledgeBase {
    let entities = lines.lines().filter(|line| !line.trim().is_empty());
    let entities = entities.map(|line| serde_json::from_str::<Entity>(line).expect("an entity"));
    KnowledgeBase::from_entities(entities).expect("a knowledge base")
}
