//! Loading a bank from its folder, or indexing it from segments of other banks and from its phrasings.

use std::collections::HashSet;

use super::bank::Bank;
use super::entry_key::EntryKey;
use super::folder::{InUse, IndexFolder};
use super::model::Model;
use super::segment::{Claims, Segment, Writer, merge};
use super::synonyms::Synonyms;
use super::{Entry, FaqError};
use crate::text::{Tokens, fold};

/// The maximum number of phrasings.
const MAX_PHRASINGS: usize = 10_000_000;

/// The entries of a bank, with the keys under which they are indexed.
pub(super) struct Source<'a> {
    entries: &'a [Entry],
    synonyms: &'a Synonyms,
    keys: Vec<EntryKey>,
}

/// A bank in memory, with its model.
pub(super) struct Loaded {
    pub(super) bank: Bank,
    pub(super) model: Model,
    /// `None` where the bank is not in a folder.
    pub(super) in_use: Option<InUse>,
}

impl<'a> Source<'a> {
    pub(super) fn new(entries: &'a [Entry], synonyms: &'a Synonyms) -> Result<Self, FaqError> {
        let mut ids = HashSet::new();
        if let Some(twice) = entries.iter().find(|entry| !ids.insert(&entry.id)) {
            return Err(FaqError::DuplicateEntry(twice.id.clone()));
        }
        let phrasings = entries.iter().map(|entry| entry.phrasings.len()).sum();
        if phrasings > MAX_PHRASINGS {
            return Err(FaqError::TooLarge {
                what: "phrasings",
                found: phrasings,
                limit: MAX_PHRASINGS,
            });
        }
        let keys = entries.iter().map(|entry| EntryKey::of(entry, synonyms));
        Ok(Self {
            entries,
            synonyms,
            keys: keys.collect(),
        })
    }

    /// Loads the bank from the folder, or indexes it. Entries of the former segment and of segments in
    /// the folder are not indexed again.
    pub(super) fn bank(
        &self,
        former: Option<&Segment>,
        folder: Option<&IndexFolder>,
        fingerprint: &str,
    ) -> Result<Loaded, FaqError> {
        if let Some(loaded) = folder.and_then(|folder| self.load(folder, fingerprint)) {
            return Ok(loaded);
        }
        let others = folder.into_iter().flat_map(IndexFolder::segments);
        let segment = self.index(former.cloned().into_iter().chain(others))?;
        let bank = Bank::new(segment, &self.keys)?;
        let model = bank.learn()?;
        let in_use = folder.and_then(|folder| {
            let segment = bank.lexicon.segment();
            folder.save(fingerprint, segment, &model.to_bytes())
        });
        Ok(Loaded { bank, model, in_use })
    }

    /// Loads the bank from the folder; `None` if its segment is missing or damaged.
    fn load(&self, folder: &IndexFolder, fingerprint: &str) -> Option<Loaded> {
        let kept = folder.load(fingerprint)?;
        let bank = match Bank::new(kept.segment, &self.keys) {
            Ok(bank) => bank,
            Err(error) => {
                tracing::warn!(%error, "the FAQ's saved index can't be used: indexing the FAQ");
                return None;
            }
        };
        let known = kept
            .model
            .and_then(|bytes| Model::from_bytes(&bytes, bank.lexicon.searched(), bank.entries));
        if let Some(model) = known {
            return Some(Loaded {
                bank,
                model,
                in_use: Some(kept.in_use),
            });
        }
        let model = bank.learn().ok()?;
        let in_use = folder.save(fingerprint, bank.lexicon.segment(), &model.to_bytes());
        Some(Loaded { bank, model, in_use })
    }

    /// Creates one segment of all the entries, from other segments and from phrasings; `None` without
    /// entries.
    fn index(&self, others: impl Iterator<Item = Segment>) -> Result<Option<Segment>, FaqError> {
        let (mut segments, missing) = self.reuse(others);
        segments.extend(self.write(&missing)?);
        tracing::debug!(
            entries = self.entries.len(),
            indexed = missing.len(),
            "indexed the FAQ"
        );
        let claims = Claims::new(&segments, &self.keys)?;
        merge(segments, &claims)
    }

    /// Selects the segments that hold any of the entries. Also returns the numbers of the entries that
    /// none holds.
    fn reuse(&self, others: impl Iterator<Item = Segment>) -> (Vec<Segment>, Vec<usize>) {
        let mut used = Vec::new();
        let mut missing: Vec<usize> = (0..self.entries.len()).collect();
        for segment in others {
            let keys: Vec<EntryKey> = self.keys_of(&missing).collect();
            match Claims::new(std::slice::from_ref(&segment), &keys) {
                Ok(claims) if !claims.documents().is_empty() => {
                    let left = claims.missing().into_iter();
                    missing = left.filter_map(|n| missing.get(n).copied()).collect();
                    used.push(segment);
                }
                Ok(_) => {}
                Err(error) => {
                    let segment = segment.name();
                    tracing::warn!(segment, %error, "a segment of the FAQ can't be read: not using it");
                }
            }
            if missing.is_empty() {
                break;
            }
        }
        (used, missing)
    }

    /// Indexes the entries with these numbers.
    fn write(&self, numbers: &[usize]) -> Result<Vec<Segment>, FaqError> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let mut writer = Writer::new()?;
        let entries = numbers.iter().filter_map(|&n| self.entries.get(n));
        for (entry, key) in entries.zip(self.keys_of(numbers)) {
            let mut readable = false;
            for (place, phrasing) in entry.phrasings.iter().enumerate() {
                let tokens = Tokens::of(&self.synonyms.replace(fold(phrasing).as_str()));
                if !tokens.is_empty() {
                    readable = true;
                    writer.add(key, place, &tokens)?;
                }
            }
            if !readable {
                return Err(FaqError::NoPhrasing(entry.id.clone()));
            }
        }
        writer.finish()
    }

    fn keys_of(&self, numbers: &[usize]) -> impl Iterator<Item = EntryKey> {
        numbers.iter().filter_map(|&n| self.keys.get(n).copied())
    }
}
