//! Recalibration: a correction of the confidence that is fitted to a labelled log.

/// The strength of the prior for no correction: it counts as this many messages that were labelled as
/// predicted.
const RIDGE: f64 = 4.0;
/// Confidences are limited to `EDGE..=1 - EDGE` before their logit is taken.
const EDGE: f64 = 1e-6;
const STEPS: usize = 50;

/// A correction of the confidence: the logit z becomes `slope · z + shift`. The order of candidates
/// does not change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recalibration {
    /// The slope; above 0.
    slope: f64,
    /// The shift.
    shift: f64,
}

impl Default for Recalibration {
    /// No correction.
    fn default() -> Self {
        Self {
            slope: 1.0,
            shift: 0.0,
        }
    }
}

impl Recalibration {
    /// Creates a correction; `None` if the slope is not above 0, or if either number is not finite.
    pub fn new(slope: f64, shift: f64) -> Option<Self> {
        (slope > 0.0 && slope.is_finite() && shift.is_finite()).then_some(Self { slope, shift })
    }

    /// The slope; above 0.
    pub fn slope(&self) -> f64 {
        self.slope
    }

    /// The shift, added to the logit.
    pub fn shift(&self) -> f64 {
        self.shift
    }

    /// Fits the correction to messages, each with the confidence of its best candidate and whether that
    /// was right. Use 50 to 100 labels or more; without labels the result is no correction.
    pub fn fit(labelled: &[(f64, bool)]) -> Self {
        let mut fitted = Self::default();
        for _ in 0..STEPS {
            let (mut slope_gradient, mut shift_gradient) =
                (RIDGE * (fitted.slope - 1.0), RIDGE * fitted.shift);
            let (mut slope_curve, mut both_curve, mut shift_curve) = (RIDGE, 0.0, RIDGE);
            for &(confidence, right) in labelled {
                let z = logit(confidence);
                let p = logistic(fitted.slope * z + fitted.shift);
                let error = p - f64::from(u8::from(right));
                let curve = p * (1.0 - p);
                slope_gradient += error * z;
                shift_gradient += error;
                slope_curve += curve * z * z;
                both_curve += curve * z;
                shift_curve += curve;
            }
            // Positive, because the ridge is added to both diagonal elements of a positive semidefinite
            // matrix.
            let determinant = slope_curve * shift_curve - both_curve * both_curve;
            let slope_step = (shift_curve * slope_gradient - both_curve * shift_gradient) / determinant;
            let shift_step = (slope_curve * shift_gradient - both_curve * slope_gradient) / determinant;
            // Bounded steps can't diverge.
            fitted.slope = (fitted.slope - slope_step.clamp(-0.5, 0.5)).max(0.05);
            fitted.shift -= shift_step.clamp(-1.0, 1.0);
        }
        fitted
    }

    /// The corrected confidence, in `0..=1`.
    pub fn apply(&self, confidence: f64) -> f64 {
        logistic(self.slope * logit(confidence) + self.shift).clamp(0.0, 1.0)
    }
}

fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

fn logit(confidence: f64) -> f64 {
    let p = if confidence.is_nan() {
        EDGE
    } else {
        confidence.clamp(EDGE, 1.0 - EDGE)
    };
    libm::log(p / (1.0 - p))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` messages of one confidence, of which the share `right` is right.
    fn log(confidence: f64, right: f64, count: usize) -> impl Iterator<Item = (f64, bool)> {
        (0..count).map(move |n| (confidence, (n as f64) < right * count as f64))
    }

    #[test]
    fn without_labels_nothing_changes() {
        let none = Recalibration::fit(&[]);
        for confidence in [0.1, 0.5, 0.9] {
            assert!((none.apply(confidence) - confidence).abs() < 1e-9);
        }
    }

    #[test]
    fn too_bold_a_confidence_is_brought_down_and_the_order_stays() {
        let labelled: Vec<_> = log(0.9, 0.6, 50).chain(log(0.6, 0.3, 50)).collect();
        let fitted = Recalibration::fit(&labelled);
        assert!((fitted.apply(0.9) - 0.6).abs() < 0.1, "{fitted:?}");
        assert!((fitted.apply(0.6) - 0.3).abs() < 0.1, "{fitted:?}");
        assert!(fitted.apply(0.2) < fitted.apply(0.3));
    }

    #[test]
    fn a_handful_of_labels_moves_little() {
        let fitted = Recalibration::fit(&[(0.9, false), (0.8, true)]);
        assert!((fitted.apply(0.9) - 0.9).abs() < 0.2, "{fitted:?}");
    }

    #[test]
    fn no_confidence_breaks_it() {
        let wild: Vec<_> = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1.0, 2.0]
            .into_iter()
            .map(|c| (c, true))
            .collect();
        let fitted = Recalibration::fit(&wild);
        for (confidence, _) in wild {
            assert!((0.0..=1.0).contains(&fitted.apply(confidence)), "{confidence}");
        }
    }
}
