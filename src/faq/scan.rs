//! The scan: one pass over the postings of a message's terms.

use super::FaqError;
use super::lexicon::Lexicon;
use super::query::{Query, Size, VIEWS, view};
use super::segment::Blocks;
use super::segment::PhrasingId;

/// The weight of each view: characters and pairs find slightly more in Chinese than words do.
const VIEW_WEIGHTS: [f32; VIEWS] = [1.1, 0.9];

/// The largest possible sum, by which similarities are scaled to `0..=1`.
const MAX_TOTAL: f32 = 1.5 * (VIEW_WEIGHTS[0] + VIEW_WEIGHTS[1]);

/// The data of a phrasing that the scan needs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Phrasing {
    /// The entry that it belongs to.
    pub(super) entry: u32,
    /// Its place in the entry.
    pub(super) place: u32,
    /// Its size in each view.
    pub(super) sizes: [Size; VIEWS],
}

/// The phrasing of an entry that is most similar to the message.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Best {
    /// Its similarity, in `0..=1`; 0 where no phrasing of the entry shares a term with the message.
    pub(super) similarity: f32,
    pub(super) phrasing: PhrasingId,
    /// The phrasing's place in its entry. Among equally similar phrasings, the first one counts.
    pub(super) place: u32,
}

/// The weights of the terms that a phrasing and the message share in one view: their sum, and the sum
/// of their squares.
type Shared = [f32; 2];

/// Buffers of a scan, reused by the next one.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// For each view and phrasing, the shared weights.
    shared: [Vec<Shared>; VIEWS],
    best: Vec<Best>,
    blocks: Blocks,
}

/// Compares the message with every phrasing that shares a term with it. Returns the best phrasing of
/// each entry.
///
/// The similarity is the weighted mean over the views of half the cosine and the full Dice coefficient
/// of the two weighted sets of terms.
pub(super) fn scan<'s>(
    lexicon: &Lexicon,
    phrasings: &[Phrasing],
    entries: usize,
    query: &Query,
    scratch: &'s mut Scratch,
) -> Result<&'s [Best], FaqError> {
    for shared in &mut scratch.shared {
        shared.clear();
        shared.resize(phrasings.len(), [0.0; 2]);
    }
    scratch.best.clear();
    scratch.best.resize(entries, Best::default());
    for &term in &query.terms {
        let weight = lexicon.weight(term);
        let square = weight * weight;
        let Some(shared) = scratch.shared.get_mut(view(lexicon.kind(term))) else {
            continue;
        };
        lexicon.read(term, &mut scratch.blocks, |phrasings| {
            for &phrasing in phrasings {
                if let Some([sum, squares]) = shared.get_mut(phrasing as usize) {
                    *sum += weight;
                    *squares += square;
                }
            }
        })?;
    }
    let [first, second] = &scratch.shared;
    for (n, ((first, second), phrasing)) in first.iter().zip(second).zip(phrasings).enumerate() {
        // Weights are positive, so a sum of 0 means that nothing is shared.
        let [sum_first, _] = first;
        let [sum_second, _] = second;
        if sum_first + sum_second <= 0.0 {
            continue;
        }
        let similarity = similarity([first, second], &phrasing.sizes, &query.sizes);
        if let Some(best) = scratch.best.get_mut(phrasing.entry as usize)
            && (similarity > best.similarity
                || (similarity == best.similarity && similarity > 0.0 && phrasing.place < best.place))
        {
            *best = Best {
                similarity,
                phrasing: n as PhrasingId,
                place: phrasing.place,
            };
        }
    }
    Ok(&scratch.best)
}

fn similarity(shared: [&Shared; VIEWS], phrasing: &[Size; VIEWS], query: &[Size; VIEWS]) -> f32 {
    let views = shared.into_iter().zip(phrasing).zip(query).zip(VIEW_WEIGHTS);
    let total: f32 = views
        .map(|(((&[sum, squares], phrasing), query), weight)| {
            let cosine = squares * phrasing.inverse_norm * query.inverse_norm;
            // The minimum avoids a division of 0 by 0 where neither side has terms in this view.
            let dice = 2.0 * sum / (phrasing.sum + query.sum).max(f32::MIN_POSITIVE);
            weight * (cosine / 2.0 + dice)
        })
        .sum();
    (total / MAX_TOTAL).min(1.0)
}
