//! A certificate: how precise the answers above a threshold are, promised from a labelled log.

use thiserror::Error;

/// How many labelled messages a certificate needs.
pub const LABELS_NEEDED: usize = 300;

/// How many of them must reach the threshold.
pub const ANSWERED_NEEDED: usize = 60;

/// The thresholds that are tried, the highest first: hundredths from 1 down to 0.5, as numbers of hundredths.
///
/// They are fixed beforehand. Thresholds taken from the log itself would be as many guesses as it has messages.
const HUNDREDTHS: std::ops::RangeInclusive<u32> = 50..=100;

/// What a certificate is to promise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// The share of automatic answers that must be right, above 0 and below 1.
    pub precision: f64,
    /// How likely the promise may be broken by a misleading log, above 0 and below 1.
    pub risk: f64,
}

impl Default for Demand {
    /// 95 % right, broken in at most one log of twenty.
    fn default() -> Self {
        Self {
            precision: 0.95,
            risk: 0.05,
        }
    }
}

/// A threshold at which the answers are as precise as promised.
///
/// It holds for messages like those that were labelled, and for the bank that gave the confidences: another bank
/// needs another certificate. Label a random part of the messages, not those that somebody complained about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certificate {
    /// The least confidence that answers, as the FAQ gives it, before any [`Recalibration`](super::Recalibration).
    pub threshold: f64,
    /// The promise: at least this share of the answers is right.
    pub precision: f64,
    /// How sure the promise is: a log misleads at most as often as the rest to 1.
    pub confidence: f64,
    /// How many labelled messages it rests on.
    pub labels: usize,
    /// How many of them reach the threshold.
    pub answered: usize,
    /// How many of those were answered right.
    pub right: usize,
}

/// Why there is no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum NoCertificate {
    /// The log is too short.
    #[error("{found} labelled messages are too few: a certificate needs {needed}")]
    FewLabels {
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: usize,
    },
    /// Nearly no message is sure enough to be answered at any threshold.
    #[error("only {found} labelled messages reach the confidence {lowest:.2}: a certificate needs {needed}")]
    FewAnswered {
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: usize,
        /// The lowest threshold that is tried.
        lowest: f64,
    },
    /// Even the surest answers are too often wrong for the promise.
    #[error(
        "of the {answered} messages at or above {threshold:.2}, {right} were right: too few to promise {precision:.2}"
    )]
    Unproven {
        /// The highest threshold that enough messages reach.
        threshold: f64,
        /// How many reach it.
        answered: usize,
        /// How many of those were right.
        right: usize,
        /// What was to be promised.
        precision: f64,
    },
    /// What is demanded is no share.
    #[error("the precision and the risk must be above 0 and below 1")]
    Demand,
}

impl Certificate {
    /// The lowest threshold that keeps the promise, from labelled messages: how sure the FAQ was of its best entry, and
    /// whether that entry was right. A message that nothing answers is labelled wrong; a confidence that is no number
    /// counts as none.
    ///
    /// Learn-then-Test with fixed sequence testing: the thresholds are tried from high to low, each by the exact chance of so
    /// few errors were the answers no more precise than demanded, and the first that fails ends it. So all those before it
    /// hold together with the demanded risk, however many they are. Thresholds that fewer than [`ANSWERED_NEEDED`]
    /// messages reach are passed over; this looks at the confidences alone, not at the labels. Messages of one
    /// confidence are always answered together.
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
    /// The reason why nothing can be promised.
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

/// The chance of at most `errors` errors in `tries`, each with the chance `rate`, above 0 and below 1.
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
        // Nothing lies between, so that every threshold down to the lowest answers the same messages.
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
        // What lies below would be fine again on its own, but the sequence has ended.
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
        // Right with the probability that the confidence names, confidences evenly spread: at the threshold t the
        // answers are right with (1 + t) / 2, so that a threshold below 0.8 breaks the promise of 0.9.
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
