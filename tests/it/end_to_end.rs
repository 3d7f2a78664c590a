//! The embedded model finds the entities of real texts.

use std::fs::File;

use griot::read::gold;
use griot::score::{Boilerplate, ScoreConfig, score};
use griot::{Document, LabelledDocument, OffsetUnit};

use crate::{PIPELINE, assert_sound, files, texts};

/// Under what the model reaches, 0.96, so that only a real loss fails.
const F1_MIN: f64 = 0.92;

#[test]
fn press_texts_against_gold() {
    let gold: Vec<LabelledDocument> = files("benches/gold", "json")
        .iter()
        .map(|path| gold::labelled("gold", File::open(path).unwrap()).unwrap())
        .collect();
    let mut predicted = Vec::new();
    for annotation in PIPELINE.annotate_batch(texts()) {
        let annotation = annotation.unwrap();
        assert_sound(annotation.document.text(), &annotation.mentions);
        predicted.push(LabelledDocument::from_annotation(
            &annotation,
            OffsetUnit::Char,
        ));
    }
    let config = ScoreConfig::default().with_boilerplate(Boilerplate::Drop);
    let comparison = score(&gold, &predicted, config).unwrap();
    assert_eq!(comparison.missing, [""; 0]);
    let f1 = comparison.report.micro.prf().f1;
    assert!(
        f1 >= F1_MIN,
        "strict F1 {f1:.3} on the gold texts, expected {F1_MIN} at least"
    );
}

#[test]
fn evident_entities() {
    let text = "Le ministre russe Sergueï Lavrov est arrivé à Bamako, au Mali.";
    let annotation = PIPELINE
        .annotate(Document::new("1", text).unwrap())
        .unwrap();
    let found: Vec<(&str, &str)> = annotation
        .mentions
        .iter()
        .map(|m| (m.label.as_str(), annotation.surface(m)))
        .collect();
    for expected in [
        ("PER", "Sergueï Lavrov"),
        ("LOC", "Bamako"),
        ("LOC", "Mali"),
    ] {
        assert!(
            found.contains(&expected),
            "{expected:?} is not in {found:?}"
        );
    }
}

#[test]
fn the_model_names_itself() {
    let info = PIPELINE.recognizer().info();
    assert!(info.name.starts_with("griot-mini@"), "{}", info.name);
    let labels: Vec<&str> = PIPELINE
        .recognizer()
        .labels()
        .iter()
        .map(AsRef::as_ref)
        .collect();
    for label in ["PER", "ORG", "LOC"] {
        assert!(labels.contains(&label), "{label} is not in {labels:?}");
    }
}
