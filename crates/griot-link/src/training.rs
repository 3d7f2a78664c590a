//! Training the weights that rank candidates.
//!
//! The weights that come with the crate were trained on data that allows it; with
//! texts of your own and the right entities in them, train your own.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use griot_text::{Document, EntityId, Mention};

use crate::Linker;
use crate::rank::{FEATURES, Features, Model};

/// One entity of a text: what was proposed, and what is right.
#[derive(Clone, Debug)]
pub struct Example {
    pub(crate) proposals: Vec<Features>,
    /// Index of the right proposal; `None` if it is none of them.
    pub(crate) right: Option<usize>,
    /// Number of mentions.
    pub(crate) weight: usize,
}

/// The examples in a document whose mentions are of the entities `gold`, `None`
/// for one that the linker's source does not have.
///
/// # Panics
///
/// If there are not as many `gold` as `mentions`, or a mention's span is not a span
/// of the document's text.
pub fn examples(
    linker: &Linker,
    document: &Document,
    mentions: &[Mention],
    gold: &[Option<EntityId>],
) -> Vec<Example> {
    assert_eq!(mentions.len(), gold.len(), "one entity a mention");
    linker.examples(document, mentions, gold)
}

/// Rounds over all examples.
const EPOCHS: usize = 600;

/// Step of Adam.
const STEP: f32 = 0.03;

/// Weight of an entity that the source has, beside one that it has not: the texts
/// that are at hand speak of more unknown people than those of today.
const KNOWN_WEIGHT: f32 = 1.5;

/// Pull of the weights to what is expected of them, an example.
const L2: f32 = 2e-3;

/// The weights under which the right proposals of `examples` are most probable, by
/// name of the feature: the text of `data/weights.toml`.
///
/// The same examples in the same order give the same weights. Cost: some seconds
/// for ten thousand examples.
pub fn fit(examples: &[Example]) -> String {
    let mut weights = FEATURES.map(|(_, weight)| weight);
    let (mut mean, mut square) = ([0.0; FEATURES.len()], [0.0; FEATURES.len()]);
    for epoch in 1..=EPOCHS {
        let gradient = gradient(examples, &weights);
        let step = STEP * (1.0 - epoch as f32 / (EPOCHS + 1) as f32);
        for i in 0..FEATURES.len() {
            mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
            square[i] = 0.999 * square[i] + 0.001 * gradient[i] * gradient[i];
            let bias = (
                1.0 - 0.9_f32.powf(epoch as f32),
                1.0 - 0.999_f32.powf(epoch as f32),
            );
            weights[i] += step * (mean[i] / bias.0) / ((square[i] / bias.1).sqrt() + 1e-8);
        }
    }
    to_toml(&weights)
}

/// Share of the mentions in `examples` of which the weights in `weights`, the text
/// that [`fit`] gives, are right: first the right proposal, or none of them.
///
/// # Errors
///
/// If `weights` is not such a text.
pub fn accuracy(weights: &str, examples: &[Example]) -> Result<f64, toml::de::Error> {
    let model = Model::parse(weights)?;
    let (mut right, mut total) = (0, 0);
    for example in examples {
        total += example.weight;
        let probabilities = model.probabilities(&example.proposals);
        let best = probabilities
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1));
        let chosen = best
            .filter(|(_, probability)| **probability >= 0.5)
            .map(|(index, _)| index);
        right += if chosen == example.right {
            example.weight
        } else {
            0
        };
    }
    Ok(right as f64 / total.max(1) as f64)
}

/// Gradient of the mean log-likelihood, and of the pull to what is expected.
fn gradient(examples: &[Example], weights: &Features) -> Features {
    let model = Model::new(*weights);
    let mut gradient = [0.0; FEATURES.len()];
    let mut total = 0.0;
    for example in examples
        .iter()
        .filter(|example| !example.proposals.is_empty())
    {
        // A name that a text repeats is not so many examples.
        let known = if example.right.is_some() {
            KNOWN_WEIGHT
        } else {
            1.0
        };
        let weight = known * (example.weight as f32).sqrt();
        total += weight;
        let probabilities = model.probabilities(&example.proposals);
        for (index, (features, probability)) in
            std::iter::zip(&example.proposals, probabilities).enumerate()
        {
            let right = if example.right == Some(index) {
                1.0
            } else {
                0.0
            };
            for (sum, value) in std::iter::zip(&mut gradient, features) {
                *sum += weight * (right - probability) * value;
            }
        }
    }
    for ((sum, weight), (_, expected)) in gradient.iter_mut().zip(weights).zip(FEATURES) {
        *sum = *sum / total.max(1.0) - L2 * (weight - expected);
    }
    gradient
}

fn to_toml(weights: &Features) -> String {
    let by_name: BTreeMap<&str, f32> =
        std::iter::zip(FEATURES.map(|(name, _)| name), *weights).collect();
    let mut text = String::from(
        "# Weights of the model that ranks candidates, by feature; written by training.\n\n[weights]\n",
    );
    for (name, weight) in by_name {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name} = {weight:.4}");
    }
    text
}
