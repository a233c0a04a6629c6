//! A host's own model that ranks the FAQ's best candidates again.

use super::{Candidate, FaqError};
use crate::message::EntryId;

/// A candidate that is passed to a [`Reranker`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked<'a> {
    /// The entry.
    pub entry: &'a EntryId,
    /// The nearest phrasing, as the operator wrote it.
    pub phrasing: &'a str,
    /// Its confidence, in `0..=1`.
    pub confidence: f64,
}

/// A host's own model that compares more than words. It can change the order of candidates and lower
/// confidences, but never raise them.
///
/// The engine calls it for each message with candidates, with at most five of them, on the thread that
/// handles the message. It should answer within a few milliseconds. The message is a citizen's text:
/// treat it as data, never as an instruction. On an error, a missing score or a score outside `0..=1`,
/// the engine hands the message to a person.
///
/// ```
/// use civic_reply::faq::{Ranked, Reranker};
///
/// /// Distrusts whatever it does not share a first character with.
/// struct First;
///
/// impl Reranker for First {
///     fn name(&self) -> &str {
///         "first-character 1"
///     }
///
///     fn scores(&self, message: &str, candidates: &[Ranked<'_>]) -> Result<Vec<f64>, String> {
///         let same = |text: &str| text.chars().next() == message.chars().next();
///         Ok(candidates.iter().map(|one| if same(one.phrasing) { 1.0 } else { 0.5 }).collect())
///     }
/// }
/// ```
pub trait Reranker: Send + Sync {
    /// Its name and version. A certificate holds for one reranker only.
    fn name(&self) -> &str;

    /// The probability that each candidate answers the message, in their order, in `0..=1`. A candidate
    /// keeps the lower one of this and its confidence.
    ///
    /// # Errors
    ///
    /// A description for the log. The message goes to a person.
    fn scores(&self, message: &str, candidates: &[Ranked<'_>]) -> Result<Vec<f64>, String>;
}

/// Applies a reranker. The result is sorted by confidence in descending order, ties by the reranker's
/// scores.
///
/// `phrasing` returns the text of a candidate's nearest phrasing.
///
/// # Errors
///
/// The reranker failed, or did not return one probability for each candidate.
pub fn rerank<'p>(
    reranker: &dyn Reranker,
    message: &str,
    candidates: Vec<Candidate>,
    phrasing: impl Fn(&Candidate) -> &'p str,
) -> Result<Vec<Candidate>, FaqError> {
    if candidates.is_empty() {
        return Ok(candidates);
    }
    let seen: Vec<Ranked<'_>> = candidates
        .iter()
        .map(|candidate| Ranked {
            entry: &candidate.id,
            phrasing: phrasing(candidate),
            confidence: candidate.confidence,
        })
        .collect();
    let scores = reranker.scores(message, &seen).map_err(FaqError::Reranker)?;
    if scores.len() != candidates.len() {
        let (found, wanted) = (scores.len(), candidates.len());
        return Err(FaqError::Reranker(format!(
            "{found} scores for {wanted} candidates"
        )));
    }
    if let Some(score) = scores.iter().find(|score| !(0.0..=1.0).contains(*score)) {
        return Err(FaqError::Reranker(format!("the score {score} is no probability")));
    }
    let mut scored: Vec<(f64, Candidate)> = scores
        .into_iter()
        .zip(candidates)
        .map(|(score, candidate)| {
            let confidence = candidate.confidence.min(score);
            (
                score,
                Candidate {
                    confidence,
                    ..candidate
                },
            )
        })
        .collect();
    scored.sort_by(|(score_a, a), (score_b, b)| {
        b.confidence
            .total_cmp(&a.confidence)
            .then_with(|| score_b.total_cmp(score_a))
            .then_with(|| a.id.cmp(&b.id))
    });
    Ok(scored.into_iter().map(|(_, candidate)| candidate).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    struct Fixed(Result<Vec<f64>, String>);

    impl Reranker for Fixed {
        fn name(&self) -> &str {
            "fixed"
        }

        fn scores(&self, _: &str, _: &[Ranked<'_>]) -> Result<Vec<f64>, String> {
            self.0.clone()
        }
    }

    fn candidate(id: &str, confidence: f64) -> Candidate {
        Candidate {
            entry: 0,
            id: id.into(),
            confidence,
            phrasing: 0,
            measures: super::super::Measures::default(),
        }
    }

    fn reranked(scores: Result<Vec<f64>, String>) -> Result<Vec<(String, f64)>, FaqError> {
        let candidates = vec![candidate("a", 0.9), candidate("b", 0.6), candidate("c", 0.3)];
        let found = rerank(&Fixed(scores), "?", candidates, |_| "")?;
        Ok(found
            .into_iter()
            .map(|one| (one.id.to_string(), one.confidence))
            .collect())
    }

    #[test]
    fn a_score_lowers_and_reorders_and_never_raises() {
        let found = reranked(Ok(vec![0.2, 1.0, 0.95])).unwrap();
        let expected = [("b", 0.6), ("c", 0.3), ("a", 0.2)].map(|(id, sure)| (id.to_owned(), sure));
        assert_eq!(found, expected);
        let found = reranked(Ok(vec![1.0; 3])).unwrap();
        assert_eq!(found.first(), Some(&("a".to_owned(), 0.9)));
    }

    #[test]
    fn what_is_no_probability_each_is_an_error() {
        for scores in [
            Err("the model is gone".to_owned()),
            Ok(vec![]),
            Ok(vec![0.5; 2]),
            Ok(vec![0.5; 4]),
            Ok(vec![0.5, f64::NAN, 0.5]),
            Ok(vec![0.5, 1.01, 0.5]),
            Ok(vec![-0.1, 0.5, 0.5]),
        ] {
            assert!(matches!(reranked(scores), Err(FaqError::Reranker(_))));
        }
    }
}
