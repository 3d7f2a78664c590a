//! From a model's confidence to a probability.

use crate::{LabelId, LabelSet};

/// How often a mention of a given confidence is right: one logistic curve a
/// label (Platt 1999), fitted on sentences the model was not trained on.
///
/// `P(right) = 1 / (1 + exp(-(slope * logit(confidence) + offset)))`, where the
/// confidence is the geometric mean of the probabilities of the mention's tags.
///
/// # Example
///
/// ```
/// use griot_text::{Calibration, LabelSet};
///
/// let labels: LabelSet = ["PER", "LOC"].into_iter().collect();
/// let curve = |label: &griot_text::Label| (label == "PER").then_some((0.5, -1.0));
/// let calibration = Calibration::new(&labels, curve);
/// let (per, loc) = (labels.id("PER").unwrap(), labels.id("LOC").unwrap());
/// assert!((calibration.probability(per, 0.5) - 0.2689).abs() < 1e-4);
/// assert!((calibration.probability(loc, 0.5) - 0.5).abs() < 1e-6); // no curve: as it is
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// (slope, offset) of each label; the identity is (1, 0).
    curves: Vec<(f32, f32)>,
}

/// Confidences are kept this far from 0 and 1, so that their logit is finite.
const EDGE: f64 = 1e-4;

impl Calibration {
    /// The curve that `curve` gives for each of `labels`, as (slope, offset);
    /// the identity where it gives none.
    pub fn new(labels: &LabelSet, curve: impl Fn(&crate::Label) -> Option<(f32, f32)>) -> Self {
        let curves = labels
            .iter()
            .map(|label| curve(label).unwrap_or((1.0, 0.0)));
        Self {
            curves: curves.collect(),
        }
    }

    /// The probability that a mention of `label` with this confidence is right,
    /// in `[0, 1]`. A label without a curve keeps its confidence.
    pub fn probability(&self, label: LabelId, confidence: f32) -> f32 {
        let (slope, offset) = self
            .curves
            .get(label.index())
            .copied()
            .unwrap_or((1.0, 0.0));
        let confidence = f64::from(confidence).clamp(EDGE, 1.0 - EDGE);
        let logit = (confidence / (1.0 - confidence)).ln();
        let z = f64::from(slope) * logit + f64::from(offset);
        (1.0 / (1.0 + (-z).exp())) as f32
    }
}
