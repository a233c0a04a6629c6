//! A text as a set of terms.

use rustc_hash::FxHashSet;

use super::FaqError;
use super::lexicon::{Lexicon, TermId};
use crate::text::{TokenKind, Tokens};

/// The number of views of a text. Each is compared separately, so that neither outweighs the other.
pub(super) const VIEWS: usize = 2;

/// The view of a token: characters and stems with their pairs, or words and letter n-grams.
pub(super) fn view(kind: TokenKind) -> usize {
    match kind {
        TokenKind::Unit | TokenKind::Pair => 0,
        TokenKind::Word | TokenKind::Gram => 1,
    }
}

/// The size of a text in one view.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    /// The sum of its terms' weights.
    pub(super) sum: f32,
    /// One divided by the length of its vector of weights; 0 for an empty one.
    pub(super) inverse_norm: f32,
}

/// A text's distinct terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    /// Those in the bank, sorted.
    pub(super) terms: Vec<TermId>,
    /// The number of distinct tokens of each kind that are not in the bank.
    unknown: [usize; TokenKind::ALL.len()],
    /// Its size in each view, unknown terms included.
    pub(super) sizes: [Size; VIEWS],
    /// The number of units, counting repetitions.
    pub(super) units: usize,
}

impl Query {
    pub(super) fn new(lexicon: &Lexicon, tokens: &Tokens) -> Result<Self, FaqError> {
        let mut query = Self {
            units: tokens.units(),
            ..Self::default()
        };
        // A dictionary lookup costs far more than a check for a repeated token.
        let mut seen = FxHashSet::default();
        for (kind, unknown) in TokenKind::ALL.into_iter().zip(&mut query.unknown) {
            seen.clear();
            for token in tokens.of_kind(kind).filter(|token| seen.insert(*token)) {
                match lexicon.id(kind, token)? {
                    Some(id) => query.terms.push(id),
                    None => *unknown += 1,
                }
            }
        }
        query.terms.sort_unstable();
        query.measure(lexicon);
        Ok(query)
    }

    /// A phrasing of the bank, from its terms. The number of its units is unknown and never used.
    pub(super) fn of(lexicon: &Lexicon, terms: &[TermId]) -> Self {
        let mut query = Self {
            terms: terms.to_vec(),
            ..Self::default()
        };
        query.measure(lexicon);
        query
    }

    fn measure(&mut self, lexicon: &Lexicon) {
        let mut sums = [0.0_f32; VIEWS];
        let mut squares = [0.0_f32; VIEWS];
        let mut add = |kind: TokenKind, weight: f32, times: usize| {
            let times = times as f32;
            if let (Some(sum), Some(square)) = (sums.get_mut(view(kind)), squares.get_mut(view(kind))) {
                *sum += times * weight;
                *square += times * weight * weight;
            }
        };
        for &term in &self.terms {
            add(lexicon.kind(term), lexicon.weight(term), 1);
        }
        for (kind, &unknown) in TokenKind::ALL.into_iter().zip(&self.unknown) {
            add(kind, lexicon.unknown_weight(), unknown);
        }
        for ((size, sum), square) in self.sizes.iter_mut().zip(sums).zip(squares) {
            *size = Size {
                sum,
                inverse_norm: if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 },
            };
        }
    }

    /// The number of distinct tokens of a kind that are not in the bank.
    pub(super) fn unknown(&self, kind: TokenKind) -> usize {
        let [unit, pair, word, gram] = self.unknown;
        match kind {
            TokenKind::Unit => unit,
            TokenKind::Pair => pair,
            TokenKind::Word => word,
            TokenKind::Gram => gram,
        }
    }
}
