//! How a SQLite store is opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::store::JournalKey;
use crate::time::{Clock, SystemClock};

/// How a [`SqliteStore`](super::SqliteStore) is opened. Name the options that differ and take the rest from
/// the default:
///
/// ```
/// use civic_reply::store::SqliteOptions;
///
/// let options = SqliteOptions { quick_check: true, ..SqliteOptions::default() };
/// assert_eq!(options.busy_timeout.as_secs(), 5);
/// ```
#[derive(Clone)]
pub struct SqliteOptions {
    /// The clock on which leases end; the machine's.
    ///
    /// Processes that share the file must agree on the time: a lease may be taken over early by the
    /// difference of their clocks.
    pub clock: Arc<dyn Clock>,
    /// How long a write waits for another process that writes to the file; 5 seconds. After that it fails and
    /// nothing of it is stored.
    pub busy_timeout: Duration,
    /// Reads the whole file when it is opened, and refuses it if its structure is damaged; off, because it
    /// takes seconds for each gigabyte. Without it, the call that meets damage fails.
    pub quick_check: bool,
    /// How many reads run at once; 4. Further reads wait for one of them, never for a write. 0 counts as 1.
    pub readers: usize,
    /// Acknowledges a set that touches no case before it is on disk; off.
    ///
    /// A loss of power can then lose the last such sets: automatic answers, which the engine would give
    /// again. They survive the end of the process. Cases, claims and commands of the desk always wait for the
    /// disk, and make everything acknowledged before them durable, too.
    pub relaxed_answers: bool,
    /// The key of the journal's hash chain; none.
    ///
    /// With a key the store chains the journal's records by keyed hashes, so that
    /// [`integrity_report`](super::SqliteStore::integrity_report) and [`verify`](super::SqliteStore::verify)
    /// find changes by others. The first key for a journal without one hashes the whole journal, which takes
    /// time proportional to its length; the file is then refused without that key.
    pub journal_key: Option<JournalKey>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            busy_timeout: Duration::from_secs(5),
            quick_check: false,
            readers: 4,
            relaxed_answers: false,
            journal_key: None,
        }
    }
}

impl fmt::Debug for SqliteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteOptions")
            .field("busy_timeout", &self.busy_timeout)
            .field("quick_check", &self.quick_check)
            .field("readers", &self.readers)
            .field("relaxed_answers", &self.relaxed_answers)
            .field("journal_key", &self.journal_key)
            .finish_non_exhaustive()
    }
}
