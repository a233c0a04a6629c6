//! The words found in a message that may bring a person.

use serde::Serialize;

use crate::engine::analyze::Analysis;
use crate::engine::compiled::{CompiledRulebook, ProbeHits};
use crate::reply::Hit;

/// A word that may bring a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WordHit {
    /// What it says.
    #[serde(flatten)]
    pub kind: WordKind,
    /// Where it stands.
    pub hit: Hit,
}

/// What a person word says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WordKind {
    /// Danger to somebody, unless a word of the same kind's `none` is found too.
    Emergency {
        /// The kind's id.
        id: String,
        /// Whether it counts.
        counts: bool,
    },
    /// No danger: it cancels the words of the kind.
    NoEmergency {
        /// The kind's id.
        id: String,
    },
    /// Asking for a person.
    HandOff,
    /// A complaint or a personal matter.
    Personal,
}

/// The person words of a message, in its order.
pub(super) fn words(compiled: &CompiledRulebook, analysis: &Analysis<'_>, found: &ProbeHits) -> Vec<WordHit> {
    let id = |kind: usize| {
        let emergency = compiled.rulebook.words.emergencies.get(kind);
        emergency.map_or_else(String::new, |emergency| emergency.id.clone())
    };
    let counts = |kind: usize| {
        analysis
            .matches
            .emergencies
            .iter()
            .any(|(other, _)| *other == kind)
    };
    let emergencies = found.emergencies.iter().map(|(kind, hit)| {
        let kind = WordKind::Emergency {
            id: id(*kind),
            counts: counts(*kind),
        };
        (kind, hit)
    });
    let unless = found
        .unless
        .iter()
        .map(|(kind, hit)| (WordKind::NoEmergency { id: id(*kind) }, hit));
    let hand_off = found.hand_off.iter().map(|hit| (WordKind::HandOff, hit));
    let personal = analysis
        .matches
        .personal
        .iter()
        .map(|hit| (WordKind::Personal, hit));
    let mut words: Vec<WordHit> = emergencies
        .chain(unless)
        .chain(hand_off)
        .chain(personal)
        .map(|(kind, hit)| WordHit {
            kind,
            hit: hit.clone(),
        })
        .collect();
    words.sort_by_key(|word| word.hit.span);
    words
}
