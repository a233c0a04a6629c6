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
    /// The answer was given.
    Answered,
    /// Ended; nothing more is owed.
    Closed,
}

impl State {
    /// The state's name, as stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::AwaitingCitizen => "awaiting_citizen",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
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
