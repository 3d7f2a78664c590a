//! What a build keeps, leaves out and refuses.

use std::collections::BTreeMap;

use griot_link::kb::build::{NAME_CHARS_MAX, NAMES_MAX};
use griot_link::kb::{
    AliasKind, BuildConfig, BuildError, CandidateSource, Entity, KbBuilder, KnowledgeBase, Lang,
    Matched, Skipped,
};
use griot_link::name::Name;

fn entity(json: &str) -> Entity {
    serde_json::from_str(json).unwrap()
}

fn build(config: BuildConfig, entities: impl IntoIterator<Item = Entity>) -> Vec<u8> {
    let mut builder = KbBuilder::new(config);
    for entity in entities {
        builder.add(entity).unwrap();
    }
    let mut bytes = Vec::new();
    builder.finish(&mut bytes).unwrap();
    bytes
}

fn many() -> Vec<Entity> {
    (0..4_000)
        .map(|i| {
            entity(&format!(
                r#"{{"id":"{}{}","name":"Name {} of {i}","type":"PER","popularity":0.{},"description":"number {}",
                    "aliases":{{"en":["N {}","Shared"],"ru":["Имя {i}"]}},"redirects":["R{}"],"neighbours":["Q7"]}}"#,
                if i % 5 == 0 { "x" } else { "Q" },
                i + 1,
                i % 100,
                i % 10,
                i % 50,
                i % 300,
                i / 2,
            ))
        })
        .collect()
}

#[test]
fn bytes_depend_on_neither_memory_nor_order() {
    let config = || BuildConfig::default().with_manifest("t", "2026-11-21", "CC0-1.0");
    let expected = build(config(), many());
    KnowledgeBase::from_bytes(expected.as_slice())
        .unwrap()
        .verify()
        .unwrap();
    assert!(
        build(config().with_memory_bytes(0), many()) == expected,
        "little memory"
    );
    assert!(
        build(config(), many().into_iter().rev()) == expected,
        "reverse order"
    );
}

#[test]
fn what_is_left_out_is_counted() {
    let long = "x".repeat(100_000);
    let a = |rest: &str| format!(r#"{{"id":"A","name":"a",{rest}}}"#);
    let fr = |names: &str| a(&format!(r#""aliases":{{"fr":[{names}]}}"#));
    let rows = [
        (
            r#"{"id":"A","name":""}"#.to_owned(),
            Skipped::EntityWithoutName,
            1,
        ),
        (
            r#"{"id":"A","name":"\u0000"}"#.to_owned(),
            Skipped::EntityWithoutName,
            1,
        ),
        (
            format!(r#"{{"id":"A","name":"{long}"}}"#),
            Skipped::EntityWithLongName,
            1,
        ),
        (fr(&format!("\"{long}\",\"b\"")), Skipped::LongAlias, 1),
        (fr(r#"""," ""#), Skipped::EmptyAlias, 2),
        (fr(r#""b\u0000""#), Skipped::AliasWithNul, 1),
        (
            a(r#""aliases":{"de":["b"],"sr-latn":["c"],"und":["d"]}"#),
            Skipped::OtherLanguage,
            1,
        ),
        (
            a(r#""neighbours":["Z"],"stands_for":"Z""#),
            Skipped::UnknownReference,
            2,
        ),
        (a(r#""redirects":["A"]"#), Skipped::RedirectOfEntity, 1),
        (a(r#""redirects":[""]"#), Skipped::BadId, 1),
    ];
    for (json, reason, n) in rows {
        let mut builder =
            KbBuilder::new(BuildConfig::default().with_languages(["fr", "sr"].map(Lang::new)));
        builder.add(entity(&json)).unwrap();
        let report = builder.finish(Vec::new()).unwrap();
        assert_eq!(
            report.skipped,
            BTreeMap::from([(reason, n)]),
            "{}",
            &json[..json.len().min(100)]
        );
    }
}

#[test]
fn names_beyond_a_limit_are_counted() {
    let names: Vec<String> = (0..=NAMES_MAX).map(|i| format!("n{i}")).collect();
    let aliases = BTreeMap::from([("fr".to_owned(), names)]);
    let mut builder = KbBuilder::new(BuildConfig::default());
    builder
        .add(Entity {
            id: "A".into(),
            name: "y".repeat(NAME_CHARS_MAX),
            aliases,
            ..Entity::default()
        })
        .unwrap();
    let report = builder.finish(Vec::new()).unwrap();
    assert_eq!(
        report.skipped,
        BTreeMap::from([(Skipped::TooManyAliases, 1)])
    );
}

#[test]
fn redirects_in_a_circle_lead_nowhere() {
    let lines = [
        r#"{"id":"A","name":"a","redirects":["B","C"]}"#,
        r#"{"id":"B","name":"b","redirects":["A","C"]}"#,
    ];
    let mut builder = KbBuilder::new(BuildConfig::default());
    for line in lines {
        builder.add(entity(line)).unwrap();
    }
    let mut bytes = Vec::new();
    let report = builder.finish(&mut bytes).unwrap();
    let expected = [(Skipped::RedirectOfEntity, 2), (Skipped::RedirectToTwo, 1)];
    assert_eq!(report.skipped, BTreeMap::from(expected));
    let kb = KnowledgeBase::from_bytes(bytes).unwrap();
    for (id, to) in [("A", "A"), ("B", "B"), ("C", "A")] {
        assert_eq!(kb.facts(kb.find(id).unwrap()).id, to, "{id}");
    }
}

#[test]
fn what_cannot_be_built_is_refused() {
    let twice = [r#"{"id":"A","name":"one"}"#, r#"{"id":"A","name":"two"}"#].map(entity);
    let error = KnowledgeBase::from_entities(twice).unwrap_err().to_string();
    assert_eq!(error, r#"two entities are called "A": "one" and "two""#);
    for id in ["", "a\0b", &"x".repeat(501)] {
        let bad = Entity {
            id: id.into(),
            name: "n".into(),
            ..Entity::default()
        };
        assert!(
            matches!(
                KnowledgeBase::from_entities([bad]),
                Err(BuildError::BadId { .. })
            ),
            "{id:?}"
        );
    }
}

/// Entity, prior, kind and language.
type Meaning = (&'static str, f32, AliasKind, &'static str);

#[test]
fn priors_say_what_a_name_means() {
    let lines = [
        r#"{"id":"Q1","name":"Paris","type":"LOC","popularity":0.8}"#,
        r#"{"id":"Q2","name":"Anna Paris","type":"PER","popularity":0.8}"#,
        r#"{"id":"Q3","name":"Lutetia","type":"LOC","popularity":0.4,"aliases":{"fr":["Lutèce","Paris"],"en":["x","Paris"]}}"#,
        r#"{"id":"Q4","name":"Union of Paris","type":"ORG","popularity":0.2,"aliases":{"en":["The U","UP"]},"counts":{"UP":30}}"#,
        r#"{"id":"Q5","name":"University Press","type":"ORG","popularity":0.9,"aliases":{"en":["UP"]},"counts":{"UP":10}}"#,
    ];
    let kb = KnowledgeBase::from_entities(lines.map(entity)).unwrap();
    let rows: &[(&str, &[Meaning])] = &[
        (
            "paris",
            &[
                ("Q1", 0.741, AliasKind::Label, "und"),
                ("Q3", 0.222, AliasKind::Alias, "mul"),
                ("Q2", 0.037, AliasKind::Surname, "und"),
            ],
        ),
        (
            "up",
            &[
                ("Q4", 0.75, AliasKind::Acronym, "en"),
                ("Q5", 0.25, AliasKind::Acronym, "en"),
            ],
        ),
        ("nowhere", &[]),
    ];
    for (name, expected) in rows {
        let mut hits = Vec::new();
        kb.candidates(&Name::new(name), Matched::Exact, &mut hits);
        assert_eq!(hits.len(), expected.len(), "{name}");
        for (hit, &(id, prior, kind, language)) in hits.iter().zip(*expected) {
            assert_eq!(kb.facts(hit.entity).id, id, "{name}");
            assert_eq!(
                (hit.kind, hit.language),
                (kind, Lang::new(language)),
                "{name} {id}"
            );
            assert!(
                (hit.prior / prior - 1.0).abs() < 0.05,
                "{name} {id} {}",
                hit.prior
            );
        }
    }
}

/// Against a comparison with every name.
#[test]
fn edits_are_all_found() {
    let kb =
        KnowledgeBase::from_bytes(build(BuildConfig::default(), many().into_iter().take(3000)))
            .unwrap();
    for text in [
        "nme 3 of 703",
        "anme 3 of 703",
        "name 33 of 703",
        "naxe 3 of 703",
        "name 3 of 70",
        "имя1500",
        "имя 99x",
    ] {
        let mut hits = Vec::new();
        kb.candidates(&Name::new(text), Matched::Edit, &mut hits);
        let mut found: Vec<String> = hits
            .iter()
            .map(|hit| kb.facts(hit.entity).id.into_owned())
            .collect();
        let mut expected: Vec<String> = kb
            .iter()
            .filter(|&e| {
                kb.names(e)
                    .iter()
                    .any(|name| is_edit(Name::new(&name.text).key(), text))
            })
            .map(|e| kb.facts(e).id.into_owned())
            .collect();
        found.sort();
        found.dedup();
        expected.sort();
        assert_eq!(found, expected, "{text}");
        assert!(!found.is_empty(), "{text}");
    }
}

/// Every string one edit away, tried out.
fn is_edit(key: &str, text: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (key.chars().collect(), text.chars().collect());
    let without = |list: &[char], i: usize| [&list[..i], &list[i + 1..]].concat();
    (0..a.len()).any(|i| without(&a, i) == b)
        || (0..b.len()).any(|i| without(&b, i) == a)
        || (a != b && a.len() == b.len() && (0..a.len()).any(|i| without(&a, i) == without(&b, i)))
        || (a != b
            && (1..a.len()).any(|i| {
                let mut swapped = a.clone();
                swapped.swap(i - 1, i);
                swapped == b
            }))
}
