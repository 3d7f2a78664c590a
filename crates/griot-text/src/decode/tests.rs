use proptest::prelude::*;

use super::*;
use crate::TagScheme;

/// Two labels in each of the four schemes.
fn tag_sets() -> [TagSet; 4] {
    let iob = ["B-X", "I-X", "O", "B-Y", "I-Y"];
    let bioes = ["O", "B-X", "I-X", "E-X", "S-X", "S-Y", "B-Y", "E-Y"];
    let set = |names: &[&str], scheme| {
        TagSet::from_names(names)
            .and_then(|set| set.with_scheme(scheme))
            .expect("valid tags")
    };
    [
        set(&iob, TagScheme::Iob1),
        set(&iob, TagScheme::Iob2),
        set(&bioes, TagScheme::Bioes),
        set(&["X", "O", "Y"], TagScheme::Io),
    ]
}

/// Words of three bytes with a space between.
fn words(n_words: usize) -> Vec<Span> {
    (0..n_words as u32)
        .map(|i| Span::new(4 * i, 4 * i + 3))
        .collect()
}

fn is_allowed(set: &TagSet, path: &[usize]) -> bool {
    let (Some(first), Some(last)) = (path.first(), path.last()) else {
        return true;
    };
    set.allows(None, Some(*first))
        && path
            .windows(2)
            .all(|pair| set.allows(Some(pair[0]), Some(pair[1])))
        && set.allows(Some(*last), None)
}

fn total(set: &TagSet, log_probs: &[f32], path: &[usize]) -> f64 {
    let rows = log_probs.chunks_exact(set.len());
    rows.zip(path)
        .map(|(row, &column)| finite(row[column]))
        .sum()
}

/// The score of the best allowed path, by trying every one.
fn brute_force(set: &TagSet, log_probs: &[f32]) -> f64 {
    let n_words = log_probs.len() / set.len();
    let n_paths = set.len().pow(n_words as u32);
    let path = |mut number: usize| -> Vec<usize> {
        let mut column = || {
            let column = number % set.len();
            number /= set.len();
            column
        };
        (0..n_words).map(|_| column()).collect()
    };
    let allowed = (0..n_paths).map(path).filter(|path| is_allowed(set, path));
    allowed
        .map(|path| total(set, log_probs, &path))
        .fold(f64::NEG_INFINITY, f64::max)
}

/// Scores as models give them, and some that no model should.
fn log_prob() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -9.0f32..0.0,
        1 => prop::sample::select(vec![f32::NAN, f32::NEG_INFINITY, f32::INFINITY, 0.0, f32::MIN, f32::MAX, -0.0]),
    ]
}

fn check_mentions(set: &TagSet, words: &[Span], mentions: &[Mention]) {
    let mut end = 0;
    for mention in mentions {
        assert!(
            mention.span.start() >= end && !mention.span.is_empty(),
            "{mentions:?}"
        );
        end = mention.span.end();
        assert!(
            words
                .iter()
                .any(|word| word.start() == mention.span.start())
        );
        assert!(words.iter().any(|word| word.end() == end));
        assert!((0.0..=1.0).contains(&mention.score), "{mentions:?}");
        assert!(set.labels().id(mention.label.as_str()).is_some());
    }
}

proptest! {
    #[test]
    fn viterbi_finds_the_best_allowed_path(
        scores in prop::collection::vec(log_prob(), 0..=4 * 8),
    ) {
        for set in tag_sets() {
            let n_words = scores.len() / set.len();
            let log_probs = &scores[..n_words.min(4) * set.len()];
            let path = viterbi(&set, log_probs);
            prop_assert!(is_allowed(&set, &path), "{path:?}");
            prop_assert_eq!(path.len(), n_words.min(4));
            let (found, best) = (total(&set, log_probs, &path), brute_force(&set, log_probs));
            prop_assert!((found - best).abs() <= 1e-6 * best.abs().max(1.0), "{found} {best}");
        }
    }

    #[test]
    fn any_scores_decode(
        scores in prop::collection::vec(prop_oneof![log_prob(), any::<f32>()], 0..200),
    ) {
        for set in tag_sets() {
            let words = words(scores.len() / set.len());
            let log_probs = &scores[..words.len() * set.len()];
            for decoder in [Decoder::Argmax, Decoder::Viterbi] {
                check_mentions(&set, &words, &decode(&set, &words, log_probs, decoder));
            }
        }
    }
}

/// Decodes rows of probabilities over `O B-X I-X B-Y I-Y`.
fn decoded(rows: &[[f32; 5]], decoder: Decoder) -> Vec<(u32, u32, String, f32)> {
    let set = TagSet::from_names(&["O", "B-X", "I-X", "B-Y", "I-Y"]).expect("valid tags");
    let log_probs: Vec<f32> = rows.as_flattened().iter().map(|p| p.ln()).collect();
    let mentions = decode(&set, &words(rows.len()), &log_probs, decoder);
    let rounded = |score: f32| (score * 1000.0).round() / 1000.0;
    let row = |m: &Mention| {
        (
            m.span.start(),
            m.span.end(),
            m.label.to_string(),
            rounded(m.score),
        )
    };
    mentions.iter().map(row).collect()
}

#[test]
fn argmax_repairs_and_viterbi_does_not_need_to() {
    // B-X I-Y: two labels by argmax; one mention if the two words are read together.
    let rows = [[0.1, 0.5, 0.0, 0.4, 0.0], [0.05, 0.0, 0.05, 0.1, 0.8]];
    assert_eq!(
        decoded(&rows, Decoder::Argmax),
        [(0, 3, "X".to_owned(), 0.5), (4, 7, "Y".to_owned(), 0.9)]
    );
    assert_eq!(
        decoded(&rows, Decoder::Viterbi),
        [(0, 7, "Y".to_owned(), 0.65)]
    );
}

#[test]
fn the_score_counts_every_tag_of_the_label() {
    let rows = [[0.1, 0.4, 0.3, 0.2, 0.0]];
    assert_eq!(
        decoded(&rows, Decoder::Viterbi),
        [(0, 3, "X".to_owned(), 0.7)]
    );
}

#[test]
fn rows_without_a_possible_tag() {
    for value in [f32::NAN, f32::NEG_INFINITY] {
        for set in tag_sets() {
            for decoder in [Decoder::Argmax, Decoder::Viterbi] {
                let log_probs = vec![value; 3 * set.len()];
                assert_eq!(decode(&set, &words(3), &log_probs, decoder), []);
            }
        }
    }
    // Between the words of a mention such a word is in it: I-X needs one before.
    let nan = f32::NAN;
    let rows = [
        [0.1, 0.9, 0.0, 0.0, 0.0],
        [nan; 5],
        [0.1, 0.0, 0.9, 0.0, 0.0],
    ];
    assert_eq!(
        decoded(&rows, Decoder::Viterbi),
        [(0, 3, "X".to_owned(), 0.9), (4, 11, "X".to_owned(), 0.45)]
    );
}

#[test]
fn no_words() {
    for set in tag_sets() {
        assert_eq!(decode(&set, &[], &[], Decoder::Viterbi), []);
        assert_eq!(decode(&set, &[], &[], Decoder::Argmax), []);
    }
}

#[test]
fn calibrated_scores_follow_the_curve_of_the_label() {
    let set = TagSet::from_names(&["O", "B-X", "I-X", "B-Y"]).expect("valid tags");
    let probabilities = [
        [0.1, 0.8, 0.05, 0.05],
        [0.3, 0.1, 0.5, 0.1],
        [0.2, 0.1, 0.1, 0.6f32],
    ];
    let log_probs: Vec<f32> = probabilities
        .as_flattened()
        .iter()
        .map(|p| p.ln())
        .collect();
    let curve = |label: &crate::Label| (label == "X").then_some((2.0, 0.0));
    let calibration = Calibration::new(set.labels(), curve);
    let decoder = Decoder::Viterbi;
    let found = decode_calibrated(&set, &words(3), &log_probs, decoder, &calibration);
    let scores: Vec<f32> = found.iter().map(|mention| mention.score).collect();
    let confidence = (0.8f32 * 0.5).sqrt();
    let odds = confidence / (1.0 - confidence);
    let expected = [odds * odds / (1.0 + odds * odds), 0.6];
    assert_eq!(found.len(), 2);
    for (score, expected) in scores.iter().zip(expected) {
        assert!((score - expected).abs() < 1e-5, "{scores:?}");
    }
    // Only the scores differ.
    let plain = decode(&set, &words(3), &log_probs, decoder);
    assert!(
        plain
            .iter()
            .zip(&found)
            .all(|(a, b)| a.span == b.span && a.label == b.label)
    );
}
