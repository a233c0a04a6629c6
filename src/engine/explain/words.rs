//! Person words: emergency words, requests for a person, and complaints.

use serde::Serialize;

use crate::engine::analyze::Analysis;
use crate::engine::compiled::{CompiledRulebook, ProbeHits};
use crate::reply::Hit;

/// A person word in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WordHit {
    /// The kind.
    #[serde(flatten)]
    pub kind: WordKind,
    /// The word and its place.
    pub hit: Hit,
}

/// The kind of a person word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WordKind {
    /// An emergency, unless a word in `none` of the same kind is found too.
    Emergency {
        /// The id of the emergency.
        id: String,
        /// Whether it counts: no word cancels it.
        counts: bool,
    },
    /// Cancels the emergency words of the kind.
    NoEmergency {
        /// The id of the emergency.
        id: String,
    },
    /// A request for a person.
    HandOff,
    /// A complaint or a personal matter.
    Personal,
}

/// The person words of a message, in order.
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
    let hand_off = found
        .hand_off
        .first()
        .into_iter()
        .map(|hit| (WordKind::HandOff, hit));
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
