//! Computes the confidence from the measures.

use super::Measures;

/// A measure's name, and its coefficient in the logit.
type Weight = (&'static str, f64);

/// Coefficients for banks with a classifier, fitted to clinc150 and banking77, in full and with a
/// quarter of the entries removed.
///
/// `examples/fit.rs` fits both tables and reports their quality on a corpus that was held out.
const WITH_CLASSIFIER: [Weight; 8] = [
    ("one", -1.357),
    ("lead", 1.758),
    ("logit", 0.398),
    ("class_lead_bounded", 0.516),
    ("class_lead", 0.310),
    ("coverage_lead", 2.545),
    ("unknown", -0.892),
    ("length", 0.520),
];

/// Coefficients for banks without one, fitted to LCQMC, to policy questions that must escalate, and to
/// the first two corpora with 1 or 2 phrasings an entry and half of the entries removed.
const WITHOUT_CLASSIFIER: [Weight; 3] = [
    ("one", -3.425),
    ("similarity_surprisal", 0.776),
    ("lead_surprisal", 0.571),
];

/// The logistic function.
fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

impl Measures {
    /// The inputs of the logistic regression, with their names; the first is always 1.
    ///
    /// They differ between banks with and without a classifier. They are public so that the
    /// coefficients can be fitted again.
    pub fn inputs(&self) -> Vec<(&'static str, f64)> {
        let surprisal = self.surprisal.unwrap_or_default();
        let values: &[f64] = match self.class {
            Some(class) => &[
                1.0,
                self.lead,
                class.logit,
                libm::tanh(class.lead / 2.0),
                class.lead,
                self.coverage_lead,
                self.unknown,
                self.length,
            ],
            None => &[1.0, surprisal.similarity, surprisal.lead],
        };
        self.weights()
            .iter()
            .zip(values)
            .map(|((name, _), value)| (*name, *value))
            .collect()
    }

    fn weights(&self) -> &'static [Weight] {
        if self.class.is_some() {
            &WITH_CLASSIFIER
        } else {
            &WITHOUT_CLASSIFIER
        }
    }
}

/// The probability that an entry answers the message.
pub(super) fn confidence(measures: &Measures) -> f64 {
    let weights = measures.weights().iter().map(|(_, weight)| weight);
    let logit: f64 = measures
        .inputs()
        .iter()
        .zip(weights)
        .map(|((_, value), weight)| value * weight)
        .sum();
    logistic(logit).clamp(0.0, 1.0)
}
