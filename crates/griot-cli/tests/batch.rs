//! Batches: killed and gone on with, sharded, with failures.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
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
        if i % 11 == 9 {
            writeln!(lines, "{{\"id\": {i}, \"txt\": \"no text\"}}").unwrap();
            continue;
        }
        let (person, place) = (PEOPLE[i % 5], PLACES[i * 7 % 4]);
        let text = format!(
            "{person} est arrivé à {place} le {} mai. Le ministère de la Santé a salué \
             {person}, selon l'agence numéro {i}. ",
            i % 28 + 1
        );
        let text = text.repeat(1 + i % 2);
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
    let (mut killed, mut went_on, mut finished) = (0, 0, 0);
    // How far a run comes before it is killed depends on the machine.
    while killed < n_kills || went_on <= n_kills / 4 {
        assert!(
            killed < 20 * n_kills,
            "{went_on} of {killed} runs went on, {finished} ended"
        );
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
                assert!(results(folder.path()) == expected, "the results differ");
                for name in expected.keys() {
                    fs::remove_file(folder.path().join(name)).unwrap();
                }
                finished += 1;
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
}

#[test]
fn killed_runs_go_on() {
    let args = [
        "in.jsonl",
        "--output",
        "out.jsonl",
        "--errors",
        "errors.jsonl",
        "--chunk-bytes",
        "400",
    ];
    kill_and_resume(250, &args, 12);
}

#[test]
fn killed_runs_with_links_and_shards_go_on() {
    let args = [
        "in.jsonl",
        "--output-dir",
        "out",
        "--shard-size",
        "7",
        "--link",
        "--chunk-bytes",
        "400",
    ];
    kill_and_resume(250, &args, 10);
}

/// The records of a run that must succeed.
#[track_caller]
fn records(folder: &Path, args: &[&str]) -> Vec<Value> {
    let (stdout, _) = run(folder, args, 0);
    let record = |line: &str| serde_json::from_str(line).unwrap();
    stdout.lines().map(record).collect()
}

fn files(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// `Il est à Bamako.`, compressed; the first in two members.
const COMPRESSED: [&[u8]; 4] = [
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xf3\xccQH-\x06\x00\x1a|\xfa\x0b\x05\x00\x00\x00\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03+Q8\xbc@\xc1)171;_\x0f\x00xcj\xdc\x0c\x00\x00\x00",
    b"BZh91AY&SYDe\x87\xa0\x00\x00\x02\x95\x94@\x01\x10 \"\x0e\x8c\x00@\x00\x08\x00 \x00\"\x9aba\x90@\x00\x03$3\x88Z\xa4\x00\xe7\xf4]\xc9\x14\xe1BA\x11\x96\x1e\x80",
    b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F\x02\x00!\x01\x16\x00\x00\x00t/\xe5\xa3\x01\x00\x10Il est \xc3\xa0 Bamako.\x00\x00\x00\x00L\xd2\x85-2s{n\x00\x01)\x112\np\x0e\x1f\xb6\xf3}\x01\x00\x00\x00\x00\x04YZ",
    b"(\xb5/\xfd$\x11\x89\x00\x00Il est \xc3\xa0 Bamako.\xf1\x9e\x1e}",
];

#[test]
fn compressed_files_are_told_by_their_first_bytes() {
    let names = ["a.txt.gz", "b.txt.bz2", "c", "d.txt.zst"];
    let all: Vec<(&str, &[u8])> = std::iter::zip(names, COMPRESSED).collect();
    let folder = files(&all);
    let args = [&names[..], &["--with-text"]].concat();
    for (record, name) in records(folder.path(), &args).iter().zip(names) {
        assert_eq!(record["id"], name);
        assert_eq!(record["text"], "Il est à Bamako.");
    }
    let cut = &COMPRESSED[2][..50];
    let folder = files(&[("cut.txt.xz", cut), ("good.txt", b"Mali")]);
    let (stdout, stderr) = run(folder.path(), &["cut.txt.xz", "good.txt"], 1);
    assert_eq!(stdout.lines().count(), 1);
    assert!(
        stderr.starts_with("error: cannot read \"cut.txt.xz\""),
        "{stderr}"
    );
}

#[test]
fn tables_pages_and_globs() {
    let folder = files(&[
        ("a.csv", b"n,t\n1,\"Mali, Togo\"\n"),
        ("b.tsv", b"n\tt\n2\tMali, Togo\n"),
        (
            "d/e.html",
            b"<title>x</title><p>Le B&eacute;nin</p><nav>Mali</nav>",
        ),
        ("d/f.md", b"Togo"),
        ("d/g/h.md", b"Togo"),
        ("d/g/i.tsv", b"x"),
    ]);
    let ids = |args: &[&str]| -> Vec<String> {
        let records = records(folder.path(), args);
        let id = |record: &Value| record["id"].as_str().unwrap().to_owned();
        records.iter().map(id).collect()
    };
    let fields = ["--text-field", "t", "--id-field", "n"];
    assert_eq!(
        ids(&[&["a.csv", "b.tsv"][..], &fields].concat()),
        ["1", "2"]
    );
    assert_eq!(ids(&["d"]), ["d/e.html"]);
    assert_eq!(ids(&["d", "--glob", "*.md"]), ["d/f.md", "d/g/h.md"]);
    assert_eq!(
        ids(&["d", "--glob", "g/*.md", "--glob", "e.*"]),
        ["d/e.html", "d/g/h.md"]
    );
    let (_, stderr) = run(folder.path(), &["d", "--glob", "*.xml", "--quiet"], 1);
    assert_eq!(stderr, "error: no file in d matches --glob\n");

    let record = &records(folder.path(), &["d/e.html", "--with-text"])[0];
    assert_eq!(record["text"], "Le Bénin\nMali");
    assert_eq!(record["lang"], Value::Null);
    assert_eq!(
        record["boilerplate"],
        serde_json::json!([{"start": 9, "end": 13}])
    );
    let entities = record["entities"].as_array().unwrap();
    let benin = entities
        .iter()
        .find(|entity| entity["text"] == "Bénin")
        .unwrap();
    assert_eq!(
        (&benin["source_start"], &benin["source_end"]),
        (&22.into(), &34.into())
    );
    assert_eq!(benin.get("boilerplate"), None);
    let mali = entities
        .iter()
        .find(|entity| entity["text"] == "Mali")
        .unwrap();
    assert_eq!(mali["boilerplate"], true);
    let skipped = &records(folder.path(), &["d/e.html", "--boilerplate", "skip"])[0];
    assert_eq!(
        skipped["entities"].as_array().unwrap().len(),
        entities.len() - 1
    );
    let kept = &records(
        folder.path(),
        &["d/f.md", "--boilerplate", "keep", "--lang", "fr"],
    )[0];
    assert_eq!(
        (kept.get("boilerplate"), &kept["lang"]),
        (None, &"fr".into())
    );
}

#[test]
fn says_what_it_did() {
    let folder = files(&[(
        "in.jsonl",
        b"{\"id\":\"a\",\"text\":\"Bamako\"}\n{\"id\":\"b\"}\nno\n{\"text\":\"Bamako\"}\n",
    )]);
    let errors = ["in.jsonl", "--errors", "e.jsonl"];
    let (_, stderr) = run(folder.path(), &[&errors[..], &["--link"]].concat(), 1);
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(
        lines[2].starts_with("2 documents (12 B, 2 words) in "),
        "{stderr}"
    );
    assert_eq!(lines[3], "2 mentions: LOC 2");
    assert_eq!(lines[4], "1 entities: 1 in the knowledge base, 0 not");
    assert_eq!(lines[5], "note: 2 of 4 documents failed");
    let written = fs::read_to_string(folder.path().join("e.jsonl")).unwrap();
    let expected = "{\"id\":\"b\",\"path\":\"in.jsonl\",\"line\":2,\"reason\":\"in.jsonl:2: no field \\\"text\\\"\"}\n\
        {\"id\":null,\"path\":\"in.jsonl\",\"line\":3,\"reason\":\"in.jsonl:3: expected ident at line 1 column 2\"}\n";
    assert_eq!(written, expected);

    let (_, stderr) = run(folder.path(), &["in.jsonl", "--log-format", "json"], 1);
    let events: Vec<Value> = stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events.len(), 3);
    assert_eq!(
        (&events[0]["event"], &events[0]["line"]),
        (&"failure".into(), &2.into())
    );
    let summary = &events[2];
    assert_eq!(
        (&summary["event"], &summary["documents"]),
        (&"summary".into(), &2.into())
    );
    assert_eq!(summary["mentions"], serde_json::json!({"LOC": 2}));

    let (stdout, stderr) = run(folder.path(), &["in.jsonl", "--fail-fast", "--quiet"], 1);
    assert_eq!((stdout.lines().count(), stderr.lines().count()), (1, 1));
}

#[test]
fn an_unfinished_run_is_not_lost() {
    let folder = files(&[("in.jsonl", b"{\"text\":\"Bamako\"}\n{\"id\":\"b\"}\n")]);
    let out = ["in.jsonl", "--output", "out.jsonl", "--quiet"];
    let stop = [&out[..], &["--fail-fast"]].concat();
    run(folder.path(), &stop, 1);
    let names: Vec<String> = results(folder.path()).into_keys().collect();
    assert_eq!(names, ["out.jsonl.journal", "out.jsonl.partial"]);
    // Nothing was safe yet, so nothing is lost.
    run(folder.path(), &out, 1);
    let names: Vec<String> = results(folder.path()).into_keys().collect();
    assert_eq!(names, ["out.jsonl"]);
    let (_, stderr) = run(folder.path(), &["in.jsonl", "--resume"], 2);
    assert_eq!(
        stderr,
        "error: --resume and --restart need --output FILE or --output-dir DIR\n"
    );

    let shards = ["in.jsonl", "--output-dir", "d", "--quiet"];
    run(folder.path(), &shards, 1);
    let (_, stderr) = run(folder.path(), &shards, 2);
    assert_eq!(
        stderr,
        "error: d holds shards of an earlier run, such as \"part-00000.jsonl\"; --restart begins again\n"
    );
    run(folder.path(), &[&shards[..], &["--restart"]].concat(), 1);
    let args = ["in.jsonl", "--output-dir", "d", "--resume"];
    let (_, stderr) = run(folder.path(), &args, 1);
    assert_eq!(
        stderr,
        "note: all is done already; --restart begins again\n"
    );
}
