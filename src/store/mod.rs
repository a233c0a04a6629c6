//! The store: everything that is shared or must survive, behind one small contract.
//!
//! What survives when a call has returned `Ok`:
//!
//! | store and option | the end of the process | the end of the database server | the loss of power |
//! |---|---|---|---|
//! | `SqliteStore` | everything | – | everything |
//! | `SqliteStore`, `relaxed_answers`, a set that touches no case | everything | – | all but the last such sets |
//! | `PostgresStore` | everything | everything | everything, where the server's `fsync` is on |
//! | `PostgresStore`, `relaxed_answers`, a set that touches no case | everything | all but about the last half second | the same |
//! | [`MemoryStore`] | nothing | – | nothing |
//!
//! A set that touches a case, a claim and whatever is done at the desk always waits for the disk, whatever the options say.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod case_columns;
mod change;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod codec;
mod conflict;
#[cfg(any(test, feature = "testing"))]
pub mod contract;
mod erasure;
mod error;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod hash_chain;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod integrity;
mod memory;
mod own_records;
#[cfg(feature = "postgres")]
mod postgres;
mod query;
mod queue;
mod retention;
mod shared;
#[cfg(feature = "sqlite")]
mod sqlite;
mod successor;

use std::time::Duration;

use jiff::Timestamp;

pub use change::{CaseChange, ChangeSet};
pub(crate) use conflict::{MaybeConflict, retry_on_conflict};
pub use erasure::Erasure;
pub use error::{Conflict, StoreError};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use hash_chain::{JournalHead, JournalKey};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use integrity::{IntegrityReport, Tampering, UnreadableRow};
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
pub use query::{Arrival, CaseFilter, CasePage, ClaimOrder, ClaimQuery, JournalPage, QueueCount, Seq};
pub use retention::Pruning;
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};

use crate::case::{Case, CaseId, Claim, ClaimToken};
use crate::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;

/// What the engine needs of a store. One contract sentence a method; [`Conflict`] is the only error that the engine
/// answers by trying again.
///
/// A store is shared between threads, and may be shared between processes; every method may be called
/// from any of them at any time. What returned `Ok` is seen by every call that begins afterwards. Instants are compared
/// to the microsecond. The `contract` module (feature `testing`) checks all of this on any store.
pub trait Store: Send + Sync {
    /// The stored outcome of a message, as it was committed; `None` when it was never handled.
    fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, StoreError>;

    /// The conversation as last committed; a new one at version 0 where there is none.
    fn conversation(&self, account: &AccountId, citizen: &CitizenId) -> Result<Conversation, StoreError>;

    /// What a message is judged by, as of one moment where the store can say that: the first two, and where it costs no turn
    /// more the third of [`Arrival`]. A store that is asked over a network answers all in one turn.
    fn arrival(&self, key: &MessageKey) -> Result<Arrival, StoreError> {
        Ok(Arrival {
            handled: self.handled(key)?,
            conversation: self.conversation(key.account(), key.sender())?,
            cases: None,
        })
    }

    /// The case as last committed.
    fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError>;

    /// One page of the cases that the filter names, by priority (urgent first), then next due time, then number.
    fn cases(&self, filter: &CaseFilter) -> Result<CasePage, StoreError>;

    /// How many cases each queue has, and how many of them still owe something that was due before `now`: one entry for each
    /// department, state and priority that has any, by department, then state from arrival to end, then urgent first.
    fn counts(&self, now: Timestamp) -> Result<Vec<QueueCount>, StoreError>;

    /// Makes the whole change set true, durably, or none of it.
    ///
    /// When it returns `Ok`, the change survives what the store's documentation says it survives. It returns
    /// [`StoreError::Conflict`] when something that the set assumes no longer holds: a message already handled,
    /// a conversation or a case at another version; where several fail, the first of these three is named. A set that
    /// contradicts itself ([`ChangeSet::check`]) is [`StoreError::Refused`]. After [`StoreError::Backend`] the change
    /// was not acknowledged, and whether it is there is found out by reading or by committing it again.
    fn commit(&self, change: ChangeSet) -> Result<(), StoreError>;

    /// Gives `agent` the most urgent claimable case that the filter names, or `None` when there is none.
    ///
    /// Claimable: waiting, or claimed with a lease that has ended on the store's own clock. The order is that of
    /// [`cases`](Self::cases); the filter's `offset` and `limit` play no part. The claim and its journal record are
    /// committed before it returns, and no two callers get the same case. A case that can't be read is passed over.
    fn claim_next(
        &self,
        filter: &CaseFilter,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        self.claim_picked(&filter.into(), agent, lease)
    }

    /// Gives `agent` the claimable case that the pick puts first, or `None` when there is none or the agent holds as many as
    /// it may.
    ///
    /// Of those that the pick puts first alike, the one with the lowest number. Everything else is as with
    /// [`claim_next`](Self::claim_next). The capacity holds for calls in the name of one agent that come at once, too; what
    /// [`claim`](Self::claim) gives counts and is not refused.
    fn claim_picked(
        &self,
        query: &ClaimQuery,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError>;

    /// Gives `agent` this case; `None` when it is not claimable or there is no such case.
    fn claim(&self, id: &CaseId, agent: &AgentId, lease: Duration) -> Result<Option<Case>, StoreError>;

    /// Makes a claim's lease end `lease` from now on the store's clock.
    ///
    /// `None` when the token is no longer the case's claim: somebody else may hold it. A lease that has ended can still
    /// be renewed while nobody has taken the case over.
    fn renew(&self, id: &CaseId, token: &ClaimToken, lease: Duration) -> Result<Option<Claim>, StoreError>;

    /// The cases that are not closed and still owe something whose deadline falls before `before`, the earliest first,
    /// then by number, at most `limit`. A case that can't be read is passed over.
    fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError>;

    /// The cases of which an alarm is to be raised at or before `until`, the earliest first, then by number, at most `limit`.
    ///
    /// Which alarms those are is for the case to say ([`Case::next_alarm`]): those of its deadlines, and the end of the time for
    /// giving an offer back; a closed case has none. A case that can't be read is passed over.
    fn alarms(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError>;

    /// The cases that have a letter to be sent at or before `until`, or one whose sender's lease has ended by then, the earliest
    /// first, then by number, at most `limit`.
    ///
    /// Which letters those are is for the case to say ([`Case::next_letters`]): it goes by their state alone, never by the
    /// place of a record, so none is missed that was committed late. A closed case has its letters sent, too. A case that can't
    /// be read is passed over.
    fn sending(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError>;

    /// The cases that have a letter which waits for a person, because it failed for good, may have been delivered, or is
    /// held back; the one that waits longest first, then by number, at most `limit`. A case that can't be read is passed over.
    fn stuck(&self, limit: usize) -> Result<Vec<Case>, StoreError>;

    /// The time on the store's own clock: what leases end by, and what nodes whose clocks differ agree on.
    fn now(&self) -> Result<Timestamp, StoreError>;

    /// The journal's records after `after`, in the order of their commits, at most `limit`.
    ///
    /// The records of one commit stand together, and a record never appears before one that was read already: who
    /// goes on from the last place that he read misses nothing.
    ///
    /// A record whose personal part was erased comes with [`ERASED`](crate::case::ERASED) in its places and is named on the
    /// page; one that retention has removed does not come any more.
    fn journal(&self, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError>;

    /// Erases what is stored of a citizen, on every account: ids, names, and every text that was written by them or about
    /// their cases.
    ///
    /// Outcomes of their messages and their conversations are removed; their cases that have ended and the journal's
    /// records stay, with [`ERASED`](crate::case::ERASED) where something personal stood. A case that still owes them
    /// something, be it a letter that nobody has dealt with ([`Case::has_ended`]), is left as it is, with its records, its messages and its conversation, and named in the answer; a merged case
    /// is such a one as long as the case that goes on in its place. Each erasure is recorded, so that a replay leads to
    /// the erased cases. A message that is delivered once more after its outcome was removed is a new one.
    ///
    /// A citizen whose case was merged into another's is erased there too, once that one has ended, and with them whoever
    /// came along the same way.
    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError>;

    /// Removes what has ended before `before`: closed and merged cases whose last record is older, with their records and
    /// messages, and older messages that opened no case, with the conversations that have nothing newer. At most `limit`
    /// cases and `limit` messages in one call.
    ///
    /// Nothing of a case that has not ended is ever removed, nor of one with a letter that did not arrive and that nobody has dealt
    /// with ([`Case::has_ended`]), and a case that goes on as another or is a part of it stays as
    /// long as that one has not ended. What was removed is recorded. A message that is delivered once more after its
    /// outcome was removed is a new one: `before` must be longer ago than any channel tries again.
    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError>;
}
