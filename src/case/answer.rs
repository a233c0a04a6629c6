//! What stays known about an answer after its words are erased.

use serde::{Deserialize, Serialize};

use super::CaseId;
use crate::message::{CannedReplyId, EntryId};

/// Measures of an answer without its words. They stay in the journal after an erasure, so that reports can
/// count them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AnswerFacts {
    /// The number of characters.
    pub characters: u32,
    /// The percentage of its letters and digits, rounded down, in passages of the rulebook's canned replies
    /// that it contains; 0 to 100. It does not depend on what the agent named as the origin.
    pub stock_percent: u8,
    /// The text that the agent started from.
    pub origin: AnswerOrigin,
}

impl AnswerFacts {
    /// The facts of an answer.
    pub fn new(characters: u32, stock_percent: u8, origin: AnswerOrigin) -> Self {
        Self {
            characters,
            stock_percent,
            origin,
        }
    }

    /// The canned reply that the answer was written from.
    pub fn canned_reply(&self) -> Option<&CannedReplyId> {
        match &self.origin {
            AnswerOrigin::CannedReply { reply } => Some(reply),
            AnswerOrigin::Written | AnswerOrigin::Entry { .. } | AnswerOrigin::EarlierAnswer { .. } => None,
        }
    }
}

/// The text that an agent started an answer from, possibly changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerOrigin {
    /// The agent wrote it.
    #[default]
    Written,
    /// A canned reply of the rulebook.
    CannedReply {
        /// The canned reply.
        reply: CannedReplyId,
    },
    /// The answer of a suggested FAQ entry.
    Entry {
        /// The entry.
        entry: EntryId,
    },
    /// The answer to an earlier case.
    EarlierAnswer {
        /// The case.
        case: CaseId,
    },
}
