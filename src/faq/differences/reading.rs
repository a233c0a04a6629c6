//! A text read for its numbers, negation and intents, once for all texts that it is compared with.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::numbers::Numbers;
use super::words::{CutWord, Side, intents, negation};
use crate::reply::WhyNot;
use crate::text::{Negations, fold};

/// A text with its numbers, negation and intents, each read when it is first needed.
///
/// A message is compared with many phrasings, and may be long: read it once.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    folded: String,
    /// Negations of words for opposites. Without them such a word counts wherever it stands.
    negations: Option<Arc<Negations>>,
    numbers: OnceLock<Numbers>,
    negation: OnceLock<Option<&'static str>>,
    intents: OnceLock<(Vec<Side>, Vec<CutWord>)>,
}

impl Reading {
    /// A text as written. It is folded here.
    pub fn of(text: &str) -> Self {
        Self::of_folded(fold(text).as_str())
    }

    /// A folded text.
    pub fn of_folded(folded: &str) -> Self {
        Self {
            folded: folded.to_owned(),
            ..Self::default()
        }
    }

    /// The same text, with the negations of words for opposites.
    pub(crate) fn with_negations(mut self, negations: Arc<Negations>) -> Self {
        self.negations = Some(negations);
        self
    }

    pub(super) fn as_str(&self) -> &str {
        &self.folded
    }

    pub(super) fn numbers(&self) -> &Numbers {
        self.numbers.get_or_init(|| Numbers::of(&self.folded))
    }

    pub(super) fn negation(&self) -> Option<&'static str> {
        *self.negation.get_or_init(|| negation(&self.folded))
    }

    pub(super) fn intents(&self) -> &[Side] {
        &self.read_intents().0
    }

    /// The words for the end of something or for an opposite that say nothing because they are parts of other
    /// words or negated: each with its bytes in the folded text, and the reason.
    pub(crate) fn cut_opposites(&self) -> impl Iterator<Item = (&str, Range<usize>, &WhyNot)> {
        let cut = self.read_intents().1.iter();
        cut.map(|cut| (cut.word, cut.place.clone(), &cut.why))
    }

    fn read_intents(&self) -> &(Vec<Side>, Vec<CutWord>) {
        self.intents
            .get_or_init(|| intents(&self.folded, self.negations.as_deref()))
    }
}
