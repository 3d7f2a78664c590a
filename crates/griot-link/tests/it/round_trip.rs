//! What goes into a knowledge base comes out of it.

use griot_link::kb::{
    BuildConfig, CandidateSource, Entity, KbBuilder, KbError, KnowledgeBase, Validation,
};

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

#[test]
fn every_storage_reads_alike() {
    let mut builder =
        KbBuilder::new(BuildConfig::default().with_manifest("own", "2026-11-21", "CC0-1.0"));
    for entity in entities() {
        builder.add(entity).unwrap();
    }
    let mut bytes = Vec::new();
    builder.finish(&mut bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.kb");
    std::fs::write(&path, &bytes).unwrap();
    let leaked: &'static [u8] = Box::leak(bytes.clone().into_boxed_slice());
    let opened = [
        KnowledgeBase::open(&path).unwrap(),
        KnowledgeBase::open_with(&path, Validation::Header).unwrap(),
        KnowledgeBase::from_static(leaked, Validation::Full).unwrap(),
        KnowledgeBase::from_shared(bytes.clone().into()).unwrap(),
        KnowledgeBase::from_bytes(bytes).unwrap(),
    ];
    for kb in &opened {
        let found: Vec<Entity> = kb.iter().filter_map(|entity| kb.entity(entity)).collect();
        let mut expected = entities();
        expected.sort_by_key(|entity| {
            (
                entity.id.starts_with('X'),
                entity.id.len(),
                entity.id.clone(),
            )
        });
        // As numbers: 912, 1000, 3703.
        assert_eq!(found, expected, "{kb:?}");
        assert_eq!(kb.version(), opened[0].version());
        assert!(kb.version().starts_with("own@2026-11-21#"));
        kb.verify().unwrap();
    }
    let types = &opened[0].info().manifest.types;
    assert_eq!((types["LOC"], types["ORG"], types[""]), (2, 2, 1));

    std::fs::write(&path, b"").unwrap();
    assert!(matches!(
        KnowledgeBase::open(&path),
        Err(KbError::TooShort { .. })
    ));
}
