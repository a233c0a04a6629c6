//! The classifier: a logistic regression for each entry, trained on the bank's phrasings.

mod learn;
mod random;

pub(super) use random::Random;

use super::lexicon::{Lexicon, TermId};
use super::query::{Query, view};

/// The maximum number of weights: 128 MiB. A larger bank has no classifier.
const MAX_WEIGHTS: usize = 32 << 20;

/// Parameters of the training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Training {
    /// Passes over the texts.
    pub(crate) epochs: usize,
    /// The learning rate of the first step. It decreases with the steps.
    pub(crate) first_rate: f32,
    /// Whether the texts of a class together have the same weight as all others, however few they are.
    pub(crate) balanced: bool,
}

impl Training {
    /// For a bank's phrasings, which are short and of similar number for each entry. Twice the passes
    /// at a fifth of the rate give no better result.
    pub(crate) const PHRASINGS: Self = Self {
        epochs: 15,
        first_rate: 40.0,
        balanced: false,
    };
}

/// One logistic regression for each class against all others and the background, over the terms of both
/// views.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Classifier {
    classes: usize,
    bias: Vec<f32>,
    /// For each term a row with a weight for each class.
    weights: Vec<f32>,
}

/// The features of a text: terms with weights. The vector of each view has a length of at most √½.
pub(crate) type Row = Vec<(TermId, f32)>;

/// The row of a text. Terms that are not in the bank add to the length of the vector and have no
/// feature.
pub(super) fn row(lexicon: &Lexicon, query: &Query) -> Row {
    let scales = query
        .sizes
        .map(|size| std::f32::consts::FRAC_1_SQRT_2 * size.inverse_norm);
    query
        .terms
        .iter()
        .map(|&term| {
            let scale = scales.get(view(lexicon.kind(term))).copied().unwrap_or_default();
            (term, scale * lexicon.weight(term))
        })
        .collect()
}

impl Classifier {
    /// Trains on texts with their classes; `None` is the background. Returns `None` if the classifier
    /// would be too large.
    pub(crate) fn train(
        rows: &[(Row, Option<usize>)],
        terms: usize,
        classes: usize,
        how: Training,
    ) -> Option<Self> {
        let size = terms.checked_mul(classes).filter(|&size| size <= MAX_WEIGHTS)?;
        let mut classifier = Self {
            classes,
            bias: vec![learn::BIAS; classes],
            weights: vec![0.0; size],
        };
        if !rows.is_empty() {
            learn::learn(&mut classifier, rows, how);
        }
        Some(classifier)
    }

    /// The logit of each class.
    pub(crate) fn logits(&self, row: &Row) -> Vec<f32> {
        let mut scores = vec![0.0; self.classes];
        let weights = |term: TermId| {
            let start = term as usize * self.classes;
            self.weights.get(start..start + self.classes).unwrap_or_default()
        };
        // Four terms at once, still added in their order: this takes a quarter of the loads and stores
        // of the scores. A term without weights, as one of an answer, must not exclude the other three.
        let (fours, rest) = match row.iter().all(|&(term, _)| !weights(term).is_empty()) {
            true => row.as_chunks::<4>(),
            false => (&[][..], &row[..]),
        };
        for &[(a, by_a), (b, by_b), (c, by_c), (d, by_d)] in fours {
            let four = weights(a).iter().zip(weights(b)).zip(weights(c)).zip(weights(d));
            for (score, (((a, b), c), d)) in scores.iter_mut().zip(four) {
                *score = *score + by_a * a + by_b * b + by_c * c + by_d * d;
            }
        }
        for &(term, value) in rest {
            for (score, weight) in scores.iter_mut().zip(weights(term)) {
                *score += value * weight;
            }
        }
        for (score, bias) in scores.iter_mut().zip(&self.bias) {
            *score += bias;
        }
        scores
    }

    /// The bias and the weights, in little-endian order.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.bias
            .iter()
            .chain(&self.weights)
            .flat_map(|number| number.to_le_bytes())
            .collect()
    }

    /// Reads the output of [`to_bytes`](Self::to_bytes); `None` unless the length fits the terms and
    /// classes.
    pub(super) fn from_bytes(bytes: &[u8], terms: usize, classes: usize) -> Option<Self> {
        let size = terms.checked_add(1)?.checked_mul(classes)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if numbers.len() != size || !rest.is_empty() {
            return None;
        }
        let mut bias: Vec<f32> = numbers.iter().map(|&number| f32::from_le_bytes(number)).collect();
        let weights = bias.split_off(classes);
        Some(Self {
            classes,
            bias,
            weights,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]

    use super::*;

    fn rows() -> Vec<(Row, Option<usize>)> {
        vec![
            (vec![(0, 0.7), (2, 0.7)], Some(0)),
            (vec![(0, 1.0)], Some(0)),
            (vec![(1, 0.7), (2, 0.7)], Some(1)),
            (vec![(1, 1.0)], Some(1)),
            (vec![(2, 1.0)], None),
        ]
    }

    #[test]
    fn a_class_is_known_by_its_own_terms() {
        let classifier = Classifier::train(&rows(), 3, 2, Training::PHRASINGS).unwrap();
        let logits = classifier.logits(&vec![(0, 1.0)]);
        assert!(logits[0] > 0.0 && logits[1] < 0.0, "{logits:?}");
        let shared = classifier.logits(&vec![(2, 1.0)]);
        assert!(shared.iter().all(|&logit| logit < 0.0), "{shared:?}");
    }

    #[test]
    fn a_term_without_weights_takes_none_of_its_neighbours_along() {
        let classifier = Classifier::train(&rows(), 3, 2, Training::PHRASINGS).unwrap();
        let known: Row = vec![(0, 0.3), (1, 0.2), (2, 0.1), (0, 0.4), (1, 0.5)];
        for at in 0..=known.len() {
            let mut row = known.clone();
            row.insert(at, (99, 0.5));
            assert_eq!(classifier.logits(&row), classifier.logits(&known), "{at}");
        }
    }

    #[test]
    fn a_rare_class_counts_as_much_as_the_others_where_they_are_balanced() {
        let mut rows: Vec<(Row, Option<usize>)> = vec![(vec![(0, 0.7), (1, 0.7)], Some(0)); 9];
        rows.push((vec![(1, 0.7), (2, 0.7)], Some(1)));
        let learnt = |balanced| {
            let how = Training {
                epochs: 3,
                balanced,
                ..Training::PHRASINGS
            };
            Classifier::train(&rows, 3, 2, how)
                .unwrap()
                .logits(&vec![(2, 1.0)])
        };
        let (plain, balanced) = (learnt(false), learnt(true));
        assert!(
            balanced[1] - balanced[0] > plain[1] - plain[0],
            "{plain:?} {balanced:?}"
        );
    }

    #[test]
    fn the_same_rows_teach_the_same() {
        assert_eq!(
            Classifier::train(&rows(), 3, 2, Training::PHRASINGS),
            Classifier::train(&rows(), 3, 2, Training::PHRASINGS)
        );
    }

    #[test]
    fn a_bank_that_is_too_large_is_not_learnt() {
        assert_eq!(
            Classifier::train(&rows(), MAX_WEIGHTS, 2, Training::PHRASINGS),
            None
        );
        assert_eq!(
            Classifier::train(&rows(), usize::MAX, 2, Training::PHRASINGS),
            None
        );
    }

    #[test]
    fn bytes_give_the_classifier_back_or_nothing() {
        let classifier = Classifier::train(&rows(), 3, 2, Training::PHRASINGS).unwrap();
        let bytes = classifier.to_bytes();
        assert_eq!(Classifier::from_bytes(&bytes, 3, 2), Some(classifier));
        assert_eq!(Classifier::from_bytes(&bytes, 4, 2), None);
        assert_eq!(Classifier::from_bytes(&bytes[1..], 3, 2), None);
    }
}
