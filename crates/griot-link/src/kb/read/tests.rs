use std::io::{self, Read, Write};

use proptest::prelude::*;

use super::input::{Lines, decompress};
use super::*;
use crate::kb::Entity;

/// What of a list is read, and the wrong lines with all that is said of them.
fn read_jsonl(list: &[u8]) -> (Vec<Entity>, Vec<String>) {
    split(jsonl::entities(list))
}

fn read_csv(list: &[u8]) -> (Vec<Entity>, Vec<String>) {
    match csv::entities(list) {
        Ok(entities) => split(entities),
        Err(error) => split(std::iter::once(Err(error))),
    }
}

fn split(read: impl Iterator<Item = Result<Entity, LineError>>) -> (Vec<Entity>, Vec<String>) {
    let (mut entities, mut errors) = (Vec::new(), Vec::new());
    for result in read {
        match result {
            Ok(entity) => entities.push(entity),
            Err(error) => errors.push(format!("{}: {}", error, error.reason)),
        }
    }
    (entities, errors)
}

#[track_caller]
fn check(entity: &Entity, expected: &str) {
    let found = serde_json::to_value(entity).unwrap();
    let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
    assert_eq!(found, expected);
}

#[test]
fn shapes_of_json_that_people_have() {
    let plain = r#"{"id":"1","name":"A","popularity":0.0}"#;
    for (line, expected) in [
        (r#"{"id":1,"name":" A "}"#, plain),
        (
            r#"{"id":"1","name":"A","type":null,"aliases":null,"x":[{}],"coords":[1,2]}"#,
            plain,
        ),
        (
            r#"{"id":"1","name":"A","aliases":{},"description":"","iso":"zz"}"#,
            plain,
        ),
        (
            r#"{"id":"1","name":"A","aliases":["B",null," "]}"#,
            r#"{"id":"1","name":"A","aliases":{"und":["B"]},"popularity":0.0}"#,
        ),
        (
            r#"{"id":"1","name":"A","aliases":"B| C |"}"#,
            r#"{"id":"1","name":"A","aliases":{"und":["B","C"]},"popularity":0.0}"#,
        ),
        (
            r#"{"id":"1","name":"A","aliases":{"fr":"B|C","ru":["Д"]},"country":"ML"}"#,
            r#"{"id":"1","name":"A","aliases":{"fr":["B","C"],"ru":["Д"]},"country":"ml","popularity":0.0}"#,
        ),
        (
            r#"{"id":"1","name":"A","iso":"us-ca","popularity":"0.5","redirects":"2|3"}"#,
            r#"{"id":"1","name":"A","country":"us","popularity":0.5,"redirects":["2","3"]}"#,
        ),
        (
            "\u{feff}{\"id\":\"1\",\"name\":\"A\",\"counts\":{\"A\":3}}",
            r#"{"id":"1","name":"A","popularity":0.0,"counts":{"A":3}}"#,
        ),
    ] {
        let (entities, errors) = read_jsonl(line.as_bytes());
        assert_eq!(errors, [] as [String; 0], "{line}");
        check(&entities[0], expected);
    }
}

#[test]
fn wrong_lines_are_named_and_the_rest_is_read() {
    let list = b"\n{\"id\":\"1\",\"name\":\"A\"}\r\nno\n{\"id\":\"2\"}\n{\"name\":\"A\"}\n\
        {\"id\":\"3\",\"name\":\"\xff\"}\n[]\n{\"id\":\"4\",\"name\":\"D\",\"popularity\":2}\n\
        {\"id\":\"5\",\"name\":\"E\",\"country\":\"Mali\"}\n{\"id\":[],\"name\":\"E\"}\n\
        {\"id\":\"6\",\"name\":\"F\"}";
    let (entities, errors) = read_jsonl(list);
    let ids: Vec<_> = entities.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["1", "6"]);
    let expected = [
        "line 3: is not a record",
        "line 4: no field \"name\"",
        "line 5: no field \"id\"",
        "line 6: is not UTF-8 from byte 18 on",
        "line 7: is not a record",
        "line 8: field \"popularity\" is \"2\", not a number from 0 to 1",
        "line 9: field \"country\" is \"Mali\", not an ISO 3166-1 code of two letters",
        "line 10: is not a record",
    ];
    assert_eq!(errors, expected);
}

#[test]
fn csv_in_any_order_and_with_any_separator() {
    for list in [
        "id,name,type,aliases,country\n1,A,ORG,B|C,ml\n",
        "\u{feff}Country;Name;aliases;id;type\nml;A;B|C;1;ORG\n",
        "name\tid\ttype\taliases\tcountry\nA\t1\tORG\t\"B|C\"\tml",
        "id,shoe size,name,type,aliases,country\n\n\"1\",42,A,ORG,\"B|C\",ML\n",
    ] {
        let (entities, errors) = read_csv(list.as_bytes());
        assert_eq!(errors, [] as [String; 0], "{list}");
        check(
            &entities[0],
            r#"{"id":"1","name":"A","type":"ORG","aliases":{"und":["B","C"]},"country":"ml","popularity":0.0}"#,
        );
    }
    let list = "id,name,aliases:fr,aliases,demonyms:en\n1,A,B|C,D,X\n";
    let (entities, _) = read_csv(list.as_bytes());
    check(
        &entities[0],
        r#"{"id":"1","name":"A","aliases":{"fr":["B","C"],"und":["D"]},"demonyms":{"en":["X"]},"popularity":0.0}"#,
    );
}

#[test]
fn wrong_records_of_csv() {
    let list = b"id,name,x\n1,A\n,B,\n2,\"C\nD\",x\n3,\xff,\n4,E,x,y\n5,F,\xff\n";
    let (entities, errors) = read_csv(list);
    let names: Vec<_> = entities.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["A", "C\nD", "F"]);
    let expected = [
        "line 3: no field \"id\"",
        "line 6: is not UTF-8 from byte 0 on",
        "line 7: 4 columns, where the header has 3",
    ];
    assert_eq!(errors, expected);
    for (list, expected) in [
        ("", "line 1: no field \"id\""),
        ("id\n1\n", "line 1: no field \"name\""),
        ("1,A\n2,B\n", "line 1: no field \"id\""),
    ] {
        assert_eq!(read_csv(list.as_bytes()).1, [expected]);
    }
    let read = csv::entities("id,name,x,Y\n".as_bytes()).unwrap();
    assert_eq!(read.ignored_columns(), ["x", "Y"]);
}

const TEXT: &[u8] = b"{\"id\":\"1\",\"name\":\"A\"}\n{\"id\":\"2\",\"name\":\"B\"}\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn decompressed(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    decompress(io::Cursor::new(bytes))?.read_to_end(&mut text)?;
    Ok(text)
}

/// A Zstandard frame that holds something for others.
const SKIPPABLE: &[u8] = b"\x50\x2a\x4d\x18\x03\0\0\0abc";

#[test]
fn compression_is_told_by_the_first_bytes() {
    for compress in [gzip, bzip2, zstd, <[u8]>::to_vec] {
        assert_eq!(decompressed(compress(TEXT)).unwrap(), TEXT);
        assert_eq!(decompressed(compress(b"")).unwrap(), b"");
        // Streams one after the other, cut anywhere.
        let (start, end) = TEXT.split_at(30);
        let both = [compress(start), compress(end)].concat();
        assert_eq!(decompressed(both).unwrap(), TEXT);
    }
    let framed = [SKIPPABLE, &zstd(TEXT), SKIPPABLE, &zstd(TEXT)].concat();
    assert_eq!(decompressed(framed).unwrap(), [TEXT, TEXT].concat());
    for short in [&b""[..], b"\n", b"\x1f", b"BZh", b"{}"] {
        assert_eq!(decompressed(short.to_vec()).unwrap(), short);
    }
}

#[test]
fn truncated_files_are_errors() {
    for compress in [gzip, bzip2, zstd] {
        let bytes = compress(TEXT);
        for len in 5..bytes.len() {
            let error = decompressed(bytes[..len].to_vec());
            assert!(error.is_err(), "{len} of {} bytes", bytes.len());
        }
        let last = split(jsonl::entities(
            decompress(io::Cursor::new(bytes[..bytes.len() - 5].to_vec())).unwrap(),
        ));
        assert!(
            last.1.last().unwrap().ends_with("cannot be read"),
            "{last:?}"
        );
    }
}

#[test]
fn lines_that_are_too_long_are_not_held() {
    let long = io::repeat(b'x').take(input::LINE_BYTES_MAX as u64 + 1);
    let end = &b"\n{\"id\":\"1\",\"name\":\"A\"}\n"[..];
    let reader = io::BufReader::new(long.chain(end));
    let (entities, errors) = split(jsonl::entities(reader));
    assert_eq!(entities.len(), 1);
    assert_eq!(errors, ["line 1: is longer than 134217728 bytes"]);
}

#[test]
fn lines_know_where_they_end() {
    let mut lines = Lines::new(&b"a\n\n  b \r\n\xef\xbb\xbfc"[..]);
    let mut found = Vec::new();
    while let Some(line) = lines.next_line() {
        found.push((line.number, line.end, line.bytes.unwrap().to_vec()));
    }
    let expected: [(u64, u64, &[u8]); 3] = [(1, 2, b"a"), (3, 9, b"b"), (4, 13, b"\xef\xbb\xbfc")];
    assert_eq!(found, expected.map(|(n, e, b)| (n, e, b.to_vec())));
}

#[test]
fn languages_stand_for_their_variants() {
    let some = Languages::new(["zh", "FR"]);
    for (tag, kept) in [
        ("zh", true),
        ("zh-hans", true),
        ("ZH-Hans", true),
        ("fr", true),
        ("frr", false),
        ("f", false),
        ("mul", true),
        ("und", true),
        ("en", false),
        ("é", false),
    ] {
        assert_eq!(some.keep(tag), kept, "{tag}");
        assert!(Languages::all().keep(tag), "{tag}");
    }
}

#[test]
fn the_form_of_a_list_is_told_by_its_beginning() {
    use list::Format;
    for (text, format) in [
        ("[\n{\"id\":\"Q1\"},\n]", Format::Wikidata),
        (
            "{\"type\":\"item\",\"id\":\"Q1\",\"labels\":{}}",
            Format::Wikidata,
        ),
        ("{\"entities\":{}}", Format::Wikidata),
        ("\u{feff} {\"id\":\"1\",\"name\":\"A\"}", Format::Jsonl),
        ("{\"id\":\"1\",\"name\":\"A\",\"labels\":3}", Format::Jsonl),
        ("id,name\n", Format::Csv),
        ("", Format::Csv),
    ] {
        assert_eq!(
            Format::detect(&mut text.as_bytes()).unwrap(),
            format,
            "{text}"
        );
    }
}

const MANIFEST: &str = r#"
[kb]
name = "test"
date = "2026-11-21"
licence = "CC0-1.0"
languages = ["fr"]

[[source]]
path = "a.jsonl"
base = "sources"
licence = "CC0-1.0"
drop = ["2"]

[[source]]
path = "b.csv"
base = "here"
licence = "MIT"

[unalias]
1 = ["B", "b"]
4 = ["D"]
"#;

#[test]
fn sources_of_a_manifest_are_merged() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let manifest = here.path().join("manifest.toml");
    std::fs::write(&manifest, MANIFEST).unwrap();
    let first = "{\"id\":\"1\",\"name\":\"A\",\"type\":\"ORG\",\"aliases\":{\"fr\":[\"B\"],\
        \"ru\":[\"Д\"]},\"popularity\":0.5}\n{\"id\":\"2\",\"name\":\"Z\"}\nwrong\n";
    std::fs::write(there.path().join("a.jsonl"), first).unwrap();
    let second = "id,name,aliases:fr,description,x\n1,AA,C|B,text,\n3,D,,,\n";
    std::fs::write(here.path().join("b.csv"), gzip(second.as_bytes())).unwrap();

    let manifest = manifest::Manifest::open(&manifest).unwrap();
    let mut events = Vec::new();
    let merged = manifest.read(Some(there.path()), &mut |path, event| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        events.push(match event {
            manifest::Event::Skipped(error) => format!("{name}: {error}"),
            manifest::Event::IgnoredColumns(columns) => format!("{name}: {columns:?}"),
            manifest::Event::NoAlias { id, name } => format!("{id}: {name}"),
        });
        std::ops::ControlFlow::Continue(())
    });
    let entities: Vec<Entity> = merged.unwrap().into_iter().collect();
    assert_eq!(
        events,
        ["a.jsonl: line 3", "b.csv: [\"x\"]", "1: b", "4: D"]
    );
    assert_eq!(entities.len(), 2);
    check(
        &entities[0],
        r#"{"id":"1","name":"AA","type":"ORG","aliases":{"fr":["C"],"und":["A"]},
            "description":"text","popularity":0.5}"#,
    );

    let stop = &mut |_: &std::path::Path, _: manifest::Event<'_>| std::ops::ControlFlow::Break(());
    let stopped = manifest.read(Some(there.path()), stop);
    assert!(matches!(stopped, Err(ReadError::Line { .. })));
    let no_folder = manifest.read(None, stop);
    assert!(matches!(no_folder, Err(ReadError::Setting { .. })));
}

proptest! {
    /// Whatever comes in, nothing panics, and every line that is not blank is
    /// either read or named.
    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let n_lines = bytes.split(|&b| b == b'\n').filter(|l| !l.trim_ascii().is_empty()).count();
        let (entities, errors) = read_jsonl(&bytes);
        let blank_marked = bytes.starts_with(b"\xef\xbb\xbf");
        prop_assert!(blank_marked || entities.len() + errors.len() == n_lines);
        read_csv(&bytes);
        read_csv(&[b"id,name\n", &bytes[..]].concat());
        if let Ok(mut reader) = decompress(io::Cursor::new(bytes)) {
            let _ = reader.read_to_end(&mut Vec::new());
        }
    }
}
