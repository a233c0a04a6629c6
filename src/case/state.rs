//! The state and the priority of a case.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The state of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// In the queue; no agent holds it.
    Waiting,
    /// An agent holds it.
    Claimed,
    /// The citizen was asked a question, and the clocks that can pause do.
    AwaitingCitizen,
    /// Offered to another department, which has not accepted it yet. The clocks run.
    Offered,
    /// Answered; the citizen can still say that the matter is not settled.
    Answered,
    /// Ended. It can be reopened.
    Closed,
    /// Merged into another case, for good.
    Merged,
}

impl State {
    /// All states, from arrival to end.
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Claimed,
        Self::AwaitingCitizen,
        Self::Offered,
        Self::Answered,
        Self::Closed,
        Self::Merged,
    ];

    /// The states of a case that an agent or the citizen may still continue, and whose deadlines are open.
    pub(crate) const OPEN: [Self; 5] = [
        Self::Waiting,
        Self::Claimed,
        Self::AwaitingCitizen,
        Self::Offered,
        Self::Answered,
    ];

    /// The state's name, as stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::AwaitingCitizen => "awaiting_citizen",
            Self::Offered => "offered",
            Self::Answered => "answered",
            Self::Closed => "closed",
            Self::Merged => "merged",
        }
    }

    /// Whether the case has ended: closed or merged.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Merged)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The priority of a case. The queue gives out higher priorities first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// By due time.
    #[default]
    Normal,
    /// Before all normal cases.
    High,
    /// A person is in danger: before all other cases.
    Urgent,
}

impl Priority {
    /// The priority's name, as stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }
}
