//! SQLite after a kill: every acknowledged commit is stored, whole and once.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, io, process, thread};

use civic_reply::case::{Case, CaseId, Event, Priority, State};
use civic_reply::message::{AgentId, MessageKey};
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, ChangeSet};
use civic_reply::{SqliteStore, Store};

const ROUNDS: usize = 30;
const CALLERS: usize = 4;

/// The child's file; without this variable, the test runs as the parent.
const FILE: &str = "CIVIC_REPLY_CRASH_FILE";

/// A change set with the message, its conversation and its case.
fn change(store: &dyn Store, id: &str) -> ChangeSet {
    let case = sample::case(id, id, Priority::Normal, 10);
    let mut change = sample::queueing(&case);
    change.conversation = Some(store.conversation(case.key.account(), case.key.sender()).unwrap());
    change
}

fn key(id: &str) -> MessageKey {
    sample::key(id, id)
}

/// Commits messages and claims cases, `most` per thread or until it is killed, and reports each
/// acknowledgement.
fn work(store: &dyn Store, most: usize, say: &(dyn Fn(String) + Sync)) {
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            scope.spawn(move || {
                let agent = AgentId::new(format!("agent-{caller}"));
                for n in 0..most {
                    let id = format!("{}-{caller}-{n}", process::id());
                    store.commit(change(store, &id)).unwrap();
                    say(format!("case {id}"));
                    if n % 3 == 0 {
                        let lease = Duration::from_secs(3_600);
                        let claimed = store.claim_next(&CaseFilter::default(), &agent, lease).unwrap();
                        if let Some(case) = claimed {
                            let token = case.claim.clone().unwrap().token;
                            say(format!("claim {} {}", case.id, token.as_str()));
                        }
                    }
                }
            });
        }
    });
}

#[test]
fn the_child_commits_until_it_is_killed() {
    // Directly to the pipe: the test harness holds back printed output until the test ends.
    let say = |line: String| {
        let mut out = io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
    };
    if let Some(path) = env::var_os(FILE) {
        let store = SqliteStore::open(Path::new(&path)).unwrap();
        work(&store, usize::MAX, &say);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    work(&SqliteStore::open(&path).unwrap(), 5, &|_| {});
    check(&path, &[]);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.cases(&CaseFilter::default()).unwrap().total, 5 * CALLERS);
}

#[test]
fn acknowledged_commits_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let before = acknowledged.len();
        // At a different moment after the first acknowledgement each time; the first time before the file
        // exists.
        acknowledged.extend(killed(
            &path,
            Duration::from_micros(round as u64 * 1_700),
            round > 0,
        ));
        assert!(round == 0 || acknowledged.len() > before);
        check(&path, &acknowledged);
    }
}

/// Runs a child, kills it `after` its first acknowledgement (or its start), and returns its
/// acknowledgements.
fn killed(path: &Path, after: Duration, wait: bool) -> Vec<String> {
    // Test names do not begin with the crate name.
    let (_, module) = module_path!().split_once("::").unwrap();
    let child = format!("{module}::the_child_commits_until_it_is_killed");
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", &child, "--nocapture", "--test-threads=1"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pipe = BufReader::new(child.stdout.take().unwrap());
    let (first, has_spoken) = mpsc::channel();
    let listener = thread::spawn(move || {
        let lines = pipe.lines().map(Result::unwrap);
        let words = lines.filter(|line| line.starts_with("case ") || line.starts_with("claim "));
        words
            .inspect(|_| {
                let _ = first.send(());
            })
            .collect::<Vec<_>>()
    });
    if wait {
        has_spoken.recv_timeout(Duration::from_secs(60)).unwrap();
    }
    thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    listener.join().unwrap()
}

/// Opens the file and asserts that every acknowledgement is stored, once and whole.
fn check(path: &Path, acknowledged: &[String]) {
    let store = SqliteStore::open(path).unwrap();
    let mut claims = HashSet::new();
    for line in acknowledged {
        let words: Vec<_> = line.split(' ').collect();
        match words.as_slice() {
            ["case", id] => {
                assert!(store.handled(&key(id)).unwrap().is_some(), "lost: {line}");
                assert!(store.case(&CaseId::new(id)).unwrap().is_some(), "lost: {line}");
            }
            ["claim", id, token] => {
                let case = store.case(&CaseId::new(id)).unwrap().unwrap();
                assert_eq!(case.state, State::Claimed, "lost: {line}");
                assert_eq!(case.claim.clone().unwrap().token.as_str(), *token, "lost: {line}");
                assert!(claims.insert(id.to_owned()), "doubled: {line}");
            }
            _ => panic!("not a line of the child: {line}"),
        }
    }

    let mut rebuilt: BTreeMap<CaseId, Case> = BTreeMap::new();
    let mut handled = HashSet::new();
    let mut after = None;
    loop {
        let page = store.journal(after, 500).unwrap();
        for (_, record) in page.records {
            match (record.case, record.event) {
                (None, Event::Handled { key, .. }) => assert!(handled.insert(key)),
                (Some(id), Event::Opened { case }) => assert!(rebuilt.insert(id, *case).is_none()),
                (Some(id), event) => {
                    let case = rebuilt.remove(&id).unwrap();
                    rebuilt.insert(id, case.apply(&event));
                }
                (None, event) => panic!("a record without a case: {event:?}"),
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let filter = CaseFilter {
        limit: Some(usize::MAX),
        ..CaseFilter::default()
    };
    let stored = store.cases(&filter).unwrap();
    assert_eq!(stored.total, rebuilt.len());
    assert_eq!(handled.len(), rebuilt.len());
    for case in stored.cases {
        // A message is stored with its case and its conversation, or not at all.
        assert!(handled.contains(&case.key) && store.handled(&case.key).unwrap().is_some());
        let conversation = store.conversation(case.key.account(), case.key.sender()).unwrap();
        assert_eq!(conversation.version, 1);
        assert_eq!(rebuilt.remove(&case.id), Some(case));
    }
}
