//! The evidence of the other stages about a message.

use crate::keyword::{Matches, WinningRule};
use crate::message::{EntryId, ThemeId};

/// The input of a decision.
#[derive(Clone, Debug)]
pub(crate) struct Evidence<'a> {
    /// Whether the message is blank after folding.
    pub(crate) blank: bool,
    /// The number of folded characters.
    pub(crate) chars: usize,
    /// Whether only the beginning was read.
    pub(crate) truncated: bool,
    /// The keywords that were found.
    pub(crate) matches: &'a Matches,
    /// The winning rule, if one fired.
    pub(crate) winner: Option<&'a WinningRule>,
    /// A wish in the message that the winning rule does not cover. Its reply is then no answer.
    pub(crate) opposed: Option<String>,
    /// The FAQ's candidates, the surest first; the error's text if the search failed.
    pub(crate) faq: Result<&'a [FaqEvidence], String>,
    /// The citizen's choice from an open menu.
    pub(crate) choice: Option<Choice>,
    /// The number of the citizen's messages in a row before this one that led to a menu.
    pub(crate) misses: u32,
    /// The thresholds.
    pub(crate) limits: Limits,
}

/// The thresholds of an automatic answer from the FAQ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    /// The least confidence at which an entry of the best one's theme answers, in `0..=1`.
    pub(crate) answer: f64,
    /// The least probability, in `0..=1`, that one of the best three entries answers, at which a menu is
    /// sent.
    pub(crate) menu: f64,
    /// The number of missed messages in a row at which a person answers instead of another menu.
    pub(crate) misses: u32,
    /// The longest message that the FAQ answers, in folded characters.
    pub(crate) chars: usize,
    /// Whether entries may answer automatically.
    pub(crate) automatic: AutomaticAnswers,
}

/// Whether a sure FAQ entry may answer automatically.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AutomaticAnswers {
    /// Yes.
    Allowed,
    /// Only with a certificate, and none is valid for this FAQ.
    Uncertified,
    /// No.
    Off,
}

/// A FAQ entry that may answer the message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FaqEvidence {
    /// The entry.
    pub(crate) entry: EntryId,
    /// Its theme.
    pub(crate) theme: ThemeId,
    /// Its phrasing nearest to the message, folded.
    pub(crate) phrasing: String,
    /// Differences between the message and that phrasing that may change the meaning. With any, the entry is
    /// only offered in a menu.
    pub(crate) differs: Vec<String>,
    /// A wish in the message that no phrasing covers. With it, the entry is not offered as a likely answer.
    pub(crate) opposed: Option<String>,
    /// The probability that the entry answers the message, in `0..=1`. NaN counts as 0.
    pub(crate) confidence: f64,
}

/// The citizen's choice from a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Entries of the menu, at least one, in its order.
    Entries {
        /// The entries.
        chosen: Vec<ChosenEntry>,
        /// Whether some words of one option chose it, and neither a number nor the whole label did. A rule, a
        /// complaint and a request for a person then outrank the choice.
        by_words: bool,
    },
    /// None of the entries shown.
    NoneOfThese {
        /// The theme that all of them share, if they do.
        theme: Option<ThemeId>,
        /// The entries.
        offered: Vec<EntryId>,
    },
}

/// An entry that was chosen from a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChosenEntry {
    /// Its number in the menu, from 1.
    pub(crate) number: usize,
    /// The entry.
    pub(crate) entry: EntryId,
    /// Its theme.
    pub(crate) theme: ThemeId,
}
