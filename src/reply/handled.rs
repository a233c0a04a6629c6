//! The stored record of a handled message: returned on redelivery, and read by audits.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Outcome, Reason};
use crate::message::{EntryId, MessageKey, RuleId, RulebookVersion, ThemeId};

/// The outcome of a message with its reasons, as the store keeps them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handled {
    /// The message.
    pub key: MessageKey,
    /// When it was handled, on the engine's clock.
    pub at: Timestamp,
    /// The action.
    pub action: Action,
    /// The rule, entry or word that decided.
    pub by: DecidedBy,
    /// The confidence in the FAQ's best entry, in `0..=1`, if the FAQ was searched.
    pub confidence: Option<f64>,
    /// The service theme, if one was recognised.
    pub theme: Option<ThemeId>,
    /// The outcome that the host got.
    pub outcome: Outcome,
    /// The reasons in the order of the weighing.
    pub reasons: Vec<Reason>,
    /// The rulebook that was in force.
    pub rulebook: RulebookVersion,
}

/// The action on a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Answered at once.
    Answer,
    /// Asked back with a menu.
    Clarify,
    /// Given to a person.
    Escalate,
    /// Taken as a follow-up to a case or an answer.
    FollowUp,
    /// Nothing sent.
    Silent,
}

/// The cause of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecidedBy {
    /// An emergency word.
    Emergency,
    /// The citizen asked for a person.
    HandOff,
    /// A keyword rule.
    Rule(RuleId),
    /// A FAQ entry; with [`Action::Clarify`], the first of the menu.
    Faq(EntryId),
    /// The citizen's choice from a menu.
    Menu(EntryId),
    /// The conversation before the message.
    Talk,
    /// Nothing was sure enough, so a person answers.
    Nobody,
}
