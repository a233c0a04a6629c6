//! The store for several nodes: a PostgreSQL database.

mod chain;
mod claims;
mod commit;
mod erasure;
mod error;
mod filter;
mod integrity;
mod journal;
mod options;
mod pipeline;
mod pool;
mod prune;
mod read;
mod retry;
mod rows;
mod schema;
mod set_aside;
mod tables;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
use tokio_postgres::{Config, Socket};

pub use options::PostgresOptions;

use self::chain::ChainThread;
use self::claims::UnreadableCases;
use self::journal::Watermark;
use self::pool::ConnectionPool;
use self::tables::Tables;
use super::{
    Arrival, CaseFilter, CasePage, ChangeSet, ClaimQuery, Erasure, IntegrityReport, JournalHead, JournalPage,
    Pruning, QueueCount, Seq, Store, StoreError, Traces, TurnPage, queue,
};
use crate::case::{Case, CaseId, Claim, ClaimToken};
use crate::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;

/// A store in a PostgreSQL database that any number of nodes share. Nodes hold no state of their own.
///
/// ```no_run
/// use civic_reply::PostgresStore;
///
/// let store = PostgresStore::connect("postgres://desk@db.city.example/desk")?;
/// # Ok::<(), civic_reply::StoreError>(())
/// ```
///
/// **Durability.** After a commit or claim has returned `Ok`, it is on the server's disk. It survives the end
/// of any node, the end of the server's processes, and a loss of power if the server's disk flushes as it
/// reports. The store switches `synchronous_commit` on for each transaction where it is off; `fsync = off` is
/// the operator's own risk. A commit that returned an error was not acknowledged. After a lost connection or
/// a timeout it may be stored as a whole, never in part. [`PostgresOptions::relaxed_answers`] relaxes this
/// for sets that touch no case.
///
/// **Claims.** Leases begin and end on the server's clock. Callers never wait for each other's claims: a
/// claim skips a case that another transaction has locked at that moment, and the next call sees it.
///
/// **Round trips.** Statements of a transaction are sent together where possible: a read or a commit takes
/// one round trip, a claim takes two. A page of the journal takes one, and one more at the end of the
/// journal. There the reader waits for commits that have begun, and delays new commits for as long as one
/// commit takes.
///
/// **Poolers.** The store keeps nothing on a connection between transactions: settings are local to the
/// transaction, statements are unnamed, and locks end with it. It therefore works through a pooler in
/// transaction mode.
///
/// **Server.** PostgreSQL 14 or newer, or a server that speaks its protocol and supports `FOR UPDATE SKIP
/// LOCKED`, `LOCK TABLE`, sequences, check constraints, and data-changing statements in `WITH`. It is tested
/// on PostgreSQL 15, with and without pgbouncer in transaction mode. Rows of a citizen are found by account
/// first, so accounts are the natural key to spread a large city by: a database for each group of accounts,
/// or a distributed table.
///
/// **Versions.** The first node of a later version of this crate upgrades the tables. Afterwards every write
/// of an earlier node is an error, because its rows would lack columns of the later version; its reads go
/// on where the upgrade has renamed nothing. The upgrade to schema 6 renames columns: earlier nodes can then
/// neither read nor write. Nothing that they refuse is acknowledged: it comes again, to a node of the later
/// version.
///
/// **Threads.** One thread of the store talks to the server, and callers on any thread wait for it. An async
/// host calls the store in its blocking pool.
pub struct PostgresStore {
    pool: Arc<ConnectionPool>,
    tables: Arc<Tables>,
    unreadable: UnreadableCases,
    watermark: Arc<Watermark>,
    patience: Duration,
    chain: Option<ChainThread>,
}

impl PostgresStore {
    /// Connects, and upgrades or creates the tables.
    ///
    /// `url` has the format of PostgreSQL's own programs: `postgres://user:password@host:port/database`, or
    /// `host=… user=…`. It can list several hosts with commas; with `target_session_attrs=read-write` the
    /// store finds the writable one again after a failover. The connection is not encrypted, see
    /// [`connect_with_tls`](Self::connect_with_tls); a `url` that requires encryption is an error.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] for an invalid `url`, and for a schema that holds tables of another program,
    /// of a newer version of this crate, or of a version from before schema 5. [`StoreError::Backend`] when
    /// the server cannot be reached or refuses.
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(url, PostgresOptions::default())
    }

    /// Connects with options.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect).
    pub fn connect_with(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        Self::connect_with_tls(url, options, NoTls)
    }

    /// Connects with options, over connections that `tls` encrypts: a connector for tokio-postgres 0.7, for
    /// example from the crate `tokio-postgres-rustls` or `postgres-native-tls`.
    ///
    /// `url` decides about a server without encryption: `sslmode=require` refuses it, the default `prefer`
    /// accepts it.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect).
    pub fn connect_with_tls<T>(url: &str, options: PostgresOptions, tls: T) -> Result<Self, StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
        T::Stream: Sync + Send,
        T::TlsConnect: Sync + Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        // The error does not repeat the string, which may hold a password.
        let config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
            let reason = std::error::Error::source(&error).map_or_else(String::new, |why| format!(": {why}"));
            StoreError::Refused(format!("the connection string can't be read{reason}"))
        })?;
        let pool = Arc::new(ConnectionPool::new(config, &options, tls)?);
        let (tables, watermark) = (Arc::new(Tables::new(&options)), Arc::default());
        schema::migrate(&pool, &options)?;
        chain::unlock(&pool, &options)?;
        let patience = options.statement_timeout;
        let chain = tables.key().map(|_| {
            let (pool, tables, watermark) = (Arc::clone(&pool), Arc::clone(&tables), Arc::clone(&watermark));
            ChainThread::start(pool, tables, watermark, patience)
        });
        Ok(Self {
            pool,
            tables,
            unreadable: UnreadableCases::default(),
            watermark,
            patience,
            chain: chain.transpose()?,
        })
    }

    /// Reads everything in one snapshot, and reports damage and tampering.
    ///
    /// The time is proportional to the size of the tables. It needs little memory and blocks nobody else.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] when the server cannot be reached or refuses.
    pub fn integrity_report(&self) -> Result<IntegrityReport, StoreError> {
        integrity::report(&self.pool, &self.tables, None)
    }

    /// The [integrity report](Self::integrity_report), which also compares the journal with a head that was
    /// exported before.
    ///
    /// # Errors
    ///
    /// Those of the report; [`StoreError::Refused`] when the journal has no key, or when retention has
    /// removed records after `exported`: export a new head after each [`prune`](Store::prune).
    pub fn verify(&self, exported: &JournalHead) -> Result<IntegrityReport, StoreError> {
        chain::extend(&self.pool, &self.tables, &self.watermark, self.patience)?;
        integrity::report(&self.pool, &self.tables, Some(exported))
    }

    /// The current head of the journal's hash chain, to be kept outside the database; `None` for a journal
    /// without a key.
    ///
    /// Records that have not joined the chain yet join it first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] when the server cannot be reached or refuses.
    pub fn journal_head(&self) -> Result<Option<JournalHead>, StoreError> {
        chain::head(&self.pool, &self.tables, &self.watermark, self.patience)
    }

    /// The result of a commit, after waking the thread that appends its records to the hash chain.
    fn waking_chain<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        if let (Ok(_), Some(chain)) = (&done, &self.chain) {
            chain.wake();
        }
        done
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

impl Store for PostgresStore {
    fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
        read::handled(&self.pool, &self.tables, key)
    }

    fn conversation(&self, account: &AccountId, citizen: &CitizenId) -> Result<Conversation, StoreError> {
        read::conversation(&self.pool, &self.tables, account, citizen)
    }

    fn arrival(&self, key: &MessageKey) -> Result<Arrival, StoreError> {
        read::arrival(&self.pool, &self.tables, key)
    }

    fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        read::case(&self.pool, &self.tables, id)
    }

    fn cases(&self, filter: &CaseFilter) -> Result<CasePage, StoreError> {
        read::cases(&self.pool, &self.tables, filter)
    }

    fn counts(&self, now: Timestamp) -> Result<Vec<QueueCount>, StoreError> {
        read::counts(&self.pool, &self.tables, queue::micros(now))
    }

    fn commit(&self, change: ChangeSet) -> Result<(), StoreError> {
        change.check()?;
        self.waking_chain(commit::commit(&self.pool, &self.tables, change))
    }

    fn claim_picked(
        &self,
        query: &ClaimQuery,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        self.waking_chain(claims::claim_next(
            &self.pool,
            &self.tables,
            &self.unreadable,
            query,
            agent,
            lease,
        ))
    }

    fn claim(&self, id: &CaseId, agent: &AgentId, lease: Duration) -> Result<Option<Case>, StoreError> {
        self.waking_chain(claims::claim(&self.pool, &self.tables, id, agent, lease))
    }

    fn renew(&self, id: &CaseId, token: &ClaimToken, lease: Duration) -> Result<Option<Claim>, StoreError> {
        self.waking_chain(claims::renew(&self.pool, &self.tables, id, token, lease))
    }

    fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        read::due(&self.pool, &self.tables, queue::micros(before), limit)
    }

    fn alarms(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        read::alarms(&self.pool, &self.tables, queue::micros(until), limit)
    }

    fn sending(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        read::sending(&self.pool, &self.tables, queue::micros(until), limit)
    }

    fn stuck(&self, limit: usize) -> Result<Vec<Case>, StoreError> {
        read::stuck(&self.pool, &self.tables, limit)
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        read::now(&self.pool, &self.tables)
    }

    fn journal(&self, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError> {
        journal::page(
            &self.pool,
            &self.tables,
            &self.watermark,
            self.patience,
            after,
            limit,
        )
    }

    fn turns(
        &self,
        account: &AccountId,
        citizen: &CitizenId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<TurnPage, StoreError> {
        read::turns(&self.pool, &self.tables, account, citizen, before, limit)
    }

    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError> {
        let done = self.waking_chain(erasure::erase(&self.pool, &self.tables, citizen))?;
        // The server's vacuum removes the old versions of the rows, at a time that it does not tell.
        Ok(Erasure {
            traces: Traces::OldVersions,
            ..done
        })
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError> {
        // Only records that have joined the chain can be cut off.
        chain::extend(&self.pool, &self.tables, &self.watermark, self.patience)?;
        self.waking_chain(prune::prune(&self.pool, &self.tables, before, limit))
    }
}
