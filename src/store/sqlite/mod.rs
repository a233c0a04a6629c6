//! The embedded store: a SQLite file.

mod backup;
mod chain;
mod claims;
mod commit;
mod erased_log;
mod erasure;
mod file;
mod filter;
mod integrity;
mod options;
#[cfg(test)]
mod plans;
mod prune;
mod read;
mod readers;
mod rows;
mod schema;
mod set_aside;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use options::SqliteOptions;

use self::commit::Rows;
use self::erased_log::ErasedLog;
use self::readers::Readers;
use self::writer::{Flush, Writer};
use super::{
    CaseFilter, CasePage, ChangeSet, ClaimQuery, Erasure, IntegrityReport, JournalHead, JournalKey,
    JournalPage, Pruning, QueueCount, Seq, Store, StoreError, Traces, TurnPage, queue,
};
use crate::case::{Case, CaseId, Claim, ClaimToken};
use crate::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;
use crate::time::Clock;

/// A store in a SQLite file: the default, for an office that one machine serves.
///
/// **Durability.** A commit or claim that returned `Ok` survives the end of the process, and a loss of power
/// if the disk flushes as it reports: the write-ahead log is flushed before the call returns
/// (`synchronous=FULL`). A commit that returned an error was not acknowledged. After an error of the disk,
/// such a set may be stored as a whole, never in part. [`SqliteOptions::relaxed_answers`] relaxes this for
/// sets that touch no case: they survive the end of the process, and a loss of power may lose them.
///
/// **Writers.** A single caller writes on its own thread. Where several come at once, a thread of the store
/// writes for them: they share one transaction and one flush, and a change that fails does not fail the
/// others. Reads run concurrently and never wait for a write. Open a file once in a process and share the
/// store. Other processes can open the same file; their writes take turns. A call that waits longer than
/// [`SqliteOptions::busy_timeout`] for another process fails, and so do all calls in the same transaction; a
/// call that arrived while others waited can wait up to three times as long. Keep the file and the files that
/// SQLite puts beside it (`-wal`, `-shm`) on a local disk, never on a network share, and never copy them
/// while in use: [`backup`](Self::backup) does that.
///
/// **Versions.** Opening a file of an earlier version of this crate upgrades it first, which takes a while
/// for a large file. If a later version upgrades the file while this store is open, every write fails from
/// then on, because its rows would lack columns of the later version. Reads go on where the upgrade has
/// renamed nothing; the upgrade to schema 7 renames columns, so that reads of an earlier version fail, too.
///
/// A panic during a write, for example of a [`Clock`], is an error to its caller. Every later write is an
/// error until the store is opened again.
///
/// ```
/// use civic_reply::SqliteStore;
/// use civic_reply::store::{CaseFilter, Store};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("desk.db");
/// let store = SqliteStore::open(path)?;
/// assert_eq!(store.cases(&CaseFilter::default())?.total, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteStore {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    key: Option<JournalKey>,
    relaxed_answers: bool,
    erased_log: ErasedLog,
    // Dropped before the readers: the last connection that closes removes the log.
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Opens the file with the default options, and creates it if it does not exist. Its folder must exist.
    ///
    /// # Errors
    ///
    /// As [`open_with`](Self::open_with).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::default())
    }

    /// Opens the file, and upgrades one of an earlier version of the crate.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] for a file of another program or format, which is not changed; for one that a
    /// newer version of the crate or one from before schema 6 has written; for one that `quick_check` finds
    /// damaged; and for a SQLite older than 3.51.3, which can lose committed data. [`StoreError::Backend`]
    /// when the file cannot be read or written.
    pub fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, StoreError> {
        file::check_sqlite(rusqlite::version_number())?;
        let path = file::place(path.as_ref())?;
        file::check_header(&path)?;
        let mut db = file::open_writer(&path, options.busy_timeout)?;
        if options.quick_check {
            file::quick_check(&db, &path)?;
        }
        chain::unlock(&mut db, &path, options.journal_key.as_ref())?;
        let writer = Writer::start(db).map_err(|error| file::failed("start the writer", error))?;
        Ok(Self {
            clock: options.clock,
            key: options.journal_key,
            relaxed_answers: options.relaxed_answers,
            erased_log: ErasedLog::of(&path),
            writer,
            readers: Readers::new(path.clone(), options.busy_timeout, options.readers),
            path,
        })
    }

    /// Copies one snapshot of the store into a new file at `to`, while the store is in use.
    ///
    /// The file appears under its name when it is complete and flushed. It is a store like any other: open
    /// it, or put it in the place of a lost one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] when a file at `to` exists, [`StoreError::Backend`] when the copy fails.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        backup::write(&self.readers.open()?, to.as_ref())
    }

    /// Reads everything in one snapshot, and reports damage and tampering.
    ///
    /// The time is proportional to the size of the file. It needs little memory and blocks nobody else.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] when the file cannot be read at all.
    pub fn integrity_report(&self) -> Result<IntegrityReport, StoreError> {
        integrity::report(&self.readers.open()?, self.key.as_ref(), None)
    }

    /// The [integrity report](Self::integrity_report), which also compares the journal with a head that was
    /// exported before.
    ///
    /// # Errors
    ///
    /// Those of the report; [`StoreError::Refused`] when the journal has no key, or when retention has
    /// removed records after `exported`: export a new head after each [`prune`](Store::prune).
    pub fn verify(&self, exported: &JournalHead) -> Result<IntegrityReport, StoreError> {
        integrity::report(&self.readers.open()?, self.key.as_ref(), Some(exported))
    }

    /// The current head of the journal's hash chain, to be kept outside the store; `None` for a journal
    /// without a key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] when the file cannot be read.
    pub fn journal_head(&self) -> Result<Option<JournalHead>, StoreError> {
        let state = self
            .readers
            .with(|db| chain::JournalState::read(db).map_err(rows::backend("read the journal's head")))?;
        Ok(state.head())
    }
}

impl SqliteStore {
    /// Empties the log if an erasure could not. A failure is left to the next call.
    fn finish_erasure(&self) {
        if let Err(error) = self.erased_log.empty(&self.path, Duration::ZERO) {
            tracing::warn!(%error, "the write-ahead log still holds what was erased");
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
        self.readers.with(|db| read::handled(db, key))
    }

    fn conversation(&self, account: &AccountId, citizen: &CitizenId) -> Result<Conversation, StoreError> {
        let stored = self.readers.with(|db| read::conversation(db, account, citizen));
        let Err(StoreError::Unreadable { .. }) = stored else {
            return stored;
        };
        let (account, citizen) = (account.clone(), citizen.clone());
        let (clock, key) = (Arc::clone(&self.clock), self.key.clone());
        self.writer.submit(Flush::Now, move |db| {
            set_aside::begin_again(db, key.as_ref(), &account, &citizen, clock.now())
        })
    }

    fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        self.readers.with(|db| read::case(db, id))
    }

    fn cases(&self, filter: &CaseFilter) -> Result<CasePage, StoreError> {
        self.readers.with(|db| read::cases(db, filter))
    }

    fn counts(&self, now: Timestamp) -> Result<Vec<QueueCount>, StoreError> {
        self.readers.with(|db| read::counts(db, queue::micros(now)))
    }

    fn commit(&self, change: ChangeSet) -> Result<(), StoreError> {
        change.check()?;
        let rows = Rows::new(change, self.key.as_ref())?;
        let flush = if self.relaxed_answers && !rows.touch_a_case() {
            Flush::Later
        } else {
            Flush::Now
        };
        self.writer.submit(flush, move |db| rows.store(db))
    }

    fn claim_picked(
        &self,
        query: &ClaimQuery,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        let (query, agent) = (query.clone(), agent.clone());
        let (clock, key) = (Arc::clone(&self.clock), self.key.clone());
        self.writer.submit(Flush::Now, move |db| {
            claims::claim_next(db, key.as_ref(), &query, &agent, lease, clock.now())
        })
    }

    fn claim(&self, id: &CaseId, agent: &AgentId, lease: Duration) -> Result<Option<Case>, StoreError> {
        let (id, agent) = (id.clone(), agent.clone());
        let (clock, key) = (Arc::clone(&self.clock), self.key.clone());
        self.writer.submit(Flush::Now, move |db| {
            claims::claim(db, key.as_ref(), &id, &agent, lease, clock.now())
        })
    }

    fn renew(&self, id: &CaseId, token: &ClaimToken, lease: Duration) -> Result<Option<Claim>, StoreError> {
        let (id, token) = (id.clone(), token.clone());
        let (clock, key) = (Arc::clone(&self.clock), self.key.clone());
        self.writer.submit(Flush::Now, move |db| {
            claims::renew(db, key.as_ref(), &id, &token, lease, clock.now())
        })
    }

    fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.readers
            .with(|db| read::due(db, queue::micros(before), limit))
    }

    fn alarms(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        // A sweep asks for the alarms again and again.
        self.finish_erasure();
        self.readers
            .with(|db| read::alarms(db, queue::micros(until), limit))
    }

    fn sending(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.readers
            .with(|db| read::sending(db, queue::micros(until), limit))
    }

    fn stuck(&self, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.readers.with(|db| read::stuck(db, limit))
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.clock.now())
    }

    fn journal(&self, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError> {
        self.readers.with(|db| read::journal(db, after, limit))
    }

    fn turns(
        &self,
        account: &AccountId,
        citizen: &CitizenId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<TurnPage, StoreError> {
        self.readers
            .with(|db| read::turns(db, account, citizen, before, limit))
    }

    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError> {
        let citizen = citizen.clone();
        let (clock, key) = (Arc::clone(&self.clock), self.key.clone());
        let done = self
            .writer
            .apart(move |db| erasure::erase(db, key.as_ref(), &citizen, clock.now()))?;
        // Erased data must not stay in the log.
        self.erased_log.leave();
        let traces = match self.erased_log.empty(&self.path, file::LOG_PATIENCE)? {
            true => Traces::None,
            false => Traces::Log,
        };
        Ok(Erasure { traces, ..done })
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError> {
        self.finish_erasure();
        let (clock, key) = (Arc::clone(&self.clock), self.key.clone());
        self.writer
            .apart(move |db| prune::prune(db, key.as_ref(), before, limit, clock.now()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::thread;

    use super::*;
    use crate::case::Priority;
    use crate::store::contract::sample;

    /// Limits the file to so many pages; as good as a full disk.
    fn limit(store: &SqliteStore, pages: i64) -> i64 {
        let set = store.writer.submit(Flush::Now, move |db| {
            let set = db.pragma_update_and_check(None, "max_page_count", pages, |row| row.get(0));
            set.map_err(rows::backend("limit the file"))
        });
        set.unwrap()
    }

    #[test]
    fn a_full_disk_loses_nothing_that_was_acknowledged_and_passes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let store = SqliteStore::open(&path).unwrap();
        let full = limit(&store, 1) + 40;
        limit(&store, full);
        let case = |caller, n| sample::case(&format!("C-{caller}-{n}"), "ann", Priority::Normal, 10);
        let commit = |caller, n| store.commit(sample::queueing(&case(caller, n)));
        // Each caller goes on until the disk is full for it, and gives how many were acknowledged.
        let fill = |caller| {
            for n in 0.. {
                if let Err(error) = commit(caller, n) {
                    assert!(error.to_string().ends_with("database or disk is full"), "{error}");
                    return n;
                }
            }
            0
        };
        let acknowledged: Vec<usize> = thread::scope(|scope| {
            let fill = &fill;
            let callers: Vec<_> = (0..8).map(|caller| scope.spawn(move || fill(caller))).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect()
        });
        assert!(acknowledged.iter().sum::<usize>() > 0);
        let stored = |caller, n| store.case(&case(caller, n).id).unwrap().is_some();
        let total = store.cases(&CaseFilter::default()).unwrap().total;
        assert_eq!(total, acknowledged.iter().sum::<usize>());
        for (caller, n) in acknowledged.iter().enumerate() {
            assert!((0..*n).all(|n| stored(caller, n)));
        }
        assert!(store.integrity_report().unwrap().is_sound());

        limit(&store, full + 1_000);
        for (caller, n) in acknowledged.iter().enumerate() {
            commit(caller, *n).unwrap();
            assert!(stored(caller, *n));
        }
        assert!(store.integrity_report().unwrap().is_sound());
    }
}
