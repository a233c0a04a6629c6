//! Whether certificates keep their promise: many random splits of labelled messages, each certified on one part and judged
//! on the other.

use civic_reply::faq::{Certificate, Demand, NoCertificate};
use serde::Serialize;

use super::figures::{Said, at_threshold};

/// How many messages of each split are labelled for the certificate; the others judge it.
const LABELLED: usize = 1_000;

/// What became of the splits.
#[derive(Debug, Serialize)]
pub(crate) struct Splits {
    splits: usize,
    labelled: usize,
    judging: usize,
    /// What was promised.
    precision: f64,
    /// In which share of the splits the promise may be broken.
    risk: f64,
    /// How many splits gave a certificate.
    certified: usize,
    /// How many splits gave one whose promise the other messages break.
    violated: usize,
    /// The share of all splits.
    violated_share: f64,
    mean_threshold: Option<f64>,
    mean_precision: Option<f64>,
    mean_coverage: Option<f64>,
    /// The last reason why there was none.
    refused: Option<String>,
}

impl Splits {
    /// Whether the promise is broken at most as often as was said.
    pub(crate) fn keeps_its_word(&self) -> bool {
        self.violated_share <= self.risk
    }
}

/// Certifies on `count` random splits, the same on every run.
pub(crate) fn certify(said: &[Said], count: usize, demand: Demand) -> Splits {
    let mut order: Vec<&Said> = said.iter().collect();
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
            .map(|said| (said.confidence(), said.is_right()))
            .collect();
        match Certificate::of(&log, demand) {
            Ok(certificate) => {
                let rest: Vec<Said> = rest.iter().map(|&said| said.clone()).collect();
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
        judging: said.len() - labelled,
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

    /// Fisher's and Yates's.
    pub(crate) fn shuffle<T>(&mut self, order: &mut [T]) {
        for last in (1..order.len()).rev() {
            order.swap(last, self.below(last + 1));
        }
    }
}
