//! The FAQ of a compiled rulebook: its settings, its name, and whether it may answer by itself.

use std::sync::Arc;

use crate::decide::AutomaticAnswers;
use crate::faq::{Entry, FaqIndex, FaqOptions, Recalibration, Reranker};
use crate::rulebook::{Automatic, FaqEntry, Rulebook, Thresholds};

/// The host's settings of the FAQ.
#[derive(Clone, Default)]
pub(crate) struct FaqSetup {
    pub(crate) options: FaqOptions,
    pub(crate) reranker: Option<Arc<dyn Reranker>>,
}

/// A short name for the FAQ and the reranker, from which all confidences follow.
pub(super) fn bank_name(faq: &FaqIndex, reranker: Option<&dyn Reranker>) -> String {
    let bank: String = faq.fingerprint().chars().take(16).collect();
    match reranker {
        None => bank,
        Some(reranker) => format!("{bank} {}", reranker.name()),
    }
}

/// Whether two rulebooks have the same FAQ index.
pub(super) fn same_faq(one: &Rulebook, other: &Rulebook) -> bool {
    one.synonyms == other.synonyms && one.faq.iter().map(indexed).eq(other.faq.iter().map(indexed))
}

/// An entry as the index reads it: its question first, then its other phrasings.
pub(super) fn indexed(entry: &FaqEntry) -> Entry {
    Entry {
        id: entry.id.clone(),
        phrasings: std::iter::once(&entry.question)
            .chain(&entry.phrasings)
            .cloned()
            .collect(),
        answer: Some(entry.answer.clone()),
    }
}

/// Whether the FAQ of this name may answer by itself, and the threshold of its certificate if one is
/// required.
pub(super) fn automatic_answers(thresholds: &Thresholds, bank: &str) -> (AutomaticAnswers, Option<f64>) {
    match (thresholds.automatic, &thresholds.certificate) {
        (Automatic::Sure, _) => (AutomaticAnswers::Allowed, None),
        (Automatic::Never, _) => (AutomaticAnswers::Off, None),
        (Automatic::Certified, Some(certificate)) if certificate.bank == bank => {
            (AutomaticAnswers::Allowed, Some(certificate.threshold))
        }
        (Automatic::Certified, certificate) => {
            if let Some(certificate) = certificate {
                tracing::warn!(
                    made_for = certificate.bank,
                    bank,
                    "the certificate was made for another FAQ and promises nothing"
                );
            }
            (AutomaticAnswers::Uncertified, None)
        }
    }
}

/// The confidence after an accepted correction.
pub(super) fn corrected(recalibration: Option<&Recalibration>, confidence: f64) -> f64 {
    recalibration.map_or(confidence, |correction| correction.apply(confidence))
}
