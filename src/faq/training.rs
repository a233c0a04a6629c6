//! What the classifier learns from: the bank's phrasings, and texts that belong to no entry.

use std::collections::BTreeMap;

use super::background;
use super::classifier::{Classifier, Random, Row, Training, row};
use super::lexicon::Lexicon;
use super::query::Query;
use super::scan::{Phrasing, Scratch, scan};
use crate::text::{Tokens, fold};

/// How similar a background sentence is to a phrasing that says the same.
const ANSWERED: f32 = 0.5;

/// For how many phrasings there is one mixture.
const MIXTURE_EVERY: usize = 10;

/// Learns the classifier; `None` when the bank is too large for one.
pub(super) fn train(
    lexicon: &Lexicon,
    phrasings: &[Phrasing],
    queries: &[Query],
    entries: usize,
) -> Option<Classifier> {
    let mut rows: Vec<(Row, Option<usize>)> = queries
        .iter()
        .zip(phrasings)
        .map(|(query, phrasing)| (row(lexicon, query), Some(phrasing.entry as usize)))
        .collect();
    let mixtures = mixtures(&rows);
    rows.extend(background_rows(lexicon, phrasings, entries).map(|row| (row, None)));
    rows.extend(mixtures.into_iter().map(|row| (row, None)));
    Classifier::train(&rows, lexicon.searched(), entries, Training::PHRASINGS)
}

/// The background sentences, but for those that resemble a phrasing: this bank does answer them.
fn background_rows<'a>(
    lexicon: &'a Lexicon,
    phrasings: &'a [Phrasing],
    entries: usize,
) -> impl Iterator<Item = Row> + 'a {
    let mut scratch = Scratch::default();
    background::sentences().iter().filter_map(move |sentence| {
        let query = Query::new(lexicon, &Tokens::of(fold(sentence).as_str()));
        let best = scan(lexicon, phrasings, entries, &query, &mut scratch);
        let answered = best.iter().any(|best| best.similarity >= ANSWERED);
        (!answered).then(|| row(lexicon, &query))
    })
}

/// Halves of two entries' phrasings put together: half of what an entry asks for is not enough.
fn mixtures(rows: &[(Row, Option<usize>)]) -> Vec<Row> {
    let mut random = Random::default();
    let mut pick = || rows.get(random.below(rows.len()));
    (0..rows.len() / MIXTURE_EVERY)
        .filter_map(|_| {
            let ((a, class_a), (b, class_b)) = (pick()?, pick()?);
            (class_a != class_b).then(|| mix(a, b))
        })
        .collect()
}

fn mix(a: &Row, b: &Row) -> Row {
    let mut mixed = BTreeMap::new();
    for &(term, value) in a.iter().chain(b) {
        *mixed.entry(term).or_insert(0.0) += 0.5 * value;
    }
    mixed.into_iter().collect()
}
