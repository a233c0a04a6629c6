//! Person words: emergency words, requests for a person, complaints, and names of other places.

use serde::Serialize;

use crate::engine::analyze::Analysis;
use crate::engine::compiled::{CompiledRulebook, ProbeHits};
use crate::keyword::WordList;
use crate::reply::{Hit, WhyNot};

/// A person word in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WordHit {
    /// The kind.
    #[serde(flatten)]
    pub kind: WordKind,
    /// The word and its place.
    pub hit: Hit,
    /// Why it does not count at this place; `None` if it does, unless its kind says otherwise.
    #[serde(flatten)]
    pub why_not: Option<WhyNot>,
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
    /// The name of another place.
    Elsewhere,
    /// A word for the end of something or for one of two opposites.
    Opposite,
    /// A keyword of rules that reply.
    Keyword,
}

/// The person words of a message, in order, and the words for opposites that do not count.
pub(super) fn words(compiled: &CompiledRulebook, analysis: &Analysis<'_>, found: &ProbeHits) -> Vec<WordHit> {
    let id = |kind: usize| {
        let emergency = compiled.rulebook.words.emergencies.get(kind);
        emergency.map_or_else(String::new, |emergency| emergency.id.clone())
    };
    let matches = &analysis.matches;
    let why_not = |list: WordList, hit: &Hit| {
        let same = matches.not_meant.iter();
        let mut same = same.filter(|other| other.list == list && other.hit == *hit);
        same.next().map(|other| other.why.clone())
    };
    let counts = |kind: usize| matches.emergencies.iter().any(|(other, _)| *other == kind);
    let kind_of = |list: WordList, why_not: &Option<WhyNot>| match list {
        WordList::Emergency(kind) => WordKind::Emergency {
            id: id(kind),
            counts: why_not.is_none() && counts(kind),
        },
        WordList::HandOff => WordKind::HandOff,
        WordList::Personal => WordKind::Personal,
        WordList::Elsewhere => WordKind::Elsewhere,
        WordList::Rule => WordKind::Keyword,
    };
    // The probes find every place of an emergency word or request; of the others, the first that counts and
    // those before it that do not are known.
    let emergencies = found
        .emergencies
        .iter()
        .map(|(kind, hit)| (WordList::Emergency(*kind), hit));
    let hand_off = found.hand_off.iter().map(|hit| (WordList::HandOff, hit));
    let personal = matches.personal.iter().map(|hit| (WordList::Personal, hit));
    let elsewhere = matches.elsewhere.iter().map(|hit| (WordList::Elsewhere, hit));
    let others = matches.not_meant.iter();
    let others = others.filter(|word| {
        matches!(
            word.list,
            WordList::Personal | WordList::Elsewhere | WordList::Rule
        )
    });
    let others = others.map(|word| (word.list, &word.hit));
    let mut words: Vec<WordHit> = emergencies
        .chain(hand_off)
        .chain(personal)
        .chain(elsewhere)
        .chain(others)
        .map(|(list, hit)| {
            let why_not = why_not(list, hit);
            WordHit {
                kind: kind_of(list, &why_not),
                hit: hit.clone(),
                why_not,
            }
        })
        .collect();
    // One request is enough: the others say nothing more.
    let mut asked = false;
    words.retain(|word| {
        let again = word.kind == WordKind::HandOff && word.why_not.is_none() && asked;
        asked |= word.kind == WordKind::HandOff && word.why_not.is_none();
        !again
    });
    words.extend(found.unless.iter().map(|(kind, hit)| WordHit {
        kind: WordKind::NoEmergency { id: id(*kind) },
        hit: hit.clone(),
        why_not: None,
    }));
    words.extend(analysis.cut_opposites().map(|(hit, why)| WordHit {
        kind: WordKind::Opposite,
        hit,
        why_not: Some(why),
    }));
    words.sort_by_key(|word| word.hit.span);
    words
}
