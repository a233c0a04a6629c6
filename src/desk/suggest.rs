//! What an agent may start an answer from: FAQ entries that were not sure enough, and what people answered to the nearest
//! earlier cases.

use std::collections::{BTreeSet, HashMap};

use super::commands::{Desk, DeskError};
use crate::case::{Case, CaseId, State};
use crate::message::EntryId;
use crate::reply::{Reason, ScoredEntry};
use crate::store::CaseFilter;
use crate::text::{fold, redact};

/// How many earlier answers are suggested at most.
const EARLIER: usize = 3;

/// How many answered cases of the same theme or department are looked at.
const LOOKED_AT: usize = 1_000;

/// From which likeness on an earlier case is suggested: at about a sixth of their words in common, weighted by how rare they
/// are, two citizens mostly write about the same thing.
const NEAR: f64 = 0.15;

/// What an agent may start an answer from. None of it was sure enough to be sent: it is read, and then used or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggestions {
    /// The FAQ entries that were weighed when the message came, the likeliest first.
    pub faq: Vec<ScoredEntry>,
    /// The FAQ entries that the citizen was offered and chose none of: they do not answer.
    pub refused: Vec<EntryId>,
    /// What people answered to the nearest earlier cases, the nearest first, at most three.
    pub earlier: Vec<EarlierAnswer>,
}

/// An answer that somebody gave before.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlierAnswer {
    /// The case.
    pub case: CaseId,
    /// What that citizen had written, without personal numbers.
    pub question: String,
    /// What the office answered, without personal numbers.
    pub answer: String,
    /// How near the two questions are: 0 without a word in common, 1 with the same words.
    pub likeness: f64,
}

impl Desk {
    /// What an agent may start the answer to a case from.
    ///
    /// Earlier answers are those of at most 1,000 cases of the same theme, or where none is known of the same department; one
    /// that was opened again is none. Other citizens' words come without personal numbers, see [`redact`].
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
            limit: Some(LOOKED_AT),
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
            earlier: nearest(&case, &answered),
        })
    }
}

/// The answered cases that are nearest to a case.
fn nearest(case: &Case, answered: &[Case]) -> Vec<EarlierAnswer> {
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
    // What stands in every message says little about any.
    let weight = |pair: &(char, char)| {
        let met = seen.get(pair).copied().unwrap_or(0);
        (1.0 + others.len() as f64 / (1.0 + met as f64)).ln()
    };
    let sum = |pairs: &mut dyn Iterator<Item = &(char, char)>| pairs.map(weight).sum::<f64>();
    let mut near: Vec<EarlierAnswer> = Vec::new();
    for (other, answer, theirs) in &others {
        let all = sum(&mut ours.union(theirs));
        let likeness = sum(&mut ours.intersection(theirs)) / all;
        // Two texts without any word have no likeness; that is no number.
        if likeness >= NEAR {
            near.push(EarlierAnswer {
                case: other.id.clone(),
                question: redact(&other.text),
                answer: redact(answer),
                likeness,
            });
        }
    }
    near.sort_by(|a, b| {
        b.likeness
            .total_cmp(&a.likeness)
            .then_with(|| a.case.cmp(&b.case))
    });
    near.truncate(EARLIER);
    near
}

/// Every two neighbouring letters of a text, folded: Chinese words have mostly two.
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
    fn the_nearest_answers_and_the_weighed_entries_are_suggested_without_personal_numbers() {
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
            desk.answer(
                &id.into(),
                &eve,
                &token,
                format!("{id}: 请致电010-12345678或13900139000"),
            )
            .unwrap();
        }
        let case = open("E", "请问三号樓的電梯壞了怎么办", "housing");
        let given = desk.suggestions(&case.id).unwrap();
        let faq: Vec<_> = given.faq.iter().map(|one| one.entry.as_str()).collect();
        assert_eq!(faq, ["high", "low"]);
        let earlier: Vec<_> = given.earlier.iter().map(|one| one.case.as_str()).collect();
        assert_eq!(earlier, ["A", "C"]);
        let nearest = given.earlier.first().unwrap();
        assert!(nearest.likeness > NEAR && nearest.likeness < 1.0);
        assert_eq!(nearest.question, "三号楼的电梯坏了,電話*******8000");
        assert_eq!(nearest.answer, "A: 请致电010-12345678或*******9000");

        let (_, token) = held(&desk, "E");
        desk.answer(&case.id, &eve, &token, "马上修").unwrap();
        assert!(desk.suggestions(&"nobody".into()).is_err());
        let own = desk.suggestions(&case.id).unwrap().earlier;
        assert!(own.iter().all(|one| one.case != case.id));
    }
}
