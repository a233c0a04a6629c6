//! From measures to a confidence.

use super::Measures;

/// The logistic function.
pub(super) fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

/// The probability that an entry answers the message.
///
/// Only an entry that holds nearly the whole message, and does so better than any other, is above 0.9.
pub(super) fn confidence(measures: &Measures) -> f64 {
    logistic(8.0 * measures.similarity + 1.5 * measures.lead + 0.5 * measures.answer_coverage - 5.0)
        .clamp(0.0, 1.0)
}
