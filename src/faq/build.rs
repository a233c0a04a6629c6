//! Building the index from the entries.

use parking_lot::Mutex;

use super::confidence_measures::{Terms, sorted};
use super::fingerprint::fingerprint;
use super::folder::IndexFolder;
use super::index::{FaqIndex, Indexed};
use super::load::{Loaded, Source};
use super::segment::PhrasingId;
use super::synonyms::Synonyms;
use super::{Entry, FaqError, FaqOptions};
use crate::text::{TokenKind, Tokens, fold};

impl FaqIndex {
    /// Builds the index. An entry's phrasings without a letter, a digit or a Chinese character are left out.
    ///
    /// A classifier is trained for a bank with three or more phrasings an entry, which takes about 4 s
    /// for 15,000 phrasings of 150 entries. With a folder in the options, a bank that was built before
    /// is loaded instead. For another bank, only the entries are indexed that no bank in the folder
    /// has. Errors of the folder are logged and never returned.
    ///
    /// # Errors
    ///
    /// When two entries share an id, an entry has no readable phrasing, or the bank has more than
    /// 10,000,000 phrasings.
    pub fn build(
        entries: &[Entry],
        synonyms: &[Vec<String>],
        options: &FaqOptions,
    ) -> Result<Self, FaqError> {
        Self::build_from(None, entries, synonyms, options)
    }

    /// Builds the index of a later version of this bank. Entries of this version are copied from its
    /// index and not indexed again. The result equals that of [`build`](Self::build).
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build).
    pub fn rebuild(
        &self,
        entries: &[Entry],
        synonyms: &[Vec<String>],
        options: &FaqOptions,
    ) -> Result<Self, FaqError> {
        Self::build_from(Some(self), entries, synonyms, options)
    }

    fn build_from(
        former: Option<&Self>,
        entries: &[Entry],
        synonyms: &[Vec<String>],
        options: &FaqOptions,
    ) -> Result<Self, FaqError> {
        let fingerprint = fingerprint(entries, synonyms);
        let synonyms = Synonyms::new(synonyms)?;
        let source = Source::new(entries, &synonyms)?;
        let folder = options.cache_dir.as_deref().map(IndexFolder::new);
        let former = former.and_then(|former| former.lexicon.segment());
        let Loaded {
            mut bank,
            model,
            in_use,
        } = source.bank(former, folder.as_ref(), &fingerprint)?;
        let mut indexed: Vec<Indexed> = Vec::with_capacity(entries.len());
        for entry in entries {
            let answer = entry.answer.as_deref().unwrap_or_default();
            let tokens = Tokens::of(&synonyms.replace(fold(answer).as_str()));
            let mut terms = Vec::new();
            for kind in [TokenKind::Unit, TokenKind::Pair] {
                for token in tokens.of_kind(kind) {
                    terms.push(bank.lexicon.add(kind, token)?);
                }
            }
            indexed.push(Indexed {
                id: entry.id.clone(),
                first: 0,
                terms: Terms::default(),
                answer: sorted(terms),
            });
        }
        let of_entry = |number: &PhrasingId| {
            bank.phrasings
                .get(*number as usize)
                .map(|phrasing| phrasing.entry)
        };
        for own in bank.order.chunk_by(|a, b| of_entry(a) == of_entry(b)) {
            let Some(first) = own.first() else { continue };
            let entry = of_entry(first).and_then(|entry| indexed.get_mut(entry as usize));
            if let Some(entry) = entry {
                entry.first = *first;
                let terms = own.iter().filter_map(|&number| bank.terms.get(number as usize));
                entry.terms = sorted(terms.flatten().copied());
            }
        }
        Ok(Self {
            fingerprint,
            synonyms,
            lexicon: bank.lexicon,
            entries: indexed,
            phrasings: bank.phrasings,
            terms: bank.terms,
            model,
            scratch: Mutex::default(),
            _in_use: in_use,
        })
    }
}
