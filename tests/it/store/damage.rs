//! Files that the SQLite store must not trust: of another program, of a newer version, damaged, and
//! tampered with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use civic_reply::case::{Case, CaseId, Priority};
use civic_reply::message::{AgentId, Conversation};
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, ChangeSet, Seq, SqliteOptions};
use civic_reply::{SqliteStore, Store, StoreError};
use rusqlite::Connection;

const LEASE: Duration = Duration::from_secs(600);

/// A file in a temporary folder.
fn scratch() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    (folder, path)
}

/// A change set that opens a case for each id.
fn opening(ids: impl Iterator<Item = String>) -> ChangeSet {
    let mut change = ChangeSet::default();
    for id in ids {
        let one = sample::opening(&case(&id));
        change.cases.extend(one.cases);
        change.records.extend(one.records);
    }
    change
}

fn case(id: &str) -> Case {
    sample::case(id, "ann", Priority::Normal, 10)
}

/// The error of `open`.
fn refusal(path: &Path, options: SqliteOptions) -> String {
    match SqliteStore::open_with(path, options) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("`{}` was opened", path.display()),
    }
}

#[test]
fn a_foreign_file_is_refused_and_left_unchanged() {
    let (folder, path) = scratch();
    let rows = folder.path().join("other.db");
    let other = Connection::open(&rows).unwrap();
    other
        .execute_batch("CREATE TABLE cases (id); INSERT INTO cases VALUES ('theirs')")
        .unwrap();
    drop(other);
    let theirs = std::fs::read(&rows).unwrap();
    let cases: [(Vec<u8>, &str); 4] = [
        (
            b"citizens,complaints\n1,2\n".repeat(50),
            "is not a SQLite file; it was left as it is",
        ),
        (vec![0; 4096], "is not a SQLite file; it was left as it is"),
        (
            theirs,
            "is a SQLite file of another program; it was left as it is",
        ),
        (
            b"SQLite format 3\0".to_vec(),
            "ends inside its header: restore it from a backup",
        ),
    ];
    for (bytes, why) in cases {
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(
            refusal(&path, SqliteOptions::default()),
            format!("`{}` {why}", path.display())
        );
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused() {
    let (_folder, path) = scratch();
    drop(SqliteStore::open(&path).unwrap());
    let db = Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    let newer = format!(
        "`{}` was written by a newer civic-reply (schema 99, this one knows 8): update before opening it",
        path.display()
    );
    // With the version mark only in the write-ahead log, and with the mark in the file's header.
    assert_eq!(refusal(&path, SqliteOptions::default()), newer);
    drop(db);
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(refusal(&path, SqliteOptions::default()), newer);
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn special_sqlite_names_are_refused_as_paths() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", ":memory:"] {
        let error = refusal(Path::new(name), SqliteOptions::default());
        assert!(error.contains("names no file"), "{error}");
    }
    let error = refusal(folder.path(), SqliteOptions::default());
    assert!(
        error.starts_with("the store failed at `read the file`"),
        "{error}"
    );
    let error = refusal(&folder.path().join("no/desk.db"), SqliteOptions::default());
    assert!(
        error.starts_with("the store failed at `open the file`"),
        "{error}"
    );
}

#[test]
fn damage_is_refused_by_the_quick_check_and_is_an_error_without_it() {
    let (_folder, path) = scratch();
    let store = SqliteStore::open(&path).unwrap();
    store.commit(opening((0..200).map(|n| format!("C-{n}")))).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    // The second half of the file: rows, and no part of the schema.
    for page in pages / 2..pages {
        bytes[page * 4096..][..4096].fill(0xA5);
    }
    std::fs::write(&path, bytes).unwrap();
    let checked = SqliteOptions {
        quick_check: true,
        ..SqliteOptions::default()
    };
    let error = refusal(&path, checked);
    assert!(
        error.contains("is damaged (") && error.ends_with("restore it from a backup"),
        "{error}"
    );

    let store = SqliteStore::open(&path).unwrap();
    assert!(!store.integrity_report().unwrap().damage.is_empty());
    let errors = (0..200)
        .filter(|n| store.case(&case(&format!("C-{n}")).id).is_err())
        .count();
    assert!(errors > 0);
    drop(store);

    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..4096].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let error = refusal(&path, SqliteOptions::default());
    assert!(
        error.contains("is damaged (") && error.ends_with("restore it from a backup"),
        "{error}"
    );
}

#[test]
fn one_damaged_row_is_reported_and_hides_no_other() {
    let (_folder, path) = scratch();
    let store = SqliteStore::open(&path).unwrap();
    store
        .commit(opening((0..1_001).map(|n| format!("C-{n:04}"))))
        .unwrap();
    let db = Connection::open(&path).unwrap();
    db.execute(
        "UPDATE cases SET body = replace(body, 'waiting', 'wai') WHERE id = 'C-0000'",
        [],
    )
    .unwrap();
    db.execute(
        "UPDATE journal SET body = CAST(x'FF00' AS TEXT) WHERE seq = 5",
        [],
    )
    .unwrap();
    let bad = CaseId::new("C-0000");

    let error = store.case(&bad).unwrap_err();
    assert!(
        matches!(&error, StoreError::Unreadable { id, .. } if id == "C-0000"),
        "{error}"
    );
    let page = store.cases(&CaseFilter::default()).unwrap();
    assert_eq!((page.cases.len(), page.total), (99, 1_001));
    assert_eq!(page.unreadable, std::slice::from_ref(&bad));
    let due = store.due(sample::at(60), 2_000).unwrap();
    assert_eq!(due.len(), 1_000);
    let journal = store.journal(None, 10).unwrap();
    assert_eq!((journal.records.len(), journal.unreadable), (9, vec![Seq(5)]));

    let agent = AgentId::new("eve");
    let claimed = thread::scope(|scope| {
        let callers: Vec<_> = (0..32)
            .map(|_| {
                let next = || store.claim_next(&CaseFilter::default(), &agent, LEASE).unwrap();
                scope.spawn(move || std::iter::from_fn(next).map(|case| case.id).collect::<Vec<_>>())
            })
            .collect();
        callers
            .into_iter()
            .flat_map(|caller| caller.join().unwrap())
            .collect::<BTreeSet<_>>()
    });
    assert!((1..1_001).all(|n| claimed.contains(&CaseId::new(format!("C-{n:04}")))));
    assert_eq!(claimed.len(), 1_000);
    assert!(store.claim(&bad, &agent, LEASE).is_err());

    let report = store.integrity_report().unwrap();
    let named: Vec<_> = report
        .unreadable
        .iter()
        .map(|row| (row.what, row.id.as_str()))
        .collect();
    assert_eq!(named, [("journal record", "5"), ("case", "C-0000")]);
    // The unreadable record is the one that opened this case.
    assert_eq!(report.diverged, [CaseId::new("C-0004")]);
    assert!(report.damage.is_empty());
}

#[test]
fn the_integrity_report_finds_tampering() {
    let tampering = [
        "UPDATE cases SET body = replace(body, 'ann', 'bob') WHERE id = 'C-1'",
        "UPDATE cases SET priority = 0 WHERE id = 'C-1'",
        "UPDATE cases SET next_due_at = next_due_at + 1 WHERE id = 'C-1'",
        "UPDATE cases SET queue_class = 4 WHERE id = 'C-1'",
        "UPDATE journal SET personal = replace(personal, 'ann', 'bob') WHERE case_id = 'C-1'",
        "DELETE FROM journal WHERE case_id = 'C-1'",
        "DELETE FROM cases WHERE id = 'C-1'",
        "UPDATE case_counts SET cases = cases + 1",
        "UPDATE outcomes SET sender = 'bob'",
        "UPDATE conversations SET version = 7",
    ];
    for sql in tampering {
        let (_folder, path) = scratch();
        let store = SqliteStore::open(&path).unwrap();
        let case = case("C-1");
        let mut change = sample::queueing(&case);
        change.conversation = Some(Conversation::new(
            case.key.account().clone(),
            case.key.sender().clone(),
        ));
        store.commit(change).unwrap();
        let before = store.integrity_report().unwrap();
        assert!(before.is_sound());
        assert_eq!((before.cases, before.records), (1, 2));
        assert_eq!(
            Connection::open(&path).unwrap().execute(sql, []).unwrap(),
            1,
            "{sql}"
        );
        assert!(!store.integrity_report().unwrap().is_sound(), "{sql}");
    }
}
