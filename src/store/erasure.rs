//! Erasing a citizen: one algorithm over steps that each store implements.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::StoreError;
use super::follow_mergers::last_successor;
use super::own_records::{case_of, record_of_case, store_record};
use crate::case::{Case, CaseId, Event, Record};
use crate::message::{CitizenId, MessageKey};
use crate::reply::Handled;

/// The result of [`Store::erase`](super::Store::erase).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The cases that were erased.
    pub cases: Vec<CaseId>,
    /// The cases that still owe the citizen something. They stay unchanged, and so do the conversation and
    /// the messages that belong to them. Erase again after they are closed.
    pub open: Vec<CaseId>,
    /// How many stored outcomes of messages were removed.
    pub messages: u64,
    /// How many conversations were removed.
    pub conversations: u64,
    /// Where the erased words may still be, below what the store reads.
    pub traces: Traces,
}

impl Erasure {
    /// Whether the erased words are gone from the store's files. If not, [`traces`](Self::traces) says how they
    /// are removed.
    pub fn is_complete(&self) -> bool {
        self.traces == Traces::None
    }
}

/// Where erased words may still be in the files of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Traces {
    /// Nowhere.
    #[default]
    None,
    /// In SQLite's write-ahead log, which a reader of this or another process still needs. Erase again after
    /// it has ended: the call has nothing else to do then. A sweep of the desk and
    /// [`prune`](super::Store::prune) finish it too.
    Log,
    /// In row versions that PostgreSQL's vacuum has not removed yet. The store cannot see how far it is.
    OldVersions,
}

/// A stored outcome and its row; `None` for an unreadable one.
pub(super) type StoredOutcome<R> = (R, Option<Handled>);

/// A record and its position; `None` for an unreadable one.
pub(super) type StoredRecord = (u64, Option<Record>);

/// The steps of an erasure. All of them happen in one transaction.
///
/// `Row` names a stored outcome for its removal.
pub(super) trait ErasureTransaction {
    type Error: From<StoreError>;
    type Row;

    /// The citizen's cases on every account, by number, locked. An unreadable case is an error.
    fn cases_of(&mut self, citizen: &CitizenId) -> Result<Vec<Case>, Self::Error>;

    /// The case of this number, locked.
    fn case(&mut self, id: &CaseId) -> Result<Option<Case>, Self::Error>;

    /// The records of a case that still have their personal part, with their positions. Unreadable ones are
    /// left out.
    fn records_of_case(&mut self, id: &CaseId) -> Result<Vec<(u64, Record)>, Self::Error>;

    /// The records of the citizen's messages in the order of the journal; `None` for one that cannot be read.
    fn records_of_messages(&mut self, citizen: &CitizenId) -> Result<Vec<StoredRecord>, Self::Error>;

    /// Erases the personal part, its salt and the citizen's id of the records at these positions.
    fn erase_personal_parts(&mut self, positions: &[u64]) -> Result<(), Self::Error>;

    /// Stores a case after one record of the store's own, and that record.
    fn store_case(&mut self, before: Case, after: Case, record: Record) -> Result<(), Self::Error>;

    /// Appends a record that belongs to no case.
    fn append(&mut self, record: Record) -> Result<(), Self::Error>;

    /// The stored outcomes of the citizen's messages; `None` for one that cannot be read.
    fn outcomes_of(&mut self, citizen: &CitizenId) -> Result<Vec<StoredOutcome<Self::Row>>, Self::Error>;

    /// Removes stored outcomes of the citizen, and gives their number.
    fn remove_outcomes(&mut self, citizen: &CitizenId, rows: Vec<Self::Row>) -> Result<u64, Self::Error>;

    /// Removes the citizen's conversations on every account, and gives their number.
    fn remove_conversations(&mut self, citizen: &CitizenId) -> Result<u64, Self::Error>;
}

/// Erases a citizen at `now`.
pub(super) fn erase<T: ErasureTransaction>(
    transaction: &mut T,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<Erasure, T::Error> {
    let mut done = Erasure::default();
    let (ended, open, successors) = partition(transaction, citizen)?;
    for case in ended {
        done.cases.push(case.id.clone());
        erase_case(transaction, case, now)?;
    }
    let successors = successors.iter().filter(|id| !done.cases.contains(id));
    for id in successors {
        erase_recipient(transaction, id, citizen, now)?;
    }
    let kept = erase_outcomes(transaction, citizen, &open, &mut done)?;
    erase_message_records(transaction, citizen, &kept, now)?;
    if open.is_empty() {
        done.conversations = transaction.remove_conversations(citizen)?;
    }
    done.open = open.into_iter().collect();
    Ok(done)
}

/// The citizen's cases that can be erased, the numbers of those that cannot yet, and the successors of the
/// former.
///
/// A merged case counts as open until its last successor has ended.
type Partition = (Vec<Case>, BTreeSet<CaseId>, BTreeSet<CaseId>);

fn partition<T: ErasureTransaction>(transaction: &mut T, citizen: &CitizenId) -> Result<Partition, T::Error> {
    let (mut ended, mut open, mut successors) = Partition::default();
    for case in transaction.cases_of(citizen)? {
        let successor = last_successor(&case, |id| transaction.case(id))?;
        let has_ended = |case: &Case| case.has_ended();
        if has_ended(&case) && successor.as_ref().is_none_or(has_ended) {
            successors.extend(successor.map(|successor| successor.id));
            ended.push(case);
        } else {
            open.insert(case.id);
        }
    }
    Ok((ended, open, successors))
}

/// Erases a case with all of its records.
fn erase_case<T: ErasureTransaction>(
    transaction: &mut T,
    case: Case,
    now: Timestamp,
) -> Result<(), T::Error> {
    let records = transaction.records_of_case(&case.id)?;
    let positions: Vec<u64> = records.into_iter().map(|(position, _)| position).collect();
    transaction.erase_personal_parts(&positions)?;
    let (after, record) = record_of_case(case.clone(), Event::Erased { at: now }, now);
    transaction.store_case(case, after, record)
}

/// Erases the citizen among the recipients of another citizen's case, into which their own was merged.
fn erase_recipient<T: ErasureTransaction>(
    transaction: &mut T,
    id: &CaseId,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<(), T::Error> {
    let Some(case) = transaction.case(id)?.filter(|case| is_recipient(case, citizen)) else {
        return Ok(());
    };
    let records = transaction.records_of_case(id)?.into_iter();
    let of_mergers = records.filter(|(_, record)| record.event.names_recipients());
    let positions: Vec<u64> = of_mergers.map(|(position, _)| position).collect();
    transaction.erase_personal_parts(&positions)?;
    let (after, record) = record_of_case(case.clone(), Event::RecipientsErased { at: now }, now);
    transaction.store_case(case, after, record)
}

/// Whether the citizen gets the case's answer because of a merged case.
fn is_recipient(case: &Case, citizen: &CitizenId) -> bool {
    let mut merged = case.handling.relations.merged.iter();
    merged.any(|duplicate| duplicate.key.sender() == citizen)
}

/// Removes the outcomes of the citizen's messages, except those that belong to an open case. Gives the keys
/// of these.
fn erase_outcomes<T: ErasureTransaction>(
    transaction: &mut T,
    citizen: &CitizenId,
    open: &BTreeSet<CaseId>,
    done: &mut Erasure,
) -> Result<BTreeSet<MessageKey>, T::Error> {
    let (mut kept, mut removed) = (BTreeSet::new(), Vec::new());
    for (row, handled) in transaction.outcomes_of(citizen)? {
        match handled {
            Some(handled) if case_of(&handled).is_some_and(|case| open.contains(case)) => {
                kept.insert(handled.key);
            }
            _ => removed.push(row),
        }
    }
    if !removed.is_empty() {
        done.messages = transaction.remove_outcomes(citizen, removed)?;
    }
    Ok(kept)
}

/// Erases the records of the citizen's messages, except those that are kept, and records their positions. An
/// unreadable record is erased, too.
fn erase_message_records<T: ErasureTransaction>(
    transaction: &mut T,
    citizen: &CitizenId,
    kept: &BTreeSet<MessageKey>,
    now: Timestamp,
) -> Result<(), T::Error> {
    let is_kept = |record: &Record| record.event.message().is_some_and(|key| kept.contains(key));
    let records = transaction.records_of_messages(citizen)?.into_iter();
    let erased = records.filter(|(_, record)| !record.as_ref().is_some_and(is_kept));
    let places: Vec<u64> = erased.map(|(position, _)| position).collect();
    if places.is_empty() {
        return Ok(());
    }
    transaction.erase_personal_parts(&places)?;
    transaction.append(store_record(Event::Forgotten { places }, now))
}
