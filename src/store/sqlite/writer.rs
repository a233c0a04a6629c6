//! Who writes: everything that waits is made true in one transaction, and answered after the commit.
//!
//! A caller who is alone writes by itself. As soon as two come at once, a thread writes for all of them.

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

/// Whether a caller is answered when the disk has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    /// After the flush.
    Now,
    /// Once it is in the log: it outlives the process, and is flushed with the next that must be.
    Later,
}

/// The way to the connection that writes. Dropping it lets the thread finish what it has and waits for it.
pub(super) struct Writer {
    session: Arc<Place>,
    /// How many callers there are at this moment.
    callers: AtomicUsize,
    jobs: Option<Sender<Boxed>>,
    thread: Option<JoinHandle<()>>,
}

/// Where the connection is kept while nobody writes. It is gone for good after a panic of who had it: what became of the
/// transaction is not known then.
type Place = Mutex<Option<Session>>;

/// The connection is gone, after a panic. Whether the work was done is not known.
#[derive(Debug, Error)]
#[error("the store's writer has stopped: open the store again")]
struct Stopped;

impl Writer {
    pub(super) fn start(db: Connection) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let session = Arc::new(Mutex::new(Some(Session::new(db))));
        let place = Arc::clone(&session);
        let thread = thread::Builder::new()
            .name("civic-reply-store".into())
            .spawn(move || serve(&place, &queue))?;
        Ok(Self {
            session,
            callers: AtomicUsize::new(0),
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Has `work` done in a transaction and waits until that is durable, or only committed where `flush` allows that.
    ///
    /// When `work` fails, nothing of it stays, and others in the same transaction are not touched. It may be run up to three
    /// times, each time in a transaction that has nothing of the runs before; the last one counts.
    pub(super) fn submit<T, F>(&self, flush: Flush, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let caller = Caller::count(&self.callers);
        if caller.alone
            && let Some(mut place) = self.session.try_lock()
        {
            return here(&mut place, flush, work);
        }
        self.queue(flush, work)?.recv().map_err(|_| stopped())?
    }

    /// Has large work done in a transaction of its own, once: no savepoint keeps in memory what it changes.
    pub(super) fn apart<T>(
        &self,
        work: impl FnMut(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _caller = Caller::count(&self.callers);
        here(&mut self.session.lock(), Flush::Now, work)
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

/// Does the work on the caller's own thread.
fn here<T>(
    place: &mut Option<Session>,
    flush: Flush,
    work: impl FnMut(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut session = place.take().ok_or_else(stopped)?;
    // Unwinding drops the connection, which ends its transaction.
    let done = catch_unwind(AssertUnwindSafe(move || {
        let result = session.alone(flush, work);
        (session, result)
    }));
    let (session, result) = done.map_err(|_| stopped())?;
    *place = Some(session);
    result
}

/// One that is counted for as long as it waits.
struct Caller<'a> {
    callers: &'a AtomicUsize,
    /// Whether nobody else was there when it came.
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
            // A panic of the thread was already answered with errors.
            let _ = thread.join();
        }
    }
}

/// A job among those of others.
type Boxed = Box<dyn Job>;

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
fn serve(place: &Place, queue: &Receiver<Boxed>) {
    let mut held = None;
    while let Some(first) = held.take().or_else(|| queue.recv().ok()) {
        let mut place = place.lock();
        let Some(mut session) = place.take() else { return };
        let group;
        (group, held) = session.together(first, queue);
        *place = Some(session);
        drop(place);
        group.into_iter().for_each(Job::answer);
    }
}

#[cfg(test)]
mod tests;
