//! The figures of an evaluation, from the candidates of each query.

use std::collections::HashMap;

use super::bank::Query;

/// A labelled query with its candidates.
#[derive(Clone, Debug)]
pub(crate) struct ScoredQuery {
    /// The entries that answer the query.
    pub(crate) answers: Vec<String>,
    /// The candidates with their confidences, the most confident first.
    pub(crate) top: Vec<(String, f64)>,
    /// Whether a telling difference from the best entry forbids an answer.
    pub(crate) differs: bool,
    /// Whether the best entry is opposed, so that it is no menu option either.
    pub(crate) opposed: bool,
}

impl ScoredQuery {
    /// Joins a query with its candidates.
    pub(crate) fn new(query: &Query, top: Vec<(String, f64)>) -> Self {
        Self {
            answers: query.answers.clone(),
            top,
            differs: false,
            opposed: false,
        }
    }

    /// Whether the best entry is the answer at this threshold.
    pub(crate) fn is_answered(&self, threshold: f64) -> bool {
        self.confidence() >= threshold && !self.differs && !self.opposed
    }

    /// The confidence of the best entry; 0 without candidates.
    pub(crate) fn confidence(&self) -> f64 {
        self.top.first().map_or(0.0, |(_, confidence)| *confidence)
    }

    /// Whether the best entry answers the query.
    pub(crate) fn is_right(&self) -> bool {
        self.found_in(1)
    }

    /// Whether one of the best `n` entries answers the query.
    pub(crate) fn found_in(&self, n: usize) -> bool {
        self.top.iter().take(n).any(|(id, _)| self.answers.contains(id))
    }

    /// Whether some entry answers the query.
    pub(crate) fn in_scope(&self) -> bool {
        !self.answers.is_empty()
    }
}

/// The share of queries in scope with an answering entry among the best `n`.
pub(crate) fn hit(scored: &[ScoredQuery], n: usize) -> Option<f64> {
    let scope: Vec<_> = scored.iter().filter(|scored| scored.in_scope()).collect();
    share(
        scope.iter().filter(|scored| scored.found_in(n)).count(),
        scope.len(),
    )
}

/// `part / whole`; `None` for an empty whole.
pub(crate) fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Confidence and correctness of every query, the most confident first.
fn ranked(scored: &[ScoredQuery]) -> Vec<(f64, bool)> {
    let mut ranked: Vec<_> = scored
        .iter()
        .map(|scored| (scored.confidence(), scored.is_right()))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
}

/// The risk-coverage curve: the error rate for each number of queries answered, the most confident first.
///
/// The errors of queries with equal confidence are spread evenly over them, since a threshold can't
/// separate them.
pub(crate) fn risk_coverage(scored: &[ScoredQuery]) -> Vec<(f64, f64)> {
    let ranked = ranked(scored);
    let total = ranked.len() as f64;
    let (mut wrong, mut answered) = (0.0, 0.0);
    let mut curve = Vec::with_capacity(ranked.len());
    for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
        let rate = tied.iter().filter(|(_, right)| !right).count() as f64 / tied.len() as f64;
        for _ in tied {
            wrong += rate;
            answered += 1.0;
            curve.push((answered / total, wrong / answered));
        }
    }
    curve
}

/// The area under the risk-coverage curve: the mean error rate over all coverages.
pub(crate) fn aurc(scored: &[ScoredQuery]) -> Option<f64> {
    let curve = risk_coverage(scored);
    let sum: f64 = curve.iter().map(|(_, risk)| risk).sum();
    (!curve.is_empty()).then(|| sum / curve.len() as f64)
}

/// The largest coverage with at least this precision.
pub(crate) fn coverage_at(scored: &[ScoredQuery], precision: f64) -> f64 {
    risk_coverage(scored)
        .iter()
        .filter(|(_, risk)| 1.0 - risk >= precision - 1e-12)
        .map(|(coverage, _)| *coverage)
        .fold(0.0, f64::max)
}

/// How well the confidence separates queries in scope from those out of scope: 1 is perfect, 0.5 is chance.
pub(crate) fn auroc(scored: &[ScoredQuery]) -> Option<f64> {
    let mut all: Vec<(f64, bool)> = scored
        .iter()
        .map(|scored| (scored.confidence(), scored.in_scope()))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let inside = all.iter().filter(|(_, scope)| *scope).count() as f64;
    let outside = all.len() as f64 - inside;
    if inside == 0.0 || outside == 0.0 {
        return None;
    }
    let (mut below, mut sum) = (0.0, 0.0);
    for tied in all.chunk_by(|a, b| a.0 == b.0) {
        let outside_here = tied.iter().filter(|(_, scope)| !scope).count() as f64;
        let inside_here = tied.len() as f64 - outside_here;
        sum += inside_here * (below + outside_here / 2.0);
        below += outside_here;
    }
    Some(sum / (inside * outside))
}

/// One bar of the reliability diagram.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bin {
    /// The number of queries in it.
    pub(crate) count: usize,
    /// Their mean confidence.
    pub(crate) confidence: f64,
    /// The share of them that is right.
    pub(crate) right: f64,
}

/// The queries in ten bins of equal width by confidence.
pub(crate) fn reliability(scored: &[ScoredQuery]) -> [Bin; 10] {
    let mut bins = [Bin::default(); 10];
    for scored in scored {
        let at = ((scored.confidence() * 10.0) as usize).min(9);
        if let Some(bin) = bins.get_mut(at) {
            bin.count += 1;
            bin.confidence += scored.confidence();
            bin.right += f64::from(u8::from(scored.is_right()));
        }
    }
    for bin in bins.iter_mut().filter(|bin| bin.count > 0) {
        bin.confidence /= bin.count as f64;
        bin.right /= bin.count as f64;
    }
    bins
}

/// The expected calibration error: the mean distance between confidence and accuracy, over the bins.
pub(crate) fn ece(scored: &[ScoredQuery]) -> Option<f64> {
    let sum: f64 = reliability(scored)
        .iter()
        .map(|bin| bin.count as f64 * (bin.confidence - bin.right).abs())
        .sum();
    (!scored.is_empty()).then(|| sum / scored.len() as f64)
}

/// Precision and coverage at a threshold, without the queries that a telling difference excludes.
pub(crate) fn at_threshold(scored: &[ScoredQuery], threshold: f64) -> (Option<f64>, f64) {
    let answered: Vec<_> = scored
        .iter()
        .filter(|scored| scored.is_answered(threshold))
        .collect();
    let right = answered.iter().filter(|scored| scored.is_right()).count();
    (
        share(right, answered.len()),
        share(answered.len(), scored.len()).unwrap_or(0.0),
    )
}

/// The multi-class Matthews correlation, with "none" as a class: at the best threshold, and at the given one.
pub(crate) fn mcc(scored: &[ScoredQuery], threshold: f64) -> (f64, f64) {
    let mut order: Vec<&ScoredQuery> = scored.iter().collect();
    order.sort_by(|a, b| b.confidence().total_cmp(&a.confidence()));
    let mut counts = Counts::new(&order);
    let mut best = counts.mcc();
    for tied in order.chunk_by(|a, b| a.confidence() == b.confidence()) {
        for scored in tied {
            counts.answer(scored);
        }
        best = best.max(counts.mcc());
    }
    let mut counts = Counts::new(&order);
    let answered = order.iter().filter(|scored| scored.is_answered(threshold));
    answered.for_each(|scored| counts.answer(scored));
    (best, counts.mcc())
}

/// Running counts of Gorodkin's formula; `None` is the class of unanswered queries.
struct Counts<'s> {
    total: f64,
    right: f64,
    predicted: HashMap<Option<&'s str>, f64>,
    gold: HashMap<Option<&'s str>, f64>,
}

impl<'s> Counts<'s> {
    fn new(scored: &[&'s ScoredQuery]) -> Self {
        let mut gold = HashMap::new();
        for scored in scored {
            *gold.entry(truth(scored)).or_default() += 1.0;
        }
        Self {
            total: scored.len() as f64,
            right: gold.get(&None).copied().unwrap_or_default(),
            predicted: HashMap::from([(None, scored.len() as f64)]),
            gold,
        }
    }

    fn answer(&mut self, scored: &'s ScoredQuery) {
        let Some((best, _)) = scored.top.first() else {
            return;
        };
        *self.predicted.entry(None).or_default() -= 1.0;
        *self.predicted.entry(Some(best)).or_default() += 1.0;
        if scored.answers.is_empty() {
            self.right -= 1.0;
        } else if scored.is_right() {
            self.right += 1.0;
        }
    }

    fn mcc(&self) -> f64 {
        let mixed: f64 = self
            .predicted
            .iter()
            .map(|(class, count)| count * self.gold.get(class).copied().unwrap_or_default())
            .sum();
        let square = |counts: &HashMap<_, f64>| counts.values().map(|count| count * count).sum::<f64>();
        let all = self.total * self.total;
        let under = (all - square(&self.predicted)) * (all - square(&self.gold));
        if under > 0.0 {
            (self.right * self.total - mixed) / under.sqrt()
        } else {
            0.0
        }
    }
}

/// The class of a query; of several entries that answer it, the one found.
fn truth(scored: &ScoredQuery) -> Option<&str> {
    scored
        .top
        .first()
        .map(|(id, _)| id)
        .filter(|id| scored.answers.contains(id))
        .or(scored.answers.first())
        .map(String::as_str)
}
