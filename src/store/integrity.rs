//! What a store finds when it reads everything that it holds.

use std::fmt;

use super::Seq;
use crate::case::{Case, CaseId, Event};

/// What was found when everything that is stored was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntegrityReport {
    /// What the database finds wrong with its own structure, at most 100 findings. Where there is any, the rows were not
    /// read.
    pub damage: Vec<String>,
    /// Rows that can't be read, in the order of their tables.
    pub unreadable: Vec<UnreadableRow>,
    /// Cases that the journal's replay does not rebuild, or that their own columns contradict.
    pub diverged: Vec<CaseId>,
    /// What was done to the journal, and to the rows that it answers for, by others than the store.
    ///
    /// Without a journal key only what betrays itself is found; with one, every edit, removal, addition and move.
    pub tampered: Vec<Tampering>,
    /// How many cases were read and compared with their records.
    pub cases: u64,
    /// How many records the journal has.
    pub records: u64,
    /// How many of the records were erased, see [`Store::erase`](super::Store::erase).
    pub erased: u64,
    /// How many records retention has removed of which the place is still kept, see [`Store::prune`](super::Store::prune).
    pub removed: u64,
}

/// A row that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableRow {
    /// The kind of row.
    pub what: &'static str,
    /// Which one.
    pub id: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A trace that somebody else has left in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tampering {
    /// The record here was edited, or what stood before it was removed, added or moved.
    Broken(Seq),
    /// The personal part of the record here is gone, and no record says that it was erased.
    Erased(Seq),
    /// The record here is gone, and no record says that retention has removed it.
    Removed(Seq),
    /// The same record stands here a second time.
    Twice(Seq),
    /// The journal is shorter than it was when its head was exported.
    Cut {
        /// How many records it still has or had.
        records: u64,
        /// How many it had more.
        missing: u64,
    },
    /// The journal led to another head when it was exported.
    OtherHead,
    /// The stored outcome of this message, `account/sender/id`, was edited, added or removed.
    Outcome(String),
    /// The stored conversation of `account/citizen` was edited, added, removed or set back.
    Conversation(String),
}

impl fmt::Display for Tampering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(Seq(place)) => write!(
                f,
                "the journal's record {place} was edited, or what stood before it was removed, added or moved"
            ),
            Self::Erased(Seq(place)) => {
                write!(f, "the journal's record {place} was erased in no recorded way")
            }
            Self::Removed(Seq(place)) => {
                write!(f, "the journal's record {place} was removed in no recorded way")
            }
            Self::Twice(Seq(place)) => write!(f, "the journal's record {place} stands there a second time"),
            Self::Cut { records, missing } => {
                write!(
                    f,
                    "the journal ends after {records} records, {missing} are cut off"
                )
            }
            Self::OtherHead => f.write_str("the journal is not the one whose head was exported"),
            Self::Outcome(key) => write!(f, "the outcome of message `{key}` is not the one that was stored"),
            Self::Conversation(who) => write!(f, "the conversation `{who}` is not the one that was stored"),
        }
    }
}

impl IntegrityReport {
    /// Whether nothing was found.
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

/// A case after one more of its records; the first opens it.
pub(super) fn replayed(case: Option<Case>, event: &Event) -> Option<Case> {
    match (case, event) {
        (_, Event::Opened { case }) => Some((**case).clone()),
        (case, event) => case.map(|case| case.apply(event)),
    }
}
