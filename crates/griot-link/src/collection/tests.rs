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
    let documents: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| marked(&format!("d{index}"), text))
        .collect();
    let given = documents
        .iter()
        .map(|marked| (&marked.document, marked.mentions.as_slice()));
    let links = linker().link_collection(given);
    let all: Vec<(&str, &Link)> = std::iter::zip(&documents, &links)
        .flat_map(|(marked, links)| std::iter::zip(marked.notes.iter().map(String::as_str), links))
        .filter(|(note, _)| !note.is_empty())
        .collect();
    for (at, (note, link)) in all.iter().enumerate() {
        for (other_note, other) in &all[..at] {
            let same = link.target.id() == other.target.id();
            assert_eq!(
                same,
                note == other_note,
                "{} ({note}) and {} ({other_note})",
                link.name,
                other.name
            );
        }
    }
}

#[test]
fn names_meet_across_documents() {
    let rows: [&[&str]; 8] = [
        &[
            "[Amina Sow](PER 1) est à [Bamako](LOC).",
            "Au [Mali](LOC), Mme [Sow](PER 1) a parlé.",
            "В [Mali](LOC) [Амина Соу](PER 1).",
        ],
        // Three scripts.
        &[
            "[Helena Brandt](PER 1) est à [Bamako](LOC).",
            "[Хелена Брандт](PER 1), [Bamako](LOC).",
            "[هيلينا برانت](PER 1) [Bamako](LOC).",
        ],
        // Initials, inverted names, capitals, slips.
        &[
            "[Ousseynou Fall-Mbodj](PER 1) est à [Bamako](LOC).",
            "[O. Fall-Mbodj](PER 1) est à [Bamako](LOC).",
            "[FALL-MBODJ Ousseynou](PER 1), [Bamako](LOC).",
            "[Ouseynou Fall-Mbodj](PER 1), [Bamako](LOC).",
        ],
        // Grammatical cases.
        &[
            "[Георгий Белозёров](PER 1) в [Bamako](LOC).",
            "Без [Георгия Белозёрова](PER 1) в [Bamako](LOC).",
        ],
        // Bodies recur, in other words and with other countries around.
        &[
            "[Aurelia Shipping](ORG 1) est à [Bamako](LOC), au [Mali](LOC).",
            "[Aurelia Shipping](ORG 1) y [Aurelia Shipping Ltd](ORG 1) en [Bogotá](LOC), [Colombie](LOC).",
            "В [Bamako](LOC) [Аурелия Шиппинг](ORG 1).",
        ],
        // Things that are neither.
        &[
            "[Nordlicht 2](MISC 1) in [Bamako](LOC).",
            "[Nordlichts 2](MISC 1), [Nordlicht 3](MISC 2).",
        ],
        // In the knowledge base in one text, in another case in the next.
        &[
            "[Bamako](LOC 1) et le [Mali](LOC).",
            "[Бамако](LOC 1) в [Mali](LOC).",
        ],
        // An acronym that another text explains.
        &[
            "L'[Union nationale des pêcheurs](ORG 1) ([UNP](ORG 1)) à [Bamako](LOC), [Mali](LOC).",
            "L'[UNP](ORG 1) à [Bamako](LOC), [Mali](LOC).",
        ],
    ];
    for texts in rows {
        check(texts);
    }
}

#[test]
fn one_name_two_entities() {
    let rows: [&[&str]; 7] = [
        // Other country, other trade.
        &[
            "Le footballeur [Carlos Diaz](PER 1) marque à [Bamako](LOC), au [Mali](LOC).",
            "La chanteuse [Carlos Diaz](PER 2) vit à [Bogotá](LOC), en [Colombie](LOC).",
        ],
        // Other country.
        &[
            "[Carlos Diaz](PER 1) est à [Bamako](LOC), au [Mali](LOC). Vive le [Mali](LOC).",
            "[Carlos Diaz](PER 2) vit à [Bogotá](LOC), en [Colombie](LOC). Viva [Colombia](LOC).",
        ],
        // Other trade, in two languages, and a family name that goes with one of them.
        &[
            "Le footballeur [Carlos Diaz](PER 1) marque.",
            "Судья [Carlos Diaz](PER 2).",
            "Der Richter [Carlos Diaz](PER 2) schweigt.",
        ],
        // Other given name.
        &[
            "[Amina Sow](PER 1) est à [Bamako](LOC).",
            "[Fatou Sow](PER 2) est à [Bamako](LOC).",
        ],
        &[
            "[Amina Sow](PER 1) est à [Bamako](LOC).",
            "[F. Sow](PER 2) est à [Bamako](LOC).",
        ],
        // A family name of two people: neither.
        &[
            "[Amina Sow](PER 1) et [Fatou Sow](PER 2) sont à [Bamako](LOC).",
            "Mme [Sow](PER 3) est à [Bamako](LOC).",
        ],
        // One acronym, explained in two ways.
        &[
            "L'[Union nationale des pêcheurs](ORG 1) ([UNP](ORG 1)) à [Bamako](LOC), [Mali](LOC).",
            "[Urząd Nadzoru Portowego](ORG 2) ([UNP](ORG 2)), [Bogotá](LOC), [Colombia](LOC).",
            "[UNP](ORG 2), [Bogotá](LOC), [Colombia](LOC).",
        ],
    ];
    for texts in rows {
        check(texts);
    }
}

#[test]
fn merges_can_be_listed() {
    let linker = linker();
    let mut resolver = linker.resolver();
    for (index, text) in [
        "[Amina Sow](PER) à [Bamako](LOC)",
        "[Амина Соу](PER), [Bamako](LOC)",
    ]
    .iter()
    .enumerate()
    {
        let marked = marked(&format!("d{index}"), text);
        resolver.resolve(
            &marked.document,
            linker.link(&marked.document, &marked.mentions),
        );
    }
    let sow = resolver
        .entities()
        .find(|entity| entity.name == "Amina Sow")
        .expect("seen");
    let spellings: Vec<_> = resolver.spellings(sow.target.id()).collect();
    let names: Vec<_> = spellings
        .iter()
        .map(|spelling| (spelling.name, spelling.n_mentions))
        .collect();
    assert_eq!(names, [("Amina Sow", 1), ("Амина Соу", 1)]);
    assert!(
        spellings[1].likeness < 1.0 && spellings[1].agreement > 0.0,
        "{spellings:?}"
    );
    assert_eq!(resolver.spellings(&EntityId::from("Q1")).count(), 0);
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
        let given = documents
            .iter()
            .map(|marked| (&marked.document, marked.mentions.as_slice()));
        let links = linker().link_collection(given);
        let mut ids: Vec<(usize, Vec<EntityId>)> = std::iter::zip(order, links)
            .map(|(index, links)| {
                (
                    index,
                    links.iter().map(|link| link.target.id().clone()).collect(),
                )
            })
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
        assert_eq!(
            links[0].target.id().as_str(),
            "nil:PER:".to_owned() + &links[0].target.id().as_str()[8..]
        );
        given.insert(links[0].target.id().clone());
        assert!(
            given.insert(links[1].target.id().clone()),
            "{} was used before",
            links[1].name
        );
    }
    assert_eq!(given.len(), 51);
    let sow = resolver
        .entities()
        .find(|entity| entity.name == "Amina Sow")
        .expect("seen");
    assert_eq!((sow.n_mentions, sow.n_documents), (50, 50));
}
