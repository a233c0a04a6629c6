//! What a store lets go: a citizen who asks for it, and what ended long ago. What is the same for every store.

use jiff::Timestamp;

use crate::case::{Actor, Case, CaseId, Event, Record};
use crate::message::CitizenId;
use crate::reply::{Handled, Outcome};

/// What [`Store::erase`](super::Store::erase) has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The cases that no longer say whose they are.
    pub cases: Vec<CaseId>,
    /// The cases that still owe the citizen something: they stand as they are, and so do the conversation and the
    /// messages that belong to them. Erase again when they are closed.
    pub open: Vec<CaseId>,
    /// How many stored outcomes of messages were removed.
    pub messages: u64,
    /// How many conversations were removed.
    pub conversations: u64,
}

/// What [`Store::prune`](super::Store::prune) has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruning {
    /// The cases that were removed with everything about them.
    pub cases: Vec<CaseId>,
    /// How many stored outcomes of messages were removed.
    pub messages: u64,
    /// How many conversations were removed.
    pub conversations: u64,
    /// How many of the journal's records were removed.
    pub records: u64,
    /// Whether the limit was reached and there may be more to remove.
    pub more: bool,
}

/// The case that a message went to.
pub(super) fn case_of(handled: &Handled) -> Option<&CaseId> {
    match &handled.outcome {
        Outcome::Queued { case, .. } => Some(case.id()),
        _ => None,
    }
}

/// Whether the citizen is a recipient of the case's answer who came with another case.
pub(super) fn came_along(case: &Case, citizen: &CitizenId) -> bool {
    let mut merged = case.handling.merged.iter();
    merged.any(|duplicate| duplicate.key.sender() == citizen)
}

/// The case in whose place another goes on: that one, or the one that it is a part of.
pub(super) fn goes_on_as(case: &Case) -> Option<&CaseId> {
    let joined = case.handling.parent.as_ref().filter(|parent| parent.joined);
    case.handling
        .goes_on_as
        .as_ref()
        .or(joined.map(|parent| &parent.case))
}

/// A case after a move of the store's own, and the record of it.
pub(super) fn moved(case: Case, event: Event, now: Timestamp) -> (Case, Record) {
    let record = Record::new(now, Actor::Engine, Some(case.id.clone()), event);
    (case.apply(&record.event), record)
}

/// A record of the store's own work.
pub(super) fn bookkeeping(event: Event, now: Timestamp) -> Record {
    Record::new(now, Actor::Engine, None, event)
}
