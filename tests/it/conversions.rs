//! Every format, written, read back and cut out of the text again.
//!
//! The files of `tests/formats/golden` are what each format makes of
//! `tests/formats/input.jsonl`. `tests/formats/check.py` reads them with the programs
//! they are for. After a change of a format, run this test with `GRIOT_WRITE_GOLDEN=1`,
//! and then the script.

use std::fs;
use std::path::PathBuf;

use griot::read::{self, AnnotationReader};
use griot::write::jsonl::Text;
use griot::write::{self, Format, FormatError, Offsets, Options, Part};
use griot::{
    Annotation, Candidate, Document, Evidence, LabelledDocument, Link, Mention, OffsetUnit, Span,
    Target,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::repository;

const UNITS: [OffsetUnit; 3] = [OffsetUnit::Char, OffsetUnit::Byte, OffsetUnit::Utf16];

fn written(format: Format, unit: OffsetUnit, annotations: &[Annotation]) -> Vec<u8> {
    let out = Shared::default();
    let options = Options {
        unit,
        model: "griot-mini@0.1.0".to_owned(),
        kb: Some("starter-1".to_owned()),
        text: Text::Kept,
        ..Options::default()
    };
    let mut writer = write::open(format, Box::new(out.clone()), &options).unwrap();
    for annotation in annotations {
        writer.write(annotation).unwrap();
    }
    writer.finish().unwrap();
    out.take()
}

/// Where a boxed writer writes to.
#[derive(Clone, Default)]
struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn read_back(format: read::Format, bytes: &[u8]) -> Vec<Annotation> {
    let reader = read::open(format, "f", bytes).unwrap();
    reader.map(Result::unwrap).collect()
}

fn input() -> Vec<Annotation> {
    let bytes = fs::read(repository("tests/formats/input.jsonl")).unwrap();
    read_back(read::Format::Jsonl, &bytes)
}

#[test]
fn golden_files_are_what_is_written() {
    let input = input();
    let folder = repository("tests/formats/golden");
    for (format, name) in [
        (Format::Conll, "documents.conll"),
        (Format::Spacy, "spacy.jsonl"),
        (Format::LabelStudio, "label-studio.json"),
        (Format::WebAnnotation, "annotations.jsonld"),
        (Format::Nif, "nif.ttl"),
        (Format::Hipe, "hipe.tsv"),
        (Format::Csv, "mentions.csv"),
        (Format::Tsv, "mentions.tsv"),
    ] {
        compare(
            &folder.join(name),
            &written(format, OffsetUnit::Char, &input),
        );
    }
    for annotation in &input {
        let mut bytes = Vec::new();
        write::brat::write_annotations(&mut bytes, annotation).unwrap();
        let name = annotation
            .document
            .id()
            .replace('/', "_")
            .replace(".txt", "");
        compare(&folder.join("brat").join(format!("{name}.ann")), &bytes);
        compare(
            &folder.join("brat").join(format!("{name}.txt")),
            annotation.document.text().as_bytes(),
        );
    }
}

/// Compares, or replaces what is there.
#[track_caller]
fn compare(path: &PathBuf, bytes: &[u8]) {
    if std::env::var_os("GRIOT_WRITE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let golden = fs::read(path).unwrap();
    let [golden, found] = [&golden[..], bytes].map(String::from_utf8_lossy);
    assert_eq!(golden, found, "{}", path.display());
}

/// The bytes of a Parquet file depend on the version of the library; what is in
/// them does not.
#[test]
fn the_golden_table_is_what_is_written() {
    let path = repository("tests/formats/golden/documents.parquet");
    let input = input();
    if std::env::var_os("GRIOT_WRITE_GOLDEN").is_some() {
        fs::write(&path, written(Format::Parquet, OffsetUnit::Char, &input)).unwrap();
    }
    let mut reader = read::parquet::annotations("f", fs::File::open(&path).unwrap()).unwrap();
    let read: Vec<Annotation> = reader.by_ref().map(Result::unwrap).collect();
    assert_eq!(read, input);
    assert_eq!(
        reader.provenance().model.as_deref(),
        Some("griot-mini@0.1.0")
    );
    assert_eq!(reader.provenance().kb.as_deref(), Some("starter-1"));
    let file = fs::File::open(&path).unwrap();
    let documents = read::parquet::documents("f", file, "text", Some("id")).unwrap();
    let ids: Vec<String> = documents
        .map(|read| read.unwrap().id().to_owned())
        .collect();
    let expected: Vec<&str> = input
        .iter()
        .map(|annotation| annotation.document.id())
        .collect();
    assert_eq!(ids, expected);
}

#[test]
fn tables_without_what_is_asked_for_are_errors() {
    let open = |text: &str, id| {
        let bytes = fs::read(repository("tests/formats/golden/documents.parquet")).unwrap();
        let file = bytes::Bytes::from(bytes);
        read::parquet::documents("f", file, text, id).map(|documents| {
            let documents: Vec<_> = documents.collect();
            documents.into_iter().filter_map(Result::err).count()
        })
    };
    assert_eq!(open("text", None).unwrap(), 0);
    assert!(matches!(
        open("body", None),
        Err(griot::Error::Column { .. })
    ));
    assert!(matches!(
        open("text", Some("url")),
        Err(griot::Error::Column { .. })
    ));
    // Some documents have no language: each row is its own error.
    assert_eq!(open("language", None).unwrap(), 4);
    let none = read::parquet::annotations("f", bytes::Bytes::from_static(b"PAR1"));
    assert!(matches!(none.err(), Some(griot::Error::Parquet { .. })));
}

#[test]
fn fixed_units_are_kept() {
    for format in Format::ALL.iter().copied() {
        let options = Options {
            unit: OffsetUnit::Utf16,
            ..Options::default()
        };
        let opened = write::open(format, Box::new(std::io::sink()), &options).err();
        match format.offsets() {
            Offsets::Fixed(_) => assert!(matches!(opened, Some(FormatError::OffsetUnit { .. }))),
            _ => assert_eq!(opened, None, "{}", format.name()),
        }
    }
}

/// A text of hostile pieces, with mentions of some of them.
fn annotation() -> impl Strategy<Value = Annotation> {
    let piece = prop_oneof![
        "[a-zé ]{0,4}",
        "(🎷|👩🏽‍🚒|👨‍👩‍👧|🇲🇱|e\u{301}|\u{301}|\u{200d}|\u{200b}|\u{feff})",
        "(\r\n|\n|\r|\t|\0|\u{7}|\u{85}|\u{2028}| )",
        "(Mali|马里|باماكو|Ба|\"|'|<b>|</script>|&|#|\\\\|\\||_|O|;|=|,)",
    ];
    let link = prop_oneof![
        Just(None),
        Just(Some("Q912")),
        Just(Some("nil:PER:1")),
        Just(Some("https://kb.example/a?b=1")),
        Just(Some("key with space")),
    ];
    let label = prop_oneof![Just(None), Just(Some("PER")), Just(Some("public body"))];
    prop::collection::vec((piece, label, link), 0..14).prop_map(|pieces| {
        let mut text = String::new();
        let mut mentions = Vec::new();
        let mut links = Vec::new();
        for (piece, label, link) in pieces {
            let start = text.len() as u32;
            text.push_str(&piece);
            let Some(label) = label.filter(|_| !piece.is_empty()) else {
                continue;
            };
            let mention = Mention {
                span: Span::new(start, text.len() as u32),
                label: label.into(),
                score: 0.5,
            };
            links.extend(link.map(|id| self::link(&mention, id, &piece)));
            mentions.push(mention);
        }
        Annotation {
            document: Document::new("d/é 1", text).unwrap().with_language("fr"),
            mentions,
            links,
        }
    })
}

fn link(mention: &Mention, id: &str, name: &str) -> Link {
    Link {
        mention: mention.clone(),
        target: if id.starts_with("nil:") {
            Target::Nil(id.into())
        } else {
            Target::Entity(id.into())
        },
        name: format!("<{name}>"),
        label: "LOC".into(),
        score: 0.25,
        candidates: vec![Candidate {
            id: "Q1".into(),
            name: name.to_owned(),
            score: 0.125,
        }],
        evidence: vec![
            Evidence::Coreference { span: mention.span },
            Evidence::Transliteration {
                latin: name.to_owned(),
            },
        ],
        stands_for: Some("Q2".into()),
    }
}

/// What `start..end`, counted in `unit`, cuts out of a text.
fn cut(text: &str, start: &Value, end: &Value, unit: OffsetUnit) -> String {
    let number = |value: &Value| match value {
        Value::String(digits) => digits.parse().unwrap(),
        other => other.as_u64().unwrap() as usize,
    };
    let range = number(start)..number(end);
    match unit {
        OffsetUnit::Byte => text[range].to_owned(),
        OffsetUnit::Char => text.chars().skip(range.start).take(range.len()).collect(),
        OffsetUnit::Utf16 => {
            let units: Vec<u16> = text.encode_utf16().collect();
            String::from_utf16(&units[range]).unwrap()
        }
    }
}

fn surfaces(annotation: &Annotation) -> Vec<&str> {
    let mentions = annotation.mentions.iter();
    mentions
        .map(|mention| annotation.surface(mention))
        .collect()
}

fn json(format: Format, annotation: &Annotation) -> Value {
    let bytes = written(format, OffsetUnit::Char, std::slice::from_ref(annotation));
    serde_json::from_slice(&bytes).unwrap()
}

fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).unwrap().as_array().unwrap()
}

proptest! {
    // Each case is written in every format.
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn everything_comes_back_from_records_and_tables(annotation in annotation()) {
        let all = std::slice::from_ref(&annotation);
        for unit in UNITS {
            let lines = written(Format::Jsonl, unit, all);
            prop_assert_eq!(read_back(read::Format::Jsonl, &lines), all);
            let table = written(Format::Parquet, unit, all);
            prop_assert_eq!(read_back(read::Format::Parquet, &table), all);
        }
    }

    #[test]
    fn offsets_cut_out_mentions(annotation in annotation()) {
        let text = annotation.document.text();
        let all = std::slice::from_ref(&annotation);
        for unit in UNITS {
            for (format, tab) in [(Format::Csv, b','), (Format::Tsv, b'\t')] {
                let bytes = written(format, unit, all);
                let mut table = csv::ReaderBuilder::new().delimiter(tab).from_reader(&*bytes);
                let cells = table.records().map(|row| {
                    let row = row.unwrap();
                    let [start, end] = [2, 3].map(|i| Value::from(&row[i]));
                    assert_eq!(cut(text, &start, &end, unit), row[4]);
                    row[4].to_owned()
                });
                prop_assert_eq!(cells.collect::<Vec<_>>(), surfaces(&annotation));
            }
        }
        let cut = |value: &Value| cut(text, &value["start"], &value["end"], OffsetUnit::Char);
        let studio = json(Format::LabelStudio, &annotation);
        let regions = items(&studio, "/0/predictions/0/result").iter();
        let regions = regions.filter(|region| region["type"] == "labels");
        prop_assert_eq!(regions.map(|r| cut(&r["value"])).collect::<Vec<_>>(), surfaces(&annotation));
        let web = json(Format::WebAnnotation, &annotation);
        for (item, surface) in items(&web, "/0/items").iter().zip(surfaces(&annotation)) {
            let [place, quote] = [0, 1].map(|i| &item["target"]["selector"][i]);
            prop_assert_eq!(cut(place), surface);
            prop_assert_eq!(&quote["exact"], surface);
            let around = format!("{}{surface}{}", quote["prefix"].as_str().unwrap(), quote["suffix"].as_str().unwrap());
            prop_assert!(text.contains(&around));
        }
    }

    #[test]
    fn spacy_tokens_make_the_text(annotation in annotation()) {
        let text = annotation.document.text();
        let doc = json(Format::Spacy, &annotation);
        let cut = |value: &Value| cut(text, &value["start"], &value["end"], OffsetUnit::Char);
        let mut made = String::new();
        let tokens = items(&doc, "/tokens");
        for token in tokens {
            let start = token["start"].as_u64().unwrap() as usize;
            if made.chars().count() < start {
                made.push(' ');
            }
            made.push_str(&cut(token));
        }
        if made.len() < text.len() {
            made.push(' ');
        }
        prop_assert_eq!(made, text);
        let is_end = |at: &Value, end: &str| tokens.iter().any(|token| token[end] == *at);
        for spans in ["/ents", "/spans/entities", "/sents"] {
            for span in items(&doc, spans) {
                prop_assert!(is_end(&span["start"], "start") && is_end(&span["end"], "end"));
            }
        }
        for entity in items(&doc, "/spans/entities") {
            let found = cut(entity);
            prop_assert!(surfaces(&annotation).iter().any(|s| s.contains(&found)), "{}", found);
        }
    }

    #[test]
    fn brat_comes_back(annotation in annotation()) {
        let mut bytes = Vec::new();
        write::brat::write_annotations(&mut bytes, &annotation).unwrap();
        let read = read::brat::annotation("f", annotation.document.clone(), &*bytes).unwrap();
        let spans = |annotation: &Annotation| -> Vec<Span> {
            annotation.mentions.iter().map(|mention| mention.span).collect()
        };
        prop_assert_eq!(spans(&read), spans(&annotation));
        let targets = |annotation: &Annotation| -> Vec<(Span, Target)> {
            let links = annotation.links.iter();
            let links = links.filter(|link| !link.target.id().as_str().contains(' '));
            links.map(|link| (link.mention.span, link.target.clone())).collect()
        };
        prop_assert_eq!(targets(&read), targets(&annotation));
    }

    #[test]
    fn what_is_not_lost_comes_back_from_words(annotation in annotation()) {
        for (to, from) in [(Format::Conll, read::Format::Conll), (Format::Hipe, read::Format::Hipe)] {
            let bytes = written(to, OffsetUnit::Char, std::slice::from_ref(&annotation));
            let read = read_back(from, &bytes);
            prop_assert_eq!(read.len(), 1);
            let lost: Vec<Part> = write::losses(to, &annotation).iter().map(|(part, _)| part).collect();
            if !lost.contains(&Part::WhiteSpace) && !lost.contains(&Part::Boundaries) {
                prop_assert_eq!(read[0].document.text(), annotation.document.text());
                prop_assert_eq!(surfaces(&read[0]), surfaces(&annotation));
            }
        }
    }

    #[test]
    fn nif_indices_cut_out_anchors(annotation in annotation()) {
        let bytes = written(Format::Nif, OffsetUnit::Char, std::slice::from_ref(&annotation));
        let turtle = String::from_utf8(bytes).unwrap();
        for mention in LabelledDocument::from_annotation(&annotation, OffsetUnit::Char).mentions {
            let phrase = format!("#char={},{}>\n    a nif:Phrase ", mention.start, mention.end);
            prop_assert!(turtle.contains(&phrase), "{}", phrase);
        }
        // A line is a statement: nothing in a text can begin one.
        let n_strings = turtle.lines().filter(|line| line.contains("nif:isString")).count();
        prop_assert_eq!(n_strings, 1);
    }

    #[test]
    fn readers_take_any_rows(
        file in "(TOKEN\tNE-COARSE-LIT\tNEL-LIT\tMISC\n)?((# hipe2022:document_id = |a|O|B-X|I-X|Q1\\|NIL|_|NoSpaceAfter|[\t\n]){0,6}\n?){0,20}",
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        for bytes in [file.as_bytes(), &bytes] {
            for format in [read::Format::Conll, read::Format::Hipe, read::Format::Jsonl] {
                let n_lines = bytes.split(|&byte| byte == b'\n').count();
                prop_assert!(read::open(format, "f", bytes).unwrap().count() <= n_lines + 1);
            }
            let _ = read::open(read::Format::Parquet, "f", bytes).map(Iterator::count);
            let document = Document::new("d", file.as_str()).unwrap();
            let _ = read::brat::annotation("f", document, bytes);
        }
    }
}
