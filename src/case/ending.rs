//! The ways in which a case ends.

use serde::{Deserialize, Serialize};

/// The way in which a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ending {
    /// The citizen said that the matter is settled.
    Solved,
    /// An agent ended it.
    Done,
    /// The citizen was asked whether the answer settled the matter, and did not reply in time. It counts as
    /// lapsed, not as satisfied.
    Lapsed,
    /// The citizen withdrew it.
    Withdrawn,
    /// It was merged into another case.
    Merged,
}

impl Ending {
    /// The ending's name, as stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Solved => "solved",
            Self::Done => "done",
            Self::Lapsed => "lapsed",
            Self::Withdrawn => "withdrawn",
            Self::Merged => "merged",
        }
    }
}
