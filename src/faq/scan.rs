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

/// Memory that one scan needs and the next can use again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// For each phrasing and view the shared terms' weights, and their squares.
    shared: Vec<[f32; 2 * VIEWS]>,
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
    scratch.shared.clear();
    scratch.shared.resize(phrasings.len(), [0.0; 2 * VIEWS]);
    scratch.best.clear();
    scratch.best.resize(entries, Best::default());
    for &term in &query.terms {
        let weight = lexicon.weight(term);
        let square = weight * weight;
        let add = match view(lexicon.kind(term)) {
            0 => [weight, square, 0.0, 0.0],
            _ => [0.0, 0.0, weight, square],
        };
        for &phrasing in lexicon.phrasings(term) {
            if let Some(shared) = scratch.shared.get_mut(phrasing as usize) {
                for (sum, add) in shared.iter_mut().zip(add) {
                    *sum += add;
                }
            }
        }
    }
    for (n, (shared, phrasing)) in scratch.shared.iter().zip(phrasings).enumerate() {
        let [first, _, second, _] = shared;
        if *first <= 0.0 && *second <= 0.0 {
            continue;
        }
        let similarity = similarity(shared, &phrasing.sizes, &query.sizes);
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

fn similarity(shared: &[f32; 2 * VIEWS], phrasing: &[Size; VIEWS], query: &[Size; VIEWS]) -> f32 {
    let [sum_0, square_0, sum_1, square_1] = *shared;
    let [phrasing_0, phrasing_1] = phrasing;
    let [query_0, query_1] = query;
    let [say_0, say_1] = SAY;
    let total = say_0 * in_view(sum_0, square_0, phrasing_0, query_0)
        + say_1 * in_view(sum_1, square_1, phrasing_1, query_1);
    (total / MOST).min(1.0)
}

fn in_view(sum: f32, square: f32, phrasing: &Size, query: &Size) -> f32 {
    if sum <= 0.0 {
        return 0.0;
    }
    let cosine = square / (phrasing.norm * query.norm);
    let dice = 2.0 * sum / (phrasing.sum + query.sum);
    cosine / 2.0 + dice
}
