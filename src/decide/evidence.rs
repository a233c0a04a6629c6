//! What the other stages found out about a message.

use crate::keyword::{Matches, WinningRule};
use crate::message::{EntryId, ThemeId};

/// Everything that a decision rests on.
#[derive(Clone, Debug)]
pub(crate) struct Evidence<'a> {
    /// Whether nothing readable is left of the message.
    pub(crate) blank: bool,
    /// How many folded characters it has.
    pub(crate) chars: usize,
    /// Whether only its beginning was read.
    pub(crate) truncated: bool,
    /// What the keywords found.
    pub(crate) matches: &'a Matches,
    /// What the keyword rules say, where one fired.
    pub(crate) winner: Option<&'a WinningRule>,
    /// What the message wants and that rule does not speak of, if there is anything: the rule's reply is then no answer.
    pub(crate) opposed: Option<String>,
    /// What the FAQ offers, the surest first; the error's text where it could not be asked.
    pub(crate) faq: Result<&'a [FaqEvidence], String>,
    /// The citizen's choice from an open menu.
    pub(crate) choice: Option<Choice>,
    /// How many of the citizen's messages before this one, in a row, were asked back about.
    pub(crate) misses: u32,
    /// The numbers that decide.
    pub(crate) limits: Limits,
}

/// The numbers that decide about an automatic answer from the FAQ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    /// The least confidence at which an entry of the best one's theme answers, in `0..=1`.
    pub(crate) answer: f64,
    /// The least confidence that one of the best three entries answers at which the engine asks back, in `0..=1`.
    pub(crate) menu: f64,
    /// How many messages in a row may miss: the last of them reaches a person instead of another menu.
    pub(crate) misses: u32,
    /// The longest message that is answered or asked back, in folded characters.
    pub(crate) chars: usize,
    /// Whether an entry may answer by itself at all.
    pub(crate) automatic: AutomaticAnswers,
}

/// Whether a sure FAQ entry may answer by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AutomaticAnswers {
    /// It may.
    Allowed,
    /// It may only with a certificate, and there is none that holds.
    Uncertified,
    /// It may not.
    Off,
}

/// A FAQ entry that may answer the message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FaqEvidence {
    /// The entry.
    pub(crate) entry: EntryId,
    /// Its theme.
    pub(crate) theme: ThemeId,
    /// Its phrasing that is nearest to the message, folded.
    pub(crate) phrasing: String,
    /// What sets the message apart from that phrasing although they resemble each other; with any, it may only be offered.
    pub(crate) differs: Vec<String>,
    /// What the message wants and none of the entry's phrasings speaks of; with it, the entry is not even offered.
    pub(crate) opposed: Option<String>,
    /// How sure it is that it answers the message, in `0..=1`. A number that is none counts as 0.
    pub(crate) confidence: f64,
}

/// What the citizen chose from a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// An entry: its number in the menu, from 1, the entry and its theme.
    Entry {
        /// The number.
        number: usize,
        /// The entry.
        entry: EntryId,
        /// Its theme.
        theme: ThemeId,
    },
    /// None of the entries shown.
    NoneOfThese {
        /// The theme that all of them share, if they do.
        theme: Option<ThemeId>,
        /// The entries.
        offered: Vec<EntryId>,
    },
}
