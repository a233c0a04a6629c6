//! Building the index from the entries.

use std::collections::HashSet;

use parking_lot::Mutex;

use super::bank::Bank;
use super::cache::{Cache, fingerprint};
use super::index::{FaqIndex, Indexed};
use super::lexicon::PhrasingId;
use super::measures::sorted;
use super::surprisal::Likenesses;
use super::synonyms::Synonyms;
use super::{Entry, FaqError, FaqOptions};
use crate::text::{TokenKind, Tokens, fold};

/// How many phrasings a bank may have.
const MAX_PHRASINGS: usize = 10_000_000;

impl FaqIndex {
    /// Builds the index. An entry's phrasings without anything readable are left out. A bank with three or more phrasings an
    /// entry is learnt from, which takes about 4 s for 15,000 phrasings of 150 entries, and a third of a second
    /// where the folder of the options keeps them.
    ///
    /// # Errors
    ///
    /// When two entries share an id, an entry has nothing readable, or the bank is too large to number.
    pub fn build(
        entries: &[Entry],
        synonyms: &[Vec<String>],
        options: &FaqOptions,
    ) -> Result<Self, FaqError> {
        let fingerprint = fingerprint(entries, synonyms);
        let cache = options
            .cache_dir
            .as_deref()
            .map(|dir| Cache::new(dir, &fingerprint));
        let synonyms = Synonyms::new(synonyms)?;
        let kept = cache
            .as_ref()
            .and_then(|cache| cache.load(|bytes| Bank::from_bytes(bytes, entries.len())));
        let mut bank = match kept {
            Some(bank) => bank,
            None => {
                let (texts, places) = read(entries, &synonyms)?;
                let bank = Bank::learn(&texts, places)?;
                if let (Some(cache), Some(bytes)) = (&cache, bank.to_bytes()) {
                    cache.save(&bytes);
                }
                bank
            }
        };
        let mut first = 0;
        let mut indexed = Vec::with_capacity(entries.len());
        for (source, places) in entries.iter().zip(bank.places) {
            let own = bank.queries.iter().skip(first).take(places.len());
            indexed.push(Indexed {
                id: source.id.clone(),
                first: first as PhrasingId,
                terms: sorted(own.flat_map(|query| query.terms.iter().copied())),
                answer: Box::default(),
                places,
            });
            first += indexed.last().map_or(0, |entry| entry.places.len());
        }
        for (entry, source) in indexed.iter_mut().zip(entries) {
            let answer = source.answer.as_deref().unwrap_or_default();
            let tokens = Tokens::of(&synonyms.replace(fold(answer).as_str()));
            let mut terms = Vec::new();
            for kind in [TokenKind::Unit, TokenKind::Pair] {
                for token in tokens.of_kind(kind) {
                    terms.push(bank.lexicon.add(kind, token, bank.phrasings.len()));
                }
            }
            entry.answer = sorted(terms);
        }
        let likenesses = match bank.classifier {
            Some(_) => None,
            None => Some(Likenesses::of(
                &bank.lexicon,
                &bank.phrasings,
                &bank.queries,
                entries.len(),
            )),
        };
        Ok(Self {
            fingerprint,
            synonyms,
            lexicon: bank.lexicon,
            entries: indexed,
            phrasings: bank.phrasings,
            terms: bank.queries.into_iter().map(|query| query.terms.into()).collect(),
            classifier: bank.classifier,
            likenesses,
            scratch: Mutex::default(),
        })
    }
}

/// The tokens of the readable phrasings, and their places in each entry.
fn read(entries: &[Entry], synonyms: &Synonyms) -> Result<(Vec<Tokens>, Vec<Vec<usize>>), FaqError> {
    let mut ids = HashSet::new();
    let mut texts: Vec<Tokens> = Vec::new();
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        if !ids.insert(&entry.id) {
            return Err(FaqError::DuplicateEntry(entry.id.clone()));
        }
        let mut places = Vec::new();
        for (place, phrasing) in entry.phrasings.iter().enumerate() {
            let tokens = Tokens::of(&synonyms.replace(fold(phrasing).as_str()));
            if !tokens.is_empty() {
                places.push(place);
                texts.push(tokens);
            }
        }
        if places.is_empty() {
            return Err(FaqError::NoPhrasing(entry.id.clone()));
        }
        if texts.len() > MAX_PHRASINGS {
            return Err(FaqError::TooLarge {
                what: "phrasings",
                found: texts.len(),
                limit: MAX_PHRASINGS,
            });
        }
        all.push(places);
    }
    Ok((texts, all))
}
