//! What is written is what is read.

use griot::read::{conll, gold, jsonl, text};
use griot::score::{ScoreConfig, score};
use griot::write::text::Colors;
use griot::{Annotation, LabelledDocument, OffsetUnit, write};
use proptest::prelude::*;

use crate::{PIPELINE, texts};

const UNITS: [OffsetUnit; 3] = [OffsetUnit::Char, OffsetUnit::Byte, OffsetUnit::Utf16];

/// What each writer makes of `annotation`: JSON Lines in each unit, CoNLL, text.
pub(crate) fn write_all(annotation: &Annotation) -> [String; 5] {
    let jsonl = |unit| {
        let mut writer = write::jsonl::Writer::new(Vec::new(), "m", unit);
        writer.write(annotation).unwrap();
        writer.into_inner()
    };
    let mut conll = write::conll::Writer::new(Vec::new());
    conll.write(annotation).unwrap();
    let mut text = write::text::Writer::new(Vec::new(), Colors::Plain);
    text.write(annotation).unwrap();
    let [char, byte, utf16] = UNITS.map(jsonl);
    [char, byte, utf16, conll.into_inner(), text.into_inner()]
        .map(|bytes| String::from_utf8(bytes).unwrap())
}

fn annotations() -> Vec<Annotation> {
    PIPELINE
        .annotate_batch(texts())
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn json_lines_come_back() {
    for annotation in annotations() {
        for (unit, written) in UNITS.into_iter().zip(write_all(&annotation)) {
            let read = jsonl::labelled("f", written.as_bytes()).unwrap();
            assert_eq!(read, [LabelledDocument::from_annotation(&annotation, unit)]);
        }
    }
}

#[test]
fn json_lines_offsets_cut_out_the_text() {
    for annotation in annotations() {
        let text = annotation.document.text();
        let chars: Vec<char> = text.chars().collect();
        let units: Vec<u16> = text.encode_utf16().collect();
        for unit in UNITS {
            for mention in LabelledDocument::from_annotation(&annotation, unit).mentions {
                let range = mention.start as usize..mention.end as usize;
                let cut = match unit {
                    OffsetUnit::Char => chars[range].iter().collect(),
                    OffsetUnit::Byte => text[range].to_owned(),
                    OffsetUnit::Utf16 => String::from_utf16(&units[range]).unwrap(),
                };
                assert_eq!(Some(cut), mention.text, "{unit:?}");
            }
        }
    }
}

#[test]
fn conll_comes_back() {
    for annotation in annotations() {
        let [.., conll, _] = write_all(&annotation);
        let read = conll::documents("f", conll.as_bytes()).unwrap().remove(0);
        assert_eq!(read.document.id(), annotation.document.id());
        // White space is lost; what remains is the same text and the same mentions.
        let solid = |text: &str| text.replace(char::is_whitespace, "");
        assert_eq!(
            solid(read.document.text()),
            solid(annotation.document.text())
        );
        let expected: Vec<(String, String)> = annotation
            .mentions
            .iter()
            .map(|m| (m.label.to_string(), solid(annotation.surface(m))))
            .collect();
        let found: Vec<(String, String)> = read
            .mentions
            .iter()
            .map(|(span, label)| {
                (
                    label.to_string(),
                    solid(span.slice(read.document.text()).unwrap()),
                )
            })
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn predictions_score_one_against_themselves() {
    let documents: Vec<LabelledDocument> = annotations()
        .iter()
        .map(|annotation| LabelledDocument::from_annotation(annotation, OffsetUnit::Utf16))
        .collect();
    let report = score(&documents, &documents, ScoreConfig::default())
        .unwrap()
        .report;
    assert!(report.micro.gold > 0);
    assert!((report.micro.prf().f1 - 1.0).abs() < f64::EPSILON);
}

/// Reads `bytes` in every format; whatever comes out may be an error.
fn read_all(bytes: &[u8]) {
    let _ = text::document("f", bytes);
    let _ = gold::labelled("f", bytes);
    let _ = jsonl::labelled("f", bytes);
    let _ = conll::documents("f", bytes).map(|documents| {
        documents
            .into_iter()
            .map(conll::TaggedDocument::into_labelled)
            .count()
    });
    let n_lines = bytes.split(|&byte| byte == b'\n').count();
    let documents = jsonl::documents("f", bytes, jsonl::Fields::default());
    assert!(documents.count() <= n_lines);
}

proptest! {
    #[test]
    fn readers_take_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all(&bytes);
    }

    #[test]
    fn readers_take_almost_right_files(
        file in "((# newdoc|-DOCSTART-|é|\\{\"id\":1,\"text\":\"|\"\\}|[#\t =\"]|B-X|I-X|O)?\\PC?\r?\n?){0,60}",
    ) {
        read_all(file.as_bytes());
    }
}
