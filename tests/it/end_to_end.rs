//! The embedded model finds the entities of real texts.

use std::fs::File;

use griot::read::gold;
use griot::score::{Boilerplate, ScoreConfig, score};
use griot::{
    Document, LabelledDocument, OffsetUnit, Pipeline, Precision, Recognizer, RecognizerConfig,
};

use crate::{PIPELINE, assert_sound, files, recognizer, repository, texts};

/// Under what the models reach, 0.96, so that only a real loss fails.
const F1_MIN: f64 = 0.92;

#[test]
fn press_texts_against_gold() {
    let gold: Vec<LabelledDocument> = files("benches/gold", "json")
        .iter()
        .map(|path| gold::labelled("gold", File::open(path).unwrap()).unwrap())
        .collect();
    let base = Recognizer::load(repository("models/griot-base"), RecognizerConfig::default());
    for pipeline in [PIPELINE.clone(), Pipeline::new(base.unwrap())] {
        let mut predicted = Vec::new();
        for annotation in pipeline.annotate_batch(texts()) {
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
        let (name, f1) = (
            &pipeline.recognizer().info().name,
            comparison.report.micro.prf().f1,
        );
        assert!(
            f1 >= F1_MIN,
            "{name}: strict F1 {f1:.3} on the gold texts, expected {F1_MIN} at least"
        );
    }
}

/// Words whose likeliest tag is another one in a lower precision.
#[test]
fn lower_precisions_say_the_same() {
    /// A thousandth of the words.
    const CHANGED_MAX: f64 = 0.001;
    let texts = texts();
    let likeliest = |precision| {
        let recognizer = recognizer(RecognizerConfig::default().with_precision(precision));
        let mut tags = Vec::new();
        for document in &texts {
            let scores = recognizer.word_scores(document.text()).unwrap();
            tags.extend((0..scores.words.len()).map(|word| {
                let row = scores.row(word).iter().enumerate();
                row.max_by(|a, b| a.1.total_cmp(b.1)).map(|(tag, _)| tag)
            }));
        }
        tags
    };
    let expected = likeliest(Precision::F32);
    for precision in [Precision::BF16, Precision::Int8] {
        let found = likeliest(precision);
        let pairs = found.iter().zip(&expected);
        let share = pairs.filter(|(a, b)| a != b).count() as f64 / expected.len() as f64;
        assert!(share <= CHANGED_MAX, "{precision}: {share:.4} of the tags");
    }
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
