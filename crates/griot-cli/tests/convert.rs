//! `griot convert`, and the formats of `griot tag`, as their users run them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const LINES: &str = r#"{"id":"a.txt","text":"Awa est à  Bamako, au Mali.","language":"fr","model":"m@1","kb":"k@1","entities":[{"start":0,"end":3,"label":"PER","score":0.5},{"start":11,"end":17,"label":"LOC","entity":{"id":"Q3703","name":"Bamako"}},{"start":22,"end":26,"label":"LOC","entity":{"id":"nil:LOC:1","name":"Mali"}}]}
{"id":"b","text":"","entities":[]}
"#;

/// Runs in a folder that has the lines as `in.jsonl`.
fn run(folder: &TempDir, args: &[&str]) -> Output {
    let path = folder.path().join("in.jsonl");
    if !path.exists() {
        fs::write(&path, LINES).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
    command
        .current_dir(folder.path())
        .args(args)
        .env("NO_COLOR", "1");
    command.output().unwrap()
}

#[track_caller]
fn check(folder: &TempDir, args: &[&str], code: i32) -> (String, String) {
    let output = run(folder, args);
    let [stdout, stderr] = [output.stdout, output.stderr].map(|b| String::from_utf8(b).unwrap());
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    (stdout, stderr)
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn what_is_lost_is_said() {
    let folder = TempDir::new().unwrap();
    let (_, stderr) = check(&folder, &["convert", "in.jsonl", "out.conll"], 0);
    let expected = "\
note: texts with their white space: 1 not representable in conll
note: languages: 1 not representable in conll
note: scores: 1 not representable in conll
note: links: 2 not representable in conll
note: models and knowledge bases: 1 documents name others than the first, which is the one written
";
    assert_eq!(stderr, expected);
    let (_, stderr) = check(&folder, &["convert", "in.jsonl", "out.conll", "--quiet"], 0);
    assert_eq!(stderr, "");
}

#[test]
fn nothing_is_lost_on_the_way_through_tables_and_folders() {
    let folder = TempDir::new().unwrap();
    check(
        &folder,
        &["convert", "in.jsonl", "first.jsonl", "--offsets", "bytes"],
        0,
    );
    check(
        &folder,
        &["convert", "first.jsonl", "t.parquet", "--offsets", "utf16"],
        0,
    );
    check(
        &folder,
        &["convert", "t.parquet", "second.jsonl", "--offsets", "bytes"],
        0,
    );
    assert_eq!(read(&folder, "first.jsonl"), read(&folder, "second.jsonl"));

    fs::create_dir(folder.path().join("brat")).unwrap();
    check(&folder, &["convert", "in.jsonl", "brat"], 0);
    let expected = "T1\tPER 0 3\tAwa\nT2\tLOC 11 17\tBamako\n\
                    N1\tReference T2 Wikidata:Q3703\tBamako\n\
                    T3\tLOC 22 26\tMali\nN2\tReference T3 NIL:nil:LOC:1\tMali\n";
    assert_eq!(read(&folder, "brat/a.ann"), expected);
    assert_eq!(read(&folder, "brat/b.ann"), "");
    let (lines, _) = check(&folder, &["convert", "brat", "--to", "jsonl"], 0);
    let ids: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].to_string())
        .collect();
    assert_eq!(ids, [r#""a""#, r#""b""#]);
    check(&folder, &["convert", "brat", "--to", "brat", "again"], 0);
    assert_eq!(read(&folder, "again/a.ann"), expected);
}

#[test]
fn every_format_can_be_written() {
    let folder = TempDir::new().unwrap();
    for (format, start) in [
        ("jsonl", "{\"id\""),
        ("conll", "# newdoc"),
        ("spacy", "{\"text\""),
        ("label-studio", "[\n{\"data\""),
        ("web-annotation", "[\n{\"@context\""),
        ("nif", "@prefix"),
        ("hipe", "TOKEN\t"),
        ("csv", "document,"),
        ("tsv", "document\t"),
        ("html", "<!doctype html>"),
    ] {
        let (stdout, _) = check(&folder, &["convert", "in.jsonl", "--to", format], 0);
        assert!(stdout.starts_with(start), "{format}: {stdout}");
    }
    let parquet = run(&folder, &["convert", "in.jsonl", "--to", "parquet"]).stdout;
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
}

#[test]
fn what_cannot_be_is_an_error() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("bad.jsonl"),
        "{\"id\":1}\n{\"text\":\"a\"}\n",
    )
    .unwrap();
    let rows: [(&[&str], i32, &str); 10] = [
        (
            &["convert", "in.jsonl", "in.jsonl"],
            2,
            "both input and output",
        ),
        (&["convert", "in.jsonl", "x"], 2, "use --to"),
        (&["convert", "x", "y.csv"], 2, "use --from"),
        (&["convert", "x.jsonl", "y.csv"], 2, "cannot read"),
        (
            &["convert", "in.jsonl", "--to", "brat", "bad.jsonl"],
            2,
            "cannot make the folder",
        ),
        (&["convert", "in.jsonl", "--to", "brat"], 2, "name a folder"),
        (
            &["convert", "in.jsonl", "x.ttl", "--offsets", "utf16"],
            2,
            "always count characters",
        ),
        (&["convert", "bad.jsonl", "x.csv"], 1, "no field \"text\""),
        (
            &["tag", "in.jsonl", "--format", "brat"],
            2,
            "needs --output-dir",
        ),
        (
            &["tag", "in.jsonl", "--format", "nif", "--offsets", "bytes"],
            2,
            "always count",
        ),
    ];
    for (args, code, message) in rows {
        let (_, stderr) = check(&folder, args, code);
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
    assert_eq!(read(&folder, "in.jsonl"), LINES);
    assert!(!Path::new(&folder.path().join("x.ttl")).exists());
}

#[cfg(feature = "embedded-model")]
#[test]
fn tagging_writes_every_format() {
    let folder = TempDir::new().unwrap();
    for (format, start) in [
        ("csv", "document,"),
        ("html", "<!doctype"),
        ("hipe", "TOKEN"),
    ] {
        let (stdout, _) = check(&folder, &["tag", "in.jsonl", "--format", format], 0);
        assert!(stdout.starts_with(start), "{stdout}");
    }
    fs::create_dir(folder.path().join("out")).unwrap();
    check(
        &folder,
        &["tag", "in.jsonl", "--format", "brat", "--output-dir", "out"],
        0,
    );
    assert!(read(&folder, "out/a.ann").contains("Bamako"));
    assert_eq!(read(&folder, "out/b.txt"), "");
}
