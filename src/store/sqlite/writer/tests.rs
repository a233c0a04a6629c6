//! Isolation between the callers of the writer: a failure affects no other caller, except a failure of the
//! commit.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Flush, StoreError, Writer, stopped};
use crate::store::sqlite::file;
use crate::store::sqlite::rows::backend;
use crate::store::sqlite::schema;

struct Bench {
    folder: TempDir,
    writer: Writer,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let db = file::open_writer(&folder.path().join("desk.db"), Duration::from_millis(100)).unwrap();
    db.execute_batch(
        "CREATE TABLE parent (n INTEGER PRIMARY KEY);
         CREATE TABLE t (n INTEGER PRIMARY KEY, pad TEXT,
             parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
    )
    .unwrap();
    Bench {
        folder,
        writer: Writer::start(db).unwrap(),
    }
}

impl Bench {
    fn other(&self) -> Connection {
        Connection::open(self.folder.path().join("desk.db")).unwrap()
    }

    fn stored(&self) -> Vec<i64> {
        let db = self.other();
        let mut statement = db.prepare("SELECT n FROM t ORDER BY n").unwrap();
        let numbers = statement.query_map([], |row| row.get(0)).unwrap();
        numbers.collect::<Result<_, _>>().unwrap()
    }

    fn put(&self, n: i64) -> Result<(), StoreError> {
        self.writer.submit(Flush::Now, put(n))
    }

    /// Has the jobs done in one group, after one that waits until all of them stand in the queue.
    fn in_one_group(&self, jobs: Vec<Work>) -> Vec<Result<(), StoreError>> {
        self.in_one_group_after(0, jobs)
    }

    fn in_one_group_after(&self, n: i64, jobs: Vec<Work>) -> Vec<Result<(), StoreError>> {
        let (go, wait) = mpsc::channel::<()>();
        let first = self.writer.queue(Flush::Now, move |db| {
            // Returns at once when the group is run again: the other end is gone.
            let _ = wait.recv();
            put(n)(db)
        });
        let jobs = jobs.into_iter().map(|job| self.writer.queue(Flush::Now, job));
        let answers: Vec<_> = [first].into_iter().chain(jobs).collect();
        drop(go);
        answers
            .into_iter()
            .map(|answer| answer.unwrap().recv().unwrap_or_else(|_| Err(stopped())))
            .collect()
    }
}

type Work = Box<dyn FnMut(&Connection) -> Result<(), StoreError> + Send>;

fn put(n: i64) -> impl FnMut(&Connection) -> Result<(), StoreError> + Send + 'static {
    move |db| {
        db.execute("INSERT INTO t (n) VALUES (?1)", [n])
            .map(drop)
            .map_err(backend("put"))
    }
}

fn boxed(work: impl FnMut(&Connection) -> Result<(), StoreError> + Send + 'static) -> Work {
    Box::new(work)
}

fn refused() -> StoreError {
    StoreError::Refused("no".into())
}

#[test]
fn a_job_that_fails_leaves_nothing_and_its_neighbours_stay() {
    let bench = bench();
    let results = bench.in_one_group(vec![
        boxed(put(1)),
        boxed(|db| put(2)(db).and(Err(refused()))),
        boxed(put(1)),
        boxed(put(3)),
    ]);
    let ok: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(ok, [true, true, false, false, true]);
    assert_eq!(bench.stored(), [0, 1, 3]);
}

#[test]
fn who_is_alone_writes_by_itself_and_what_fails_leaves_nothing() {
    let bench = bench();
    let here = thread::current().id();
    let ran_here = bench
        .writer
        .submit(Flush::Now, move |_| Ok(thread::current().id() == here));
    assert!(ran_here.unwrap());
    assert!(
        bench
            .writer
            .submit(Flush::Now, |db| put(1)(db).and(Err::<(), _>(refused())))
            .is_err()
    );
    bench.put(2).unwrap();
    assert_eq!(bench.stored(), [2]);
    // The thread's work comes after it.
    let results = bench.in_one_group(vec![boxed(put(3))]);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(bench.stored(), [0, 2, 3]);
}

#[test]
fn who_comes_while_another_writes_shares_a_transaction() {
    let bench = bench();
    let (go, wait) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    // How many of the two its own connection sees, and how many are committed.
    let shared = |n: i64, path: PathBuf| {
        move |db: &Connection| {
            let count = |db: &Connection| {
                let count = db.query_row("SELECT count(*) FROM t WHERE n IN (2, 3)", [], |row| row.get(0));
                count.map_err(backend("count"))
            };
            let seen: (i64, i64) = (
                count(db)?,
                count(&Connection::open(&path).map_err(backend("open"))?)?,
            );
            put(n)(db)?;
            Ok(seen)
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let held = move |db: &Connection| {
                let _ = (begun.send(()), wait.recv());
                put(1)(db)
            };
            bench.writer.submit(Flush::Now, held).unwrap();
        });
        begins.recv().unwrap();
        let path = bench.folder.path().join("desk.db");
        let [first, second] =
            [2, 3].map(|n| bench.writer.queue(Flush::Now, shared(n, path.clone())).unwrap());
        let last = scope.spawn(|| {
            let here = thread::current().id();
            bench
                .writer
                .submit(Flush::Now, move |_| Ok(thread::current().id() == here))
        });
        while bench.writer.callers.load(Ordering::Relaxed) < 2 {
            thread::yield_now();
        }
        drop(go);
        assert_eq!(first.recv().unwrap().unwrap(), (0, 0));
        assert_eq!(second.recv().unwrap().unwrap(), (1, 0));
        let ran_here = last.join().unwrap();
        assert!(!ran_here.unwrap(), "it was not alone");
    });
    assert_eq!(bench.stored(), [1, 2, 3]);
    assert_eq!(bench.writer.callers.load(Ordering::Relaxed), 0);
}

#[test]
fn who_waits_behind_a_panic_hears_of_it() {
    let bench = bench();
    let (go, wait) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let held = move |_: &Connection| -> Result<(), StoreError> {
                let _ = (begun.send(()), wait.recv());
                panic!("on purpose")
            };
            assert!(bench.writer.submit(Flush::Now, held).is_err());
        });
        begins.recv().unwrap();
        let behind = bench.writer.queue(Flush::Now, put(1)).unwrap();
        drop(go);
        assert!(behind.recv().is_err());
    });
    assert!(bench.put(2).is_err());
    assert!(bench.stored().is_empty());
}

#[test]
fn large_work_has_a_transaction_of_its_own_on_the_thread_of_its_caller() {
    let bench = bench();
    // As after a failure among others, when transactions have savepoints.
    bench.in_one_group(vec![boxed(|_| Err(refused()))]);
    let here = thread::current().id();
    let ran_here = bench
        .writer
        .apart(|db| put(1)(db).map(|()| thread::current().id() == here));
    assert!(ran_here.unwrap());
    assert!(
        bench
            .writer
            .apart(|db| put(2)(db).and(Err::<(), _>(refused())))
            .is_err()
    );
    assert_eq!(bench.stored(), [0, 1]);
}

#[test]
fn what_failed_once_among_others_does_not_fail_them_later() {
    let bench = bench();
    for round in 0..40 {
        let n = round * 10;
        let results = bench.in_one_group_after(
            n,
            vec![
                boxed(put(n + 1)),
                boxed(move |db| put(n + 2)(db).and(Err(refused()))),
                boxed(put(n + 3)),
            ],
        );
        let ok: Vec<_> = results.iter().map(Result::is_ok).collect();
        assert_eq!(ok, [true, true, false, true]);
    }
    let expected: Vec<_> = (0..40)
        .flat_map(|round| [0, 1, 3].map(|n| round * 10 + n))
        .collect();
    assert_eq!(bench.stored(), expected);
}

#[test]
fn work_that_ends_the_transaction_is_not_answered_with_success() {
    let bench = bench();
    let ends = |db: &Connection| {
        put(1)(db)?;
        db.execute_batch("ROLLBACK").map_err(backend("end"))
    };
    assert!(bench.writer.submit(Flush::Now, ends).is_err());
    let results = bench.in_one_group(vec![boxed(put(2)), boxed(ends)]);
    let ok: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(ok, [true, true, false]);
    let only = bench.writer.queue(Flush::Now, ends).unwrap();
    assert!(only.recv().unwrap().is_err());
    assert_eq!(bench.stored(), [0, 2]);
}

#[test]
fn nobody_of_a_group_is_told_ok_when_its_commit_fails() {
    let bench = bench();
    let orphan = |db: &Connection| {
        db.execute("INSERT INTO t (n, parent) VALUES (2, 77)", [])
            .map(drop)
            .map_err(backend("put"))
    };
    let results = bench.in_one_group(vec![boxed(put(1)), boxed(orphan), boxed(put(3))]);
    for result in results {
        let error = result.unwrap_err().to_string();
        assert_eq!(
            error,
            "the store failed at `commit`: FOREIGN KEY constraint failed"
        );
    }
    assert!(bench.stored().is_empty());
    bench.put(4).unwrap();
    assert_eq!(bench.stored(), [4]);
}

#[test]
fn a_transaction_that_one_job_loses_is_made_again_without_it() {
    let bench = bench();
    let loses = |db: &Connection| {
        db.execute_batch("ROLLBACK").map_err(backend("lose"))?;
        Err(refused())
    };
    let results = bench.in_one_group(vec![boxed(put(1)), boxed(loses), boxed(put(3))]);
    let ok: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(ok, [true, true, false, true]);
    assert_eq!(bench.stored(), [0, 1, 3]);
}

#[test]
fn a_full_disk_fails_what_does_not_fit_and_nothing_that_was_answered() {
    let bench = bench();
    let limit = |pages: i64| {
        bench.writer.submit(Flush::Now, move |db| {
            let set = db.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0));
            set.map_err(backend("limit"))
        })
    };
    let fill = |n: i64| {
        bench.writer.submit(Flush::Now, move |db| {
            db.execute("INSERT INTO t (n, pad) VALUES (?1, ?2)", (n, "x".repeat(20_000)))
                .map(drop)
                .map_err(backend("fill"))
        })
    };
    fill(1).unwrap();
    // The limit cannot be less than the size of the file.
    let pages = limit(1).unwrap();
    let error = fill(2).unwrap_err().to_string();
    assert_eq!(error, "the store failed at `fill`: database or disk is full");
    assert_eq!(bench.stored(), [1]);
    limit(pages + 1_000).unwrap();
    fill(2).unwrap();
    assert_eq!(bench.stored(), [1, 2]);
}

#[test]
fn a_file_that_another_holds_is_an_error_for_all_who_wait_and_no_hang() {
    let bench = bench();
    let other = bench.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let answers: Vec<_> = (0..40)
        .map(|n| bench.writer.queue(Flush::Now, put(n)).unwrap())
        .collect();
    for answer in answers {
        let error = answer.recv().unwrap().unwrap_err().to_string();
        assert_eq!(error, "the store failed at `begin to write`: database is locked");
    }
    // Were each to wait for itself, it would be forty times a tenth of a second.
    assert!(begun.elapsed() < Duration::from_secs(3));
    other.execute_batch("COMMIT").unwrap();
    bench.put(1).unwrap();
    assert_eq!(bench.stored(), [1]);
}

#[test]
fn nothing_is_written_into_a_file_that_a_newer_version_has_brought_up_to_date() {
    let bench = bench();
    bench.put(1).unwrap();
    let newer = schema::NEWEST + 1;
    bench.other().pragma_update(None, "user_version", newer).unwrap();
    let alone = bench.put(2);
    let apart = bench.writer.apart(put(3));
    let others = (4..8).map(|n| bench.writer.queue(Flush::Now, put(n)).unwrap());
    let others: Vec<_> = others.collect();
    let others = others.into_iter().map(|answer| answer.recv().unwrap());
    for result in [alone, apart].into_iter().chain(others) {
        let error = result.unwrap_err().to_string();
        assert!(
            error.contains(&format!("of schema {newer} now")) && error.ends_with("in every process"),
            "{error}"
        );
    }
    assert_eq!(bench.stored(), [1]);
    // Nothing is left open that would hold up the newer one.
    bench.other().execute("INSERT INTO t (n) VALUES (9)", []).unwrap();
    assert_eq!(bench.stored(), [1, 9]);
}

#[test]
fn a_panic_is_an_error_for_every_caller_and_no_hang() {
    let bench = bench();
    let results = bench.in_one_group(vec![
        boxed(put(1)),
        boxed(|_| panic!("on purpose")),
        boxed(put(2)),
    ]);
    for result in results {
        let error = result.unwrap_err().to_string();
        assert!(error.contains("the store's writer has stopped"), "{error}");
    }
    assert!(bench.put(3).is_err());
    assert!(bench.stored().is_empty());
}

#[test]
fn a_panic_of_who_is_alone_is_an_error_too_and_holds_up_no_other_process() {
    let bench = bench();
    let panics = |db: &Connection| -> Result<(), StoreError> {
        put(1)(db)?;
        panic!("on purpose")
    };
    for result in [bench.writer.submit(Flush::Now, panics), bench.put(2)] {
        let error = result.unwrap_err().to_string();
        assert!(error.contains("the store's writer has stopped"), "{error}");
    }
    let queued = bench.writer.queue(Flush::Now, put(3));
    assert!(queued.is_err() || queued.unwrap().recv().is_err());
    bench.other().execute("INSERT INTO t (n) VALUES (4)", []).unwrap();
    assert_eq!(bench.stored(), [4]);
}

#[test]
fn dropping_waits_for_the_thread() {
    let Bench { folder, writer } = bench();
    writer.submit(Flush::Now, put(1)).unwrap();
    drop(writer);
    // The last connection takes the log with it.
    assert!(!folder.path().join("desk.db-wal").exists());
}

#[test]
fn what_must_be_flushed_never_shares_a_transaction_that_is_not() {
    let bench = bench();
    let (go, wait) = mpsc::channel::<()>();
    let first = bench.writer.queue(Flush::Later, move |_| {
        let _ = wait.recv();
        Ok(0)
    });
    // All of them stand in the queue before the first is done: 2 is FULL, 1 NORMAL.
    let level = |db: &Connection| {
        let level = db.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
        level.map_err(backend("ask"))
    };
    let order = [Flush::Later, Flush::Now, Flush::Later, Flush::Now, Flush::Later];
    let answers: Vec<_> = order
        .map(|flush| bench.writer.queue(flush, level).unwrap())
        .into();
    drop(go);
    first.unwrap().recv().unwrap().unwrap();
    let levels: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.recv().unwrap().unwrap())
        .collect();
    // Relaxed work shares the next flush.
    assert_eq!(levels, [1, 2, 2, 2, 2]);
    assert_eq!(bench.writer.submit(Flush::Later, level).unwrap(), 1);
    assert_eq!(bench.writer.submit(Flush::Now, level).unwrap(), 2);
}
