//! A row that cannot be read silences nobody, and an erasure says whether it is finished.
#![cfg(feature = "sqlite")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use civic_reply::message::CitizenId;
use civic_reply::store::Traces;
use civic_reply::store::contract::sample;
use civic_reply::{Engine, Message, Outcome, SqliteStore, Store};
use jiff::Timestamp;
use rusqlite::Connection;

use crate::support::small_rulebook;

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    (folder, path)
}

fn change(path: &Path, sql: &str) {
    assert!(
        Connection::open(path).unwrap().execute(sql, []).unwrap() > 0,
        "{sql}"
    );
}

#[test]
fn an_unreadable_row_does_not_silence_its_citizen() {
    let damage = [
        "UPDATE conversations SET body = 'no JSON'",
        "UPDATE conversations SET body = CAST(x'FF00' AS TEXT)",
        "UPDATE conversations SET body = ''",
        "UPDATE conversations SET body = replace(body, 'misses', 'hits')",
        // Readable, but no commit would ever replace it.
        "UPDATE conversations SET version = 99",
        "UPDATE conversations SET version = 0",
        "UPDATE conversations SET body = replace(body, 'citizen-1', 'citizen-2')",
    ];
    let (_folder, path) = scratch();
    let rulebook = small_rulebook::load([("office.toml", small_rulebook::OFFICE)]);
    let rulebook = rulebook.unwrap_or_else(|found| panic!("{found}"));
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    let engine = Engine::builder(rulebook, Arc::clone(&store)).build().unwrap();
    let say = |id: String, text: &str| {
        let said = engine
            .receive(Message::text("gov-wechat", "citizen-1", id, text))
            .unwrap();
        assert!(
            matches!(said, Outcome::Queued { .. } | Outcome::Replied(_)),
            "{said:?}"
        );
    };
    say("first".to_owned(), "着火了");
    for (n, sql) in damage.into_iter().enumerate() {
        change(&path, sql);
        say(format!("{n}-1"), "着火了");
        say(format!("{n}-2"), "还在烧");
        let report = store.integrity_report().unwrap();
        let aside = report
            .unreadable
            .iter()
            .filter(|row| row.what == "conversation, set aside,");
        let aside: Vec<_> = aside.collect();
        assert_eq!(aside.len(), n + 1, "{sql}: {report:?}");
        assert!(aside.iter().all(|row| row.id == "gov-wechat/citizen-1"));
    }
    // The rows of the citizen's cases, too.
    change(&path, "UPDATE cases SET body = '{}'");
    say("after".to_owned(), "着火了");
    store.prune(Timestamp::MAX, 0).unwrap();
    let report = store.integrity_report().unwrap();
    assert!(
        report.unreadable.iter().all(|row| row.what == "case"),
        "{report:?}"
    );
}

fn holds(path: &Path, end: &str, words: &str) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    let bytes = std::fs::read(name).unwrap_or_default();
    bytes
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}

#[test]
fn an_erasure_that_a_reader_holds_up_says_so_and_is_finished_later() {
    for sweep in [false, true] {
        let (_folder, path) = scratch();
        let store = SqliteStore::open(&path).unwrap();
        let message = sample::key("citizen-ann", "m-1");
        store.commit(sample::judging(&message, "秘密的话", 1)).unwrap();
        store.commit(sample::answering(&message)).unwrap();
        let reader = Connection::open(&path).unwrap();
        reader
            .execute_batch("BEGIN; SELECT count(*) FROM journal")
            .unwrap();
        let citizen = CitizenId::new("citizen-ann");
        let done = store.erase(&citizen).unwrap();
        assert_eq!((done.messages, done.traces), (1, Traces::Log));
        assert!(!done.is_complete());
        assert!(holds(&path, "-wal", "秘密的话"));
        drop(reader);
        if sweep {
            store.alarms(sample::START, 1).unwrap();
        } else {
            let again = store.erase(&citizen).unwrap();
            assert_eq!((again.messages, again.is_complete()), (0, true));
        }
        for end in ["", "-wal"] {
            assert!(!holds(&path, end, "秘密的话"), "the file{end} still has it");
        }
    }
}
