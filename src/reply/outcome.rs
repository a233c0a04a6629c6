//! The outcome of a message, for the host.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Reply;
use crate::case::{CaseId, Due, Priority};
use crate::message::{DepartmentId, ThemeId};

/// The outcome of a message. It is committed before the host gets it.
///
/// A redelivered message gives the same outcome again, byte for byte. The enum is exhaustive on purpose: a
/// new outcome needs handling by every host, and the compiler points it out.
///
/// ```
/// use civic_reply::Outcome;
///
/// fn text_to_send(outcome: &Outcome) -> Option<String> {
///     outcome.reply().map(ToString::to_string)
/// }
/// # assert_eq!(text_to_send(&Outcome::Silent { reason: civic_reply::reply::SilentReason::Empty }), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The engine answered, or asked back with a menu.
    Replied(Reply),
    /// A person will answer: a case is in the queue.
    Queued {
        /// The reply to send now.
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
    /// The reply to send; `None` if nothing is sent.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Replied(reply) | Self::Queued { reply, .. } => Some(reply),
            Self::Silent { .. } => None,
        }
    }
}

/// The receipt of a case: the case that a message opened or followed up, as it was at that moment. The desk
/// reads its present state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSummary {
    /// The case's number.
    pub id: CaseId,
    /// When the next deadline falls.
    pub due: Due,
    /// The department that has it.
    pub department: DepartmentId,
    /// Its theme, if one is known.
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

/// The reason for sending nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SilentReason {
    /// The message is blank or has only control characters.
    Empty,
    /// A person holds the case: the message was added to it, and the engine does not reply.
    Held,
    /// The message was added to the case, and the citizen was just told so.
    Added,
    /// The same text was sent just before.
    Repeated,
    /// A machine wrote the message ([`Reason::Automatic`](super::Reason::Automatic)).
    Automatic,
}

impl fmt::Display for SilentReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the message is empty",
            Self::Held => "a person holds the case",
            Self::Added => "added to the case; the citizen was just told so",
            Self::Repeated => "the same text was just sent",
            Self::Automatic => "a machine wrote the message",
        })
    }
}
