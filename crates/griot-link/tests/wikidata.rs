//! Dumps of Wikidata: real items, options, and builds that are stopped and killed.

#![cfg(feature = "build")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use griot_link::kb::Entity;
use griot_link::kb::read::wikidata::{Counts, Emitted, Event, Options, prepare};
use griot_link::kb::read::{Languages, ReadError};

/// Real items in the form of the dump: two countries' worth of places, bodies, a
/// distillery.
const SAMPLE: &str = "wikidata-sample.json.bz2";
/// An answer of the API with one real item, a class.
const API: &str = "wikidata-api.json";

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

fn go_on(_: Event<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// What a dump gives, with a work folder of its own.
fn read(inputs: &[PathBuf], options: Options) -> (Vec<Entity>, Counts, Emitted) {
    let work = tempfile::tempdir().unwrap();
    let prepared = prepare(inputs, work.path(), options, &mut go_on).unwrap();
    let mut entities = Vec::new();
    let emitted = prepared.each(
        &mut |entity| {
            entities.push(entity);
            ControlFlow::Continue(())
        },
        &mut go_on,
    );
    (entities, prepared.counts(), emitted.unwrap())
}

fn options(change: impl FnOnce(&mut Options)) -> Options {
    let mut options = Options::default();
    change(&mut options);
    options
}

#[test]
fn real_items_give_the_expected_records() {
    let options = options(|o| o.languages = Languages::new(["fr", "en", "ru"]));
    let (entities, counts, emitted) = read(&[data(SAMPLE), data(API)], options);
    let found: Vec<String> = entities
        .iter()
        .map(|entity| serde_json::to_string(entity).unwrap())
        .collect();
    let path = data("wikidata-sample.expected.jsonl");
    if std::env::var_os("GRIOT_UPDATE_EXPECTED").is_some() {
        fs::write(&path, found.join("\n") + "\n").unwrap();
    }
    let expected = fs::read_to_string(path).unwrap();
    assert_eq!(found, expected.lines().collect::<Vec<_>>());
    assert_eq!((counts.n_items, counts.n_bad), (9, 0));
    assert_eq!(emitted.n_entities, found.len() as u64);
}

/// A line of a dump.
fn item(id: u32, name: &str, n_sitelinks: u32, claims: &[(&str, u32)]) -> String {
    let claims: Vec<String> = claims
        .iter()
        .map(|(property, value)| {
            format!(
                r#""{property}":[{{"mainsnak":{{"snaktype":"value","datavalue":{{"value":{{"entity-type":"item","id":"Q{value}"}}}}}},"rank":"normal"}}]"#
            )
        })
        .collect();
    let sitelinks: Vec<String> = (0..n_sitelinks)
        .map(|n| format!(r#""w{n}":{{}}"#))
        .collect();
    format!(
        r#"{{"type":"item","id":"Q{id}","labels":{{"en":{{"language":"en","value":"{name}"}}}},"claims":{{{}}},"sitelinks":{{{}}}}}"#,
        claims.join(","),
        sitelinks.join(","),
    )
}

/// A country, its capital, a kind of company, companies and persons of the country.
fn dump(n_persons: u32) -> String {
    let country = item(1, "Land", 200, &[("P31", 6256), ("P36", 2)]).replacen(
        "\"claims\":{",
        r#""claims":{"P297":[{"mainsnak":{"snaktype":"value","datavalue":{"value":"LA"}},"rank":"normal"}],"#,
        1,
    );
    let mut lines = vec![
        country,
        item(2, "Town", 50, &[("P31", 515), ("P17", 1)]),
        item(3, "kind of company", 0, &[("P279", 4_830_453)]),
        item(4, "Firm", 5, &[("P31", 3), ("P17", 1)]),
        item(6, "A study", 0, &[("P31", 13_442_814)]),
        item(7, "Thing", 3, &[("P31", 999_999)]),
    ];
    for n in 0..n_persons {
        let claims = [("P31", 5), ("P27", 1), ("P108", 4)];
        lines.push(item(1_000 + n, &format!("Person {n}"), n % 4, &claims));
    }
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn what_items_say_of_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let input = write(folder.path(), "dump", dump(1));
    let redirects = write(
        folder.path(),
        "redirects",
        "Q70\tQ2\nQ71\tQ2\nP5\tP6\nQ72\tQ1000\n",
    );
    let options = options(|o| o.redirects = Some(redirects));
    let (entities, counts, emitted) = read(&[input], options);
    let expected = [
        r#"{"id":"Q1","name":"Land","type":"LOC","fine":"country","aliases":{"en":["Land"]},"country":"la","popularity":0.885}"#,
        r#"{"id":"Q2","name":"Town","type":"LOC","fine":"city","aliases":{"en":["Town"]},"country":"la","popularity":0.656,"stands_for":"Q1","redirects":["Q70","Q71"]}"#,
        r#"{"id":"Q4","name":"Firm","type":"ORG","fine":"company","aliases":{"en":["Firm"]},"country":"la","popularity":0.299}"#,
        r#"{"id":"Q1000","name":"Person 0","type":"PER","fine":"person","aliases":{"en":["Person 0"]},"country":"la","popularity":0.0,"neighbours":["Q4"],"redirects":["Q72"]}"#,
    ];
    let found: Vec<String> = entities
        .iter()
        .map(|entity| serde_json::to_string(entity).unwrap())
        .collect();
    assert_eq!(found, expected);
    // The class has no class itself, and the study is left out at once.
    assert_eq!((counts.n_items, counts.n_shelved), (7, 5));
    assert_eq!((emitted.n_entities, emitted.n_unknown), (4, 1));
}

#[test]
fn options_choose() {
    let folder = tempfile::tempdir().unwrap();
    let input = [write(folder.path(), "dump", dump(100))];
    for (options, n_entities) in [
        (Options::default(), 103),
        (options(|o| o.types = vec!["PER".to_owned()]), 100),
        (
            options(|o| o.types = vec!["ORG".to_owned(), "LOC".to_owned()]),
            3,
        ),
        (options(|o| o.sitelinks_min = 3), 28),
        (options(|o| o.threads = std::num::NonZeroUsize::MIN), 103),
        (options(|o| o.shard_bytes = 1), 103),
    ] {
        let shown = format!("{options:?}");
        assert_eq!(read(&input, options).0.len(), n_entities, "{shown}");
    }
}

#[test]
fn wrong_lines_are_named_and_may_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = dump(5).into_bytes();
    text.splice(2..2, *b"{\"id\":\n\xff\n");
    let input = [write(folder.path(), "dump", text)];
    let mut bad = Vec::new();
    let mut work = folder.path().join("work");
    let prepared = prepare(&input, &work, Options::default(), &mut |event| {
        if let Event::Skipped { error, .. } = event {
            bad.push(error.to_string());
        }
        ControlFlow::Continue(())
    });
    assert_eq!(bad, ["line 2", "line 3"]);
    assert_eq!(prepared.unwrap().counts().n_bad, 2);

    work.push("strict");
    let stopped = prepare(
        &input,
        &work,
        Options::default(),
        &mut |event| match event {
            Event::Skipped { .. } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        },
    );
    assert!(
        matches!(stopped, Err(ReadError::Line { .. })),
        "{stopped:?}"
    );
}

#[test]
fn a_truncated_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(data(SAMPLE)).unwrap();
    let input = [write(folder.path(), "dump", &whole[..whole.len() / 2])];
    let read = prepare(
        &input,
        &folder.path().join("work"),
        Options::default(),
        &mut go_on,
    );
    assert!(matches!(read, Err(ReadError::Io { .. })), "{read:?}");
}

#[test]
fn a_work_folder_of_another_build_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let input = [write(folder.path(), "dump", dump(5))];
    let work = folder.path().join("work");
    prepare(&input, &work, Options::default(), &mut go_on).unwrap();
    let other = options(|o| o.languages = Languages::new(["fr"]));
    let read = prepare(&input, &work, other, &mut go_on);
    assert!(
        matches!(
            read,
            Err(ReadError::OtherWork {
                field: "languages",
                ..
            })
        ),
        "{read:?}"
    );

    fs::write(work.join("checkpoint.json"), "{").unwrap();
    let read = prepare(&input, &work, Options::default(), &mut go_on);
    assert!(
        matches!(read, Err(ReadError::Checkpoint { .. })),
        "{read:?}"
    );
}

/// Large enough for several batches, and so for several shards.
const N_PERSONS: u32 = 15_000;

fn small_shards() -> Options {
    options(|o| o.shard_bytes = 1)
}

#[test]
fn a_stopped_build_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let input = [
        write(folder.path(), "first", dump(N_PERSONS)),
        write(
            folder.path(),
            "second",
            gzip(&dump(10).replace("\"Q1", "\"Q9")),
        ),
    ];
    let (expected, counts, _) = read(&input, small_shards());
    let work = folder.path().join("work");
    let mut n_resumed = 0;
    // Each attempt is stopped at its second batch.
    let prepared = loop {
        let mut n_batches = 0;
        let prepared = prepare(&input, &work, small_shards(), &mut |event| {
            n_resumed += u32::from(matches!(event, Event::Resumed { .. }));
            n_batches += u32::from(matches!(event, Event::Progress(_)));
            if n_batches > 1 {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        match prepared {
            Ok(prepared) => break prepared,
            Err(ReadError::Stopped) => {}
            Err(error) => panic!("{error}"),
        }
    };
    assert!(n_resumed > 2, "{n_resumed}");
    assert_eq!(prepared.counts(), counts);
    let mut found = Vec::new();
    let sink = &mut |entity| {
        found.push(entity);
        ControlFlow::Continue(())
    };
    prepared.each(sink, &mut go_on).unwrap();
    assert!(found == expected);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Set for the process that [`a_killed_build_goes_on`] starts and kills.
const FOLDER: &str = "GRIOT_TEST_KILLED_FOLDER";

#[test]
fn a_killed_build_goes_on() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        build_slowly(Path::new(&folder));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let input = [write(folder.path(), "dump", dump(N_PERSONS))];
    let (expected, ..) = read(&input, small_shards());

    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_build_goes_on"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let work = folder.path().join("work");
    let started = Instant::now();
    while !work.join("items-000001.jsonl.gz").exists() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "nothing was built"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    process.kill().unwrap();
    process.wait().unwrap();

    let mut resumed = None;
    let prepared = prepare(&input, &work, small_shards(), &mut |event| {
        if let Event::Resumed { counts } = event {
            resumed = Some(counts.n_items);
        }
        ControlFlow::Continue(())
    });
    let resumed = resumed.expect("shards were there");
    assert!((1..u64::from(N_PERSONS)).contains(&resumed), "{resumed}");
    let mut found = Vec::new();
    let sink = &mut |entity| {
        found.push(entity);
        ControlFlow::Continue(())
    };
    prepared.unwrap().each(sink, &mut go_on).unwrap();
    assert!(found == expected);
}

fn build_slowly(folder: &Path) {
    let input = [folder.join("dump")];
    let read = prepare(&input, &folder.join("work"), small_shards(), &mut |_| {
        std::thread::sleep(Duration::from_millis(100));
        ControlFlow::Continue(())
    });
    // The other process kills this one before.
    panic!("was not killed: {read:?}");
}
