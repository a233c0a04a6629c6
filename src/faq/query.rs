//! A text as terms of the lexicon.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::lexicon::{Lexicon, TermId};
use crate::text::{TokenKind, Tokens};

/// The two ways to look at a text, compared apart so that neither drowns the other.
pub(super) const VIEWS: usize = 2;

/// Which view a token belongs to: characters and stems with their pairs, or words and letter groups.
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
    /// Those that the bank knows, in the order of their numbers.
    pub(super) terms: Vec<TermId>,
    /// How many of each kind it does not know.
    unknown: [usize; TokenKind::ALL.len()],
    /// Its size in each view, unknown terms included.
    pub(super) sizes: [Size; VIEWS],
    /// How many units it has, repetitions counted.
    pub(super) units: usize,
}

impl Query {
    pub(super) fn new(lexicon: &Lexicon, tokens: &Tokens) -> Self {
        let mut query = Self {
            units: tokens.units(),
            ..Self::default()
        };
        let mut strangers = Vec::new();
        for (n, kind) in TokenKind::ALL.into_iter().enumerate() {
            strangers.clear();
            for token in tokens.of_kind(kind) {
                match lexicon.id(kind, token) {
                    Some(id) => query.terms.push(id),
                    None => {
                        let mut hasher = FxHasher::default();
                        token.hash(&mut hasher);
                        strangers.push(hasher.finish());
                    }
                }
            }
            strangers.sort_unstable();
            strangers.dedup();
            if let Some(unknown) = query.unknown.get_mut(n) {
                *unknown = strangers.len();
            }
        }
        query.terms.sort_unstable();
        query.terms.dedup();
        query.measure(lexicon);
        query
    }

    /// A phrasing of the bank by its terms. How many units it had is not known any more, and nobody asks.
    pub(super) fn of(lexicon: &Lexicon, terms: Vec<TermId>) -> Self {
        let mut query = Self {
            terms,
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

    /// How many distinct tokens of a kind the bank does not know.
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
