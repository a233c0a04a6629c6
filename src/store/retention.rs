//! The result of retention.

use crate::case::CaseId;

/// The result of [`Store::prune`](super::Store::prune).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruning {
    /// The cases that were removed, with everything that belongs to them.
    pub cases: Vec<CaseId>,
    /// How many stored outcomes of messages were removed.
    pub messages: u64,
    /// How many conversations were removed.
    pub conversations: u64,
    /// How many records of the journal were removed.
    pub records: u64,
    /// Whether the limit was reached: there may be more to remove.
    pub more: bool,
}
