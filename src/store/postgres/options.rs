//! Options of a PostgreSQL store.

use std::time::Duration;

use crate::store::JournalKey;

/// How a [`PostgresStore`](super::PostgresStore) works with its server. Name the options that differ and take
/// the rest from the default:
///
/// ```
/// use civic_reply::store::PostgresOptions;
///
/// let options = PostgresOptions { connections: 20, ..PostgresOptions::default() };
/// assert_eq!(options.schema, "civic_reply");
/// ```
///
/// The limits are set anew for every transaction, so that they hold behind a transaction pooler too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// The schema that holds the tables; `civic_reply`. The store creates it if it does not exist. Two stores
    /// of one database with different schemas share nothing.
    pub schema: String,
    /// The most connections that the store opens; 8. Further callers wait for one. 0 counts as 1.
    ///
    /// All nodes together must stay below the server's `max_connections`.
    pub connections: usize,
    /// How long a call waits for a free or new connection; 5 seconds. After that it fails and nothing of it
    /// is stored.
    pub connect_timeout: Duration,
    /// The limit of one statement; 5 seconds. After that the server ends it and nothing of the call is
    /// stored.
    ///
    /// The store gives up on a server that does not answer at all two seconds later. Reading, or committing
    /// again, shows whether such a commit is stored.
    pub statement_timeout: Duration,
    /// How long a statement waits for a lock of another transaction; 2 seconds. After that the call fails and
    /// nothing of it is stored.
    pub lock_timeout: Duration,
    /// Acknowledges a set that touches no case before it is on the server's disk; off.
    ///
    /// A loss of power or a crash of the server can then lose the last such sets, of about half a second:
    /// automatic answers, which the engine would give again. Cases, claims and commands of the desk always
    /// wait for the disk.
    pub relaxed_answers: bool,
    /// The key of the journal's hash chain; none. All nodes need the same.
    ///
    /// With a key each record has a keyed hash from its commit on, and a thread of the store chains these
    /// within about a second, so that [`integrity_report`](super::PostgresStore::integrity_report) and
    /// [`verify`](super::PostgresStore::verify) find changes by others. The first key for a journal without
    /// one hashes the whole journal. That takes time proportional to its length, blocks every write, and
    /// needs the right to alter the tables; the schema is then refused without that key.
    pub journal_key: Option<JournalKey>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "civic_reply".into(),
            connections: 8,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(2),
            relaxed_answers: false,
            journal_key: None,
        }
    }
}
