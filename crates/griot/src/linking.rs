//! The knowledge base that comes with the library.

#[cfg(feature = "starter-kb")]
use griot_link::kb::{KnowledgeBase, Validation};

/// The knowledge base compiled into the program: about 97,000 countries, cities,
/// regions, bodies, companies, media and people in public life, with their names in
/// some forty languages. Opens in less than a millisecond; its bytes stay where they
/// are.
///
/// ```
/// use griot::{CandidateSource, Linker, LinkerConfig, starter_kb};
///
/// let kb = starter_kb();
/// assert!(kb.find("Q912").is_some());
/// let linker = Linker::new(kb, LinkerConfig::default());
/// ```
///
/// # Panics
///
/// Never: the bytes are part of the program, and a test verifies them.
#[cfg(feature = "starter-kb")]
pub fn starter_kb() -> KnowledgeBase {
    // Made by this workspace, and verified by a test of it.
    KnowledgeBase::from_static(griot_kb_starter::KB, Validation::Header)
        .expect("the starter knowledge base is whole")
}

#[cfg(all(test, feature = "starter-kb"))]
mod tests {
    use griot_link::CandidateSource;

    use super::*;

    #[test]
    fn is_whole() {
        let kb = starter_kb();
        kb.verify().unwrap();
        assert!(kb.len() > 90_000, "{} entities", kb.len());
        assert!(
            griot_kb_starter::KB.len() <= 8_000_000,
            "{} bytes",
            griot_kb_starter::KB.len()
        );
        for (id, name) in [("Q912", "Mali"), ("Q142", "France"), ("Q649", "Moscow")] {
            let entity = kb.find(id).unwrap();
            assert_eq!(kb.facts(entity).name, name);
        }
    }
}
