//! `griot link` and `griot tag --link`, as a user runs them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn griot(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_griot"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn records(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const LIST: &str = r#"{"id":"p1","name":"Amina Sow","type":"PER","aliases":{"ru":["Амина Соу"]}}
{"id":"l1","name":"Kati","type":"LOC"}
"#;

const MENTIONS: &str = r#"{"id":"a","text":"Amina Sow vit à Kati.","entities":[{"start":0,"end":9,"label":"PER"},{"start":16,"end":20,"label":"LOC"}]}
{"id":"b","text":"Мадам Соу","entities":[{"start":6,"end":9,"label":"PER","text":"Соу"}]}
"#;

/// A knowledge base built from `LIST` by the program itself.
fn knowledge_base(folder: &std::path::Path) -> String {
    let (list, kb) = (folder.join("list.jsonl"), folder.join("list.kb"));
    std::fs::write(&list, LIST).unwrap();
    let (list, kb) = (list.to_str().unwrap(), kb.to_str().unwrap());
    let built = griot(&["kb", "build", list, "-o", kb], "");
    assert!(built.status.success(), "{built:?}");
    kb.to_owned()
}

#[test]
fn links_mentions_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let kb = knowledge_base(folder.path());
    let output = griot(&["link", "--kb", &kb, "--with-text"], MENTIONS);
    assert!(output.status.success(), "{output:?}");
    let records = records(&output);
    assert_eq!(records.len(), 2);
    let ids: Vec<&Value> = records[0]["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["entity"]["id"])
        .collect();
    assert_eq!(ids, ["p1", "l1"]);
    assert_eq!(records[0]["text"], "Amina Sow vit à Kati.");
    assert_eq!(records[0]["entities"][0]["evidence"][0]["kind"], "alias");
    assert!(records[0]["kb"].as_str().unwrap().contains('#'));
}

#[test]
fn explains() {
    let folder = tempfile::tempdir().unwrap();
    let kb = knowledge_base(folder.path());
    let output = griot(&["link", "--kb", &kb, "--explain"], MENTIONS);
    let text = stdout(&output);
    assert!(text.contains("Amina Sow PER p1"), "{text}");
    assert!(text.contains("candidates  p1 Amina Sow"), "{text}");
    assert!(text.contains("a name in the knowledge base"), "{text}");
}

#[test]
fn an_overlay_decides() {
    let folder = tempfile::tempdir().unwrap();
    let kb = knowledge_base(folder.path());
    let overlay = folder.path().join("overlay.jsonl");
    let edits = r#"{"op":"remove","id":"l1"}
{"op":"add","id":"p2","name":"Amina Sow (juge)","type":"PER"}
{"op":"must_link","name":"Amina Sow","id":"p2"}
"#;
    std::fs::write(&overlay, edits).unwrap();
    let overlay = overlay.to_str().unwrap();
    let output = griot(&["link", "--kb", &kb, "--overlay", overlay], MENTIONS);
    let records = records(&output);
    let entities = records[0]["entities"].as_array().unwrap();
    assert_eq!(entities[0]["entity"]["id"], "p2");
    assert_eq!(entities[0]["evidence"][0]["kind"], "decision");
    assert!(
        entities[1]["entity"]["id"]
            .as_str()
            .unwrap()
            .starts_with("nil:LOC:")
    );
}

#[test]
fn a_wrong_line_is_named_and_the_rest_is_linked() {
    let input = format!(
        "{{\"id\":\"x\"}}\n{MENTIONS}{{\"text\":\"a\",\"entities\":[{{\"start\":5,\"end\":9,\"label\":\"PER\"}}]}}\n"
    );
    let output = griot(&["link"], &input);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(records(&output).len(), 2);
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(
        talk.contains("-:1") && talk.contains("impossible offsets"),
        "{talk}"
    );
}

#[test]
fn a_broken_knowledge_base_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let kb = folder.path().join("broken.kb");
    std::fs::write(&kb, "not a knowledge base").unwrap();
    let output = griot(&["link", "--kb", kb.to_str().unwrap()], MENTIONS);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty());
}

#[test]
fn tags_and_links_in_one_go() {
    let output = griot(
        &["tag", "--link", "-f", "jsonl"],
        "Angela Merkel est arrivée à Paris.",
    );
    assert!(output.status.success(), "{output:?}");
    let records = records(&output);
    let ids: Vec<&Value> = records[0]["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["entity"]["id"])
        .collect();
    assert_eq!(ids, ["Q567", "Q90"]);
    // The same in two steps.
    let tagged = griot(
        &["tag", "--with-text", "-f", "jsonl"],
        "Angela Merkel est arrivée à Paris.",
    );
    let linked = griot(&["link", "--whole"], stdout(&tagged));
    let again: Value = serde_json::from_str(stdout(&linked)).unwrap();
    assert_eq!(
        again["entities"][0]["entity"],
        records[0]["entities"][0]["entity"]
    );
}
