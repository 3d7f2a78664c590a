//! Edits on top of a knowledge base.

use griot_link::kb::{
    CandidateSource, Entity, KnowledgeBase, Matched, Overlaid, Overlay, OverlayError,
};
use griot_link::name::Name;

fn base() -> KnowledgeBase {
    let lines = r#"{"id":"Q1","name":"Alpha","popularity":0.5}
{"id":"Q2","name":"Beta","popularity":0.5,"redirects":["Q20"],"stands_for":"Q1","neighbours":["Q1"]}
{"id":"Q3","name":"Gamma","popularity":0.5}"#;
    KnowledgeBase::from_entities(
        lines
            .lines()
            .map(|l| serde_json::from_str::<Entity>(l).unwrap()),
    )
    .unwrap()
}

fn overlaid(edits: &str) -> Overlaid<KnowledgeBase> {
    base()
        .with_overlay(&Overlay::parse(edits).unwrap())
        .unwrap()
}

fn ids(kb: &impl CandidateSource, name: &str) -> Vec<String> {
    let mut hits = Vec::new();
    kb.candidates(&Name::new(name), Matched::Exact, &mut hits);
    hits.iter()
        .map(|hit| kb.facts(hit.entity).id.into_owned())
        .collect()
}

#[test]
fn edits_change_what_is_found() {
    let rows: &[(&str, &str, &[&str])] = &[
        ("", "Alpha", &["Q1"]),
        (r#"{"op":"add","id":"X","name":"Delta"}"#, "Delta", &["X"]),
        (r#"{"op":"add","id":"Q1","name":"Delta"}"#, "Alpha", &[]),
        (r#"{"op":"add","id":"Q1","name":"Delta"}"#, "Delta", &["Q1"]),
        (
            r#"{"op":"alias","id":"Q1","alias":"Al","lang":"fr"}"#,
            "AL",
            &["Q1"],
        ),
        (
            r#"{"op":"alias","id":"Q1","alias":"Beta"}"#,
            "Beta",
            &["Q2", "Q1"],
        ),
        (
            r#"{"op":"alias","id":"Q20","alias":"Second"}"#,
            "Second",
            &["Q2"],
        ),
        (r#"{"op":"remove","id":"Q1"}"#, "Alpha", &[]),
        (
            r#"{"op":"redirect","from":"Q1","to":"Q3"}"#,
            "Alpha",
            &["Q3"],
        ),
        (
            "{\"op\":\"redirect\",\"from\":\"Q1\",\"to\":\"Q2\"}\n{\"op\":\"redirect\",\"from\":\"Q2\",\"to\":\"Q3\"}",
            "Alpha",
            &["Q3"],
        ),
        (
            "{\"op\":\"add\",\"id\":\"X\",\"name\":\"Delta\"}\n{\"op\":\"remove\",\"id\":\"X\"}",
            "Delta",
            &[],
        ),
        (
            "{\"op\":\"remove\",\"id\":\"Q1\"}\n{\"op\":\"add\",\"id\":\"Q1\",\"name\":\"Alpha\"}",
            "Alpha",
            &["Q1"],
        ),
        (
            "{\"op\":\"add\",\"id\":\"X\",\"name\":\"Delta\"}\n{\"op\":\"alias\",\"id\":\"X\",\"alias\":\"D\"}",
            "d",
            &["X"],
        ),
    ];
    for (edits, name, expected) in rows {
        assert_eq!(
            ids(&overlaid(edits), name),
            *expected,
            "{edits} then {name}"
        );
    }
}

#[test]
fn references_follow_edits() {
    let kb = overlaid(
        "{\"op\":\"redirect\",\"from\":\"Q1\",\"to\":\"Q3\"}\n\
         {\"op\":\"add\",\"id\":\"X\",\"name\":\"Delta\",\"stands_for\":\"Q1\",\"neighbours\":[\"Q2\"],\"redirects\":[\"Old\"],\"description\":\"new\"}",
    );
    let of = |id: &str| kb.find(id).unwrap_or_else(|| panic!("{id}"));
    assert_eq!(of("Q1"), of("Q3"));
    assert_eq!(of("Old"), of("X"));
    assert_eq!(kb.facts(of("X")).stands_for, Some(of("Q3")));
    assert_eq!(kb.facts(of("Q2")).stands_for, Some(of("Q3")));
    assert_eq!(kb.neighbours(of("X")), [of("Q2")]);
    assert_eq!(kb.neighbours(of("Q2")), [of("Q3")]);
    assert_eq!(kb.description(of("X")).as_deref(), Some("new"));
    assert_ne!(kb.version(), base().version());
}

#[test]
fn decisions_hold_where_they_say() {
    let kb = overlaid(
        "{\"op\":\"must_link\",\"name\":\"The Boss\",\"id\":\"Q1\",\"document\":\"d1\"}\n\
         {\"op\":\"cannot_link\",\"mention\":\"the boss\",\"id\":\"Q2\"}",
    );
    let name = Name::new("the BOSS");
    let (q1, q2) = (kb.find("Q1").unwrap(), kb.find("Q2").unwrap());
    for (document, must) in [(Some("d1"), vec![q1]), (Some("d2"), vec![]), (None, vec![])] {
        let decisions = kb.decisions(&name, document);
        assert_eq!(
            (decisions.must, decisions.cannot),
            (must, vec![q2]),
            "{document:?}"
        );
    }
    assert_eq!(
        kb.decisions(&Name::new("other"), None),
        base().decisions(&name, None)
    );
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let rows = [
        ("\nnot json", "line 2 is not an edit"),
        (r#"{"op":"fly","id":"Q1"}"#, "line 1 is not an edit"),
        (
            r#"{"op":"alias","id":"Q9","alias":"x"}"#,
            r#"line 1: there is no entity "Q9""#,
        ),
        (
            r#"{"op":"remove","id":"Q9"}"#,
            r#"line 1: there is no entity "Q9""#,
        ),
        (
            r#"{"op":"must_link","name":"x","id":"Q9"}"#,
            r#"line 1: there is no entity "Q9""#,
        ),
        (
            r#"{"op":"redirect","from":"Q1","to":"Q9"}"#,
            r#"line 1: there is no entity "Q9""#,
        ),
        (r#"{"op":"redirect","from":"Q1","to":"Q1"}"#, "leads back"),
        (
            "{\"op\":\"redirect\",\"from\":\"Q1\",\"to\":\"Q2\"}\n{\"op\":\"redirect\",\"from\":\"Q2\",\"to\":\"Q1\"}",
            "line 2: the redirect from \"Q2\" leads back",
        ),
        (r#"{"op":"add","id":"X","name":""}"#, "is not a name"),
        (r#"{"op":"add","name":"x"}"#, "cannot be kept"),
    ];
    for (edits, expected) in rows {
        let error: OverlayError = match Overlay::parse(edits) {
            Ok(overlay) => base().with_overlay(&overlay).map(|_| ()).unwrap_err(),
            Err(error) => error,
        };
        assert!(error.to_string().contains(expected), "{edits}: {error}");
    }
}
