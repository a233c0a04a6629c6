//! Suggestions for an answer: FAQ entries below the threshold, and answers to similar earlier cases.

use std::collections::{BTreeSet, HashMap};

use super::{Desk, DeskError};
use crate::case::{Case, CaseId, State};
use crate::message::EntryId;
use crate::reply::{Reason, ScoredEntry};
use crate::store::CaseFilter;
use crate::text::{fold, redact};

/// The maximum number of earlier answers.
const EARLIER: usize = 3;

/// The number of answered cases of the same theme or department that are compared.
const COMPARED: usize = 1_000;

/// The similarity from which on an earlier case is suggested. Two texts that share about a sixth of their
/// pairs of characters, weighted by rarity, are mostly about the same matter.
const SIMILAR: f64 = 0.15;

/// Suggestions for an answer. None of them was certain enough to be sent: an agent reads them first.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Suggestions {
    /// The FAQ entries that were scored when the message arrived, the most likely first.
    pub faq: Vec<ScoredEntry>,
    /// The FAQ entries that the citizen was offered and rejected.
    pub refused: Vec<EntryId>,
    /// The answers to the most similar earlier cases, the most similar first, at most 3.
    pub earlier: Vec<EarlierAnswer>,
}

/// The answer to an earlier case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EarlierAnswer {
    /// The case.
    pub case: CaseId,
    /// The message of that citizen, without personal numbers.
    pub question: String,
    /// The answer, without personal numbers.
    pub answer: String,
    /// The similarity of the two messages: 0 without a pair of characters in common, 1 with the same pairs.
    pub similarity: f64,
}

impl Desk {
    /// Suggestions for the answer to a case.
    ///
    /// Earlier answers come from at most 1,000 answered or closed cases of the same theme, or of the same
    /// department if the case has no theme. The texts of other citizens come without personal numbers, see
    /// [`redact`].
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchCase`], or the store failed.
    pub fn suggestions(&self, id: &CaseId) -> Result<Suggestions, DeskError> {
        let case = self.case(id)?;
        let weighed = case.reasons.iter().rev().find_map(|reason| match reason {
            Reason::FaqCandidates { candidates } => Some(candidates.clone()),
            _ => None,
        });
        let mut faq = weighed.unwrap_or_default();
        faq.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let filter = CaseFilter {
            department: case.theme.is_none().then(|| case.department.clone()),
            theme: case.theme.clone(),
            states: vec![State::Answered, State::Closed],
            limit: Some(COMPARED),
            ..CaseFilter::default()
        };
        let answered = self.store.cases(&filter)?.cases;
        let refused = case.reasons.iter().rev().find_map(|reason| match reason {
            Reason::NoneOfThese { offered } => Some(offered.clone()),
            _ => None,
        });
        Ok(Suggestions {
            faq,
            refused: refused.unwrap_or_default(),
            earlier: most_similar(&case, &answered),
        })
    }
}

/// The answers to the cases that are most similar to a case.
fn most_similar(case: &Case, answered: &[Case]) -> Vec<EarlierAnswer> {
    let ours = pairs(&case.text);
    let others = answered
        .iter()
        .filter(|other| other.id != case.id && !other.is_joined_part());
    let others: Vec<_> = others
        .filter_map(|other| Some((other, other.answer.as_ref()?, pairs(&other.text))))
        .collect();
    let mut seen: HashMap<&(char, char), usize> = HashMap::new();
    for pair in others.iter().flat_map(|(_, _, theirs)| theirs) {
        *seen.entry(pair).or_default() += 1;
    }
    // A pair that is in every message distinguishes none.
    let weight = |pair: &(char, char)| {
        let met = seen.get(pair).copied().unwrap_or(0);
        (1.0 + others.len() as f64 / (1.0 + met as f64)).ln()
    };
    let sum = |pairs: &mut dyn Iterator<Item = &(char, char)>| pairs.map(weight).sum::<f64>();
    let mut near: Vec<EarlierAnswer> = Vec::new();
    for (other, answer, theirs) in &others {
        let all = sum(&mut ours.union(theirs));
        let similarity = sum(&mut ours.intersection(theirs)) / all;
        // Two texts without pairs give NaN, which is below the threshold.
        if similarity >= SIMILAR {
            near.push(EarlierAnswer {
                case: other.id.clone(),
                question: redact(&other.text),
                answer: redact(answer),
                similarity,
            });
        }
    }
    near.sort_by(|a, b| {
        b.similarity
            .total_cmp(&a.similarity)
            .then_with(|| a.case.cmp(&b.case))
    });
    near.truncate(EARLIER);
    near
}

/// The pairs of neighbouring characters of a folded text. Most Chinese words have two characters.
fn pairs(text: &str) -> BTreeSet<(char, char)> {
    let bare = fold(text).bare();
    bare.chars().zip(bare.chars().skip(1)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::case::Priority;
    use crate::desk::test_support::{self, held};
    use crate::message::AgentId;
    use crate::store::Store as _;
    use crate::store::contract::sample;

    #[test]
    fn similar_answers_and_scored_entries_are_suggested_without_personal_numbers() {
        let (desk, _, store) = test_support::desk(&[]);
        let open = |id: &str, text: &str, theme: &str| {
            let mut case = sample::case(id, "ann", Priority::Normal, 10);
            text.clone_into(&mut case.text);
            case.theme = Some(theme.into());
            let candidates = [("low", 0.2), ("high", 0.6)].map(|(entry, confidence)| ScoredEntry {
                entry: entry.into(),
                confidence,
            });
            case.reasons = vec![Reason::FaqCandidates {
                candidates: candidates.to_vec(),
            }];
            store.commit(sample::queueing(&case)).unwrap();
            case
        };
        let eve = AgentId::new("eve");
        for (id, text, theme) in [
            ("A", "三号楼的电梯坏了,電話13800138000", "housing"),
            ("B", "小区门口的路灯不亮", "housing"),
            ("C", "我们三号楼电梯坏了三天", "housing"),
            ("D", "三号楼的电梯坏了", "tax"),
        ] {
            open(id, text, theme);
            let (_, token) = held(&desk, id);
            desk.claimed(&id.into(), &eve, &token)
                .and_then(|case| case.answer(format!("{id}: 请致电010-12345678或13900139000")))
                .unwrap();
        }
        let case = open("E", "请问三号樓的電梯壞了怎么办", "housing");
        let given = desk.suggestions(&case.id).unwrap();
        let faq: Vec<_> = given.faq.iter().map(|one| one.entry.as_str()).collect();
        assert_eq!(faq, ["high", "low"]);
        let earlier: Vec<_> = given.earlier.iter().map(|one| one.case.as_str()).collect();
        assert_eq!(earlier, ["A", "C"]);
        let nearest = given.earlier.first().unwrap();
        assert!(nearest.similarity > SIMILAR && nearest.similarity < 1.0);
        assert_eq!(nearest.question, "三号楼的电梯坏了,電話*******8000");
        assert_eq!(nearest.answer, "A: 请致电010-12345678或*******9000");

        let (_, token) = held(&desk, "E");
        desk.claimed(&case.id, &eve, &token)
            .and_then(|case| case.answer("马上修"))
            .unwrap();
        assert!(desk.suggestions(&"nobody".into()).is_err());
        let own = desk.suggestions(&case.id).unwrap().earlier;
        assert!(own.iter().all(|one| one.case != case.id));
    }
}
