//! The errors of a store.

use thiserror::Error;

use crate::case::CaseId;

/// An error of a store. Nothing of the change was stored, except where a variant says otherwise.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An assumption of the change no longer holds: read again and retry.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The storage engine failed, for example by a full disk, a locked file or a lost connection.
    #[error("the store failed at `{action}`: {source}")]
    Backend {
        /// The operation that failed.
        action: &'static str,
        /// The engine's own error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A stored row is unreadable: a newer version wrote it, or it is damaged.
    #[error("stored {what} `{id}` can't be read: {reason}")]
    Unreadable {
        /// The kind of row.
        what: &'static str,
        /// The row's key.
        id: String,
        /// Why it is unreadable.
        reason: String,
    },
    /// The store refuses the operation; the text names the remedy.
    #[error("{0}")]
    Refused(String),
}

/// An assumption of a commit that no longer holds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Conflict {
    /// The message was handled before: its stored outcome counts.
    #[error("the message was handled already")]
    Handled,
    /// Another message of the same citizen was committed in between.
    #[error("the conversation was changed in the meantime")]
    Conversation,
    /// The case was changed, or a case of this number exists.
    #[error("case `{0}` was changed in the meantime")]
    Case(CaseId),
}
