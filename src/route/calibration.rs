//! From logits to probabilities.

/// How many steps a fit takes at most; a handful is enough.
const STEPS: usize = 50;

/// What holds the fit near its start where there is little to learn from.
const RIDGE: f64 = 0.01;

/// One in so many texts of the classes is taken for a stranger.
const STRANGE_ONE_IN: usize = 50;

/// Turns the classes' logits into the probability of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calibration {
    /// What a logit is multiplied by.
    slope: f64,
    /// What a text's best logit reaches where it resembles some class as much as texts of the classes do.
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
    /// Fits the slope to logits of texts that the classifier had not seen, each with its class.
    ///
    /// The likelihood has one maximum, and Newton's steps find it.
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
            // Far from the maximum a whole step can overshoot.
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
            // Too few to tell what is strange, or how often the likeliest class is right: everything is.
            _ => f32::INFINITY,
        };
        fitted
    }

    /// Whether the text resembles no class as texts of the classes do: its probabilities then say nothing.
    pub(super) fn is_strange(self, logits: &[f32]) -> bool {
        best(logits) < self.floor
    }

    /// The probability of each class; they add up to 1.
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
        // What misleads says nothing.
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
