//! What goes into a knowledge base comes out of it.

use griot_link::kb::{CandidateSource, Entity, KnowledgeBase};

const ENTITIES: &str = r#"
{"id":"Q912","name":"Mali","type":"LOC","fine":"country","country":"ml","popularity":1.0,"aliases":{"fr":["République du Mali","Mali"],"ru":["Мали"]},"demonyms":{"fr":["malien"]},"description":"country in West Africa","neighbours":["Q3703","X:1"],"redirects":["Q1","old"]}
{"id":"Q3703","name":"Bamako","type":"LOC","country":"ml","popularity":0.5,"stands_for":"Q912","counts":{"Bamako":7}}
{"id":"Q1000","name":"Sahel"}
{"id":"X:1","name":"Alliance","type":"ORG","popularity":0.25,"aliases":{"und":["Alliance"]}}
{"id":"X:2","name":"Sans liste","type":"ORG","popularity":0.25,"aliases":{"fr":["Autre nom"],"sr-latn":["Treće ime","Autre nom"]}}
"#;

fn entities() -> Vec<Entity> {
    ENTITIES
        .lines()
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn records_come_back() {
    let kb = KnowledgeBase::from_entities(entities()).unwrap();
    for entity in entities() {
        let found = kb
            .find(&entity.id)
            .and_then(|e| kb.entity(e))
            .unwrap_or_else(|| panic!("{}", entity.id));
        assert_eq!(found, entity);
    }
    for (id, to) in [
        ("Q1", Some("Q912")),
        ("old", Some("Q912")),
        ("Q2", None),
        ("", None),
        ("Q0912", None),
    ] {
        assert_eq!(
            kb.find(id).map(|e| kb.facts(e).id.into_owned()).as_deref(),
            to,
            "{id}"
        );
    }
}
