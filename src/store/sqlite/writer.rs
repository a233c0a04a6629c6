//! The one thread that writes: it makes everything that waits true in one transaction, and answers after the commit.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use thiserror::Error;

use super::rows::backend;
use crate::store::StoreError;

/// The most that share one transaction, so that the first of them is answered while more keep coming.
const GROUP: usize = 512;

/// Whether a caller is answered when the disk has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    /// After the flush.
    First,
    /// Once it is in the log: it outlives the process, and is flushed with the next that must be.
    Later,
}

/// The way to the writing thread. Dropping it lets the thread finish what it has and waits for it.
pub(super) struct Writer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

/// The thread is gone, after a panic in it. Whether the work was done is not known.
#[derive(Debug, Error)]
#[error("the store's writer has stopped: open the store again")]
struct Stopped;

impl Writer {
    pub(super) fn start(db: Connection) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("civic-reply-store".into())
            .spawn(move || serve(&db, &queue))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Has `work` done in a transaction and waits until that is durable, or only committed where `flush` allows that.
    ///
    /// When `work` fails, nothing of it stays, and others in the same transaction are not touched. It may be run
    /// twice, each time from the same state: when the transaction it was part of is lost because of another's work.
    pub(super) fn submit<T, F>(&self, flush: Flush, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.queue(flush, work)?.recv().map_err(|_| stopped())?
    }

    /// Puts `work` into the queue; its result comes when it is durable, and nothing comes when the thread is lost.
    fn queue<T, F>(&self, flush: Flush, work: F) -> Result<Receiver<Result<T, StoreError>>, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = mpsc::sync_channel(1);
        let task = Task {
            flush,
            work,
            result: None,
            reply,
        };
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(Box::new(task)).map_err(|_| stopped())?;
        Ok(answer)
    }
}

fn stopped() -> StoreError {
    StoreError::Backend {
        action: "hand the work to the writer",
        source: Box::new(Stopped),
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already answered with errors.
            let _ = thread.join();
        }
    }
}

/// One caller's work, and its result until it may be told.
trait Job: Send {
    fn flush(&self) -> Flush;
    /// Does the work; `false` when it must be undone.
    fn run(&mut self, db: &Connection) -> bool;
    /// Replaces whatever result there is.
    fn fail(&mut self, error: StoreError);
    /// Tells the caller.
    fn answer(self: Box<Self>);
}

struct Task<T, F> {
    flush: Flush,
    work: F,
    result: Option<Result<T, StoreError>>,
    reply: SyncSender<Result<T, StoreError>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, StoreError> + Send,
{
    fn flush(&self) -> Flush {
        self.flush
    }

    fn run(&mut self, db: &Connection) -> bool {
        self.result.insert((self.work)(db)).is_ok()
    }

    fn fail(&mut self, error: StoreError) {
        self.result = Some(Err(error));
    }

    fn answer(self: Box<Self>) {
        if let Some(result) = self.result {
            // A caller that no longer listens has nothing to be told.
            let _ = self.reply.send(result);
        }
    }
}

/// Works until the last sender is gone.
fn serve(db: &Connection, queue: &Receiver<Box<dyn Job>>) {
    let mut set = Flush::First;
    let mut held = None;
    while let Some(first) = held.take().or_else(|| queue.recv().ok()) {
        let flush = first.flush();
        if let Err(error) = wait_for(db, flush, &mut set).and_then(|()| execute(db, "BEGIN IMMEDIATE")) {
            // Each of them would wait as long for the same lock.
            let waiting = queue.try_iter().take(GROUP - 1);
            fail_all(
                std::iter::once(first).chain(waiting).collect(),
                "begin to write",
                error,
            );
            continue;
        }
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(mut job) = next.take() {
            if job.flush() == Flush::First && flush == Flush::Later {
                // It begins the next group: this one is not flushed.
                held = Some(job);
                break;
            }
            run(db, job.as_mut());
            group.push(job);
            if !db.is_autocommit() && group.len() < GROUP {
                next = queue.try_recv().ok();
            }
        }
        if db.is_autocommit() {
            // One at a time, and each flushed.
            match wait_for(db, Flush::First, &mut set) {
                Ok(()) => each_alone(db, group),
                Err(error) => fail_all(group, "begin to write", error),
            }
        } else if let Err(error) = execute(db, "COMMIT") {
            roll_back(db);
            fail_all(group, "commit", error);
        } else {
            group.into_iter().for_each(Job::answer);
        }
    }
}

/// Has the transactions to come wait for the disk, or not.
fn wait_for(db: &Connection, flush: Flush, set: &mut Flush) -> rusqlite::Result<()> {
    if *set != flush {
        let level = match flush {
            Flush::First => "FULL",
            Flush::Later => "NORMAL",
        };
        db.pragma_update(None, "synchronous", level)?;
        *set = flush;
    }
    Ok(())
}

/// Runs a job so that nothing of it stays when it fails. Afterwards there may be no transaction any more: SQLite ends it
/// by itself on some errors, a full disk among them.
fn run(db: &Connection, job: &mut dyn Job) {
    if let Err(error) = execute(db, "SAVEPOINT job") {
        job.fail(backend("begin to write")(error));
        roll_back(db);
        return;
    }
    let undo = !job.run(db);
    if db.is_autocommit() {
        return;
    }
    let undone = if undo {
        execute(db, "ROLLBACK TO job")
    } else {
        Ok(())
    };
    if let Err(error) = undone.and_then(|()| execute(db, "RELEASE job")) {
        job.fail(backend("end a change")(error));
        roll_back(db);
    }
}

/// Gives each job of a lost transaction one of its own, so that only the one that can't be done fails.
fn each_alone(db: &Connection, mut group: Vec<Box<dyn Job>>) {
    let alone = group.len() == 1;
    for job in &mut group {
        if alone {
            break;
        }
        if let Err(error) = execute(db, "BEGIN IMMEDIATE") {
            job.fail(backend("begin to write")(error));
            continue;
        }
        run(db, job.as_mut());
        if db.is_autocommit() {
            continue;
        }
        if let Err(error) = execute(db, "COMMIT") {
            roll_back(db);
            job.fail(backend("commit")(error));
        }
    }
    group.into_iter().for_each(Job::answer);
}

/// Answers all with the same failure.
fn fail_all(jobs: Vec<Box<dyn Job>>, action: &'static str, error: rusqlite::Error) {
    let error = Arc::new(error);
    for mut job in jobs {
        job.fail(StoreError::Backend {
            action,
            source: Box::new(Arc::clone(&error)),
        });
        job.answer();
    }
}

/// Ends the transaction without it. An error means that SQLite had ended it already; if not, the next begin says so.
fn roll_back(db: &Connection) {
    let _ = execute(db, "ROLLBACK");
}

fn execute(db: &Connection, sql: &'static str) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute([]).map(drop)
}

#[cfg(test)]
mod tests;
