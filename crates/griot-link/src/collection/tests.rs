use std::collections::HashSet;

use griot_text::{EntityId, Link};

use crate::testing::{knowledge_base, marked};
use crate::{Linker, LinkerConfig};

const PLACES: &str = r#"
{"id":"Q912","name":"Mali","type":"LOC","fine":"country","country":"ml","popularity":0.9}
{"id":"Q3703","name":"Bamako","type":"LOC","fine":"city","country":"ml","popularity":0.7}
{"id":"Q739","name":"Colombia","type":"LOC","fine":"country","country":"co","popularity":0.9,"aliases":{"fr":["Colombie"]}}
{"id":"Q2841","name":"Bogotá","type":"LOC","fine":"city","country":"co","popularity":0.7}
"#;

fn linker() -> Linker {
    Linker::new(knowledge_base(PLACES), LinkerConfig::default())
}

/// Links the documents together; mentions with one number must have one
/// identifier, others must not.
#[track_caller]
fn check(texts: &[&str]) {
    let documents: Vec<_> =
        texts.iter().enumerate().map(|(index, text)| marked(&format!("d{index}"), text)).collect();
    let given = documents.iter().map(|marked| (&marked.document, marked.mentions.as_slice()));
    let links = linker().link_collection(given);
    let all: Vec<(&str, &Link)> = std::iter::zip(&documents, &links)
        .flat_map(|(marked, links)| std::iter::zip(marked.notes.iter().map(String::as_str), links))
        .filter(|(note, _)| !note.is_empty())
        .collect();
    for (at, (note, link)) in all.iter().enumerate() {
        for (other_note, other) in &all[..at] {
            let same = link.target.id() == other.target.id();
            assert_eq!(same, note == other_note, "{} ({note}) and {} ({other_note})", link.name, other.name);
        }
    }
}

#[test]
fn names_meet_across_documents() {
    check(&[
        "[Amina Sow](PER 1) est à [Bamako](LOC).",
        "Au [Mali](LOC), Mme [Sow](PER 1) a parlé.",
        "В [Mali](LOC) [Амина Соу](PER 1).",
    ]);
}

#[test]
fn one_name_two_people() {
    check(&[
        "Le footballeur [Carlos Diaz](PER 1) marque à [Bamako](LOC), au [Mali](LOC).",
        "La chanteuse [Carlos Diaz](PER 2) vit à [Bogotá](LOC), en [Colombie](LOC).",
    ]);
    check(&[
        "[Amina Sow](PER 1) est à [Bamako](LOC).",
        "[Fatou Sow](PER 2) est à [Bamako](LOC).",
    ]);
}

#[test]
fn identifiers_do_not_depend_on_the_order() {
    let texts = [
        "[Amina Sow](PER) est à [Bamako](LOC), au [Mali](LOC).",
        "[Sow](PER) est à [Bamako](LOC), au [Mali](LOC).",
        "[Fatou Ba](PER) et [Sow](PER) sont à [Bogotá](LOC), en [Colombie](LOC).",
    ];
    let ids = |order: [usize; 3]| {
        let documents = order.map(|index| marked(&format!("d{index}"), texts[index]));
        let given = documents.iter().map(|marked| (&marked.document, marked.mentions.as_slice()));
        let links = linker().link_collection(given);
        let mut ids: Vec<(usize, Vec<EntityId>)> = std::iter::zip(order, links)
            .map(|(index, links)| (index, links.iter().map(|link| link.target.id().clone()).collect()))
            .collect();
        ids.sort_by_key(|(index, _)| *index);
        ids
    };
    let expected = ids([0, 1, 2]);
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(ids(order), expected, "{order:?}");
    }
}

#[test]
fn a_stream_never_changes_or_reuses_an_identifier() {
    let linker = linker();
    let mut resolver = linker.resolver();
    let mut given = HashSet::new();
    for index in 0..50 {
        let text = format!("[Amina Sow](PER) et [Person{index} Name{index}](PER) à [Bamako](LOC)");
        let marked = marked(&format!("d{index}"), &text);
        let links = linker.link(&marked.document, &marked.mentions);
        let links = resolver.resolve(&marked.document, links);
        assert_eq!(links[0].target.id().as_str(), "nil:PER:".to_owned() + &links[0].target.id().as_str()[8..]);
        given.insert(links[0].target.id().clone());
        assert!(given.insert(links[1].target.id().clone()), "{} was used before", links[1].name);
    }
    assert_eq!(given.len(), 51);
    let sow = resolver.entities().find(|entity| entity.name == "Amina Sow").expect("seen");
    assert_eq!((sow.n_mentions, sow.n_documents), (50, 50));
}
