//! The exchange with the citizen before and after a case was opened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::reply::{Action, DecidedBy};

/// One entry of the conversation about a case, after the message that opened it and before the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TranscriptEntry {
    /// A question of an agent, or the answer that was given before the case was reopened. The journal has the
    /// agent and the time.
    #[serde(rename = "office")]
    ByOffice {
        /// The text.
        text: String,
    },
    /// A message of the citizen.
    #[serde(rename = "citizen")]
    ByCitizen {
        /// The text.
        text: String,
        /// The time of writing.
        at: Timestamp,
    },
}

/// The most earlier turns that a case keeps: 20. Together they have at most
/// [`MAX_CHARS`](crate::message::MAX_CHARS) characters. The whole conversation is in the journal.
pub const MAX_EARLIER_TURNS: usize = 20;

/// A message of the citizen since the last settled matter, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierTurn {
    /// The text.
    pub text: String,
    /// The time of writing.
    pub at: Timestamp,
    /// The action on it.
    pub action: Action,
    /// What decided: the entry or rule whose answer the citizen got.
    pub by: DecidedBy,
}
