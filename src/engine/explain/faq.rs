//! The candidates of the FAQ, with the measures behind their confidence.

use serde::Serialize;

use crate::engine::analyze::Analysis;
use crate::engine::compiled::CompiledRulebook;
use crate::message::{EntryId, ThemeId};

/// A candidate of the FAQ.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FaqTrace {
    /// The entry.
    pub entry: EntryId,
    /// Its theme.
    pub theme: ThemeId,
    /// Its phrasing nearest to the message.
    pub phrasing: String,
    /// The probability that it answers the message, in `0..=1`.
    pub confidence: f64,
    /// The measures behind the confidence.
    pub measures: Vec<Measure>,
}

/// One of the measures of a candidate ([`Measures`](crate::faq::Measures)).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measure {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
}

/// The candidates, the surest first.
pub(super) fn trace(compiled: &CompiledRulebook, analysis: &Analysis<'_>) -> Vec<FaqTrace> {
    let candidates = analysis.candidates.as_deref().unwrap_or_default();
    let trace = candidates.iter().filter_map(|candidate| {
        let entry = compiled.rulebook.faq.get(candidate.entry)?;
        let measures = &candidate.measures;
        let named = [
            ("similarity", measures.similarity),
            ("lead", measures.lead),
            ("pairs", measures.pairs),
            ("coverage", measures.coverage),
            ("coverage_lead", measures.coverage_lead),
            ("answer_coverage", measures.answer_coverage),
            ("unknown", measures.unknown),
            ("length", measures.length),
        ];
        Some(FaqTrace {
            entry: entry.id.clone(),
            theme: entry.theme.clone(),
            phrasing: compiled.phrasing(candidate).unwrap_or_default().to_owned(),
            confidence: candidate.confidence,
            measures: named.map(|(name, value)| Measure { name, value }).to_vec(),
        })
    });
    trace.collect()
}
