use std::fs;
use std::num::NonZeroU64;
use std::path::Path;

use super::*;

fn failure(path: &str) -> Failure {
    Failure::new(path, "bad").with_line(3)
}

/// What a run writes into `folder`, stopped without a word after `n` documents that
/// were committed, with more written after them.
fn write(folder: &Path, layout: &Layout, leftovers: Leftovers, items: &[Item], n: usize) {
    use std::io::Write;

    let settings = Settings::from([("model".to_owned(), "m".to_owned())]);
    let errors = folder.join("errors.jsonl");
    let mut output =
        ResumableOutput::open(layout.clone(), Some(&errors), settings, leftovers).unwrap();
    if output.is_complete() {
        return;
    }
    let mut items = items.iter().map(|item| match item {
        Ok(document) => Ok(document.clone()),
        Err(old) => Err(failure(&old.path)),
    });
    output.skip_done(&mut items, |_, _| ()).unwrap();
    let n_left = n.saturating_sub(output.summary().items() as usize);
    for (index, item) in items.enumerate() {
        if index == n_left {
            output.commit_now().unwrap();
        }
        let input = journal::crc_of_item(item.as_ref());
        let result = item.map(|document| Annotation {
            document,
            mentions: Vec::new(),
            links: Vec::new(),
        });
        if let Ok(annotation) = &result {
            writeln!(output, "{}", annotation.document.text()).unwrap();
        }
        let done = Done {
            result,
            n_words: 1,
            input,
        };
        output.end_document(&done).unwrap();
        if index == n_left.saturating_add(2) {
            // Killed: nothing is finished, but some of it is on disk.
            output.flush().unwrap();
            return;
        }
    }
    output.finish().unwrap();
}

fn items() -> Vec<Item> {
    let item = |n: usize| {
        if n % 4 == 3 {
            Err(failure(&n.to_string()))
        } else {
            Ok(Document::new(n.to_string(), format!("text {n}")).unwrap())
        }
    };
    (0..20).map(item).collect()
}

/// Names and contents of the files of a folder, and of its folders.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    files.sort();
    files
}

fn layouts(folder: &Path) -> [Layout; 2] {
    [
        Layout::File(folder.join("out")),
        Layout::Shards {
            folder: folder.join("shards"),
            extension: "txt".to_owned(),
            documents: NonZeroU64::new(4).unwrap(),
        },
    ]
}

#[test]
fn what_was_committed_is_gone_on_with() {
    for which in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let layout = &layouts(folder.path())[which];
        write(
            folder.path(),
            layout,
            Leftovers::Refuse,
            &items(),
            usize::MAX,
        );
        let expected = files(folder.path());
        let names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
        let shards = ["00", "01", "02", "03"].map(|n| format!("part-000{n}.txt"));
        match which {
            0 => assert_eq!(names, ["errors.jsonl", "out"]),
            _ => assert_eq!(names[2..], shards),
        }
        for stop in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let layout = &layouts(folder.path())[which];
            write(folder.path(), layout, Leftovers::Continue, &items(), stop);
            write(
                folder.path(),
                layout,
                Leftovers::Continue,
                &items(),
                (stop + 7).min(19),
            );
            write(
                folder.path(),
                layout,
                Leftovers::Continue,
                &items(),
                usize::MAX,
            );
            assert_eq!(files(folder.path()), expected, "stopped at {stop}");
        }
    }
}

#[test]
fn what_changed_is_an_error() {
    let open = |folder: &Path, model: &str, leftovers| {
        let settings = Settings::from([("model".to_owned(), model.to_owned())]);
        let errors = folder.join("errors.jsonl");
        let layout = Layout::File(folder.join("out"));
        ResumableOutput::open(layout, Some(&errors), settings, leftovers)
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write(
        path,
        &Layout::File(path.join("out")),
        Leftovers::Refuse,
        &items(),
        10,
    );
    let message = |error: BatchError| {
        let message = error
            .to_string()
            .replace(&path.display().to_string(), "DIR");
        message.replace('\\', "/")
    };
    let error = |result: Result<ResumableOutput, BatchError>| message(result.unwrap_err());
    assert_eq!(
        error(open(path, "m", Leftovers::Refuse)),
        "DIR/out.journal is of a run that did not end, with 8 documents"
    );
    assert_eq!(
        error(open(path, "n", Leftovers::Continue)),
        "model is n, and was m when the run began"
    );
    let output = open(path, "m", Leftovers::Continue).unwrap();
    let locked = error(open(path, "m", Leftovers::Continue));
    assert!(
        locked.ends_with("is being written by another run"),
        "{locked}"
    );
    let mut changed = items();
    changed[4] = Ok(Document::new("4", "another text").unwrap());
    for items in [changed, items().into_iter().take(5).collect()] {
        let error = output
            .skip_done(&mut items.into_iter(), |_, _| ())
            .unwrap_err();
        assert_eq!(
            message(error),
            "the input changed: its first 10 documents are not those that were annotated"
        );
    }
    drop(output);
    fs::write(
        path.join("out.partial"),
        "text 0\ntext 1\nTEXT 2\n".repeat(9),
    )
    .unwrap();
    assert_eq!(
        error(open(path, "m", Leftovers::Continue)),
        "DIR/out.partial changed since it was written: its first 56 bytes are not those of the journal"
    );
    drop(open(path, "n", Leftovers::Remove).unwrap());
    assert_eq!(fs::read_to_string(path.join("out.partial")).unwrap(), "");
}

#[test]
fn mentions_are_read_as_they_were_written() {
    let mention = |start, end, label: &str, score| Mention {
        span: griot_text::Span::new(start, end),
        label: label.into(),
        score,
    };
    let rows = [
        Some(vec![]),
        None,
        Some(vec![
            mention(0, 3, "PER", 0.1),
            mention(4, u32::MAX, "É", f32::MIN_POSITIVE),
        ]),
    ];
    let mut bytes = Vec::new();
    for row in &rows {
        known::write(&mut bytes, row.as_deref()).unwrap();
    }
    let mut left = bytes.as_slice();
    for row in rows {
        assert_eq!(known::read(&mut left).unwrap(), row);
    }
    assert!(known::read(&mut left).is_err());
}

#[cfg(feature = "embedded-model")]
#[test]
fn results_come_in_order() {
    let pipeline = Pipeline::embedded().unwrap();
    for gathering in [Gathering::Full, Gathering::Eager] {
        let options = BatchOptions::default()
            .with_chunk_bytes(20)
            .with_gathering(gathering);
        let mut ids = Vec::new();
        run(&pipeline, &options, items(), |chunk| {
            ids.extend(chunk.into_iter().map(|done| match done.result {
                Ok(annotation) => annotation.document.id().to_owned(),
                Err(failure) => failure.path,
            }));
            ControlFlow::Continue(())
        });
        let expected: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        assert_eq!(ids, expected, "{gathering:?}");

        let endless = (0..).map(|n: u32| Ok(Document::new(n.to_string(), "Mali").unwrap()));
        let mut n_chunks = 0;
        run(&pipeline, &options, endless, |_| {
            n_chunks += 1;
            ControlFlow::Break(())
        });
        assert_eq!(n_chunks, 1);
    }
}
