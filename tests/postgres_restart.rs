//! The PostgreSQL store while its server crashes and restarts. A separate program, because the crash would
//! break the other tests that use the server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "this program needs a part of the helpers")]
#[path = "it/support/postgres.rs"]
mod postgres;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use civic_reply::Case;
use civic_reply::case::{CaseId, Event, Priority};
use civic_reply::message::MessageKey;
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, Conflict, PostgresOptions, PostgresStore, Store, StoreError};

use self::postgres::{Schema, server};

const RESTARTS: usize = 4;
const WRITERS: usize = 6;

/// When a writer gives up. A crashed server first replays its log, which takes long on a busy disk.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs the server's control program.
fn control(program: &str, words: &[&str]) {
    let status = Command::new(program).args(words).stdout(Stdio::null()).status();
    assert!(status.unwrap().success(), "the server did not {words:?}");
}

#[test]
fn a_server_crash_loses_nothing_that_was_acknowledged() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let Some(program) = server("CIVIC_REPLY_POSTGRES_CONTROL") else {
        return;
    };
    let schema = Schema::new(&url);
    let node = || {
        let options = PostgresOptions {
            connect_timeout: Duration::from_secs(1),
            ..schema.options()
        };
        PostgresStore::connect_with(&url, options).unwrap()
    };
    let nodes = [node(), node()];
    let ending = AtomicBool::new(false);
    let written = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (node, ending) = (&nodes[writer % 2], &ending);
                scope.spawn(move || write(node, writer, ending))
            })
            .collect();
        for _ in 0..RESTARTS {
            thread::sleep(Duration::from_millis(400));
            control(&program, &["stop", "-m", "immediate"]);
            thread::sleep(Duration::from_millis(100));
            control(&program, &["start"]);
        }
        thread::sleep(Duration::from_millis(400));
        ending.store(true, Ordering::SeqCst);
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect::<Vec<_>>()
    });

    let (mut acknowledged, mut errors) = (Vec::new(), Vec::new());
    for writer in written {
        acknowledged.extend(writer.acknowledged);
        errors.extend(writer.errors);
    }
    assert!(
        acknowledged.len() > 100,
        "only {} were written",
        acknowledged.len()
    );
    assert!(errors.len() >= RESTARTS, "no writer saw a stopped server");
    for error in &errors {
        let clear = [
            "can't connect to the server",
            "the connection to the server was lost",
            "(57P0",
        ];
        assert!(
            clear.iter().any(|words| error.contains(words)),
            "it says: {error}"
        );
    }
    let page = nodes[0]
        .cases(&CaseFilter {
            limit: Some(usize::MAX),
            ..CaseFilter::default()
        })
        .unwrap();
    let mut by_key: BTreeMap<MessageKey, Vec<CaseId>> = BTreeMap::new();
    for case in &page.cases {
        by_key.entry(case.key.clone()).or_default().push(case.id.clone());
    }
    for key in &acknowledged {
        let cases = by_key.get(key).map_or(0, Vec::len);
        assert_eq!(cases, 1, "message {key} was acknowledged and has {cases} cases");
        assert!(nodes[1].handled(key).unwrap().is_some());
    }
    assert!(
        by_key.values().all(|cases| cases.len() == 1),
        "a message has two cases"
    );
    let stored: BTreeMap<_, _> = page
        .cases
        .into_iter()
        .map(|case| (case.id.clone(), case))
        .collect();
    assert_eq!(replay(&nodes[0]), stored, "the journal differs from the tables");
}

struct Written {
    acknowledged: Vec<MessageKey>,
    errors: Vec<String>,
}

/// Commits messages in sequence, retrying each until it is acknowledged.
fn write(node: &PostgresStore, writer: usize, ending: &AtomicBool) -> Written {
    let mut written = Written {
        acknowledged: Vec::new(),
        errors: Vec::new(),
    };
    for n in 0.. {
        if ending.load(Ordering::SeqCst) {
            break;
        }
        let id = format!("C-{writer}-{n}");
        let begun = Instant::now();
        for attempt in 0.. {
            let id = format!("{id}-{attempt}");
            let mut case = sample::case(&id, &format!("citizen-{writer}"), Priority::Normal, 10);
            case.key = sample::key(&format!("citizen-{writer}"), &n.to_string());
            match node.commit(sample::queueing(&case)) {
                Ok(()) | Err(StoreError::Conflict(Conflict::Handled)) => {
                    written.acknowledged.push(case.key);
                    break;
                }
                Err(StoreError::Backend { source, .. }) => {
                    written.errors.push(source.to_string());
                    assert!(begun.elapsed() < PATIENCE, "the pool does not recover: {source}");
                    thread::sleep(Duration::from_millis(20));
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
    written
}

/// The cases that replaying the journal gives.
fn replay(store: &PostgresStore) -> BTreeMap<CaseId, Case> {
    let mut cases: BTreeMap<CaseId, Case> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = store.journal(after, 500).unwrap();
        assert!(page.unreadable.is_empty());
        for (_, record) in page.records {
            let Some(id) = record.case else { continue };
            let next = match (cases.remove(&id), &record.event) {
                (None, Event::Opened { case }) => (**case).clone(),
                (case, event) => case.unwrap().apply(event),
            };
            cases.insert(id, next);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return cases,
        }
    }
}
