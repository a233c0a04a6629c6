//! The changes of one commit.

use std::collections::HashSet;

use jiff::Timestamp;

use super::StoreError;
use crate::case::{Author, Case, CaseId, Event, Record};
use crate::message::Conversation;
use crate::reply::Handled;

/// Everything that must become true together, with the versions that it assumes.
///
/// Made by the engine for a message and by the desk for a command; [`Store::commit`](super::Store::commit)
/// takes it whole or not at all.
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
    /// The next state: the result of [`Case::apply`] on the expected one with the set's records.
    pub case: Case,
}

impl ChangeSet {
    /// Adds a new case, with the record that opens it.
    ///
    /// The commit conflicts if a case of this number exists by then.
    pub fn open(&mut self, case: Case, actor: &Author, now: Timestamp) {
        let opened = Event::Opened {
            case: Box::new(case.clone()),
        };
        self.record(&case.id, opened, actor, now);
        self.cases.push(CaseChange { expected: None, case });
    }

    /// Applies `events` to a case, adds a record of each, and returns the case afterwards.
    ///
    /// `case` is the case as it was read from the store, or as this set left it. A case that the set already
    /// opened or changed continues from that state. Without events the set stays as it is.
    pub fn apply(&mut self, case: Case, events: Vec<Event>, actor: &Author, now: Timestamp) -> Case {
        if events.is_empty() {
            return case;
        }
        let read_at = case.version;
        let after = events.iter().fold(case, Case::apply);
        for mut event in events {
            address(&mut event, &after);
            self.record(&after.id, event, actor, now);
        }
        match self.cases.iter_mut().find(|change| change.case.id == after.id) {
            Some(change) => change.case = after.clone(),
            None => self.cases.push(CaseChange {
                expected: Some(read_at),
                case: after.clone(),
            }),
        }
        after
    }

    /// Appends the changes and records of `other`. The outcome and the conversation of `other` replace those
    /// of this set. The two sets must not change the same case.
    pub fn merge(&mut self, other: Self) {
        self.records.extend(other.records);
        self.cases.extend(other.cases);
        self.handled = other.handled.or(self.handled.take());
        self.conversation = other.conversation.or(self.conversation.take());
    }

    fn record(&mut self, case: &CaseId, event: Event, actor: &Author, now: Timestamp) {
        let record = Record::new(now, actor.clone(), Some(case.clone()), event);
        self.records.push(record);
    }

    /// Checks all that can be checked without the store: each changed case has records, and each record has
    /// its case. Every store rejects a set that fails the check.
    ///
    /// A new case is rebuilt from its records and compared whole. Of a case that exists, the version must
    /// have risen by the number of its records.
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

/// Names the message that a letter of the case answers, so that the letter is found as a turn of its citizen's
/// conversation.
fn address(event: &mut Event, case: &Case) {
    if let Event::Posted { letter, to } = event {
        let recipient = case.recipients().get(letter.to).copied().cloned();
        *to = recipient.map(Box::new);
    }
}

/// Whether a record changes its case; one of a handled message or of feedback does not.
fn moves_a_case(record: &Record) -> bool {
    !matches!(record.event, Event::Handled { .. } | Event::Feedback { .. })
}

fn refused(id: &CaseId, what: &str) -> StoreError {
    StoreError::Refused(format!("case `{id}` {what}"))
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::case::{Ending, Priority};
    use crate::store::contract::sample;

    const NOW: Timestamp = sample::START;

    #[test]
    fn a_case_that_the_set_opened_moves_on_from_there() {
        let case = sample::case("A", "ann", Priority::Normal, 10);
        let mut change = ChangeSet::default();
        change.open(case.clone(), &Author::Engine, NOW);
        let ended = Event::Ended { how: Ending::Merged };
        let after = change.apply(case, vec![ended], &Author::Engine, NOW);
        assert_eq!(change.cases.len(), 1);
        assert_eq!(change.cases.first().map(|change| change.expected), Some(None));
        assert_eq!(change.cases.first().map(|change| &change.case), Some(&after));
        assert_eq!(change.records.len(), 2);
        assert!(change.check().is_ok());
    }

    #[test]
    fn merged_sets_expect_the_versions_that_each_was_read_at() {
        let one = sample::case("A", "ann", Priority::Normal, 10);
        let other = Case {
            version: 4,
            ..sample::case("B", "bob", Priority::Normal, 10)
        };
        let mut change = ChangeSet::default();
        change.apply(one, vec![Event::Released], &Author::Engine, NOW);
        let mut more = ChangeSet::default();
        more.apply(other, vec![Event::Released], &Author::Engine, NOW);
        change.merge(more);
        let expected: Vec<_> = change.cases.iter().map(|change| change.expected).collect();
        assert_eq!(expected, [Some(0), Some(4)]);
        assert!(change.check().is_ok());
    }

    #[test]
    fn no_event_changes_nothing() {
        let case = sample::case("A", "ann", Priority::Normal, 10);
        let mut change = ChangeSet::default();
        assert_eq!(change.apply(case.clone(), Vec::new(), &Author::Engine, NOW), case);
        assert_eq!(change, ChangeSet::default());
    }
}
