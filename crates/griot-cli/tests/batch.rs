//! Batches: killed and gone on with, sharded, with failures.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

fn griot(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
    command
        .current_dir(folder)
        .arg("tag")
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[track_caller]
fn run(folder: &Path, args: &[&str], code: i32) -> (String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = griot(folder, args).output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{args:?}: {stderr}");
    (String::from_utf8(stdout).unwrap(), stderr)
}

/// A folder with `in.jsonl`: `n` texts that name people, places and bodies, now and
/// then a bad line.
fn folder(n: usize) -> TempDir {
    const PEOPLE: [&str; 5] = [
        "Awa Diop",
        "Jean Kaboré",
        "Olena Bondar",
        "M. Traoré",
        "Diop",
    ];
    const PLACES: [&str; 4] = ["Bamako", "Lomé", "Kyiv", "Zurzach"];
    let folder = TempDir::new().unwrap();
    let mut lines = String::new();
    for i in 0..n {
        if i % 97 == 50 {
            writeln!(lines, "{{\"id\": {i}, \"txt\": \"no text\"}}").unwrap();
            continue;
        }
        let (person, place) = (PEOPLE[i % 5], PLACES[i * 7 % 4]);
        let text = format!(
            "{person} est arrivé à {place} le {} mai. Le ministère de la Santé a salué \
             {person}, selon l'agence numéro {i}. ",
            i % 28 + 1
        );
        let text = text.repeat(1 + i % 3);
        writeln!(lines, "{{\"id\": {i}, \"text\": {text:?}}}").unwrap();
    }
    fs::write(folder.path().join("in.jsonl"), lines).unwrap();
    folder
}

/// The files of a folder that are not its input, with their bytes.
fn results(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut results = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            for (inner, bytes) in self::results(&path) {
                results.insert(format!("{name}/{inner}"), bytes);
            }
        } else if name != "in.jsonl" {
            results.insert(name, fs::read(&path).unwrap());
        }
    }
    results
}

/// Numbers that are different in every run of the test.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let now = std::time::SystemTime::now();
        Self(
            now.duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_nanos() as u64
                | 1,
        )
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// Kills runs until `n_kills` were killed and one came to its end; the results must be
/// those of a run that nobody killed.
fn kill_and_resume(n_documents: usize, args: &[&str], n_kills: usize) {
    let folder = folder(n_documents);
    let whole = self::folder(n_documents);
    let started = std::time::Instant::now();
    run(whole.path(), args, 1);
    let time = started.elapsed().as_millis() as u64;
    let expected = results(whole.path());
    let args = [args, &["--resume"]].concat();
    let mut random = Random::new();
    let (mut killed, mut went_on) = (0, 0);
    while killed < n_kills {
        let mut child = griot(folder.path(), &args).spawn().unwrap();
        thread::sleep(Duration::from_millis(random.below(time * 4 / 5)));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        went_on += usize::from(stderr.contains("going on after"));
        match output.status.code() {
            None => killed += 1,
            // It was done; the next one begins again.
            Some(1) => {
                assert_eq!(results(folder.path()), expected);
                for name in expected.keys() {
                    fs::remove_file(folder.path().join(name)).unwrap();
                }
            }
            code => panic!("{code:?}: {stderr}"),
        }
    }
    run(folder.path(), &args, 1);
    let found = results(folder.path());
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    assert!(found == expected, "the results differ");
    assert!(went_on > n_kills / 4, "{went_on} of {killed} runs went on");
}

#[test]
fn killed_runs_go_on() {
    let args = [
        "in.jsonl",
        "--output",
        "out.jsonl",
        "--errors",
        "errors.jsonl",
    ];
    kill_and_resume(12_000, &args, 14);
}

#[test]
fn killed_runs_with_links_and_shards_go_on() {
    let args = [
        "in.jsonl",
        "--output-dir",
        "out",
        "--shard-size",
        "17",
        "--link",
        "--chunk-bytes",
        "3000",
    ];
    kill_and_resume(150, &args, 10);
}
