//! The stored record of a handled message: what a redelivery gets, and what an audit reads.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Outcome, Reason};
use crate::message::{EntryId, MessageKey, RuleId, RulebookVersion, ThemeId};

/// A message's outcome with the reasons for it, as the store keeps them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handled {
    /// The message.
    pub key: MessageKey,
    /// When it was handled, on the engine's clock.
    pub at: Timestamp,
    /// What was decided.
    pub action: Action,
    /// What decided it.
    pub by: DecidedBy,
    /// How sure the answer is, in `0..=1`, where the FAQ was asked.
    pub confidence: Option<f64>,
    /// The service theme that was recognised.
    pub theme: Option<ThemeId>,
    /// What the host was told.
    pub outcome: Outcome,
    /// Why, in the order in which it was weighed.
    pub reasons: Vec<Reason>,
    /// The rulebook that was in force.
    pub rulebook: RulebookVersion,
}

/// What was decided about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Answered at once.
    Answer,
    /// Asked back with a menu.
    Clarify,
    /// Given to a person.
    Escalate,
    /// Taken as a part of what is going on: about a case, or about an answer.
    FollowUp,
    /// Nothing sent.
    Silent,
}

/// What decided about a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecidedBy {
    /// A word that means danger to somebody.
    Emergency,
    /// The citizen asked for a person.
    HandOff,
    /// A keyword rule.
    Rule(RuleId),
    /// A FAQ entry; with [`Action::Clarify`], the first of the menu.
    Faq(EntryId),
    /// The citizen's choice from a menu.
    Menu(EntryId),
    /// What went before in the talk.
    Talk,
    /// Nothing was sure enough: a person.
    Nobody,
}
