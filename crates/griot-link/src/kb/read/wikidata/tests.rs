use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::classes::{Graph, Kind, Types};
use super::item::{Context, Slim, popularity};
use super::scan::items;
use super::*;
use crate::kb::read::Reason;

/// What is kept of a line.
fn slim(line: &str, languages: &[&str]) -> Result<Vec<Option<Slim>>, Reason> {
    let languages = Languages::new(languages);
    let ontology = Ontology::default();
    let context = Context {
        languages: &languages,
        ontology: &ontology,
    };
    let items = items(context, line.as_bytes())?;
    let slims = items.into_iter().map(|item| item.into_slim(&languages));
    Ok(slims.collect())
}

fn link(id: u32) -> Json {
    json!({"entity-type": "item", "numeric-id": id, "id": format!("Q{id}")})
}

fn said(value: impl Into<Json>) -> Json {
    let value = value.into();
    json!({"mainsnak": {"snaktype": "value", "datavalue": {"value": value}}, "rank": "normal"})
}

fn term(language: &str, text: &str) -> Json {
    json!({"language": language, "value": text})
}

fn item() -> Json {
    json!({
        "type": "item", "id": "Q7",
        "labels": {"en": term("en", "Seven"), "fr": term("fr", "Sept"), "mul": term("mul", "7")},
        "descriptions": {"en": term("en", "number"), "ru": term("ru", "число")},
        "aliases": {"en": [term("en", "VII"), term("en", "Seven")], "de": [term("de", "Sieben")]},
        "claims": {"P31": [said(link(515))]},
        "sitelinks": {"frwiki": {}, "enwiki": {}},
    })
}

#[test]
fn names_of_the_languages_that_are_asked_for() {
    for (languages, name, description, aliases) in [
        (
            &["fr"][..],
            "Sept",
            None,
            json!({"fr": ["Sept"], "mul": ["7"]}),
        ),
        (
            &["ru", "en"],
            "Seven",
            Some("число"),
            json!({"en": ["Seven", "VII"], "mul": ["7"]}),
        ),
        (&["ja"], "7", None, json!({"mul": ["7"]})),
        (
            &[],
            "7",
            Some("number"),
            json!({"de": ["7", "Sieben"], "en": ["Seven", "VII"], "fr": ["Sept"], "mul": ["7"]}),
        ),
    ] {
        let slim = slim(&item().to_string(), languages)
            .unwrap()
            .remove(0)
            .unwrap();
        assert_eq!(slim.entity.name, name, "{languages:?}");
        assert_eq!(
            slim.entity.description.as_deref(),
            description,
            "{languages:?}"
        );
        assert_eq!(json!(slim.entity.aliases), aliases, "{languages:?}");
    }
    let mut other = item();
    other["labels"] = json!({"ja": term("ja", "七")});
    other["aliases"] = json!([]);
    let slim = slim(&other.to_string(), &["fr"])
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(slim.entity.name, "七");
    assert_eq!(json!(slim.entity.aliases), json!({"ja": ["七"]}));
}

fn ranked(id: u32, rank: &str) -> Json {
    let mut statement = said(link(id));
    statement["rank"] = json!(rank);
    statement
}

/// What is kept of an item with these statements.
fn with_statements(property: &str, statements: &Json) -> Slim {
    let mut item = item();
    item["claims"][property] = statements.clone();
    slim(&item.to_string(), &[]).unwrap().remove(0).unwrap()
}

#[test]
fn classes_by_rank_and_kind_of_value() {
    let unknown = json!({"mainsnak": {"snaktype": "somevalue"}, "rank": "normal"});
    let none = json!({"mainsnak": {"snaktype": "novalue"}, "rank": "normal"});
    let old = json!({"entity-type": "item", "numeric-id": 4});
    let lexeme = json!({"entity-type": "lexeme", "numeric-id": 4, "id": "L4"});
    for (statements, classes) in [
        (json!([ranked(1, "normal"), ranked(2, "preferred")]), [2]),
        (json!([ranked(1, "deprecated"), ranked(2, "normal")]), [2]),
        (json!([unknown, none, said(link(3))]), [3]),
        (json!([said(old)]), [4]),
        (json!([said(lexeme), said(link(5))]), [5]),
        (
            json!([
                said(json!({"numeric-id": -4})),
                said(json!({"numeric-id": 1e20})),
                said(link(6))
            ]),
            [6],
        ),
        (
            json!([said("Q5"), said(5), said(()), 3, said(link(7))]),
            [7],
        ),
    ] {
        let slim = with_statements("P31", &statements);
        assert_eq!(slim.classes, classes, "{statements}");
    }
}

#[test]
fn countries_by_rank_and_end() {
    let ended = |id| {
        let mut statement = said(link(id));
        statement["qualifiers"] = json!({"P582": [{}]});
        statement
    };
    for (property, statements, country) in [
        (
            "P17",
            json!([ended(1), said(link(2)), said(link(3))]),
            Some(2),
        ),
        ("P17", json!([ended(1), ended(2)]), Some(1)),
        (
            "P17",
            json!([said(link(1)), ranked(2, "preferred")]),
            Some(2),
        ),
        ("P27", json!([said(link(9))]), Some(9)),
        ("P17", json!("wrong"), None),
        ("P1448", json!([said(link(9))]), None),
    ] {
        let slim = with_statements(property, &statements);
        assert_eq!(slim.country, country, "{property} {statements}");
    }
}

#[test]
fn names_and_demonyms_that_statements_give() {
    let monolingual = |language, text| said(json!({"language": language, "text": text}));
    let mut item = item();
    item["claims"]["P1813"] = json!([monolingual("fr", "S."), monolingual("ru", "С.")]);
    item["claims"]["P742"] = json!([said(json!("Nemo"))]);
    item["claims"]["P1549"] = json!([monolingual("fr", "septain"), monolingual("fr", "septaine")]);
    item["claims"]["P361"] = json!([said(link(30)), said(link(4))]);
    item["claims"]["P1082"] = json!([
        said(json!({"amount": "+1000000"})),
        said(json!({"amount": "x"}))
    ]);
    let slim = slim(&item.to_string(), &["fr"])
        .unwrap()
        .remove(0)
        .unwrap()
        .entity;
    assert_eq!(
        json!(slim.aliases),
        json!({"fr": ["Sept", "S."], "mul": ["7", "Nemo"]})
    );
    assert_eq!(json!(slim.demonyms), json!({"fr": ["septain", "septaine"]}));
    assert_eq!(slim.neighbours, ["Q4", "Q30"]);
    assert!((slim.popularity - popularity(2, Some(1e6))).abs() < 1e-6);
}

#[test]
fn popularity_grows_and_stays_in_its_range() {
    assert!(popularity(0, None).abs() < f32::EPSILON);
    let steps = [
        popularity(1, None),
        popularity(10, None),
        popularity(10, Some(100_000.0)),
        popularity(100, None),
        popularity(400, None),
    ];
    assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
    for (pages, people) in [(400, None), (u32::MAX, Some(f64::MAX)), (0, Some(-1.0))] {
        assert!(
            (0.0..=1.0).contains(&popularity(pages, people)),
            "{pages} {people:?}"
        );
    }
}

#[test]
fn lines_of_a_dump_and_others() {
    let all = item().to_string();
    for (line, n_items) in [
        ("[".to_owned(), 0),
        ("]".to_owned(), 0),
        ("[]".to_owned(), 0),
        (format!("{all},"), 1),
        (format!("[{all},"), 1),
        (format!("{all}]"), 1),
        (r#"{"type":"property","id":"P31"}"#.to_owned(), 0),
        (r#"{"type":"lexeme","id":"L1"}"#.to_owned(), 0),
        (
            format!(r#"{{"entities":{{"Q7":{all},"Q8":{all}}},"success":1}}"#),
            2,
        ),
    ] {
        assert_eq!(slim(&line, &[]).unwrap().len(), n_items, "{line}");
    }
    for (line, error) in [
        ("{}", "no field \"id\""),
        ("42", "no field \"id\""),
        (
            r#"{"id":"Q99999999999"}"#,
            "field \"id\" is \"Q99999999999\", not Q and a number below 2^32",
        ),
        (
            r#"{"id":"Q+1"}"#,
            "field \"id\" is \"Q+1\", not Q and a number below 2^32",
        ),
        (&all[..all.len() - 1], "is not a record"),
        (&format!("{all}{all}"), "is not a record"),
    ] {
        assert_eq!(slim(line, &[]).unwrap_err().to_string(), error, "{line}");
    }
}

/// Classes of a made-up part of Wikidata: child and parent.
const EDGES: &[(u32, u32)] = &[
    // Below city, and below organization at one more step.
    (100, 515),
    (101, 43_229),
    (100, 101),
    // A cycle.
    (200, 201),
    (201, 200),
    (201, 5),
    (202, 13_442_814),
    (203, 4_167_410),
    // Occupations.
    (300, 82_955),
];

#[test]
fn the_nearest_class_gives_the_type() {
    let mut graph = Graph::default();
    for &(child, parent) in EDGES {
        graph.add(parent, child);
    }
    graph.sort();
    let ontology = Ontology::default();
    let types = Types::new(&ontology, &graph);
    for (classes, occupations, kind) in [
        (&[5][..], &[][..], Kind::Entity("PER", Some("person"))),
        (&[5], &[300], Kind::Entity("PER", Some("politician"))),
        (
            &[5],
            &[1_930_187, 300],
            Kind::Entity("PER", Some("politician")),
        ),
        (&[515], &[300], Kind::Entity("LOC", Some("city"))),
        (&[100], &[], Kind::Entity("LOC", Some("city"))),
        (&[101], &[], Kind::Entity("ORG", Some("organization"))),
        (&[200], &[], Kind::Entity("PER", Some("person"))),
        (&[9, 200], &[], Kind::Entity("PER", Some("person"))),
        // The nearer of two classes, and whatever beats what is to be dropped.
        (&[101, 515], &[], Kind::Entity("LOC", Some("city"))),
        (&[202], &[], Kind::Dropped),
        (&[202, 515], &[], Kind::Entity("LOC", Some("city"))),
        (&[203, 515], &[], Kind::Dropped),
        (&[9], &[], Kind::Unknown),
        (&[], &[], Kind::Unknown),
    ] {
        assert_eq!(types.kind(classes, occupations), kind, "{classes:?}");
    }
}

#[test]
fn every_class_of_the_ontology_is_there_once() {
    let ontology = Ontology::default();
    for list in [&ontology.classes, &ontology.occupations] {
        let mut ids: Vec<u32> = list.iter().flat_map(|class| class.ids.clone()).collect();
        let n_ids = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), n_ids);
    }
}

/// What may stand anywhere in a line that somebody spoiled.
fn spoiled() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(json!(null)),
        Just(json!([])),
        Just(json!({})),
        Just(json!(-1.5e300)),
        Just(json!(u64::MAX)),
        Just(json!("Q1")),
        Just(json!([[{"id": "Q5"}]])),
        Just(json!({"value": {"id": []}, "language": 3})),
        "\\PC{0,8}".prop_map(Json::from),
    ]
}

/// Puts `value` in the place of the `n`th value inside `json`.
fn replace(json: &mut Json, n: &mut usize, value: &Json) {
    if *n == 0 {
        *json = value.clone();
    }
    *n = n.wrapping_sub(1);
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| replace(item, n, value)),
        Json::Object(map) => map.values_mut().for_each(|item| replace(item, n, value)),
        _ => {}
    }
}

proptest! {
    /// Whatever a value is replaced by, the line is read: only an item without a
    /// good identifier is an error.
    #[test]
    fn values_of_any_type_can_be_read(place in 1usize..80, value in spoiled()) {
        let mut item = item();
        item["claims"]["P17"] = json!([said(link(1))]);
        item["claims"]["P1448"] = json!([said(json!({"language": "fr", "text": "x"}))]);
        replace(&mut item, &mut place.clone(), &value);
        let has_id = item["id"] == "Q7";
        let read = slim(&item.to_string(), &["fr"]);
        prop_assert!(read.is_ok() || !has_id, "{item}: {read:?}");
    }

    /// Whatever bytes are replaced, nothing panics.
    #[test]
    fn broken_lines_never_panic(places in prop::collection::vec((0usize..900, any::<u8>()), 1..4)) {
        let mut line = item().to_string().into_bytes();
        for (place, byte) in places {
            let place = place % line.len();
            line[place] = byte;
        }
        let languages = Languages::all();
        let ontology = Ontology::default();
        let context = Context { languages: &languages, ontology: &ontology };
        let _ = items(context, &line);
    }
}
