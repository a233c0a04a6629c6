//! Feedback: judgements on answers, to learn from.

use serde::{Deserialize, Serialize};

use crate::message::{EntryId, MessageKey};

/// A judgement on the answer to a message. It changes no answer; [`Engine::learn`](crate::Engine::learn)
/// reads all feedback.
///
/// ```
/// use civic_reply::message::MessageKey;
/// use civic_reply::reply::{Feedback, Judgement};
///
/// let feedback = Feedback {
///     key: MessageKey::new("gov-wechat".into(), "citizen-42".into(), "msg-1"),
///     text: "宝宝出生后怎么上户口".to_owned(),
///     judgement: Judgement::Picked { entry: "household-newborn".into() },
/// };
/// assert_eq!(feedback.judgement.says_of(&"household-newborn".into()), Some(true));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The message. The last feedback about a message counts.
    pub key: MessageKey,
    /// The citizen's question, at most [`MAX_CHARS`](crate::message::MAX_CHARS) characters.
    pub text: String,
    /// The judgement.
    pub judgement: Judgement,
}

/// A judgement on the answer to a question.
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
    /// An agent picked this entry as the answer.
    Picked {
        /// The entry.
        entry: EntryId,
    },
    /// An agent found that no entry answers the question.
    NoEntry,
    /// This entry's answer solved the matter, according to the citizen.
    Solved {
        /// The entry.
        entry: EntryId,
    },
    /// This entry's answer did not solve the matter, according to the citizen.
    NotSolved {
        /// The entry.
        entry: EntryId,
    },
}

impl Judgement {
    /// The entries in the judgement.
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

    /// The entry that answers the question, if the judgement names it.
    pub fn answer(&self) -> Option<&EntryId> {
        match self {
            Self::Chose { entry } | Self::Picked { entry } | Self::Solved { entry } => Some(entry),
            Self::NoneOfThese { .. } | Self::NoEntry | Self::NotSolved { .. } => None,
        }
    }

    /// Whether `entry` answers the question. `None` if the judgement does not tell.
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
