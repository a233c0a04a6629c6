//! The key of an entry in the index.

use sha2::{Digest, Sha256};

use super::Entry;
use super::segment::FORMAT;
use super::synonyms::Synonyms;
use crate::text::fold;

/// The first 128 bits of a SHA-256 hash of everything that determines an entry's documents: its id and
/// its phrasings, folded and with synonyms replaced. The answer plays no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct EntryKey([u64; 2]);

impl EntryKey {
    pub(super) fn of(entry: &Entry, synonyms: &Synonyms) -> Self {
        let mut hash = Sha256::new_with_prefix(FORMAT);
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        add(env!("CARGO_PKG_VERSION"));
        add(entry.id.as_str());
        for phrasing in &entry.phrasings {
            add(&synonyms.replace(fold(phrasing).as_str()));
        }
        let hash = hash.finalize();
        let (halves, _) = hash.as_slice().as_chunks::<8>();
        let half = |n: usize| halves.get(n).copied().map_or(0, u64::from_be_bytes);
        Self([half(0), half(1)])
    }

    pub(super) fn from_halves(halves: [u64; 2]) -> Self {
        Self(halves)
    }

    pub(super) fn halves(self) -> [u64; 2] {
        self.0
    }
}
