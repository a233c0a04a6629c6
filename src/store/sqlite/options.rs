//! How a SQLite store is opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::store::JournalKey;
use crate::time::{Clock, SystemClock};

/// How a [`SqliteStore`](super::SqliteStore) is opened. Name what differs and take the rest from the default:
///
/// ```
/// use civic_reply::store::SqliteOptions;
///
/// let options = SqliteOptions { quick_check: true, ..SqliteOptions::default() };
/// assert_eq!(options.busy_timeout.as_secs(), 5);
/// ```
#[derive(Clone)]
pub struct SqliteOptions {
    /// The clock that leases end on; the machine's.
    ///
    /// Processes that share the file must agree on the time: a lease may be taken over early by as much as their
    /// clocks differ.
    pub clock: Arc<dyn Clock>,
    /// How long a write waits while another process writes to the file; 5 seconds. Afterwards it fails and nothing
    /// of it is recorded.
    pub busy_timeout: Duration,
    /// Reads the whole file when it is opened and refuses it when its structure is damaged; off, because it takes
    /// seconds for each gigabyte. Damage that is met later is an error of the call that meets it.
    pub quick_check: bool,
    /// How many reads run at once; 4. More wait for their turn; none waits for a write. 0 counts as 1.
    pub readers: usize,
    /// Acknowledges a set that touches no case before it is on the disk; off.
    ///
    /// When the machine then loses power, the last such sets may be gone: automatic answers, which the engine would give
    /// again. They survive the end of the process. Cases, claims and everything that is done at the desk always wait for the
    /// disk, and make what was acknowledged before them durable too.
    pub relaxed_answers: bool,
    /// The key that the journal is sealed with; none.
    ///
    /// With a key the store chains the journal's records by keyed hashes, so that
    /// [`integrity_report`](super::SqliteStore::integrity_report) and [`verify`](super::SqliteStore::verify) find what others
    /// have changed in the file. A journal that was not sealed is sealed whole when it is first opened with a key, which
    /// takes time in proportion to it; from then on the file is refused without that key.
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
