//! Calibration turns the classifier's logits into probabilities.

/// The maximum number of Newton steps of a fit. A fit usually converges after a few.
const STEPS: usize = 50;

/// The weight of the penalty that keeps the slope near 1 when there are few texts.
const RIDGE: f64 = 0.01;

/// One in this many texts of the training set counts as unlike all classes.
const STRANGE_ONE_IN: usize = 50;

/// Turns the logits of the classes into probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calibration {
    /// The factor for each logit before the softmax.
    slope: f64,
    /// The lowest best logit of a text that counts as similar to some class.
    floor: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            slope: 1.0,
            floor: 0.0,
        }
    }
}

impl Calibration {
    /// Fits the slope to the logits of held-out texts, each with the index of its class.
    ///
    /// The log-likelihood is concave, so Newton's method finds its maximum.
    pub(super) fn fit(seen: &[(Vec<f32>, usize)]) -> Self {
        let start = Self::default();
        let mut fitted = start;
        for _ in 0..STEPS {
            let mut slope = RIDGE * (fitted.slope - start.slope);
            let mut curve = RIDGE;
            for (logits, class) in seen {
                let shares = fitted.probabilities(logits);
                let moment = |power: i32| -> f64 {
                    let terms = logits.iter().zip(&shares);
                    terms.map(|(&z, share)| f64::from(z).powi(power) * share).sum()
                };
                let (mean, square) = (moment(1), moment(2));
                slope += mean - logits.get(*class).map_or(mean, |&own| f64::from(own));
                curve += square - mean * mean;
            }
            // Far from the maximum a full step can overshoot.
            let change = (slope / curve).clamp(-0.5, 0.5);
            fitted.slope = (fitted.slope - change).max(0.0);
            if change.abs() < 1e-9 {
                break;
            }
        }
        if !fitted.slope.is_finite() {
            return Self {
                floor: f32::INFINITY,
                ..start
            };
        }
        let mut best: Vec<f32> = seen.iter().map(|(logits, _)| best(logits)).collect();
        best.sort_unstable_by(f32::total_cmp);
        fitted.floor = match best.get(best.len() / STRANGE_ONE_IN) {
            Some(&floor) if best.len() >= STRANGE_ONE_IN => floor,
            // With so few texts neither the floor nor the accuracy can be estimated, so every text counts as
            // unlike all classes.
            _ => f32::INFINITY,
        };
        fitted
    }

    /// Whether the text is less similar to every class than the training texts are. Its probabilities are
    /// then meaningless.
    pub(super) fn is_strange(self, logits: &[f32]) -> bool {
        best(logits) < self.floor
    }

    /// The probability of each class. The probabilities add up to 1.
    pub(super) fn probabilities(self, logits: &[f32]) -> Vec<f64> {
        let scores = logits.iter().map(|&z| self.slope * f64::from(z));
        let most = scores.clone().fold(f64::NEG_INFINITY, f64::max);
        let mut shares: Vec<f64> = scores.map(|score| libm::exp(score - most)).collect();
        let sum: f64 = shares.iter().sum();
        for share in &mut shares {
            *share /= sum;
        }
        shares
    }
}

fn best(logits: &[f32]) -> f32 {
    logits.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests fail by panicking")]

    use super::*;

    fn seen(right: usize, wrong: usize) -> Vec<(Vec<f32>, usize)> {
        let text = |class| (vec![3.0, -3.0], class);
        let right = std::iter::repeat_n(text(0), right);
        right.chain(std::iter::repeat_n(text(1), wrong)).collect()
    }

    #[test]
    fn a_probability_is_the_share_that_was_right() {
        for (right, wrong) in [(90, 10), (60, 40)] {
            let shares = Calibration::fit(&seen(right, wrong)).probabilities(&[3.0, -3.0]);
            assert!((shares[0] - right as f64 / 100.0).abs() < 0.02, "{shares:?}");
        }
        // Logits that are mostly wrong give equal probabilities.
        assert_eq!(
            Calibration::fit(&seen(10, 90)).probabilities(&[3.0, -3.0]),
            [0.5, 0.5]
        );
    }

    #[test]
    fn what_resembles_no_class_is_strange() {
        let fitted = Calibration::fit(&seen(90, 10));
        assert!(fitted.is_strange(&[2.0, -3.0]));
        assert!(!fitted.is_strange(&[3.0, -3.0]));
        assert!(Calibration::fit(&seen(40, 9)).is_strange(&[9.0, -9.0]), "too few");
        assert!(Calibration::fit(&[]).is_strange(&[9.0]));
    }
}
