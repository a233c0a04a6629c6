//! The writer: it combines the work of waiting callers in one transaction, and answers them after the commit.
//!
//! A single caller writes on its own thread. When several come at once, a thread writes for all of them.

mod group_commit;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use rusqlite::Connection;
use thiserror::Error;

use self::group_commit::Session;
use crate::store::StoreError;

/// When a caller is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    /// After the flush to disk.
    Now,
    /// After the write to the log. It survives the process, and the next `Now` flushes it.
    Later,
}

/// Gives access to the connection that writes. Dropping it waits until the thread has finished its work.
pub(super) struct Writer {
    session: Arc<Slot>,
    /// The number of current callers.
    callers: AtomicUsize,
    jobs: Option<Sender<Boxed>>,
    thread: Option<JoinHandle<()>>,
}

/// Holds the connection while nobody writes. After a panic during a write it stays empty, because the state
/// of the transaction is unknown.
type Slot = Mutex<Option<Session>>;

/// The connection is gone after a panic. It is unknown whether the work was done.
#[derive(Debug, Error)]
#[error("the store's writer has stopped: open the store again")]
struct Stopped;

impl Writer {
    pub(super) fn start(db: Connection) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let session = Arc::new(Mutex::new(Some(Session::new(db))));
        let slot = Arc::clone(&session);
        let thread = thread::Builder::new()
            .name("civic-reply-store".into())
            .spawn(move || serve(&slot, &queue))?;
        Ok(Self {
            session,
            callers: AtomicUsize::new(0),
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs `work` in a transaction and waits until it is durable, or only committed if `flush` allows that.
    ///
    /// If `work` fails, its changes are undone, and other work in the same transaction is not affected. It
    /// can run up to three times, each time in a transaction without the changes of earlier runs; the last
    /// result counts.
    pub(super) fn submit<T, F>(&self, flush: Flush, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let caller = Caller::count(&self.callers);
        if caller.alone
            && let Some(mut slot) = self.session.try_lock()
        {
            return run_here(&mut slot, flush, work);
        }
        self.queue(flush, work)?.recv().map_err(|_| stopped())?
    }

    /// Runs large work once, in a transaction of its own: no savepoint keeps its changes in memory.
    pub(super) fn apart<T>(
        &self,
        work: impl FnMut(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _caller = Caller::count(&self.callers);
        run_here(&mut self.session.lock(), Flush::Now, work)
    }

    /// Queues `work`. The receiver gets its result when it is durable, and nothing if the thread has stopped.
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

/// Runs the work on the caller's thread.
fn run_here<T>(
    slot: &mut Option<Session>,
    flush: Flush,
    work: impl FnMut(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut session = slot.take().ok_or_else(stopped)?;
    // A panic drops the connection, which ends its transaction.
    let done = catch_unwind(AssertUnwindSafe(move || {
        let result = session.alone(flush, work);
        (session, result)
    }));
    let (session, result) = done.map_err(|_| stopped())?;
    *slot = Some(session);
    result
}

/// A caller, counted while it waits.
struct Caller<'a> {
    callers: &'a AtomicUsize,
    /// Whether there was no other caller when it came.
    alone: bool,
}

impl<'a> Caller<'a> {
    fn count(callers: &'a AtomicUsize) -> Self {
        let before = callers.fetch_add(1, Ordering::Relaxed);
        Self {
            callers,
            alone: before == 0,
        }
    }
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        self.callers.fetch_sub(1, Ordering::Relaxed);
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
            // Callers already got errors for a panic of the thread.
            let _ = thread.join();
        }
    }
}

/// A job in the queue.
type Boxed = Box<dyn Job>;

/// The work of one caller, with its result until the commit.
trait Job: Send {
    fn flush(&self) -> Flush;
    /// Runs the work; `false` when it must be undone.
    fn run(&mut self, db: &Connection) -> bool;
    /// Replaces the result with an error.
    fn fail(&mut self, error: StoreError);
    /// Gives the caller the result.
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
            // The caller may be gone.
            let _ = self.reply.send(result);
        }
    }
}

/// Works until the last sender is dropped.
fn serve(slot: &Slot, queue: &Receiver<Boxed>) {
    let mut held = None;
    while let Some(first) = held.take().or_else(|| queue.recv().ok()) {
        let mut slot = slot.lock();
        let Some(mut session) = slot.take() else { return };
        let group;
        (group, held) = session.together(first, queue);
        *slot = Some(session);
        drop(slot);
        group.into_iter().for_each(Job::answer);
    }
}

#[cfg(test)]
mod tests;
