//! The transactions of the writer: of one caller, or of a group that shares one commit.

use std::error::Error;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use thiserror::Error;

use super::{Boxed, Flush, Job};
use crate::store::StoreError;
use crate::store::sqlite::rows::backend;
use crate::store::sqlite::schema;

/// The most jobs in one transaction, so that the first caller is answered while more arrive.
const GROUP: usize = 512;

/// How many transactions use savepoints from the start after one in which a job failed. A savepoint costs a
/// copy of every page that changes under it. It is wasted where nothing fails, and further failures are
/// likely where one has.
const CAREFUL: u32 = 32;

/// The connection with its settings.
pub(super) struct Session {
    db: Connection,
    flush: Flush,
    /// How many of the next transactions use savepoints.
    careful: u32,
}

impl Session {
    /// A session that flushes each commit, as `open_writer` configures it.
    pub(super) fn new(db: Connection) -> Self {
        Self {
            db,
            flush: Flush::Now,
            careful: 0,
        }
    }

    /// Runs the work of one caller in a transaction.
    pub(super) fn alone<T>(
        &mut self,
        flush: Flush,
        mut work: impl FnMut(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.begin(flush).map_err(backend(BEGIN))?;
        let done = work(&self.db).and_then(|done| {
            self.commit().map_err(backend("commit"))?;
            Ok(done)
        });
        if done.is_err() {
            self.roll_back();
        }
        done
    }

    /// Runs the work of all waiting callers in one transaction. Gives the jobs with their results, and a job
    /// that must begin the next transaction.
    ///
    /// The first attempt has no savepoints. If a job fails, the transaction is repeated with a savepoint for
    /// each job.
    pub(super) fn together(&mut self, first: Boxed, queue: &Receiver<Boxed>) -> (Vec<Boxed>, Option<Boxed>) {
        let flush = first.flush();
        let mut group = vec![];
        if let Err(error) = self.begin(flush) {
            // Each would wait as long for the same lock.
            group.push(first);
            group.extend(queue.try_iter().take(GROUP - 1));
            fail_all(&mut group, BEGIN, error);
            return (group, None);
        }
        let mut careful = self.careful > 0;
        self.careful = self.careful.saturating_sub(1);
        let mut held = None;
        let mut next = Some(first);
        while let Some(mut job) = next.take() {
            if job.flush() == Flush::Now && flush == Flush::Later {
                // This transaction will not be flushed.
                held = Some(job);
                break;
            }
            let done = if careful {
                self.guarded(job.as_mut())
            } else {
                self.unguarded(job.as_mut())
            };
            group.push(job);
            if !done {
                self.careful = CAREFUL;
            }
            if !done && !careful {
                careful = true;
                if !self.again(flush, &mut group) {
                    return (group, None);
                }
            }
            if !self.is_lost() && group.len() < GROUP {
                next = queue.try_recv().ok();
            }
        }
        if self.is_lost() {
            self.each_alone(&mut group);
        } else if let Err(error) = self.commit() {
            self.roll_back();
            fail_all(&mut group, "commit", error);
        }
        (group, held)
    }

    /// Begins a transaction with the flush of its level. Fails in a file that another process has upgraded:
    /// rows that this process writes would be incomplete.
    fn begin(&mut self, flush: Flush) -> Result<(), NotBegun> {
        if self.flush != flush {
            let level = match flush {
                Flush::Now => "FULL",
                Flush::Later => "NORMAL",
            };
            self.db.pragma_update(None, "synchronous", level)?;
            self.flush = flush;
        }
        execute(&self.db, "BEGIN IMMEDIATE")?;
        let found = self.db.prepare_cached("PRAGMA user_version");
        let found = found.and_then(|mut version| version.query_row([], |row| row.get(0)));
        if found == Ok(schema::NEWEST) {
            return Ok(());
        }
        self.roll_back();
        Err(found.map_or_else(NotBegun::Sqlite, NotBegun::Outdated))
    }

    fn commit(&self) -> rusqlite::Result<()> {
        execute(&self.db, "COMMIT")
    }

    /// Whether the transaction has ended: SQLite ends it on some errors, for example a full disk.
    fn is_lost(&self) -> bool {
        self.db.is_autocommit()
    }

    /// Rolls the transaction back. An error means that it had already ended; otherwise the next begin fails.
    fn roll_back(&self) {
        let _ = execute(&self.db, "ROLLBACK");
    }

    /// Repeats the transaction for the group with a savepoint for each job; the last job of the group has
    /// failed. `false` when it cannot begin, which fails the other jobs, too.
    fn again(&mut self, flush: Flush, group: &mut [Boxed]) -> bool {
        self.roll_back();
        let alone = group.len() == 1;
        if let Err(error) = self.begin(flush) {
            if !alone {
                fail_all(group, BEGIN, error);
            }
            return false;
        }
        if alone {
            return true;
        }
        for job in group {
            if self.is_lost() {
                break;
            }
            self.guarded(job.as_mut());
        }
        true
    }

    /// Runs a job; `false` when it failed, and the transaction with it.
    fn unguarded(&self, job: &mut dyn Job) -> bool {
        let done = job.run(&self.db);
        if done && self.is_lost() {
            job.fail(lost());
            return false;
        }
        done
    }

    /// Runs a job in a savepoint, and undoes it if it fails; gives `false` then. Afterwards the transaction
    /// may have ended.
    fn guarded(&self, job: &mut dyn Job) -> bool {
        if let Err(error) = execute(&self.db, "SAVEPOINT job") {
            job.fail(backend(BEGIN)(error));
            self.roll_back();
            return false;
        }
        let done = self.unguarded(job);
        if self.is_lost() {
            return false;
        }
        let undone = if done {
            Ok(())
        } else {
            execute(&self.db, "ROLLBACK TO job")
        };
        if let Err(error) = undone.and_then(|()| execute(&self.db, "RELEASE job")) {
            job.fail(backend(END)(error));
            self.roll_back();
            return false;
        }
        done
    }

    /// Repeats each job of a lost transaction in a flushed transaction of its own, so that only the
    /// impossible one fails.
    fn each_alone(&mut self, group: &mut [Boxed]) {
        if group.len() == 1 {
            return;
        }
        for n in 0..group.len() {
            let begun = self.begin(Flush::Now);
            let rest = group.get_mut(n..).unwrap_or_default();
            if let Err(error) = begun {
                // Each would wait as long for the same lock.
                return fail_all(rest, BEGIN, error);
            }
            let Some(job) = rest.first_mut() else { return };
            self.guarded(job.as_mut());
            if !self.is_lost()
                && let Err(error) = self.commit()
            {
                self.roll_back();
                job.fail(backend("commit")(error));
            }
        }
    }
}

const BEGIN: &str = "begin to write";
const END: &str = "end a change";

/// Why a transaction did not begin.
#[derive(Debug, Error)]
enum NotBegun {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(
        "the file is of schema {0} now and this process writes {newest}: \
         run the same civic-reply in every process",
        newest = schema::NEWEST
    )]
    Outdated(i32),
}

/// A job reported success although SQLite has ended its transaction.
#[derive(Debug, Error)]
#[error("the transaction was ended before its work was")]
struct Lost;

fn lost() -> StoreError {
    StoreError::Backend {
        action: END,
        source: Box::new(Lost),
    }
}

/// Fails all jobs with the same error.
fn fail_all(jobs: &mut [Boxed], action: &'static str, error: impl Error + Send + Sync + 'static) {
    let error = Arc::new(error);
    for job in jobs {
        job.fail(StoreError::Backend {
            action,
            source: Box::new(Arc::clone(&error)),
        });
    }
}

fn execute(db: &Connection, sql: &'static str) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute([]).map(drop)
}
