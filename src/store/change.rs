//! What one commit makes true.

use crate::case::{Case, Record};
use crate::message::Conversation;
use crate::reply::Handled;

/// Everything that must become true together, with the versions that it assumes.
///
/// Made by the engine for a message and by the desk for a command; [`Store::commit`](super::Store::commit) takes it
/// whole or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeSet {
    /// A message's outcome; a conflict when the message was handled before.
    pub handled: Option<Handled>,
    /// A conversation's next state. Its `version` is the one it was read at; it is stored one higher.
    pub conversation: Option<Conversation>,
    /// Cases opened and moved.
    pub cases: Vec<CaseChange>,
    /// Records for the journal, in order.
    pub records: Vec<Record>,
}

/// A case's next state.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseChange {
    /// The version that it must have in the store; `None` for a case that must not exist yet.
    pub expected: Option<u64>,
    /// The case as it shall be.
    pub case: Case,
}
