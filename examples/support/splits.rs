//! Checks certificates on random splits of labelled messages: certified on one part, verified on the other.

use civic_reply::faq::{Certificate, Demand, NoCertificate};
use serde::Serialize;

use super::figures::{ScoredQuery, at_threshold};

/// The number of labelled messages per certificate; the others verify it.
const LABELLED: usize = 1_000;

/// The results of all splits.
#[derive(Debug, Serialize)]
pub(crate) struct Splits {
    splits: usize,
    labelled: usize,
    judging: usize,
    /// The promised precision.
    precision: f64,
    /// The share of splits in which the precision may be missed.
    risk: f64,
    /// The number of splits with a certificate.
    certified: usize,
    /// The number of certificates that the other messages refute.
    violated: usize,
    /// Their share of all splits.
    violated_share: f64,
    mean_threshold: Option<f64>,
    mean_precision: Option<f64>,
    mean_coverage: Option<f64>,
    /// The last reason for a refused certificate.
    refused: Option<String>,
}

impl Splits {
    /// Whether the precision is missed at most as often as promised.
    pub(crate) fn holds(&self) -> bool {
        self.violated_share <= self.risk
    }
}

/// Certifies `count` random splits, the same in every run.
pub(crate) fn certify(scored: &[ScoredQuery], count: usize, demand: Demand) -> Splits {
    let mut order: Vec<&ScoredQuery> = scored.iter().collect();
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let labelled = LABELLED.min(order.len() / 2);
    let (mut certified, mut violated) = (0_u32, 0);
    let (mut thresholds, mut precisions, mut coverages) = (0.0, 0.0, 0.0);
    let mut refused: Option<NoCertificate> = None;
    for _ in 0..count {
        random.shuffle(&mut order);
        let (log, rest) = order.split_at(labelled);
        let log: Vec<(f64, bool)> = log
            .iter()
            .map(|scored| (scored.confidence(), scored.is_right()))
            .collect();
        match Certificate::of(&log, demand) {
            Ok(certificate) => {
                let rest: Vec<ScoredQuery> = rest.iter().map(|&scored| scored.clone()).collect();
                let (precision, coverage) = at_threshold(&rest, certificate.threshold);
                let precision = precision.unwrap_or(1.0);
                certified += 1;
                violated += usize::from(precision < demand.precision);
                thresholds += certificate.threshold;
                precisions += precision;
                coverages += coverage;
            }
            Err(reason) => refused = Some(reason),
        }
    }
    let mean = |sum: f64| (certified > 0).then(|| sum / f64::from(certified));
    Splits {
        splits: count,
        labelled,
        judging: scored.len() - labelled,
        precision: demand.precision,
        risk: demand.risk,
        certified: certified as usize,
        violated,
        violated_share: violated as f64 / count.max(1) as f64,
        mean_threshold: mean(thresholds),
        mean_precision: mean(precisions),
        mean_coverage: mean(coverages),
        refused: refused.map(|reason| reason.to_string()),
    }
}

/// A 64-bit xorshift generator.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    /// The Fisher-Yates shuffle.
    pub(crate) fn shuffle<T>(&mut self, order: &mut [T]) {
        for last in (1..order.len()).rev() {
            order.swap(last, self.below(last + 1));
        }
    }
}
