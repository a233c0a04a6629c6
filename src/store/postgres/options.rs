//! How a PostgreSQL store is reached.

use std::time::Duration;

use crate::store::JournalKey;

/// How a [`PostgresStore`](super::PostgresStore) works with its server. Name what differs and take the rest from the
/// default:
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
    /// The schema that holds the tables; `civic_reply`. It is made when it is not there. Two stores of one database with
    /// different schemas have nothing in common.
    pub schema: String,
    /// How many connections the store opens at most; 8. More callers wait for their turn. 0 counts as 1.
    ///
    /// All nodes together must stay below the server's `max_connections`.
    pub connections: usize,
    /// How long a call waits for a connection, one that becomes free or a new one; 5 seconds. Afterwards it fails and
    /// nothing of it is recorded.
    pub connect_timeout: Duration,
    /// How long one statement may run; 5 seconds. Afterwards the server ends it and nothing of the call is recorded.
    ///
    /// A server that does not answer at all is given up two seconds later: whether the commit that it was asked for is
    /// there must then be found out by reading, or by committing again.
    pub statement_timeout: Duration,
    /// How long a statement waits for what another transaction holds; 2 seconds. Afterwards the call fails and
    /// nothing of it is recorded.
    pub lock_timeout: Duration,
    /// Acknowledges a set that touches no case before it is on the server's disk; off.
    ///
    /// When the server's machine then loses power, or its server crashes, the last such sets may be gone, about half
    /// a second's worth: automatic answers, which the engine would give again. Cases, claims and everything that is
    /// done at the desk always wait for the disk.
    pub relaxed_answers: bool,
    /// The key that the journal is sealed with; none. All nodes need the same.
    ///
    /// With a key each record carries a keyed hash from its commit on, and a thread of the store chains them within about a
    /// second, so that [`integrity_report`](super::PostgresStore::integrity_report) and
    /// [`verify`](super::PostgresStore::verify) find what others have changed in the tables. A journal that was not sealed is
    /// sealed whole by the first store that connects with a key, which takes time in proportion to it, holds up every write,
    /// and needs the right to alter the tables; from then on the schema is refused without that key.
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
