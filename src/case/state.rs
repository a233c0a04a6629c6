//! Where a case stands, and how urgent it is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// In the queue: no agent holds it.
    Waiting,
    /// An agent holds it.
    Claimed,
    /// The citizen was asked for something, and the clocks that can stand still do.
    AwaitingCitizen,
    /// Offered to another department, which has not said yet whether it takes it. The clocks run.
    Offered,
    /// The answer was given.
    Answered,
    /// Ended; nothing more is owed.
    Closed,
    /// It goes on as part of another case; nothing more is owed here, and it never comes back.
    Merged,
}

impl State {
    /// All of them, from arrival to end.
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Claimed,
        Self::AwaitingCitizen,
        Self::Offered,
        Self::Answered,
        Self::Closed,
        Self::Merged,
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

    /// Whether it has ended: nothing is owed any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Merged)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How urgent a case is; a queue gives out the higher ones first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// In the order of the deadlines.
    #[default]
    Normal,
    /// Before all normal ones.
    High,
    /// Danger to somebody: before everything.
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
