//! What one commit makes true.

use std::collections::HashSet;

use super::StoreError;
use crate::case::{Case, CaseId, Event, Record};
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
    /// Cases opened and moved, each at most once.
    pub cases: Vec<CaseChange>,
    /// Records for the journal, in order: every one that a case of `cases` went through, and no other case's.
    pub records: Vec<Record>,
}

/// A case's next state.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseChange {
    /// The version that it must have in the store; `None` for a case that must not exist yet.
    pub expected: Option<u64>,
    /// The case as it shall be: what [`Case::apply`] makes of the expected one with the set's records.
    pub case: Case,
}

impl ChangeSet {
    /// Checks what can be checked without the store: no case changes without its records, and no record without its
    /// case. Every store refuses a set that does not hold.
    ///
    /// A new case is rebuilt from its records and compared whole. Of a case that exists, the version must have risen
    /// by the number of its records.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`], naming the case.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.records.iter().any(|record| record.event.is_of_the_store()) {
            let message = "a record of an erasure or a removal is written by the store alone";
            return Err(StoreError::Refused(message.into()));
        }
        let mut named = HashSet::new();
        for change in &self.cases {
            if !named.insert(&change.case.id) {
                return Err(refused(&change.case.id, "is changed twice in one set"));
            }
            if !self.accounts_for(change) {
                return Err(refused(&change.case.id, "is not what its records make of it"));
            }
        }
        for record in self.records.iter().filter(|record| moves_a_case(record)) {
            match &record.case {
                Some(id) if named.contains(id) => {}
                Some(id) => return Err(refused(id, "has a record but no change")),
                None => return Err(StoreError::Refused("a record moves a case and names none".into())),
            }
        }
        Ok(())
    }

    /// Whether the set's records lead to the case.
    fn accounts_for(&self, change: &CaseChange) -> bool {
        let mut moves = self
            .records
            .iter()
            .filter(|record| record.case.as_ref() == Some(&change.case.id) && moves_a_case(record))
            .map(|record| &record.event);
        match change.expected {
            Some(version) => {
                let steps = moves.clone().count() as u64;
                let opens = moves.any(|event| matches!(event, Event::Opened { .. }));
                !opens && steps > 0 && version.checked_add(steps) == Some(change.case.version)
            }
            None => match moves.next() {
                Some(Event::Opened { case }) => moves.fold((**case).clone(), Case::apply) == change.case,
                _ => false,
            },
        }
    }
}

/// Whether a record changes its case; one of a handled message or of feedback does not.
fn moves_a_case(record: &Record) -> bool {
    !matches!(record.event, Event::Handled { .. } | Event::Feedback { .. })
}

fn refused(id: &CaseId, what: &str) -> StoreError {
    StoreError::Refused(format!("case `{id}` {what}"))
}
