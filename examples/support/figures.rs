//! The figures of an evaluation, from what the index said of each query.

use std::collections::HashMap;

use super::bank::Query;

/// What the index said of one query.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// The entries that answer the query.
    pub(crate) answers: Vec<String>,
    /// The entries found, the surest first, with their confidences.
    pub(crate) top: Vec<(String, f64)>,
    /// Whether something tells the query and the best entry apart, so that it is not answered however sure it is.
    pub(crate) differs: bool,
    /// Whether the best entry is not even asked back about.
    pub(crate) opposed: bool,
}

impl Said {
    /// Joins a query with what was found.
    pub(crate) fn new(query: &Query, top: Vec<(String, f64)>) -> Self {
        Self {
            answers: query.answers.clone(),
            top,
            differs: false,
            opposed: false,
        }
    }

    /// Whether the best entry is answered with.
    pub(crate) fn is_answered(&self, threshold: f64) -> bool {
        self.confidence() >= threshold && !self.differs && !self.opposed
    }

    /// The confidence of the best entry; 0 when none was found.
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

/// Which share of the queries in scope has its entry among the best `n`.
pub(crate) fn hit(said: &[Said], n: usize) -> Option<f64> {
    let scope: Vec<_> = said.iter().filter(|said| said.in_scope()).collect();
    share(scope.iter().filter(|said| said.found_in(n)).count(), scope.len())
}

/// `part / whole`, where there is a whole.
pub(crate) fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Confidence and rightness of every query, the surest first.
fn ranked(said: &[Said]) -> Vec<(f64, bool)> {
    let mut ranked: Vec<_> = said
        .iter()
        .map(|said| (said.confidence(), said.is_right()))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
}

/// The risk-coverage curve: for each number of queries answered, the surest first, the share that is wrong.
///
/// Queries of one confidence are answered together or not at all, so their errors are spread evenly over them.
pub(crate) fn risk_coverage(said: &[Said]) -> Vec<(f64, f64)> {
    let ranked = ranked(said);
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

/// The mean share of wrong answers over all coverages.
pub(crate) fn aurc(said: &[Said]) -> Option<f64> {
    let curve = risk_coverage(said);
    let sum: f64 = curve.iter().map(|(_, risk)| risk).sum();
    (!curve.is_empty()).then(|| sum / curve.len() as f64)
}

/// The largest share of all queries that can be answered with at least this precision.
pub(crate) fn coverage_at(said: &[Said], precision: f64) -> f64 {
    risk_coverage(said)
        .iter()
        .filter(|(_, risk)| 1.0 - risk >= precision - 1e-12)
        .map(|(coverage, _)| *coverage)
        .fold(0.0, f64::max)
}

/// How well the confidence tells queries in scope from those out of it: 1 is perfectly, 0.5 not at all.
pub(crate) fn auroc(said: &[Said]) -> Option<f64> {
    let mut all: Vec<(f64, bool)> = said
        .iter()
        .map(|said| (said.confidence(), said.in_scope()))
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
    /// How many queries fall into it.
    pub(crate) count: usize,
    /// Their mean confidence.
    pub(crate) confidence: f64,
    /// Which share of them is right.
    pub(crate) right: f64,
}

/// The queries by confidence, in bins of a tenth.
pub(crate) fn reliability(said: &[Said]) -> [Bin; 10] {
    let mut bins = [Bin::default(); 10];
    for said in said {
        let at = ((said.confidence() * 10.0) as usize).min(9);
        if let Some(bin) = bins.get_mut(at) {
            bin.count += 1;
            bin.confidence += said.confidence();
            bin.right += f64::from(u8::from(said.is_right()));
        }
    }
    for bin in bins.iter_mut().filter(|bin| bin.count > 0) {
        bin.confidence /= bin.count as f64;
        bin.right /= bin.count as f64;
    }
    bins
}

/// The mean distance between confidence and the share that is right, over the bins.
pub(crate) fn ece(said: &[Said]) -> Option<f64> {
    let sum: f64 = reliability(said)
        .iter()
        .map(|bin| bin.count as f64 * (bin.confidence - bin.right).abs())
        .sum();
    (!said.is_empty()).then(|| sum / said.len() as f64)
}

/// Precision and coverage when everything at or above the threshold is answered that nothing tells apart from its entry.
pub(crate) fn at_threshold(said: &[Said], threshold: f64) -> (Option<f64>, f64) {
    let answered: Vec<_> = said.iter().filter(|said| said.is_answered(threshold)).collect();
    let right = answered.iter().filter(|said| said.is_right()).count();
    (
        share(right, answered.len()),
        share(answered.len(), said.len()).unwrap_or(0.0),
    )
}

/// Matthews' correlation of many classes, "none" among them: at the best threshold, and as it is answered at the given
/// one.
pub(crate) fn mcc(said: &[Said], threshold: f64) -> (f64, f64) {
    let mut order: Vec<&Said> = said.iter().collect();
    order.sort_by(|a, b| b.confidence().total_cmp(&a.confidence()));
    let mut counts = Counts::new(&order);
    let mut best = counts.mcc();
    for tied in order.chunk_by(|a, b| a.confidence() == b.confidence()) {
        for said in tied {
            counts.answer(said);
        }
        best = best.max(counts.mcc());
    }
    let mut counts = Counts::new(&order);
    let answered = order.iter().filter(|said| said.is_answered(threshold));
    answered.for_each(|said| counts.answer(said));
    (best, counts.mcc())
}

/// Running counts of Gorodkin's formula; `None` is the class of queries that nobody answers.
struct Counts<'s> {
    total: f64,
    right: f64,
    predicted: HashMap<Option<&'s str>, f64>,
    gold: HashMap<Option<&'s str>, f64>,
}

impl<'s> Counts<'s> {
    fn new(said: &[&'s Said]) -> Self {
        let mut gold = HashMap::new();
        for said in said {
            *gold.entry(truth(said)).or_default() += 1.0;
        }
        Self {
            total: said.len() as f64,
            right: gold.get(&None).copied().unwrap_or_default(),
            predicted: HashMap::from([(None, said.len() as f64)]),
            gold,
        }
    }

    fn answer(&mut self, said: &'s Said) {
        let Some((best, _)) = said.top.first() else { return };
        *self.predicted.entry(None).or_default() -= 1.0;
        *self.predicted.entry(Some(best)).or_default() += 1.0;
        if said.answers.is_empty() {
            self.right -= 1.0;
        } else if said.is_right() {
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

/// The class that a query belongs to; of several entries that answer it, the one found.
fn truth(said: &Said) -> Option<&str> {
    said.top
        .first()
        .map(|(id, _)| id)
        .filter(|id| said.answers.contains(id))
        .or(said.answers.first())
        .map(String::as_str)
}
