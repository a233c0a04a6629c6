//! Merges segments into one.

use tantivy::directory::{OwnedBytes, RamDirectory};
use tantivy::fastfield::{AliveBitSet, write_alive_bitset};
use tantivy::index::{IndexSettings, Segment as Source};
use tantivy::indexer::merge_filtered_segments;
use tantivy::{BitSet, TantivyError};

use super::{Claims, Segment};
use crate::faq::FaqError;

/// Merges the claimed documents of all segments; `None` if there are none. Tokens are copied from the
/// segments, so no text is tokenized.
pub(in crate::faq) fn merge(segments: Vec<Segment>, claims: &Claims) -> Result<Option<Segment>, FaqError> {
    let used = claims.documents().len();
    if used == 0 {
        return Ok(None);
    }
    if let [only] = segments.as_slice()
        && only.documents() as usize == used
    {
        return Ok(Some(only.clone()));
    }
    let alive = segments.iter().enumerate().map(|(n, segment)| {
        let mut alive = BitSet::with_max_value(segment.documents());
        for document in claims.of_segment(n) {
            alive.insert(document);
        }
        let mut bytes = Vec::new();
        write_alive_bitset(&alive, &mut bytes)?;
        Ok(Some(AliveBitSet::open(OwnedBytes::new(bytes))))
    });
    let alive = alive.collect::<Result<Vec<_>, FaqError>>()?;
    let sources = segments.iter().map(|segment| segment.index.searchable_segments());
    let sources: Vec<Vec<Source>> = sources.collect::<Result<_, TantivyError>>()?;
    let directory = RamDirectory::create();
    let index = merge_filtered_segments(
        &sources.concat(),
        IndexSettings::default(),
        alive,
        directory.clone(),
    )?;
    Ok(Segment::all_of(&index, &directory)?.into_iter().next())
}
