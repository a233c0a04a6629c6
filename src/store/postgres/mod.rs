//! The store for several nodes: one PostgreSQL database.

mod chain;
mod claims;
mod commit;
mod error;
mod filter;
mod forget;
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
mod tables;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
use tokio_postgres::{Config, Socket};

pub use options::PostgresOptions;

use self::chain::Sealer;
use self::claims::Unreadable;
use self::journal::Horizon;
use self::pool::ConnectionPool;
use self::tables::Tables;
use super::{
    Arrival, CaseFilter, CasePage, ChangeSet, ClaimQuery, Erasure, IntegrityReport, JournalHead, JournalPage,
    Pruning, QueueCount, Seq, Store, StoreError, queue,
};
use crate::case::{Case, CaseId, Claim, ClaimToken};
use crate::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;

/// A store in a PostgreSQL database, which any number of nodes may share. Nodes hold no state of their own.
///
/// ```no_run
/// use civic_reply::PostgresStore;
///
/// let store = PostgresStore::connect("postgres://desk@db.city.example/desk")?;
/// # Ok::<(), civic_reply::StoreError>(())
/// ```
///
/// **What survives.** A commit or claim that returned `Ok` is on the server's disk: it survives the end of any node in
/// whatever way, the end of the server's processes, and the loss of power where the server's disk does what it says
/// (`synchronous_commit` is switched on for each transaction where it is off; `fsync = off` is the operator's own risk). What
/// returned an error was not acknowledged; after a connection was lost or a server did not answer, the whole of such a set
/// may be there, never a part. [`PostgresOptions::relaxed_answers`] relaxes this for sets that touch no case.
///
/// **Claims.** Leases begin and end on the server's clock. Two callers never wait for each other's claims: a case that
/// another transaction holds at that moment is passed over, and the next call sees it.
///
/// **Turns.** Everything of a transaction that can be sent at once is: a read and a commit each take one turn to the
/// server and back, a claim takes two. A page of the journal takes one, and one more at the journal's end, where the
/// reader waits for the commits that have begun and holds up those that begin, each for as long as a commit takes.
///
/// **Poolers.** Nothing outlives a transaction on its connection: settings are local to it, statements are unnamed, and
/// locks end with it. So the store works through a pooler that hands out a connection for each transaction.
///
/// **What the server must have.** PostgreSQL 14 or newer, or what speaks its protocol and knows `FOR UPDATE SKIP LOCKED`,
/// `LOCK TABLE`, sequences, check constraints, and statements that change rows within `WITH`. It was tested on
/// PostgreSQL 15, with and without pgbouncer in transaction mode. What a citizen has on an account is found by the
/// account first, which makes accounts the natural key to spread a large city by: a database for each group of accounts, or
/// a distributed table.
///
/// **Versions.** The first node of a later version of this crate brings the tables up to date. Afterwards the other nodes read on, but each
/// write is an error to them: what they wrote would lack what the later version looks for. Nothing is acknowledged by them; what they
/// refuse comes again, to a node that is up to date.
///
/// **Threads.** One thread of the store talks to the server; callers wait for it, on whatever thread they are. An
/// async host calls the store in its blocking pool.
pub struct PostgresStore {
    pool: Arc<ConnectionPool>,
    tables: Arc<Tables>,
    unreadable: Unreadable,
    horizon: Arc<Horizon>,
    patience: Duration,
    sealer: Option<Sealer>,
}

impl PostgresStore {
    /// Connects, and brings the tables up to date or makes them.
    ///
    /// `url` is what PostgreSQL's own programs take: `postgres://user:password@host:port/database`, or
    /// `host=… user=…`. Several hosts may be named with commas; with `target_session_attrs=read-write` the one that takes
    /// writes is found again after a failover. The connection is not encrypted, see
    /// [`connect_with_tls`](Self::connect_with_tls); a `url` that demands encryption is an error.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] when `url` can't be read, or when the schema holds tables of another program or of a newer
    /// version of this crate; [`StoreError::Backend`] when the server can't be reached or refuses.
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

    /// Connects with options over connections that `tls` encrypts: a connector for tokio-postgres 0.7, for example that
    /// of the crate `tokio-postgres-rustls` or `postgres-native-tls`.
    ///
    /// Whether encryption is used where the server does not offer it is `url`'s to say: `sslmode=require` refuses
    /// such a server, the default `prefer` takes it as it is.
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
        // The string itself is not repeated: it may hold a password.
        let config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
            let reason = std::error::Error::source(&error).map_or_else(String::new, |why| format!(": {why}"));
            StoreError::Refused(format!("the connection string can't be read{reason}"))
        })?;
        let pool = Arc::new(ConnectionPool::new(config, &options, tls)?);
        let (tables, horizon) = (Arc::new(Tables::new(&options)), Arc::default());
        schema::migrate(&pool, &options)?;
        chain::unlock(&pool, &options)?;
        let patience = options.statement_timeout;
        let sealer = tables.key().map(|_| {
            let (pool, tables, horizon) = (Arc::clone(&pool), Arc::clone(&tables), Arc::clone(&horizon));
            Sealer::start(pool, tables, horizon, patience)
        });
        Ok(Self {
            pool,
            tables,
            unreadable: Unreadable::default(),
            horizon,
            patience,
            sealer: sealer.transpose()?,
        })
    }

    /// Reads everything that is stored, as it is at one moment, and says what of it is not sound.
    ///
    /// It takes time in proportion to the tables, little memory, and holds up nobody else.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] when the server can't be reached or refuses.
    pub fn integrity_report(&self) -> Result<IntegrityReport, StoreError> {
        integrity::report(&self.pool, &self.tables, None)
    }

    /// The [integrity report](Self::integrity_report), which also says whether the journal still holds everything that it
    /// held when `exported` was its head.
    ///
    /// # Errors
    ///
    /// Those of the report; [`StoreError::Refused`] when the journal is not sealed, or when retention has removed what
    /// `exported` speaks of: export a new head after each [`prune`](Store::prune).
    pub fn verify(&self, exported: &JournalHead) -> Result<IntegrityReport, StoreError> {
        chain::seal(&self.pool, &self.tables, &self.horizon, self.patience)?;
        integrity::report(&self.pool, &self.tables, Some(exported))
    }

    /// The journal's head as it is now, to be kept outside the database; `None` where the journal is not sealed.
    ///
    /// What is not sealed yet is sealed first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] when the server can't be reached or refuses.
    pub fn journal_head(&self) -> Result<Option<JournalHead>, StoreError> {
        chain::head(&self.pool, &self.tables, &self.horizon, self.patience)
    }

    /// What was done, once its records are to be sealed soon.
    fn sealing<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        if let (Ok(_), Some(sealer)) = (&done, &self.sealer) {
            sealer.wake();
        }
        done
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("link", &self.pool)
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
        self.sealing(commit::commit(&self.pool, &self.tables, change))
    }

    fn claim_picked(
        &self,
        query: &ClaimQuery,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        self.sealing(claims::claim_next(
            &self.pool,
            &self.tables,
            &self.unreadable,
            query,
            agent,
            lease,
        ))
    }

    fn claim(&self, id: &CaseId, agent: &AgentId, lease: Duration) -> Result<Option<Case>, StoreError> {
        self.sealing(claims::claim(&self.pool, &self.tables, id, agent, lease))
    }

    fn renew(&self, id: &CaseId, token: &ClaimToken, lease: Duration) -> Result<Option<Claim>, StoreError> {
        self.sealing(claims::renew(&self.pool, &self.tables, id, token, lease))
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
            &self.horizon,
            self.patience,
            after,
            limit,
        )
    }

    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError> {
        self.sealing(forget::erase(&self.pool, &self.tables, citizen))
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError> {
        // Only what is sealed can be cut off.
        chain::seal(&self.pool, &self.tables, &self.horizon, self.patience)?;
        self.sealing(prune::prune(&self.pool, &self.tables, before, limit))
    }
}
