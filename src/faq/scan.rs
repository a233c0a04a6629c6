//! The scan: one pass over the postings of a message's terms.

use super::lexicon::{Lexicon, PhrasingId};
use super::query::{Query, Size, VIEWS, view};

/// What each view has to say: characters with their pairs find a little more in Chinese than words
/// do.
const SAY: [f32; VIEWS] = [1.1, 0.9];

/// The most that a phrasing can resemble a message, before it is brought to `0..=1`.
const MOST: f32 = 1.5 * (SAY[0] + SAY[1]);

/// What a phrasing is to the scan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phrasing {
    /// The entry that it belongs to.
    pub(super) entry: u32,
    /// Its size in each view.
    pub(super) sizes: [Size; VIEWS],
}

/// An entry's phrasing that resembles the message most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Best {
    /// How much, in `0..=1`; 0 when none shares a term with it.
    pub(super) similarity: f32,
    pub(super) phrasing: PhrasingId,
}

/// What a phrasing shares with the message in one view: its terms' weights added up, and their squares.
type Shared = [f32; 2];

/// Memory that one scan needs and the next can use again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// For each view, what each phrasing shares.
    shared: [Vec<Shared>; VIEWS],
    best: Vec<Best>,
}

/// Compares the message with every phrasing that shares a term, and gives each entry's best, by the entry's number.
///
/// The similarity is the mean over the views of half the cosine and the whole Dice coefficient of the weighted term sets.
pub(super) fn scan<'s>(
    lexicon: &Lexicon,
    phrasings: &[Phrasing],
    entries: usize,
    query: &Query,
    scratch: &'s mut Scratch,
) -> &'s [Best] {
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
        for &phrasing in lexicon.phrasings(term) {
            if let Some([sum, squares]) = shared.get_mut(phrasing as usize) {
                *sum += weight;
                *squares += square;
            }
        }
    }
    let [first, second] = &scratch.shared;
    for (n, ((first, second), phrasing)) in first.iter().zip(second).zip(phrasings).enumerate() {
        // Both are sums of positive weights, so that nothing is shared when they add up to nothing.
        let [sum_first, _] = first;
        let [sum_second, _] = second;
        if sum_first + sum_second <= 0.0 {
            continue;
        }
        let similarity = similarity([first, second], &phrasing.sizes, &query.sizes);
        if let Some(best) = scratch.best.get_mut(phrasing.entry as usize)
            && similarity > best.similarity
        {
            *best = Best {
                similarity,
                phrasing: n as PhrasingId,
            };
        }
    }
    &scratch.best
}

fn similarity(shared: [&Shared; VIEWS], phrasing: &[Size; VIEWS], query: &[Size; VIEWS]) -> f32 {
    let views = shared.into_iter().zip(phrasing).zip(query).zip(SAY);
    let total: f32 = views
        .map(|(((&[sum, squares], phrasing), query), say)| {
            let cosine = squares * phrasing.inverse_norm * query.inverse_norm;
            // Without terms on either side nothing is shared, and the smallest number keeps 0 from being divided by 0.
            let dice = 2.0 * sum / (phrasing.sum + query.sum).max(f32::MIN_POSITIVE);
            say * (cosine / 2.0 + dice)
        })
        .sum();
    (total / MOST).min(1.0)
}
