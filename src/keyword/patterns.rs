//! Collects a rulebook's keywords: each folded spelling once, with all its uses.

use std::collections::HashMap;

use aho_corasick::BuildError;
use rustc_hash::FxHashMap;

use crate::text::{Synonyms, fold};

/// The distinct keywords in their folded spelling, with the uses of each.
///
/// All uses lie in one vector, because in a large rulebook cache misses cost more than the work per hit.
#[derive(Debug, Default)]
pub(super) struct Meanings {
    texts: Vec<Box<str>>,
    /// The index in `uses` of each keyword's first use, and one more entry for the end.
    starts: Vec<u32>,
    uses: Vec<Use>,
}

impl Meanings {
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> + Clone {
        self.texts.iter().map(|text| &**text)
    }

    pub(super) fn text(&self, pattern: usize) -> &str {
        self.texts.get(pattern).map_or("", |text| text)
    }

    #[inline]
    pub(super) fn uses(&self, pattern: usize) -> &[Use] {
        let bound = |n: usize| self.starts.get(n).map(|&at| at as usize);
        let range = bound(pattern).zip(bound(pattern + 1));
        let uses = range.and_then(|(from, to)| self.uses.get(from..to));
        uses.unwrap_or_default()
    }
}

/// The effect of finding a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Emergency {
        kind: u32,
    },
    EmergencyUnless {
        kind: u32,
    },
    HandOff,
    Personal,
    /// The name of another place.
    Elsewhere,
    /// A longer word, parts of which are no words of the lists above.
    Longer,
    Rule {
        rule: u32,
        slot: Slot,
    },
}

/// The condition of a rule that a keyword is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Any,
    Group(u32),
    None,
    /// The first list of words of `near`.
    One,
    /// The second list of words of `near`.
    Other,
}

/// A builder of [`Meanings`].
pub(super) struct Patterns {
    places: FxHashMap<Box<str>, usize>,
    uses: Vec<Vec<Use>>,
    synonyms: Synonyms,
}

impl Patterns {
    pub(super) fn new(synonyms: &[Vec<String>]) -> Result<Self, BuildError> {
        Ok(Self {
            places: FxHashMap::default(),
            uses: Vec::new(),
            synonyms: Synonyms::new(synonyms)?,
        })
    }

    /// Adds keywords and their synonyms. Two calls must not add the same use.
    pub(super) fn add_all(&mut self, keywords: &[String], usage: Use) {
        for keyword in keywords {
            for spelling in self.synonyms.spellings(keyword) {
                self.add(&spelling, usage);
            }
        }
    }

    /// Adds whole messages to `exact`: for the bare form of each spelling, the value that `name` returns.
    pub(super) fn add_whole<T: PartialEq>(
        &self,
        messages: &[String],
        exact: &mut HashMap<String, Vec<T>>,
        name: impl Fn(&str) -> T,
    ) {
        for message in messages {
            for spelling in self.synonyms.spellings(message) {
                let names = exact.entry(fold(&spelling).bare()).or_default();
                let name = Some(name(&spelling));
                // Two spellings of one rule may have the same bare form.
                if names.last() != name.as_ref() {
                    names.extend(name);
                }
            }
        }
    }

    fn add(&mut self, text: &str, usage: Use) {
        // An empty pattern would match at every position. The loader rejects it, and this check guards other
        // callers.
        if text.is_empty() {
            return;
        }
        let place = match self.places.get(text) {
            Some(&place) => place,
            None => {
                self.places.insert(text.into(), self.uses.len());
                self.uses.push(Vec::with_capacity(1));
                self.uses.len() - 1
            }
        };
        // A keyword that is listed twice, or as a synonym of another, is added twice in a row.
        if let Some(uses) = self.uses.get_mut(place)
            && uses.last() != Some(&usage)
        {
            uses.push(usage);
        }
    }

    /// The keywords in the order in which they were first added.
    pub(super) fn finish(self) -> Meanings {
        let mut texts: Vec<(usize, Box<str>)> = self
            .places
            .into_iter()
            .map(|(text, place)| (place, text))
            .collect();
        texts.sort_unstable_by_key(|&(place, _)| place);
        let mut meanings = Meanings {
            texts: texts.into_iter().map(|(_, text)| text).collect(),
            ..Meanings::default()
        };
        meanings.starts.push(0);
        for uses in self.uses {
            meanings.uses.extend(uses);
            meanings.starts.push(meanings.uses.len() as u32);
        }
        meanings
    }
}
