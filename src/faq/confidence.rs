//! From measures to a confidence.

use super::Measures;

/// A measure's name and what one unit of it adds to the logit.
type Weight = (&'static str, f64);

/// For banks that a classifier was learnt from: clinc150 and banking77, whole and with a quarter of the entries away.
///
/// `examples/fit.rs` fits both tables and prints what they give on a corpus that had no part in them.
const LEARNT: [Weight; 8] = [
    ("one", -1.447),
    ("lead", 1.702),
    ("logit", 0.406),
    ("class_lead_bounded", 0.581),
    ("class_lead", 0.306),
    ("coverage_lead", 2.568),
    ("unknown", -0.961),
    ("length", 0.557),
];

/// For banks with fewer phrasings: LCQMC, the policy questions that must escalate, and the first two with 1 and 2 each.
const LEXICAL: [Weight; 3] = [("one", -1.134), ("strength", 4.506), ("length", -0.780)];

/// The logistic function.
fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

impl Measures {
    /// The numbers whose weighted sum is the logit of the confidence, with their names; the first is always 1.
    ///
    /// Which they are depends on whether the bank was learnt from. They are public so that the weights can be fitted anew.
    pub fn inputs(&self) -> Vec<(&'static str, f64)> {
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
            None => &[1.0, self.similarity + self.lead / 2.0, self.length],
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
