//! Records that a store writes on its own: of erasures and of removals.

use jiff::Timestamp;

use crate::case::{Author, Case, CaseId, Event, Record};
use crate::reply::{Handled, Outcome, Reason};

/// A case after an event of the store's own, and the record of it.
pub(super) fn record_of_case(case: Case, event: Event, now: Timestamp) -> (Case, Record) {
    let record = Record::new(now, Author::Engine, Some(case.id.clone()), event);
    (case.apply(&record.event), record)
}

/// A record of the store's own that belongs to no case.
pub(super) fn store_record(event: Event, now: Timestamp) -> Record {
    Record::new(now, Author::Engine, None, event)
}

/// The case that a message was queued as, or that a message without a reply belongs to.
pub(super) fn case_of(handled: &Handled) -> Option<&CaseId> {
    match &handled.outcome {
        Outcome::Queued { case, .. } => Some(case.id()),
        _ => handled.reasons.iter().find_map(|reason| match reason {
            Reason::Automatic { case, .. } => case.as_ref(),
            _ => None,
        }),
    }
}
