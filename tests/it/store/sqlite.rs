//! The SQLite store as a host uses it: the contract, reopening, sharing, backups, and a lost writer.

use std::cell::Cell;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use civic_reply::case::{Case, Priority};
use civic_reply::message::{AgentId, Conversation};
use civic_reply::store::contract::{self, Subject, sample};
use civic_reply::store::{CaseFilter, SqliteOptions};
use civic_reply::{Clock, ManualClock, SqliteStore, Store};
use rusqlite::Connection;

const LEASE: Duration = Duration::from_secs(600);

fn on_clock(clock: &ManualClock) -> SqliteOptions {
    SqliteOptions {
        clock: Arc::new(clock.clone()),
        ..SqliteOptions::default()
    }
}

#[test]
fn the_sqlite_store_keeps_the_contract() -> Result<(), contract::Violations> {
    let folder = tempfile::tempdir().unwrap();
    let files = Cell::new(0);
    contract::run_all(&|| {
        files.set(files.get() + 1);
        let clock = ManualClock::new(sample::START);
        let path = folder.path().join(format!("{}.db", files.get()));
        Subject::on_clock(SqliteStore::open_with(path, on_clock(&clock)).unwrap(), clock)
    })
}

/// A file in a temporary folder.
fn scratch() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    (folder, path)
}

fn case(id: &str) -> Case {
    sample::case(id, "ann", Priority::Normal, 10)
}

#[test]
fn reopening_restores_everything() {
    let (_folder, path) = scratch();
    let clock = ManualClock::new(sample::START);
    let store = SqliteStore::open_with(&path, on_clock(&clock)).unwrap();
    let (waiting, held) = (case("A"), case(sample::AWKWARD));
    let mut change = sample::queueing(&waiting);
    let conversation = Conversation::new(waiting.key.account().clone(), waiting.key.sender().clone());
    change.conversation = Some(conversation);
    store.commit(change.clone()).unwrap();
    store.commit(sample::queueing(&held)).unwrap();
    let held = store
        .claim(&held.id, &AgentId::new("eve"), LEASE)
        .unwrap()
        .unwrap();
    let journal = store.journal(None, 100).unwrap();
    drop(store);

    let store = SqliteStore::open_with(&path, on_clock(&clock)).unwrap();
    assert_eq!(store.handled(&waiting.key).unwrap(), change.handled);
    let conversation = store
        .conversation(waiting.key.account(), waiting.key.sender())
        .unwrap();
    assert_eq!(conversation.version, 1);
    assert_eq!(store.case(&waiting.id).unwrap(), Some(waiting));
    assert_eq!(store.case(&held.id).unwrap(), Some(held.clone()));
    assert_eq!(store.journal(None, 100).unwrap(), journal);
    // The claim outlives the process too.
    let token = held.claim.clone().unwrap().token;
    assert!(store.renew(&held.id, &token, LEASE).unwrap().is_some());
    assert!(store.integrity_report().unwrap().is_sound());
}

#[test]
fn two_handles_on_one_file_share_their_state() {
    let (_folder, path) = scratch();
    let stores = [
        SqliteStore::open(&path).unwrap(),
        SqliteStore::open(&path).unwrap(),
    ];
    for n in 0..40 {
        stores[n % 2]
            .commit(sample::opening(&case(&format!("C-{n}"))))
            .unwrap();
    }
    let claimed = thread::scope(|scope| {
        let callers = [0, 1, 0, 1].map(|n| {
            let store = &stores[n];
            scope.spawn(move || {
                let agent = AgentId::new("eve");
                let claims =
                    std::iter::from_fn(|| store.claim_next(&CaseFilter::default(), &agent, LEASE).unwrap());
                claims.map(|case| case.id).collect::<Vec<_>>()
            })
        });
        callers.map(|caller| caller.join().unwrap()).concat()
    });
    let distinct: HashSet<_> = claimed.iter().collect();
    assert_eq!((claimed.len(), distinct.len()), (40, 40));
    assert!(stores[0].integrity_report().unwrap().is_sound());
}

#[test]
fn a_backup_is_a_consistent_snapshot_of_a_busy_store() {
    let (folder, path) = scratch();
    let store = SqliteStore::open(&path).unwrap();
    let copies: Vec<_> = (0..4)
        .map(|n| folder.path().join(format!("copy-{n}.db")))
        .collect();
    let done = AtomicBool::new(false);
    let acknowledged = AtomicUsize::new(0);
    let mut least = Vec::new();
    thread::scope(|scope| {
        for caller in 0..3 {
            let (store, done, acknowledged) = (&store, &done, &acknowledged);
            scope.spawn(move || {
                for n in (0..).take_while(|_| !done.load(Ordering::SeqCst)) {
                    store
                        .commit(sample::queueing(&case(&format!("C-{caller}-{n}"))))
                        .unwrap();
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for copy in &copies {
            let before = acknowledged.load(Ordering::SeqCst);
            while acknowledged.load(Ordering::SeqCst) < before + 5 {
                thread::yield_now();
            }
            least.push(acknowledged.load(Ordering::SeqCst));
            store.backup(copy).unwrap();
        }
        done.store(true, Ordering::SeqCst);
    });
    for (copy, least) in copies.iter().zip(least) {
        let copy = SqliteStore::open(copy).unwrap();
        let report = copy.integrity_report().unwrap();
        assert!(report.is_sound(), "{report:?}");
        let cases = copy.cases(&CaseFilter::default()).unwrap().total;
        assert!(cases >= least && cases <= acknowledged.load(Ordering::SeqCst));
    }
    assert!(!folder.path().join("copy-0.db.part").exists());
    let error = store.backup(&path).unwrap_err().to_string();
    assert!(
        error.ends_with("exists already: give the backup a new name"),
        "{error}"
    );
    assert!(store.backup(folder.path().join("no/copy.db")).is_err());
}

/// A clock that panics on command.
#[derive(Default)]
struct Fragile(AtomicBool);

impl Clock for Fragile {
    fn now(&self) -> jiff::Timestamp {
        assert!(!self.0.load(Ordering::SeqCst), "the clock is broken");
        sample::START
    }
}

#[test]
fn a_panicking_clock_gives_errors_and_no_hang() {
    let (_folder, path) = scratch();
    let clock = Arc::new(Fragile::default());
    let options = SqliteOptions {
        clock: clock.clone(),
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open_with(&path, options).unwrap();
    let case = case("A");
    store.commit(sample::queueing(&case)).unwrap();
    clock.0.store(true, Ordering::SeqCst);
    let agent = AgentId::new("eve");
    assert!(store.claim_next(&CaseFilter::default(), &agent, LEASE).is_err());
    let error = store
        .commit(sample::answering(&sample::key("bob", "1")))
        .unwrap_err();
    assert!(error.to_string().ends_with("open the store again"), "{error}");
    // Reading still works, and so does the file.
    assert_eq!(store.case(&case.id).unwrap(), Some(case.clone()));
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert!(store.claim(&case.id, &agent, LEASE).unwrap().is_some());
}

#[test]
fn reads_do_not_wait_for_a_write() {
    let (_folder, path) = scratch();
    let store = SqliteStore::open(&path).unwrap();
    let case = case("A");
    store.commit(sample::queueing(&case)).unwrap();
    let writing = Connection::open(&path).unwrap();
    writing
        .execute_batch("BEGIN IMMEDIATE; DELETE FROM cases")
        .unwrap();
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(store.case(&case.id).unwrap().as_ref(), Some(&case));
        assert_eq!(store.cases(&CaseFilter::default()).unwrap().total, 1);
    }
    assert!(begun.elapsed() < Duration::from_secs(2));
    writing.execute_batch("ROLLBACK").unwrap();
}
