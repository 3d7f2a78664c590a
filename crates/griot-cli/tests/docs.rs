//! The commands of `docs/`, run as they stand there.
//!
//! A block that begins with ```` ```sh ```` after a line `<!-- test -->` is a script that
//! must succeed; after `<!-- test: exit 1 -->`, one that must end with this status. The
//! blocks of a page run one after the other, in one folder that is empty at first.

#![cfg(unix)]

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Pages that have such blocks.
const PAGES: [&str; 1] = ["batch.md"];

/// A command of a page.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    /// Of the page, from 1.
    line: usize,
    script: String,
    exit: i32,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut exit = None;
    let mut lines = page.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        if line == "```sh"
            && let Some(exit) = exit
        {
            let script = lines.by_ref().map(|(line, _)| line);
            let script: Vec<&str> = script.take_while(|line| *line != "```").collect();
            blocks.push(Block {
                line: number,
                script: script.join("\n"),
                exit,
            });
        }
        exit = match line.strip_prefix("<!-- test") {
            Some(" -->") => Some(0),
            Some(rest) => rest
                .strip_prefix(": exit ")
                .and_then(|rest| rest.strip_suffix(" -->")?.parse().ok()),
            None => None,
        };
    }
    blocks
}

#[test]
fn the_commands_of_the_pages_work() {
    let program = Path::new(env!("CARGO_BIN_EXE_griot")).parent().unwrap();
    let path = format!("{}:{}", program.display(), env::var("PATH").unwrap());
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for name in PAGES {
        let blocks = blocks(&fs::read_to_string(docs.join(name)).unwrap());
        assert!(!blocks.is_empty(), "no tested command in {name}");
        let folder = tempfile::tempdir().unwrap();
        for Block { line, script, exit } in blocks {
            let output = Command::new("bash")
                .args(["-euo", "pipefail", "-c", &script])
                .current_dir(folder.path())
                .env("PATH", &path)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            let status = output.status.code();
            assert_eq!(status, Some(exit), "docs/{name}:{line}:\n{script}\n{said}");
        }
    }
}

#[test]
fn finds_blocks() {
    let page = "<!-- test -->\n```sh\na\nb\n```\n```sh\nno\n```\n<!-- test: exit 1 -->\n```sh\nc\n```\n<!-- test -->\n```text\nno\n```";
    let block = |line, script: &str, exit| Block {
        line,
        script: script.to_owned(),
        exit,
    };
    assert_eq!(blocks(page), [block(2, "a\nb", 0), block(10, "c", 1)]);
}
