//! From features to probabilities.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{FEATURES, Features};

/// A conditional logit: the probability of a proposal is proportional to
/// exp(weights · features), that of "none of them" to 1, so that the
/// probabilities of the proposals say themselves how sure the best one is.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    weights: Features,
}

/// The weights that training wrote, by the name of the feature.
#[derive(Deserialize)]
struct File {
    weights: BTreeMap<String, f32>,
}

static TRAINED: LazyLock<Model> = LazyLock::new(|| {
    Model::parse(include_str!("../../data/weights.toml"))
        .expect("data/weights.toml is part of the crate, and a test reads it")
});

impl Model {
    /// The model that comes with this crate.
    pub(crate) fn trained() -> &'static Self {
        &TRAINED
    }

    /// The model of a file that training wrote; a feature without weight has none.
    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let file: File = toml::from_str(text)?;
        let weight = |(name, _): (&str, f32)| file.weights.get(name).copied().unwrap_or(0.0);
        Ok(Self::new(FEATURES.map(weight)))
    }

    /// A model with these weights.
    pub(crate) const fn new(weights: Features) -> Self {
        Self { weights }
    }

    /// The probability of each proposal; what is left to 1 is that of none.
    pub(crate) fn probabilities(&self, proposals: &[Features]) -> Vec<f32> {
        let scores: Vec<f32> = proposals
            .iter()
            .map(|features| self.score(features))
            .collect();
        let max = scores.iter().copied().fold(0.0, f32::max);
        let exp = scores.iter().map(|score| (score - max).exp());
        let total: f32 = exp.clone().sum::<f32>() + (-max).exp();
        exp.map(|exp| exp / total).collect()
    }

    fn score(&self, features: &Features) -> f32 {
        std::iter::zip(&self.weights, features)
            .map(|(weight, value)| weight * value)
            .sum()
    }
}
