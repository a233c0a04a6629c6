//! Building the index from the entries.

use std::collections::HashSet;

use parking_lot::Mutex;

use super::cache::{Cache, fingerprint};
use super::index::{FaqIndex, Indexed};
use super::lexicon::{Lexicon, PhrasingId};
use super::measures::sorted;
use super::query::Query;
use super::scan::Phrasing;
use super::synonyms::Synonyms;
use super::training::train;
use super::{Entry, FaqError, FaqOptions};
use crate::text::{TokenKind, Tokens, fold};

/// How many phrasings an entry has on average in a bank that a classifier can learn from.
const PHRASINGS_TO_LEARN: usize = 3;

/// How many phrasings a bank may have.
const MAX_PHRASINGS: usize = 10_000_000;

impl FaqIndex {
    /// Builds the index. An entry's phrasings without anything readable are left out. A bank with three or more phrasings an
    /// entry is learnt from, which takes about 4 s for 15,000 phrasings of 150 entries.
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
        let (mut indexed, texts) = read(entries, &synonyms)?;
        let mut lexicon = Lexicon::build(&texts)?;
        let queries: Vec<Query> = texts.iter().map(|tokens| Query::new(&lexicon, tokens)).collect();
        let mut phrasings = Vec::with_capacity(queries.len());
        for (n, entry) in indexed.iter_mut().enumerate() {
            let own = queries.iter().skip(entry.first as usize).take(entry.places.len());
            entry.terms = sorted(own.clone().flat_map(|query| query.terms.iter().copied()));
            phrasings.extend(own.map(|query| Phrasing {
                entry: n as u32,
                sizes: query.sizes,
            }));
        }
        let mut classifier = None;
        if phrasings.len() >= PHRASINGS_TO_LEARN * indexed.len() {
            classifier = cache
                .as_ref()
                .and_then(|cache| cache.load(lexicon.searched(), indexed.len()));
            if classifier.is_none() {
                classifier = train(&lexicon, &phrasings, &queries, indexed.len());
                if let (Some(cache), Some(classifier)) = (&cache, &classifier) {
                    cache.save(classifier);
                }
            }
        }
        for (entry, source) in indexed.iter_mut().zip(entries) {
            let answer = source.answer.as_deref().unwrap_or_default();
            let tokens = Tokens::of(&synonyms.replace(fold(answer).as_str()));
            let mut terms = Vec::new();
            for kind in [TokenKind::Unit, TokenKind::Pair] {
                for token in tokens.of_kind(kind) {
                    terms.push(lexicon.add(kind, token, phrasings.len()));
                }
            }
            entry.answer = sorted(terms);
        }
        Ok(Self {
            fingerprint,
            synonyms,
            lexicon,
            entries: indexed,
            phrasings,
            terms: queries.into_iter().map(|query| query.terms.into()).collect(),
            classifier,
            scratch: Mutex::default(),
        })
    }
}

/// The entries with the places of their readable phrasings, and those phrasings' tokens.
fn read(entries: &[Entry], synonyms: &Synonyms) -> Result<(Vec<Indexed>, Vec<Tokens>), FaqError> {
    let mut ids = HashSet::new();
    let mut texts: Vec<Tokens> = Vec::new();
    let mut indexed = Vec::with_capacity(entries.len());
    for entry in entries {
        if !ids.insert(&entry.id) {
            return Err(FaqError::DuplicateEntry(entry.id.clone()));
        }
        let first = texts.len() as PhrasingId;
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
        indexed.push(Indexed {
            id: entry.id.clone(),
            first,
            places,
            terms: Box::default(),
            answer: Box::default(),
        });
    }
    Ok((indexed, texts))
}
