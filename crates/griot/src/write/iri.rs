//! Identifiers as IRIs, for the formats of the semantic web.

use std::fmt::Write;

use griot_text::{Link, Target};

/// The IRI of a document: its identifier if that is one, else a URN.
pub(super) fn document(id: &str) -> String {
    if is_absolute(id) {
        // What comes after it would be part of another fragment.
        id.replace('#', "%23")
    } else {
        urn("document", id)
    }
}

/// The IRI of what a link refers to.
pub(super) fn target(link: &Link) -> String {
    match &link.target {
        Target::Nil(id) => urn("entity", id.as_str()),
        Target::Entity(id) => entity(id.as_str()),
    }
}

/// The IRI of an entity: that of Wikidata for its identifiers, the identifier itself
/// if it is an IRI, else a URN.
pub(super) fn entity(id: &str) -> String {
    if is_wikidata(id) {
        format!("http://www.wikidata.org/entity/{id}")
    } else if is_absolute(id) {
        id.to_owned()
    } else {
        urn("entity", id)
    }
}

/// A URN of our own; everything but unreserved characters and `/`, `:` and `@` is
/// escaped, so that the identifier can be had back.
pub(super) fn urn(kind: &str, id: &str) -> String {
    let mut iri = format!("urn:griot:{kind}:");
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:@".contains(&byte) {
            iri.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(iri, "%{byte:02X}");
        }
    }
    iri
}

/// Whether `id` is the identifier of an item of Wikidata.
pub(super) fn is_wikidata(id: &str) -> bool {
    id.strip_prefix('Q')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether `id` is an absolute IRI of the web, and nothing in it needs an escape.
fn is_absolute(id: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>\"{}|^`\\".contains(c);
    (id.starts_with("http://") || id.starts_with("https://")) && id.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_iris() {
        let rows = [
            ("Q912", "http://www.wikidata.org/entity/Q912"),
            ("Q", "urn:griot:entity:Q"),
            ("https://x.example/é#1", "https://x.example/é#1"),
            (
                "https://x.example/>",
                "urn:griot:entity:https://x.example/%3E",
            ),
            ("nil:LOC:a b", "urn:griot:entity:nil:LOC:a%20b"),
            ("", "urn:griot:entity:"),
        ];
        for (id, iri) in rows {
            assert_eq!(entity(id), iri);
        }
        assert_eq!(document("a/é.txt"), "urn:griot:document:a/%C3%A9.txt");
        assert_eq!(document("http://a/b#c"), "http://a/b%23c");
    }
}
