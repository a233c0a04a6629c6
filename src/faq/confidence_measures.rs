//! The measures of a candidate, from which its confidence is computed.

use std::collections::BTreeSet;

use super::lexicon::{Lexicon, TermId};
use super::query::Query;
use crate::text::TokenKind;

/// A comparison of a message and an entry. Shares and similarities are in `0..=1`, leads in `-1..=1`.
/// No value is NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// The similarity of the nearest phrasing and the message.
    pub similarity: f64,
    /// The similarity minus the best other entry's; negative for all but the best.
    pub lead: f64,
    /// Dice's coefficient of the adjacent pairs of the nearest phrasing and the message.
    pub pairs: f64,
    /// The share of the message, by weight, that the entry's phrasings contain.
    pub coverage: f64,
    /// The coverage minus the best other candidate's.
    pub coverage_lead: f64,
    /// The share of the message, by weight, that the entry's phrasings and answer contain.
    pub answer_coverage: f64,
    /// The share of the message's distinct characters and words that no phrasing of the bank contains.
    pub unknown: f64,
    /// ln(1 + n), where n is the number of characters and words in the message.
    pub length: f64,
    /// The classifier's measures; `None` where the bank has too few phrasings to train one.
    pub class: Option<ClassMeasures>,
    /// The surprisal of the similarity; `None` where there is a classifier.
    pub surprisal: Option<Surprisal>,
}

/// How unusual a similarity is in this bank: −ln of the share of the bank's own phrasings that are as
/// similar to another entry.
///
/// Ranges from 0, the most usual, to about 7.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Surprisal {
    /// Of the similarity.
    pub similarity: f64,
    /// Of the lead.
    pub lead: f64,
}

/// The classifier's measures of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassMeasures {
    /// The logit of the entry against all others and the background, in `-8..=4`.
    pub logit: f64,
    /// The logit minus the best other entry's; negative for all but the best.
    pub lead: f64,
}

/// Sorted terms, each once.
pub(super) type Terms = Box<[TermId]>;

/// Sorts the terms and removes repetitions.
pub(super) fn sorted(terms: impl IntoIterator<Item = TermId>) -> Terms {
    terms.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

/// The share of the message's units and pairs, by weight, that `terms` or `more` contain.
pub(super) fn coverage(lexicon: &Lexicon, query: &Query, terms: &[TermId], more: &[TermId]) -> f64 {
    let (mut held, mut all) = (0.0_f64, 0.0_f64);
    for &term in &query.terms {
        if !matches!(lexicon.kind(term), TokenKind::Unit | TokenKind::Pair) {
            continue;
        }
        let weight = f64::from(lexicon.weight(term));
        all += weight;
        if terms.binary_search(&term).is_ok() || more.binary_search(&term).is_ok() {
            held += weight;
        }
    }
    let strangers = query.unknown(TokenKind::Unit) + query.unknown(TokenKind::Pair);
    all += f64::from(lexicon.unknown_weight()) * strangers as f64;
    if all > 0.0 { held / all } else { 0.0 }
}

/// Dice's coefficient of the pairs of the message and of a phrasing's terms.
pub(super) fn pairs(lexicon: &Lexicon, query: &Query, phrasing: &[TermId]) -> f64 {
    let is_pair = |term: &TermId| lexicon.kind(*term) == TokenKind::Pair;
    let theirs = phrasing.iter().filter(|term| is_pair(term)).count();
    let known = query.terms.iter().filter(|term| is_pair(term));
    let (mut ours, mut both) = (query.unknown(TokenKind::Pair), 0);
    for term in known {
        ours += 1;
        both += usize::from(phrasing.binary_search(term).is_ok());
    }
    if ours + theirs == 0 {
        0.0
    } else {
        2.0 * both as f64 / (ours + theirs) as f64
    }
}

/// The share of the message's distinct units that no phrasing contains.
pub(super) fn unknown(lexicon: &Lexicon, query: &Query) -> f64 {
    let unit = |term: &&TermId| lexicon.kind(**term) == TokenKind::Unit;
    let (mut known, mut unknown) = (0, query.unknown(TokenKind::Unit));
    for &term in query.terms.iter().filter(unit) {
        if lexicon.is_searched(term) {
            known += 1;
        } else {
            unknown += 1;
        }
    }
    if known + unknown == 0 {
        0.0
    } else {
        f64::from(unknown as u32) / f64::from((known + unknown) as u32)
    }
}

/// The best and the second-best of some values, for computing each value's lead.
pub(super) struct Leads {
    best: f64,
    place: usize,
    second: f64,
}

impl Leads {
    /// `least` stands for an entry that is no candidate.
    pub(super) fn over(values: impl Iterator<Item = f64>, least: f64) -> Self {
        let mut leads = Self {
            best: least,
            place: usize::MAX,
            second: least,
        };
        for (n, value) in values.enumerate() {
            if leads.place == usize::MAX || value > leads.best {
                leads.second = leads.best;
                leads.best = value;
                leads.place = n;
            } else if value > leads.second {
                leads.second = value;
            }
        }
        leads
    }

    /// The difference between `value`, at position `place`, and the best other value.
    pub(super) fn of(&self, place: usize, value: f64) -> f64 {
        let other = if place == self.place {
            self.second
        } else {
            self.best
        };
        value - other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_leads_the_second_and_the_others_trail_the_best() {
        let values = [-3.0, -1.0, -2.0];
        let leads = Leads::over(values.into_iter(), -8.0);
        let all: Vec<f64> = values
            .into_iter()
            .enumerate()
            .map(|(n, value)| leads.of(n, value))
            .collect();
        assert_eq!(all, [-2.0, 1.0, -1.0]);
    }

    #[test]
    fn one_alone_leads_the_least() {
        assert_eq!(Leads::over([0.5].into_iter(), 0.0).of(0, 0.5), 0.5);
        assert_eq!(Leads::over([-7.0].into_iter(), -8.0).of(0, -7.0), 1.0);
    }
}
