//! Knowledge bases built from files.

#![cfg(feature = "build")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use griot_link::kb::read::build::{Event, Job, JobError, Outcome};
use griot_link::kb::read::{Languages, ReadError};
use griot_link::kb::{CandidateSource, KnowledgeBase};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

fn run(job: Job, output: &Path) -> (Outcome, Vec<String>) {
    let mut told = Vec::new();
    let outcome = job.run(output, &mut |event| {
        match event {
            Event::Skipped { error, .. } => told.push(error.to_string()),
            Event::IgnoredColumns { columns, .. } => told.push(columns.join(",")),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    (outcome.unwrap(), told)
}

const JSONL: &str = "{\"id\":\"Q45\",\"name\":\"Portugal\",\"aliases\":{\"fr\":[\"Lusitanie\"]}}\n\
    {\"id\":\"own\",\"name\":\"Own\",\"type\":\"ORG\"}\nno\n{\"id\":\"own\",\"name\":\"Own\",\"country\":\"pt\"}\n";
const CSV: &str = "id;name;type;size\nc;Café;ORG;3\nQ597;Lisbon;LOC;1\n";

#[test]
fn lists_and_dumps_meet() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    let table = folder.path().join("table");
    fs::write(&list, JSONL).unwrap();
    fs::write(&table, CSV).unwrap();
    let output = folder.path().join("new/own.kb");
    let mut job = Job::new([list, table, data("wikidata-sample.json.bz2")]);
    job.options.languages = Languages::new(["fr"]);
    let mut without_articles = job.clone();
    let (outcome, told) = run(job, &output);
    assert_eq!(told, ["line 3", "size"]);
    assert_eq!((outcome.n_wrong, outcome.report.entities), (1, 7));

    let kb = KnowledgeBase::open(&output).unwrap();
    let portugal = kb.entity(kb.find("Q45").unwrap()).unwrap();
    assert_eq!(portugal.label.as_deref(), Some("LOC"));
    assert!(portugal.aliases["fr"].contains(&"Lusitanie".to_owned()));
    assert!(
        portugal
            .aliases
            .keys()
            .all(|language| language == "fr" || language == "und")
    );
    let own = kb.entity(kb.find("own").unwrap()).unwrap();
    assert_eq!(
        (own.label.as_deref(), own.country.as_deref()),
        (Some("ORG"), Some("pt"))
    );
    let lisbon = kb.find("Q597").unwrap();
    assert_eq!(kb.facts(lisbon).stands_for, kb.find("Q45"));

    without_articles.options.types = vec!["LOC".to_owned()];
    let (outcome, _) = run(without_articles, &output);
    assert_eq!((outcome.report.entities, outcome.n_other_type), (3, 2));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join("work");
    let build = |name: &str, change: &dyn Fn(&mut Job)| {
        let output = folder.path().join(name);
        let mut job = Job::new([data("wikidata-sample.json.bz2")]);
        change(&mut job);
        run(job, &output);
        fs::read(output).unwrap()
    };
    let first = build("a.kb", &|_| {});
    for (name, change) in [
        (
            "b.kb",
            &(|job: &mut Job| job.work = Some(work.clone())) as &dyn Fn(&mut Job),
        ),
        // What lies in the work folder is enough.
        ("c.kb", &|job: &mut Job| job.work = Some(work.clone())),
        ("d.kb", &|job: &mut Job| {
            job.options.threads = std::num::NonZeroUsize::MIN;
        }),
        ("e.kb", &|job: &mut Job| job.config.memory_bytes = 1),
    ] {
        assert!(build(name, change) == first, "{name}");
    }
}

#[test]
fn nothing_is_written_after_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.jsonl");
    fs::write(&list, JSONL).unwrap();
    let output = folder.path().join("own.kb");
    fs::write(&output, "old").unwrap();
    let strict = Job::new([list]).run(&output, &mut |event| match event {
        Event::Skipped { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    assert!(
        matches!(strict, Err(JobError::Read(ReadError::Line { .. }))),
        "{strict:?}"
    );
    let go_on = &mut |_: Event<'_>| ControlFlow::Continue(());
    let missing = Job::new([folder.path().join("missing")]).run(&output, go_on);
    assert!(
        matches!(missing, Err(JobError::Read(ReadError::Io { .. }))),
        "{missing:?}"
    );
    let nothing = Job::new([]).run(&output, go_on);
    assert!(matches!(nothing, Err(JobError::NoInput)), "{nothing:?}");
    assert_eq!(fs::read(&output).unwrap(), b"old");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}
