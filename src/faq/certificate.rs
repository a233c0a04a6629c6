//! A certificate: the precision of automatic answers above a threshold, guaranteed from a labelled log.

use thiserror::Error;

/// The number of labelled messages that a certificate needs.
pub const LABELS_NEEDED: usize = 300;

/// The number of them that must reach the threshold.
pub const ANSWERED_NEEDED: usize = 60;

/// The thresholds to try, in hundredths, in descending order from 1 to 0.5.
///
/// They are fixed in advance. Thresholds taken from the log would be as many hypotheses as it has
/// messages.
const HUNDREDTHS: std::ops::RangeInclusive<u32> = 50..=100;

/// The guarantee that a certificate must give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// The share of automatic answers that must be right, above 0 and below 1.
    pub precision: f64,
    /// The accepted probability that the guarantee does not hold, above 0 and below 1.
    pub risk: f64,
}

impl Default for Demand {
    /// 95 % right, with a risk of 5 %.
    fn default() -> Self {
        Self {
            precision: 0.95,
            risk: 0.05,
        }
    }
}

/// A threshold with a guaranteed precision.
///
/// It holds for messages like the labelled ones, and for the bank that gave the confidences. Another
/// bank needs another certificate. Label a random sample of the messages, not only those that citizens
/// complained about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certificate {
    /// The threshold, on the FAQ's confidence before any [`Recalibration`](super::Recalibration).
    pub threshold: f64,
    /// The guarantee: at least this share of the answers is right.
    pub precision: f64,
    /// The confidence level of the guarantee, in `0..=1`.
    pub confidence: f64,
    /// The number of labelled messages.
    pub labels: usize,
    /// The number of them that reach the threshold.
    pub answered: usize,
    /// The number of those with the right answer.
    pub right: usize,
}

/// The reason for not giving a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum NoCertificate {
    /// Too few labelled messages.
    #[error("{found} labelled messages are too few: a certificate needs {needed}")]
    FewLabels {
        /// The number found.
        found: usize,
        /// The number needed.
        needed: usize,
    },
    /// Too few messages reach any threshold.
    #[error("only {found} labelled messages reach the confidence {lowest:.2}: a certificate needs {needed}")]
    FewAnswered {
        /// The number found.
        found: usize,
        /// The number needed.
        needed: usize,
        /// The lowest threshold that was tried.
        lowest: f64,
    },
    /// Even answers with the highest confidence are wrong too often for the guarantee.
    #[error(
        "of the {answered} messages at or above {threshold:.2}, {right} were right: too few to promise {precision:.2}"
    )]
    Unproven {
        /// The highest threshold that enough messages reach.
        threshold: f64,
        /// The number of messages that reach it.
        answered: usize,
        /// The number of those with the right answer.
        right: usize,
        /// The precision that was asked for.
        precision: f64,
    },
    /// The precision or the risk is not between 0 and 1.
    #[error("the precision and the risk must be above 0 and below 1")]
    Demand,
}

impl Certificate {
    /// Finds the lowest threshold that keeps the guarantee. Each message of the log has the confidence
    /// of its best entry, and whether that entry was right. Label a message that no entry answers as
    /// wrong. A confidence that is NaN counts as 0.
    ///
    /// The method is Learn-then-Test with fixed sequence testing. Thresholds are tested from high to
    /// low: the p-value is the exact binomial probability of so few errors at the demanded precision.
    /// The first threshold that fails ends the sequence, so the risk holds for all thresholds before it
    /// together. Thresholds that fewer than [`ANSWERED_NEEDED`] messages reach are skipped; this
    /// depends on the confidences alone, not on the labels. Messages with the same confidence are
    /// always answered together.
    ///
    /// ```
    /// use civic_reply::faq::{Certificate, Demand};
    ///
    /// let log: Vec<(f64, bool)> = (0..400).map(|n| (0.97, n % 100 != 0)).collect();
    /// let certificate = Certificate::of(&log, Demand::default())?;
    /// assert_eq!(certificate.labels, 400);
    /// assert!(Certificate::of(&log[..200], Demand::default()).is_err());
    /// # Ok::<(), civic_reply::faq::NoCertificate>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The reason for not giving a certificate.
    pub fn of(labelled: &[(f64, bool)], demand: Demand) -> Result<Self, NoCertificate> {
        let share = |value: f64| value > 0.0 && value < 1.0;
        if !share(demand.precision) || !share(demand.risk) {
            return Err(NoCertificate::Demand);
        }
        let labels = labelled.len();
        if labels < LABELS_NEEDED {
            return Err(NoCertificate::FewLabels {
                found: labels,
                needed: LABELS_NEEDED,
            });
        }
        let mut held = None;
        let mut reached = 0;
        for hundredths in HUNDREDTHS.rev() {
            let threshold = f64::from(hundredths) / 100.0;
            let above = labelled.iter().filter(|(confidence, _)| *confidence >= threshold);
            let (mut answered, mut right) = (0, 0);
            for (_, good) in above {
                answered += 1;
                right += usize::from(*good);
            }
            reached = answered;
            if answered < ANSWERED_NEEDED {
                continue;
            }
            let chance = at_most(answered - right, answered, 1.0 - demand.precision);
            if chance > demand.risk {
                return held.ok_or(NoCertificate::Unproven {
                    threshold,
                    answered,
                    right,
                    precision: demand.precision,
                });
            }
            held = Some(Self {
                threshold,
                precision: demand.precision,
                confidence: 1.0 - demand.risk,
                labels,
                answered,
                right,
            });
        }
        held.ok_or(NoCertificate::FewAnswered {
            found: reached,
            needed: ANSWERED_NEEDED,
            lowest: f64::from(*HUNDREDTHS.start()) / 100.0,
        })
    }
}

/// The binomial probability of at most `errors` errors in `tries`, each with probability `rate`, which
/// is above 0 and below 1.
fn at_most(errors: usize, tries: usize, rate: f64) -> f64 {
    let (rate_log, rest_log) = (libm::log(rate), libm::log1p(-rate));
    let factorial = |n: usize| libm::lgamma(n as f64 + 1.0);
    let all = factorial(tries);
    let terms = (0..=errors.min(tries)).map(|n| {
        let ways = all - factorial(n) - factorial(tries - n);
        libm::exp(ways + n as f64 * rate_log + (tries - n) as f64 * rest_log)
    });
    terms.sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    /// `count` messages of one confidence, of which `wrong` are wrong.
    fn log(confidence: f64, count: usize, wrong: usize) -> impl Iterator<Item = (f64, bool)> {
        (0..count).map(move |n| (confidence, n >= wrong))
    }

    fn of(labelled: impl Iterator<Item = (f64, bool)>) -> Result<Certificate, NoCertificate> {
        Certificate::of(&labelled.collect::<Vec<_>>(), Demand::default())
    }

    #[test]
    fn the_tail_is_the_binomial_one() {
        // 0.95^60, and sums that were worked out by hand.
        assert!((at_most(0, 60, 0.05) - 0.046_069_8).abs() < 1e-6);
        assert!((at_most(1, 2, 0.5) - 0.75).abs() < 1e-12);
        assert!((at_most(2, 2, 0.3) - 1.0).abs() < 1e-12);
        assert!((at_most(1, 10, 0.1) - 0.736_098_9).abs() < 1e-6);
        assert!(at_most(900, 100_000, 0.01) < 0.01);
    }

    #[test]
    fn sixty_answers_without_an_error_are_just_enough() {
        let certificate = of(log(0.97, 60, 0).chain(log(0.1, 240, 240))).unwrap();
        // No confidence lies between, so all thresholds down to the lowest answer the same messages.
        assert_eq!(certificate.threshold, 0.5);
        assert_eq!(
            (certificate.labels, certificate.answered, certificate.right),
            (300, 60, 60)
        );
        let few = of(log(0.97, 59, 0).chain(log(0.1, 241, 241)));
        assert_eq!(
            few,
            Err(NoCertificate::FewAnswered {
                found: 59,
                needed: 60,
                lowest: 0.5
            })
        );
    }

    #[test]
    fn the_lowest_threshold_before_the_first_that_fails_is_certified() {
        let labelled = log(0.97, 200, 2)
            .chain(log(0.85, 100, 40))
            .chain(log(0.75, 300, 0));
        let certificate = of(labelled).unwrap();
        // Lower thresholds would pass on their own, but the sequence has ended.
        assert_eq!((certificate.threshold, certificate.answered), (0.86, 200));
    }

    #[test]
    fn messages_of_one_confidence_are_answered_together_whatever_their_order() {
        let mut labelled: Vec<_> = log(0.9, 300, 30).collect();
        let expected = Certificate::of(&labelled, Demand::default());
        labelled.reverse();
        assert_eq!(Certificate::of(&labelled, Demand::default()), expected);
        assert!(matches!(expected, Err(NoCertificate::Unproven { .. })));
    }

    #[test]
    fn the_promise_is_broken_no_more_often_than_promised() {
        // Each answer is right with the probability given by its confidence, and confidences are evenly
        // spread: at threshold t, the precision is (1 + t) / 2, so a threshold below 0.8 breaks a
        // guarantee of 0.9.
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let (mut given, mut broken) = (0, 0);
        for _ in 0..400 {
            let labelled = (0..2_000).map(|_| {
                let confidence = random();
                (confidence, random() < confidence)
            });
            let labelled: Vec<_> = labelled.collect();
            let demand = Demand {
                precision: 0.9,
                ..Demand::default()
            };
            if let Ok(certificate) = Certificate::of(&labelled, demand) {
                given += 1;
                broken += usize::from(certificate.threshold < 0.8);
            }
        }
        assert!(given > 200, "only {given} logs of 400 gave a certificate");
        assert!(
            broken <= 50,
            "{broken} certificates of 1,000 logs promise too much"
        );
    }

    #[test]
    fn too_little_is_said_to_be_so() {
        assert_eq!(
            of(log(0.99, 299, 0)),
            Err(NoCertificate::FewLabels {
                found: 299,
                needed: 300
            })
        );
        let wild = [f64::NAN, f64::NEG_INFINITY, -1.0]
            .into_iter()
            .cycle()
            .take(400)
            .map(|confidence| (confidence, true));
        assert!(matches!(of(wild), Err(NoCertificate::FewAnswered { .. })));
        for (precision, risk) in [(0.0, 0.1), (1.0, 0.1), (0.9, 0.0), (f64::NAN, 0.1), (0.9, 1.0)] {
            assert_eq!(
                Certificate::of(&[], Demand { precision, risk }),
                Err(NoCertificate::Demand)
            );
        }
    }
}
