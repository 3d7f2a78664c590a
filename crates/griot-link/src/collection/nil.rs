//! Identifiers of entities that no knowledge base has.

use griot_text::{EntityId, Label};

/// The identifier of an entity that is not in a knowledge base, from what it is
/// called. `apart` tells two of one name apart; empty for the first.
///
/// The same in every process and version: results of two runs can be joined.
pub(crate) fn nil_id(label: &Label, key: &str, apart: &str) -> EntityId {
    let hash = fnv1a(&[label.as_str(), key, apart]);
    EntityId::from(format!("nil:{label}:{hash:016x}"))
}

/// FNV-1a, 64 bits: tiny, and its values are fixed for good, unlike those of the
/// hashers of the standard library.
pub(crate) fn fnv1a(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        // A separator that text does not have keeps ("ab", "c") from ("a", "bc").
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_fixed() {
        let person = Label::from("PER");
        let id = nil_id(&person, "amina diallo", "");
        assert_eq!(id, nil_id(&person, "amina diallo", ""));
        assert!(id.as_str().starts_with("nil:PER:"), "{id}");
        assert_eq!(id.as_str().len(), "nil:PER:".len() + 16);
        for other in [
            nil_id(&"ORG".into(), "amina diallo", ""),
            nil_id(&person, "amina dialo", ""),
            nil_id(&person, "amina diallo", "doc-2"),
        ] {
            assert_ne!(id, other);
        }
        // Published values of FNV-1a: of "" and of "a" (with our separator undone).
        assert_eq!(fnv1a(&[]), 0xcbf2_9ce4_8422_2325);
    }
}
