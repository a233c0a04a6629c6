//! The documents of one or more segments that a bank uses.

use std::collections::HashMap;

use super::{KEY, PLACE, Segment};
use crate::faq::FaqError;
use crate::faq::entry_key::EntryKey;

/// The documents that a bank uses. If two segments hold an entry, the documents of the first are used.
pub(in crate::faq) struct Claims {
    documents: Vec<Claim>,
    /// Whether a segment holds the entry.
    found: Vec<bool>,
}

/// A used document. Documents are sorted by entry and by place in the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::faq) struct Claim {
    pub(in crate::faq) entry: usize,
    pub(in crate::faq) place: u64,
    segment: usize,
    pub(in crate::faq) document: u32,
}

impl Claims {
    /// Finds the documents of the entries with these keys.
    pub(in crate::faq) fn new(segments: &[Segment], keys: &[EntryKey]) -> Result<Self, FaqError> {
        let entries: HashMap<EntryKey, usize> = keys.iter().copied().zip(0..).collect();
        let mut documents: Vec<Claim> = Vec::new();
        let mut found = vec![false; keys.len()];
        for (n, segment) in segments.iter().enumerate() {
            let columns = segment.reader.fast_fields();
            let [high, low] = KEY;
            let (high, low, place) = (columns.u64(high)?, columns.u64(low)?, columns.u64(PLACE)?);
            let start = documents.len();
            for document in 0..segment.documents() {
                let values = (high.first(document), low.first(document), place.first(document));
                let (Some(high), Some(low), Some(place)) = values else {
                    continue;
                };
                let entry = entries.get(&EntryKey::from_halves([high, low])).copied();
                if let Some(entry) = entry.filter(|&entry| found.get(entry) == Some(&false)) {
                    documents.push(Claim {
                        entry,
                        place,
                        segment: n,
                        document,
                    });
                }
            }
            for claim in documents.iter().skip(start) {
                if let Some(found) = found.get_mut(claim.entry) {
                    *found = true;
                }
            }
        }
        documents.sort_unstable();
        documents.dedup_by_key(|claim| (claim.entry, claim.place));
        Ok(Self { documents, found })
    }

    /// The used documents, sorted by entry and by place.
    pub(in crate::faq) fn documents(&self) -> &[Claim] {
        &self.documents
    }

    /// The numbers of the entries that no segment holds.
    pub(in crate::faq) fn missing(&self) -> Vec<usize> {
        let entries = self.found.iter().enumerate();
        entries
            .filter(|(_, found)| !**found)
            .map(|(entry, _)| entry)
            .collect()
    }

    /// The used documents of one segment.
    pub(super) fn of_segment(&self, segment: usize) -> impl Iterator<Item = u32> {
        let claims = self.documents.iter();
        claims
            .filter(move |claim| claim.segment == segment)
            .map(|claim| claim.document)
    }
}
