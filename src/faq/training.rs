//! The training data of the classifier: the bank's phrasings, and texts that belong to no entry.

use std::collections::BTreeMap;

use super::bank::Bank;
use super::classifier::{Classifier, Random, Row, Training, row};
use super::query::Query;
use super::scan::{Scratch, scan};
use super::{FaqError, background};
use crate::text::{Tokens, fold};

/// From this similarity to a phrasing on, the bank answers a background sentence.
const ANSWERED_FROM: f32 = 0.5;

/// There is one mixture for this many phrasings.
const MIXTURE_EVERY: usize = 10;

/// Trains the classifier; `None` if the bank is too large for one.
pub(super) fn train(bank: &Bank) -> Result<Option<Classifier>, FaqError> {
    let mut rows: Vec<(Row, Option<usize>)> = bank
        .in_order()
        .map(|(phrasing, query)| (row(&bank.lexicon, &query), Some(phrasing.entry as usize)))
        .collect();
    let mixtures = mixtures(&rows);
    rows.extend(background_rows(bank)?.into_iter().map(|row| (row, None)));
    rows.extend(mixtures.into_iter().map(|row| (row, None)));
    let terms = bank.lexicon.searched();
    Ok(Classifier::train(&rows, terms, bank.entries, Training::PHRASINGS))
}

/// The background sentences that resemble no phrasing of the bank.
fn background_rows(bank: &Bank) -> Result<Vec<Row>, FaqError> {
    let mut scratch = Scratch::default();
    let mut rows = Vec::new();
    for sentence in background::sentences() {
        let query = Query::new(&bank.lexicon, &Tokens::of(fold(sentence).as_str()))?;
        let best = scan(&bank.lexicon, &bank.phrasings, bank.entries, &query, &mut scratch)?;
        if !best.iter().any(|best| best.similarity >= ANSWERED_FROM) {
            rows.push(row(&bank.lexicon, &query));
        }
    }
    Ok(rows)
}

/// Averages of two phrasings of different entries. Half of the words of an entry are not enough to
/// answer with it.
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
