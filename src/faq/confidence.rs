//! From measures to a confidence.

use super::Measures;

/// A measure's name and what one unit of it adds to the logit.
type Weight = (&'static str, f64);

/// For banks that a classifier was learnt from: clinc150 and banking77, whole and with a quarter of the entries away.
///
/// `examples/fit.rs` fits both tables and prints what they give on a corpus that had no part in them.
const LEARNT: [Weight; 8] = [
    ("one", -1.357),
    ("lead", 1.758),
    ("logit", 0.398),
    ("class_lead_bounded", 0.516),
    ("class_lead", 0.310),
    ("coverage_lead", 2.545),
    ("unknown", -0.892),
    ("length", 0.520),
];

/// For banks with fewer phrasings: LCQMC, the policy questions that must escalate, and the first two with 1 and 2 each and
/// half of the entries away.
const LEXICAL: [Weight; 3] = [
    ("one", -3.425),
    ("similarity_surprisal", 0.776),
    ("lead_surprisal", 0.571),
];

/// The logistic function.
fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

impl Measures {
    /// The numbers whose weighted sum is the logit of the confidence, with their names; the first is always 1.
    ///
    /// Which they are depends on whether the bank was learnt from. They are public so that the weights can be fitted anew.
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
        if self.class.is_some() { &LEARNT } else { &LEXICAL }
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
