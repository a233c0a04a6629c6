//! The lexicon: the tokens of a bank, with the phrasings that contain each.

use rustc_hash::FxHashMap;

use super::FaqError;
use super::segment::{Blocks, Dictionary, PhrasingId, Segment};
use crate::text::TokenKind;

/// The number of a token of the bank.
pub(super) type TermId = u32;

/// The tokens of a bank, with the postings in its tantivy segment.
///
/// Terms are numbered by kind and, within a kind, by the bytes of their tokens; terms that only answers
/// contain come last. Weights are added in this order, so the same bank always gives the same
/// similarities to the last bit.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// `None` for a bank without entries.
    segment: Option<Segment>,
    /// For each kind its dictionary, and the number of its first term.
    dictionaries: Vec<(TermId, Dictionary)>,
    /// For each kind the tokens that occur in answers only.
    answers: [FxHashMap<Box<str>, TermId>; TokenKind::ALL.len()],
    /// The kind of each term.
    kinds: Vec<TokenKind>,
    /// The weights of the terms that occur in phrasings.
    weights: Vec<f32>,
    unknown_weight: f32,
}

impl Lexicon {
    pub(super) fn new(segment: Option<Segment>) -> Result<Self, FaqError> {
        let count = segment.as_ref().map_or(0, |segment| segment.documents() as usize);
        let mut dictionaries = Vec::new();
        let mut kinds = Vec::new();
        let mut weights = Vec::new();
        if let Some(segment) = &segment {
            for kind in TokenKind::ALL {
                let dictionary = segment.dictionary(kind)?;
                let first = weights.len() as TermId;
                weights.extend(
                    dictionary
                        .holding()
                        .map(|holding| weight(holding as usize, count)),
                );
                kinds.resize(weights.len(), kind);
                dictionaries.push((first, dictionary));
            }
        }
        Ok(Self {
            segment,
            dictionaries,
            answers: Default::default(),
            kinds,
            weights,
            unknown_weight: weight(0, count),
        })
    }

    /// The segment with the postings.
    pub(super) fn segment(&self) -> Option<&Segment> {
        self.segment.as_ref()
    }

    /// The number of phrasings.
    pub(super) fn phrasings(&self) -> usize {
        self.segment
            .as_ref()
            .map_or(0, |segment| segment.documents() as usize)
    }

    /// The term of a token of an answer. A token that occurs in no phrasing gets a new term.
    pub(super) fn add(&mut self, kind: TokenKind, token: &str) -> Result<TermId, FaqError> {
        if let Some(id) = self.id(kind, token)? {
            return Ok(id);
        }
        let id = self.kinds.len() as TermId;
        self.kinds.push(kind);
        if let Some(answers) = self.answers.get_mut(kind as usize) {
            answers.insert(token.into(), id);
        }
        Ok(id)
    }

    /// The term of a token.
    pub(super) fn id(&self, kind: TokenKind, token: &str) -> Result<Option<TermId>, FaqError> {
        if let Some((first, dictionary)) = self.dictionaries.get(kind as usize)
            && let Some(number) = dictionary.number(token)?
        {
            return Ok(Some(first + number as TermId));
        }
        let answers = self.answers.get(kind as usize);
        Ok(answers.and_then(|answers| answers.get(token)).copied())
    }

    /// The kind of a term's token.
    pub(super) fn kind(&self, term: TermId) -> TokenKind {
        self.kinds.get(term as usize).copied().unwrap_or(TokenKind::Unit)
    }

    /// Passes the phrasings that contain a term to `each`, in order, block by block.
    pub(super) fn read(
        &self,
        term: TermId,
        blocks: &mut Blocks,
        each: impl FnMut(&[PhrasingId]),
    ) -> Result<(), FaqError> {
        match self.dictionaries.get(self.kind(term) as usize) {
            Some((first, dictionary)) if self.is_searched(term) => {
                dictionary.read((term - first) as usize, blocks, each)
            }
            _ => Ok(()),
        }
    }

    /// The terms of each phrasing, sorted.
    pub(super) fn terms(&self) -> Result<Vec<Vec<TermId>>, FaqError> {
        let mut terms = vec![Vec::new(); self.phrasings()];
        let mut blocks = Blocks::default();
        for term in 0..self.searched() as TermId {
            self.read(term, &mut blocks, |phrasings| {
                for &phrasing in phrasings {
                    if let Some(terms) = terms.get_mut(phrasing as usize) {
                        terms.push(term);
                    }
                }
            })?;
        }
        Ok(terms)
    }

    /// The weight of a term, at least 0. Rare terms have a high weight.
    pub(super) fn weight(&self, term: TermId) -> f32 {
        self.weights
            .get(term as usize)
            .copied()
            .unwrap_or(self.unknown_weight)
    }

    /// The number of terms that occur in phrasings. They have the lowest numbers.
    pub(super) fn searched(&self) -> usize {
        self.weights.len()
    }

    /// Whether a term occurs in a phrasing.
    pub(super) fn is_searched(&self, term: TermId) -> bool {
        (term as usize) < self.searched()
    }

    /// The weight of a token that occurs in no phrasing.
    pub(super) fn unknown_weight(&self) -> f32 {
        self.unknown_weight
    }
}

/// The square root of BM25's inverse document frequency, for a token that occurs in `holding` of
/// `count` phrasings.
///
/// The root limits the influence of a single rare word; it improves the ranking on all development
/// sets.
fn weight(holding: usize, count: usize) -> f32 {
    let (holding, count) = (holding as f64, count as f64);
    libm::log(1.0 + (count - holding + 0.5) / (holding + 0.5)).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rarer_token_weighs_more() {
        assert!(weight(0, 100) > weight(1, 100));
        assert!(weight(1, 100) > weight(99, 100));
        assert!(weight(100, 100) > 0.0);
    }
}
