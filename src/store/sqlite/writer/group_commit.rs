//! The connection that writes, and the transactions in which it does what callers want.

use std::error::Error;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use thiserror::Error;

use super::{Boxed, Flush, Job};
use crate::store::StoreError;
use crate::store::sqlite::rows::backend;
use crate::store::sqlite::schema;

/// The most that share one transaction, so that the first of them is answered while more keep coming.
const GROUP: usize = 512;

/// How many transactions after one in which work failed have savepoints from the start. A savepoint costs a copy of every page
/// that is changed under it: where nothing fails, that is for nothing, and where something does, more of that kind is likely.
const CAREFUL: u32 = 32;

/// The connection with its settings.
pub(super) struct Session {
    db: Connection,
    flush: Flush,
    /// How many transactions to come have savepoints.
    careful: u32,
}

impl Session {
    /// A connection that waits for the disk, as `open_writer` sets it.
    pub(super) fn new(db: Connection) -> Self {
        Self {
            db,
            flush: Flush::Now,
            careful: 0,
        }
    }

    /// Does one caller's work in a transaction of its own.
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

    /// Does the work of everybody who waits in one transaction: gives the jobs with their results, and one that must begin
    /// the next.
    ///
    /// It is tried without savepoints first. When work fails, the transaction is made again with one for each job.
    pub(super) fn together(&mut self, first: Boxed, queue: &Receiver<Boxed>) -> (Vec<Boxed>, Option<Boxed>) {
        let flush = first.flush();
        let mut group = vec![];
        if let Err(error) = self.begin(flush) {
            // Each of them would wait as long for the same lock.
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
                // This transaction is not flushed.
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

    /// Begins a transaction that the disk is waited for, or not; none in a file that another process has brought up to a newer
    /// version: what this one writes would lack what that version keeps.
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

    /// Whether there is no transaction any more: SQLite ends it by itself on some errors, a full disk among them.
    fn is_lost(&self) -> bool {
        self.db.is_autocommit()
    }

    /// Ends the transaction without it. An error means that SQLite had ended it already; if not, the next begin says so.
    fn roll_back(&self) {
        let _ = execute(&self.db, "ROLLBACK");
    }

    /// Makes the transaction again with what it had, so that what fails is undone by itself; the last of the group has failed.
    /// `false` when it can't be begun, which fails the others too.
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

    /// Runs a job; `false` when it has failed, and the transaction with it.
    fn unguarded(&self, job: &mut dyn Job) -> bool {
        let done = job.run(&self.db);
        if done && self.is_lost() {
            job.fail(lost());
            return false;
        }
        done
    }

    /// Runs a job so that nothing of it stays when it fails; `false` when it did. Afterwards there may be no transaction any
    /// more.
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

    /// Gives each job of a lost transaction one of its own, each flushed, so that only the one that can't be done fails.
    fn each_alone(&mut self, group: &mut [Boxed]) {
        if group.len() == 1 {
            return;
        }
        for n in 0..group.len() {
            let begun = self.begin(Flush::Now);
            let rest = group.get_mut(n..).unwrap_or_default();
            if let Err(error) = begun {
                // Each of them would wait as long for the same lock.
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

/// Why there is no transaction.
#[derive(Debug, Error)]
enum NotBegun {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(
        "the file is of schema {0} now and this process writes {newest}: run the same civic-reply in every process",
        newest = schema::NEWEST
    )]
    Outdated(i32),
}

/// Work that reports success although SQLite has ended its transaction.
#[derive(Debug, Error)]
#[error("the transaction was ended before its work was")]
struct Lost;

fn lost() -> StoreError {
    StoreError::Backend {
        action: END,
        source: Box::new(Lost),
    }
}

/// Fails all with the same failure.
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
