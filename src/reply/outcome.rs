//! What `receive` gives the host.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Reply;
use crate::case::{CaseId, Due, Priority};
use crate::message::{DepartmentId, ThemeId};

/// What became of a message. It was committed before the host sees it.
///
/// A redelivered message gives the same outcome again, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The engine answered, or asked back with a menu.
    Replied(Reply),
    /// A person will answer: a case waits in a queue, and the citizen is told so.
    Queued {
        /// What to tell the citizen now.
        reply: Reply,
        /// The case as it was when the message was handled.
        case: CaseSummary,
    },
    /// Nothing is to be sent.
    Silent {
        /// Why not.
        reason: SilentReason,
    },
}

impl Outcome {
    /// The reply to send, if there is one.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Replied(reply) | Self::Queued { reply, .. } => Some(reply),
            Self::Silent { .. } => None,
        }
    }
}

/// Where a message went: the case that it opened or joined, as it was at that moment.
///
/// The living case is read at the desk; this is the receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSummary {
    /// The case's number.
    pub id: CaseId,
    /// When the next deadline falls.
    pub due: Due,
    /// The department that has it.
    pub department: DepartmentId,
    /// Its theme, where one is known.
    pub theme: Option<ThemeId>,
    /// How urgent it is.
    pub priority: Priority,
}

impl CaseSummary {
    /// The case's number.
    pub fn id(&self) -> &CaseId {
        &self.id
    }

    /// When the next deadline falls.
    pub fn due(&self) -> &Due {
        &self.due
    }
}

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SilentReason {
    /// The message holds nothing that can be read: blank, or only control characters.
    Empty,
    /// A person holds the talk: the message is in the case, and the engine keeps out.
    Held,
    /// The message was added to the case, and the citizen was told so just before.
    Added,
    /// The same text was sent just before.
    Repeated,
}

impl fmt::Display for SilentReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the message is empty",
            Self::Held => "a person holds the talk",
            Self::Added => "added to the case, as told before",
            Self::Repeated => "the same was said just before",
        })
    }
}
