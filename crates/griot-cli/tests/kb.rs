//! `griot kb`, run as people run it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const CSV: &str = "id,name,type,aliases,country,size\n\
    o1,Ministère des Mines,ORG,Mines|MdM,ml,3\n\
    o2,Москва,LOC,Moscou,ru,9\n";
const JSONL: &str = "{\"id\":\"o1\",\"name\":\"Ministère des Mines\",\"aliases\":{\"en\":[\"Ministry of Mines\"]}}\n\
    wrong\n";

/// A folder with both lists.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), CSV).unwrap();
    fs::write(folder.path().join("b.jsonl"), JSONL).unwrap();
    folder
}

/// Runs `griot kb`, checks its exit status, and gives what it wrote.
#[track_caller]
fn kb(folder: &Path, arguments: &str, status: i32) -> (String, String) {
    let Output {
        status: found,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_griot"))
        .arg("kb")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let (stdout, stderr) = (
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    );
    assert_eq!(found.code(), Some(status), "{arguments}: {stdout}{stderr}");
    (stdout, stderr)
}

#[test]
fn builds_and_tells() {
    let folder = folder();
    let (out, told) = kb(
        folder.path(),
        "build a.csv -o a.kb --name own --date 2026-11-21",
        0,
    );
    assert_eq!(out, "");
    assert!(told.contains("columns not read: size"), "{told}");
    assert!(told.contains("2 entities"), "{told}");

    let (out, _) = kb(folder.path(), "info a.kb --json", 0);
    let info: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(info["manifest"]["name"], "own");
    assert_eq!(info["manifest"]["entities"], 2);

    let (out, _) = kb(folder.path(), "get a.kb o1", 0);
    assert!(
        out.starts_with("o1          Ministère des Mines\n"),
        "{out}"
    );
    let (out, _) = kb(folder.path(), "get a.kb o2 --json", 0);
    let entity: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(entity["aliases"]["und"][0], "Moscou");

    for (name, how) in [
        ("MOSCOU", "exact"),
        ("moskva", "phonetic"),
        ("Mroscou", "edit"),
    ] {
        let (out, _) = kb(folder.path(), &format!("search a.kb {name} --json"), 0);
        let hit: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
        assert_eq!(
            (&hit["id"], &hit["matched"]),
            (&"o2".into(), &how.into()),
            "{out}"
        );
    }
    let (out, told) = kb(folder.path(), "search a.kb xyzzyxyzzy", 0);
    assert_eq!((out.as_str(), told.as_str()), ("", "note: nothing found\n"));
    kb(folder.path(), "verify a.kb", 0);
}

#[test]
fn wrong_lines_and_differences() {
    let folder = folder();
    kb(folder.path(), "build a.csv -o a.kb", 0);
    let (_, told) = kb(folder.path(), "build a.csv b.jsonl -o b.kb --types ORG", 1);
    assert!(told.contains("b.jsonl:2"), "{told}");
    let (_, told) = kb(folder.path(), "build a.csv b.jsonl -o c.kb --strict", 2);
    assert!(told.contains("line 2"), "{told}");
    assert!(!folder.path().join("c.kb").exists());

    let (out, _) = kb(folder.path(), "diff a.kb b.kb", 0);
    let expected = "~ o1\tMinistère des Mines\t\n    + en\tMinistry of Mines\n- o2\tМосква\n";
    assert_eq!(out, expected);
    let (out, _) = kb(folder.path(), "diff a.kb b.kb --json", 0);
    assert_eq!(out.lines().count(), 2);
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = folder();
    fs::write(folder.path().join("no.kb"), "no").unwrap();
    for (arguments, reason) in [
        ("build missing.csv -o a.kb", "missing.csv"),
        ("build -o a.kb", "INPUT"),
        ("build b.jsonl -o a.kb --format csv", "no field \"id\""),
        ("info no.kb", "no.kb"),
        ("get no.kb o1", "no.kb"),
        ("build a.csv -o a.kb --memory 1T", "expected a number"),
    ] {
        let (_, told) = kb(folder.path(), arguments, 2);
        assert!(told.contains(reason), "{arguments}: {told}");
    }
    kb(folder.path(), "build a.csv -o a.kb", 0);
    let (_, told) = kb(folder.path(), "get a.kb o9", 2);
    assert!(told.contains("no entity \"o9\""), "{told}");
}
