//! The store: everything that is shared or must survive, behind one small contract.
//!
//! Data that survives after a call has returned `Ok`:
//!
//! | store and option | the end of the process | the end of the database server | a loss of power |
//! |---|---|---|---|
//! | `SqliteStore` | everything | – | everything |
//! | `SqliteStore`, `relaxed_answers`, no case | everything | – | all but the last such sets |
//! | `PostgresStore` | everything | everything | everything, if the server's `fsync` is on |
//! | `PostgresStore`, `relaxed_answers`, no case | everything | all but the last half second | the same |
//! | [`MemoryStore`] | nothing | – | nothing |
//!
//! The rows with "no case" are about change sets that touch no case. Other sets, claims and every command of
//! the desk always wait for the disk.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod case_columns;
mod change;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod codec;
mod conflict;
#[cfg(any(test, feature = "testing"))]
pub mod contract;
mod cursor;
mod erasure;
mod error;
mod follow_mergers;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod hash_chain;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod integrity;
mod memory;
mod open_cases;
mod own_records;
#[cfg(feature = "postgres")]
mod postgres;
mod query;
mod queue;
mod retention;
mod shared;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::time::Duration;

use jiff::Timestamp;

pub use change::{CaseChange, ChangeSet};
pub(crate) use conflict::{MaybeConflict, retry_on_conflict};
pub use cursor::{CaseCursor, CaseOrder};
pub use erasure::{Erasure, Traces};
pub use error::{Conflict, StoreError};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use hash_chain::{JournalHead, JournalKey};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use integrity::{IntegrityReport, Tampering, UnreadableRow};
pub use memory::MemoryStore;
pub(crate) use open_cases::visit_open_cases;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
use query::TurnCollector;
pub use query::{
    Arrival, CaseFilter, CasePage, ClaimOrder, ClaimQuery, JournalPage, QueueCount, Seq, TurnPage,
};
pub use retention::Pruning;
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};

use crate::case::{Case, CaseId, Claim, ClaimToken};
use crate::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;

/// The storage that the engine needs. [`Conflict`] is the only error on which the engine retries.
///
/// A store is shared between threads and can be shared between processes: any thread can call any method at
/// any time. Every call that begins after another returned `Ok` sees its changes. Instants are compared to
/// the microsecond. The `contract` module (feature `testing`) checks all of this on any store.
pub trait Store: Send + Sync {
    /// The stored outcome of a message; `None` when it was never handled.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] if the stored value cannot be read; [`StoreError::Backend`] if the store
    /// failed.
    fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, StoreError>;

    /// The conversation as last committed; an unknown one is new, at version 0.
    ///
    /// A stored conversation that cannot be read does not silence its citizen: the store keeps the row aside,
    /// logs it, and begins a new conversation at the version of that row. The integrity report names the row
    /// until the citizen is erased, or [`prune`](Self::prune) reaches it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the store failed.
    fn conversation(&self, account: &AccountId, citizen: &CitizenId) -> Result<Conversation, StoreError>;

    /// The outcome and the conversation of a message, from one snapshot where the store has snapshots; also
    /// the sender's cases, if that needs no extra round trip. A store behind a network reads everything in
    /// one round trip.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] if the stored value cannot be read; [`StoreError::Backend`] if the store
    /// failed.
    fn arrival(&self, key: &MessageKey) -> Result<Arrival, StoreError> {
        Ok(Arrival {
            handled: self.handled(key)?,
            conversation: self.conversation(key.account(), key.sender())?,
            cases: None,
        })
    }

    /// The case as last committed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] if the stored value cannot be read; [`StoreError::Backend`] if the store
    /// failed.
    fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError>;

    /// One page of the filter's cases in the filter's order. [`CaseCursor`] describes the pages of one list
    /// together.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] if the filter's cursor belongs to another order; [`StoreError::Backend`] if
    /// the store failed.
    fn cases(&self, filter: &CaseFilter) -> Result<CasePage, StoreError>;

    /// The number of cases of each queue, and of those with an open deadline before `now`: one entry for each
    /// department, state and priority that has any, by department, then by state from arrival to end, urgent
    /// first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the store failed.
    fn counts(&self, now: Timestamp) -> Result<Vec<QueueCount>, StoreError>;

    /// Commits the whole change set durably, or nothing.
    ///
    /// After `Ok` the change survives as the store's documentation promises. [`StoreError::Conflict`] means
    /// that an assumption of the set no longer holds: the message was handled before, or a conversation or a
    /// case has another version; of several, the first in this order is reported. [`StoreError::Refused`]
    /// means that the set contradicts itself ([`ChangeSet::check`]). After [`StoreError::Backend`] the change
    /// was not acknowledged; reading, or committing it again, shows whether it is stored.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`], [`StoreError::Refused`] or [`StoreError::Backend`], as said above.
    fn commit(&self, change: ChangeSet) -> Result<(), StoreError>;

    /// Gives `agent` the most urgent claimable case of the filter, or `None` when there is none.
    ///
    /// A case is claimable when it waits, or when its claim's lease has ended on the store's own clock. The
    /// order is [`CaseOrder::Urgent`]; the filter's own order, cursor and limit are ignored. The claim and
    /// its record are committed before the call returns, and no two callers get the same case. An unreadable
    /// case is skipped.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the store failed.
    fn claim_next(
        &self,
        filter: &CaseFilter,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        self.claim_picked(&filter.into(), agent, lease)
    }

    /// Gives `agent` the first claimable case in the order of the query; `None` when there is none or the
    /// agent is at capacity.
    ///
    /// Of equal cases, the one with the lowest number is first. Everything else is as in
    /// [`claim_next`](Self::claim_next). The capacity also holds for concurrent calls for one agent. Claims
    /// by [`claim`](Self::claim) count and are never refused.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the store failed.
    fn claim_picked(
        &self,
        query: &ClaimQuery,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError>;

    /// Gives `agent` this case; `None` when it is unknown or not claimable.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] if the stored value cannot be read; [`StoreError::Backend`] if the store
    /// failed.
    fn claim(&self, id: &CaseId, agent: &AgentId, lease: Duration) -> Result<Option<Case>, StoreError>;

    /// Extends a claim's lease to `lease` from now on the store's clock.
    ///
    /// `None` when the token is no longer that of the case's claim: another agent may hold it. An ended lease
    /// can be renewed until another agent takes the case over.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] if the stored value cannot be read; [`StoreError::Backend`] if the store
    /// failed.
    fn renew(&self, id: &CaseId, token: &ClaimToken, lease: Duration) -> Result<Option<Claim>, StoreError>;

    /// The cases that are not closed and have an open deadline before `before`, the earliest first, then by
    /// number, at most `limit`. An unreadable case is skipped.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the store failed.
    fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError>;

    /// The cases with an alarm to be raised at or before `until`, the earliest first, then by number, at most
    /// `limit`.
    ///
    /// [`Case::next_alarm`] defines the alarms: those of the deadlines, and the end of the time for returning
    /// an offered case. A closed case has none. An unreadable case is skipped.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the store failed.
    fn alarms(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError>;

    /// The cases with a letter to be sent at or before `until`, or with a letter under a send lease that ends
    /// by then. The earliest come first, then the lowest number, at most `limit`.
    ///
    /// [`Case::next_letters`] defines the letters. Only their state counts, never the position of a record,
    /// so no letter is missed because it was committed late. Closed cases are included. An unreadable case is
    /// skipped.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the store failed.
    fn sending(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError>;

    /// The cases with a letter that waits for a person, because it failed permanently, may have been
    /// delivered, or is held back; the longest wait first, then by number, at most `limit`. An unreadable
    /// case is skipped.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the store failed.
    fn stuck(&self, limit: usize) -> Result<Vec<Case>, StoreError>;

    /// The time on the store's own clock. Leases end on it, and nodes with different clocks agree on it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the store failed.
    fn now(&self) -> Result<Timestamp, StoreError>;

    /// The journal's records after `after`, in the order of their commits, at most `limit`.
    ///
    /// The records of one commit are adjacent. No record appears later before one that was already read, so a
    /// reader that continues after its last position misses nothing.
    ///
    /// A record with an erased personal part has [`ERASED`](crate::case::ERASED) in its place, and the page
    /// names it. Records that retention removed do not appear.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] if the stored value cannot be read; [`StoreError::Backend`] if the store
    /// failed.
    fn journal(&self, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError>;

    /// The turns of a citizen's conversation on one account before the position `before`, the newest first,
    /// at most `limit`: the records of the citizen's messages, and of the letters to them. `None` begins with
    /// the newest.
    ///
    /// The reply to a message is in its [outcome](Self::handled). The turns of an erased citizen, and those
    /// that retention removed, do not appear. The cost does not depend on the length of the conversation.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if the store failed.
    fn turns(
        &self,
        account: &AccountId,
        citizen: &CitizenId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<TurnPage, StoreError>;

    /// Erases the stored data of a citizen on every account: ids, names, and every text by them or about
    /// their cases.
    ///
    /// The outcomes of their messages and their conversations are removed. Their ended cases and the
    /// journal's records stay, with [`ERASED`](crate::case::ERASED) in place of personal data. A case that
    /// still owes the citizen something, including a letter that nobody has dealt with ([`Case::has_ended`]),
    /// stays unchanged with its records, its messages and its conversation, and is reported; a merged case
    /// does so until its surviving case has ended. Each erasure is recorded, so that a replay gives the
    /// erased cases. A message that arrives again after its outcome was removed counts as new.
    ///
    /// [`Erasure::traces`] says whether the words are also gone from the store's files.
    ///
    /// If a case of the citizen was merged into another citizen's case, the citizen's data there is erased
    /// too, once that case has ended. So is the data of all citizens with cases that were merged in the same
    /// way.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] if a stored value of the citizen cannot be read; [`StoreError::Backend`]
    /// if the store failed. Nothing was erased then.
    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError>;

    /// Removes data that ended before `before`: closed and merged cases with an older last record, with their
    /// records and messages; older messages that opened no case; and the conversations of both that have
    /// nothing newer. One call removes at most `limit` cases and `limit` messages.
    ///
    /// Cases that have not ended stay, and so do cases with an undelivered letter that nobody has dealt with
    /// ([`Case::has_ended`]) and cases merged into one that has not ended. Each removal is recorded. A
    /// message that arrives again after its outcome was removed counts as new: `before` must be earlier than
    /// any channel's last retry.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] if a stored value cannot be read; [`StoreError::Backend`] if the store
    /// failed. Nothing was removed then.
    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError>;
}
