//! The embedded store: one SQLite file.

mod backup;
mod chain;
mod claims;
mod commit;
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
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use options::SqliteOptions;

use self::commit::Rows;
use self::readers::Readers;
use self::writer::{Flush, Writer};
use super::{
    CaseFilter, CasePage, ChangeSet, ClaimQuery, Erasure, IntegrityReport, JournalHead, JournalKey,
    JournalPage, Pruning, QueueCount, Seq, Store, StoreError, queue,
};
use crate::case::{Case, CaseId, Claim, ClaimToken};
use crate::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;
use crate::time::Clock;

/// A store in one SQLite file: the default, for an office that one machine serves.
///
/// **What survives.** A commit or claim that returned `Ok` survives the end of the process in whatever way, and the
/// loss of power where the disk does what it says when it is told to flush: the write-ahead log is flushed before
/// the answer (`synchronous=FULL`). What returned an error was not acknowledged; after an error of the disk itself a part
/// of such a change set is never there, but the whole of it may be. [`SqliteOptions::relaxed_answers`] relaxes this for sets that
/// touch no case, which then survive the end of the process and may be lost with the power.
///
/// **Who writes.** A caller who is alone writes by itself. Where several come at once, a thread of the store writes for them:
/// everybody who waits shares one transaction and one flush, and a change that fails does not fail its neighbours. Reads
/// run beside it and never wait for it. Open a file once in a process and share the store. Other processes may have the same
/// file open: their writes take turns. Who waits for its turn for longer than [`SqliteOptions::busy_timeout`] gets an error, and
/// so does everybody in the same transaction; who came while others waited may wait up to three times as long. The file and
/// those that SQLite puts beside it (`-wal`, `-shm`) belong on a local disk, never on a network share, and are never copied
/// while in use:
/// [`backup`](Self::backup) does that.
///
/// **Versions.** Opening a file of an older version of this crate brings it up to date first, which takes a while where it is large.
/// When a later version does that while this store is open, the store reads on, but every write is an error from then on: what it
/// wrote would lack what the later version looks for.
///
/// A panic while something is written (of a [`Clock`], for example) is an error to its caller and ends the writing: every
/// call that writes is an error from then on, until the store is opened again.
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
    // Dropped before the readers: the last connection to close tidies the log away.
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Opens the file with the default options; a file that does not exist is made, its folder is not.
    ///
    /// # Errors
    ///
    /// As [`open_with`](Self::open_with).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::default())
    }

    /// Opens the file, and brings one of an older version of the crate up to date.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] for a file of another program or another format, which is left untouched, for one that
    /// a newer version of the crate has written, for one that `quick_check` finds damaged, and for a SQLite older than
    /// 3.51.3, which may lose committed data. [`StoreError::Backend`] where the file can't be read or written.
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
            writer,
            readers: Readers::new(path.clone(), options.busy_timeout, options.readers),
            path,
        })
    }

    /// Copies the store, as it is at one moment, into a new file at `to`, while it goes on working.
    ///
    /// The file appears under its name only when it is whole and flushed. It is a store like any other: open it, or put
    /// it in the place of a lost one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] when there is a file at `to` already, [`StoreError::Backend`] when the copy fails.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        backup::write(&self.readers.open()?, to.as_ref())
    }

    /// Reads everything that is stored, as it is at one moment, and says what of it is not sound.
    ///
    /// It takes time in proportion to the file, little memory, and holds up nobody else.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] when the file can't be read at all.
    pub fn integrity_report(&self) -> Result<IntegrityReport, StoreError> {
        integrity::report(&self.readers.open()?, self.key.as_ref(), None)
    }

    /// The [integrity report](Self::integrity_report), which also says whether the journal still holds everything that it
    /// held when `exported` was its head.
    ///
    /// # Errors
    ///
    /// Those of the report; [`StoreError::Refused`] when the journal is not sealed, or when retention has removed what
    /// `exported` speaks of: export a new head after each [`prune`](Store::prune).
    pub fn verify(&self, exported: &JournalHead) -> Result<IntegrityReport, StoreError> {
        integrity::report(&self.readers.open()?, self.key.as_ref(), Some(exported))
    }

    /// The journal's head as it is now, to be kept outside the store; `None` where the journal is not sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] when the file can't be read.
    pub fn journal_head(&self) -> Result<Option<JournalHead>, StoreError> {
        let state = self
            .readers
            .with(|db| chain::JournalState::read(db).map_err(rows::backend("read the journal's head")))?;
        Ok(state.head())
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
        self.readers.with(|db| read::conversation(db, account, citizen))
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

    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError> {
        let citizen = citizen.clone();
        let (clock, key) = (Arc::clone(&self.clock), self.key.clone());
        let done = self
            .writer
            .apart(move |db| erasure::erase(db, key.as_ref(), &citizen, clock.now()))?;
        // What was erased must not stay readable in the log.
        file::carry_over(&self.path)?;
        Ok(done)
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError> {
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
