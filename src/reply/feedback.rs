//! What somebody said about how a message should be answered: a label to learn from.

use serde::{Deserialize, Serialize};

use crate::message::{EntryId, MessageKey};

/// A judgement on a message. It changes no answer; [`Engine::learn`](crate::Engine::learn) reads all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The message that it came with or is about. Of several about one message the last counts.
    pub key: MessageKey,
    /// The citizen's question, at most [`MAX_CHARS`](crate::message::MAX_CHARS) characters.
    pub text: String,
    /// What was said.
    pub judgement: Judgement,
}

/// What was said about a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "judgement", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Judgement {
    /// The citizen chose this entry from a menu.
    Chose {
        /// The entry.
        entry: EntryId,
    },
    /// The citizen chose "none of these".
    NoneOfThese {
        /// The entries that were shown.
        shown: Vec<EntryId>,
    },
    /// An agent says that this entry answers it.
    Picked {
        /// The entry.
        entry: EntryId,
    },
    /// An agent says that no entry answers it.
    NoEntry,
    /// The citizen says that this entry's answer settled it.
    Solved {
        /// The entry.
        entry: EntryId,
    },
    /// The citizen says that this entry's answer did not settle it.
    NotSolved {
        /// The entry.
        entry: EntryId,
    },
}

impl Judgement {
    /// The entries that it names.
    pub fn entries(&self) -> &[EntryId] {
        match self {
            Self::Chose { entry }
            | Self::Picked { entry }
            | Self::Solved { entry }
            | Self::NotSolved { entry } => std::slice::from_ref(entry),
            Self::NoneOfThese { shown } => shown,
            Self::NoEntry => &[],
        }
    }

    /// The entry that answers the question, where this says so.
    pub fn answer(&self) -> Option<&EntryId> {
        match self {
            Self::Chose { entry } | Self::Picked { entry } | Self::Solved { entry } => Some(entry),
            Self::NoneOfThese { .. } | Self::NoEntry | Self::NotSolved { .. } => None,
        }
    }

    /// Whether `entry` answers the question; `None` where this does not say.
    pub fn says_of(&self, entry: &EntryId) -> Option<bool> {
        match self {
            Self::Chose { entry: right } | Self::Picked { entry: right } | Self::Solved { entry: right } => {
                Some(right == entry)
            }
            Self::NoEntry => Some(false),
            Self::NoneOfThese { shown } => shown.contains(entry).then_some(false),
            Self::NotSolved { entry: wrong } => (wrong == entry).then_some(false),
        }
    }
}
