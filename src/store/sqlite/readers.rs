//! The pool of connections that read.

use std::path::PathBuf;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use super::file;
use crate::store::StoreError;

/// A limited number of connections. Each is opened when it is first needed, and then kept.
pub(super) struct Readers {
    path: PathBuf,
    busy_timeout: Duration,
    most: usize,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    lent: usize,
}

impl Readers {
    pub(super) fn new(path: PathBuf, busy_timeout: Duration, most: usize) -> Self {
        Self {
            path,
            busy_timeout,
            most: most.max(1),
            pool: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Reads with one of the connections. Waits while all are in use.
    pub(super) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut lent = self.lend();
        let db = match lent.db.take() {
            Some(db) => db,
            None => self.open()?,
        };
        read(lent.db.insert(db))
    }

    /// A connection outside the pool, for long work.
    pub(super) fn open(&self) -> Result<Connection, StoreError> {
        file::open_reader(&self.path, self.busy_timeout)
    }

    fn lend(&self) -> Lent<'_> {
        let mut pool = self.pool.lock();
        while pool.lent >= self.most {
            self.returned.wait(&mut pool);
        }
        pool.lent += 1;
        Lent {
            readers: self,
            db: pool.idle.pop(),
        }
    }
}

/// A connection in use, which returns to the pool when it is dropped, even after an error or a panic.
struct Lent<'a> {
    readers: &'a Readers,
    db: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.pool.lock();
        pool.lent -= 1;
        pool.idle.extend(self.db.take());
        drop(pool);
        self.readers.returned.notify_one();
    }
}
