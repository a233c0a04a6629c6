//! What can go wrong at a store.

use thiserror::Error;

use crate::case::CaseId;

/// A store's failure. Nothing of the change was recorded, except where a variant says otherwise.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Something that the change assumed no longer holds: read again and try again.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The engine below failed: disk full, file locked, connection lost.
    #[error("the store failed at `{action}`: {source}")]
    Backend {
        /// What was being done.
        action: &'static str,
        /// The engine's own error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A stored row can't be read: written by a newer version, or damaged.
    #[error("stored {what} `{id}` can't be read: {reason}")]
    Unreadable {
        /// The kind of row.
        what: &'static str,
        /// Which one.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store refuses to work as it is, and says what to do.
    #[error("{0}")]
    Refused(String),
}

/// What a commit assumed and no longer holds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Conflict {
    /// The message was handled in the meantime: its stored outcome counts.
    #[error("the message was handled already")]
    Handled,
    /// Another message of the same citizen was committed in the meantime.
    #[error("the conversation was changed in the meantime")]
    Conversation,
    /// The case was changed, or a case of this number exists already.
    #[error("case `{0}` was changed in the meantime")]
    Case(CaseId),
}
