//! A bank as it was read: what follows from its phrasings alone, and takes the time of a start.

use serde::{Deserialize, Serialize};

use super::FaqError;
use super::classifier::Classifier;
use super::lexicon::{Lexicon, TermId};
use super::query::Query;
use super::scan::Phrasing;
use super::training::train;
use crate::text::{TokenKind, Tokens};

/// How many phrasings an entry has on average in a bank that a classifier can learn from.
const PHRASINGS_TO_LEARN: usize = 3;

/// What an index is made of.
#[derive(Debug)]
pub(super) struct Bank {
    pub(super) lexicon: Lexicon,
    /// For each entry the places of its readable phrasings in it.
    pub(super) places: Vec<Vec<usize>>,
    /// The terms of each readable phrasing, entry by entry.
    pub(super) queries: Vec<Query>,
    pub(super) phrasings: Vec<Phrasing>,
    pub(super) classifier: Option<Classifier>,
}

/// What is kept of it; the rest follows at once.
#[derive(Deserialize, Serialize)]
struct Kept<'a> {
    #[serde(borrow)]
    tokens: Vec<(u8, &'a str)>,
    places: Vec<Vec<usize>>,
    /// The terms of each phrasing.
    phrasings: Vec<Vec<TermId>>,
    /// The classifier's bytes follow.
    learnt: bool,
}

impl Bank {
    /// Inverts the phrasings, and learns from them where they are enough.
    pub(super) fn learn(texts: &[Tokens], places: Vec<Vec<usize>>) -> Result<Self, FaqError> {
        let lexicon = Lexicon::build(texts)?;
        let queries = texts.iter().map(|tokens| Query::new(&lexicon, tokens)).collect();
        let mut bank = Self::new(lexicon, queries, places);
        if bank.phrasings.len() >= PHRASINGS_TO_LEARN * bank.places.len() {
            bank.classifier = train(&bank.lexicon, &bank.phrasings, &bank.queries, bank.places.len());
        }
        Ok(bank)
    }

    fn new(lexicon: Lexicon, queries: Vec<Query>, places: Vec<Vec<usize>>) -> Self {
        let entries = places.iter().enumerate();
        let phrasings = entries
            .flat_map(|(n, places)| places.iter().map(move |_| n as u32))
            .zip(&queries)
            .map(|(entry, query)| Phrasing {
                entry,
                sizes: query.sizes,
            })
            .collect();
        Self {
            lexicon,
            places,
            queries,
            phrasings,
            classifier: None,
        }
    }

    /// The bank as bytes; nothing where it can't be written.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        let kept = Kept {
            tokens: self
                .lexicon
                .tokens()
                .into_iter()
                .map(|(kind, token)| (kind as u8, token))
                .collect(),
            places: self.places.clone(),
            phrasings: self.queries.iter().map(|query| query.terms.clone()).collect(),
            learnt: self.classifier.is_some(),
        };
        let mut bytes = postcard::to_stdvec(&kept).ok()?;
        if let Some(classifier) = &self.classifier {
            bytes.extend(classifier.to_bytes());
        }
        Some(bytes)
    }

    /// The bank of these bytes, if they are one of so many entries.
    pub(super) fn from_bytes(bytes: &[u8], entries: usize) -> Option<Self> {
        let (kept, rest): (Kept<'_>, _) = postcard::take_from_bytes(bytes).ok()?;
        let readable: usize = kept.places.iter().map(Vec::len).sum();
        let terms = kept.tokens.len();
        let known = |query: &Vec<TermId>| query.iter().all(|&term| (term as usize) < terms);
        if kept.places.len() != entries
            || kept.phrasings.len() != readable
            || !kept.phrasings.iter().all(known)
        {
            return None;
        }
        let tokens: Option<Vec<(TokenKind, &str)>> = kept
            .tokens
            .into_iter()
            .map(|(kind, token)| Some((*TokenKind::ALL.get(usize::from(kind))?, token)))
            .collect();
        let lexicon = Lexicon::of(&tokens?, &kept.phrasings);
        let queries = kept.phrasings.into_iter();
        let queries = queries.map(|terms| Query::of(&lexicon, terms)).collect();
        let classifier = match kept.learnt {
            true => Some(Classifier::from_bytes(rest, terms, entries)?),
            false => None,
        };
        Some(Self {
            classifier,
            ..Self::new(lexicon, queries, kept.places)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn bank() -> Bank {
        let texts: Vec<Tokens> = ["补办身份证", "身份证丢了", "lost card", "提取公积金"]
            .into_iter()
            .map(Tokens::of)
            .collect();
        Bank::learn(&texts, vec![vec![0, 2, 3, 5]]).unwrap()
    }

    #[test]
    fn bytes_give_the_bank_back() {
        let bank = bank();
        let bytes = bank.to_bytes().unwrap();
        let again = Bank::from_bytes(&bytes, 1).unwrap();
        assert!(again.classifier.is_some());
        assert_eq!(again.to_bytes().unwrap(), bytes);
        assert_eq!(format!("{:?}", again.phrasings), format!("{:?}", bank.phrasings));
        for (term, (kind, token)) in bank.lexicon.tokens().into_iter().enumerate() {
            let term = term as TermId;
            assert_eq!(again.lexicon.id(kind, token), Some(term));
            assert_eq!(again.lexicon.phrasings(term), bank.lexicon.phrasings(term));
            assert_eq!(again.lexicon.weight(term), bank.lexicon.weight(term));
        }
    }

    #[test]
    fn bytes_that_are_no_bank_of_so_many_entries_give_none() {
        let bytes = bank().to_bytes().unwrap();
        assert!(Bank::from_bytes(&bytes, 2).is_none());
        for end in 0..bytes.len() {
            let (cut, _) = bytes.split_at(end);
            assert!(Bank::from_bytes(cut, 1).is_none(), "{end}");
        }
        assert!(Bank::from_bytes(&[&bytes[..], &[0]].concat(), 1).is_none());
    }
}
