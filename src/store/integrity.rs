//! The result of an integrity check.

use std::fmt;

use super::Seq;
use crate::case::{Case, CaseId, Event};

/// The findings of a check of all stored data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntegrityReport {
    /// Damage to the structure of the database, at most 100 findings. If there is any, rows were not read.
    pub damage: Vec<String>,
    /// Unreadable rows, in the order of their tables. A conversation that was
    /// [set aside](super::Store::conversation) is among them until an erasure or retention removes it.
    pub unreadable: Vec<UnreadableRow>,
    /// Cases that a replay of the journal does not give, or with columns that contradict them.
    pub diverged: Vec<CaseId>,
    /// Traces of changes to the journal, and to rows that it covers, which the store did not make.
    ///
    /// Without a journal key only some are found; with a key, every edit, removal, addition and move.
    pub tampered: Vec<Tampering>,
    /// The number of cases that were compared with their records.
    pub cases: u64,
    /// The number of the journal's records.
    pub records: u64,
    /// The number of erased records, see [`Store::erase`](super::Store::erase).
    pub erased: u64,
    /// The number of records that retention removed. Their positions are kept, see
    /// [`Store::prune`](super::Store::prune).
    pub removed: u64,
}

/// An unreadable row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableRow {
    /// The kind of row.
    pub what: &'static str,
    /// The row's key.
    pub id: String,
    /// Why it is unreadable.
    pub reason: String,
}

/// The kind of row of a conversation that was set aside because it could not be read.
pub(super) const SET_ASIDE: &str = "conversation, set aside,";

/// A trace of a change that the store did not make.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tampering {
    /// This record was edited, or a record before it was removed, added or moved.
    Broken(Seq),
    /// The personal part of this record is missing, and no record of an erasure covers it.
    Erased(Seq),
    /// This record is missing, and no record of a removal covers it.
    Removed(Seq),
    /// This record is a copy of another.
    Twice(Seq),
    /// The journal is shorter than when its head was exported.
    Cut {
        /// The number of records that the journal has or had.
        records: u64,
        /// The number of records that are missing.
        missing: u64,
    },
    /// The journal does not lead to the exported head.
    OtherHead,
    /// The stored outcome of this message, `account/sender/id`, was edited, added or removed.
    Outcome(String),
    /// The stored conversation of `account/citizen` was edited, added, removed or replaced by an earlier
    /// version.
    Conversation(String),
}

impl fmt::Display for Tampering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(Seq(position)) => write!(
                f,
                "the journal's record {position} was edited, or one before it was removed, added or moved"
            ),
            Self::Erased(Seq(position)) => {
                write!(
                    f,
                    "the journal's record {position} was erased without a record of it"
                )
            }
            Self::Removed(Seq(position)) => {
                write!(
                    f,
                    "the journal's record {position} was removed without a record of it"
                )
            }
            Self::Twice(Seq(position)) => write!(f, "the journal's record {position} is a copy of another"),
            Self::Cut { records, missing } => {
                write!(
                    f,
                    "the journal ends after {records} records; {missing} are missing"
                )
            }
            Self::OtherHead => f.write_str("the journal does not lead to the exported head"),
            Self::Outcome(key) => write!(f, "the outcome of message `{key}` is not the one that was stored"),
            Self::Conversation(name) => write!(f, "the conversation `{name}` is not the one that was stored"),
        }
    }
}

impl IntegrityReport {
    /// Whether the check found nothing.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
            && self.unreadable.is_empty()
            && self.diverged.is_empty()
            && self.tampered.is_empty()
    }

    pub(super) fn note(&mut self, what: &'static str, id: &str, reason: String) {
        self.unreadable.push(UnreadableRow {
            what,
            id: id.to_owned(),
            reason,
        });
    }
}

/// A case after its next record; the first one opens it.
pub(super) fn replayed(case: Option<Case>, event: &Event) -> Option<Case> {
    match (case, event) {
        (_, Event::Opened { case }) => Some((**case).clone()),
        (case, event) => case.map(|case| case.apply(event)),
    }
}
