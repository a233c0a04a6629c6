//! Stores of the oldest schema that can be upgraded still open, with everything in them.
//!
//! The fixtures were written by the crate's own stores of SQLite schema 6 and PostgreSQL schema 5. All of
//! them have the same content: cases of every state and priority, letters, an erased citizen, and a removed
//! case.
#![cfg(any(feature = "sqlite", feature = "postgres"))]

use std::path::{Path, PathBuf};
use std::time::Duration;

use civic_reply::case::{Case, ERASED, Event, Priority, State};
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, ClaimOrder, ClaimQuery, JournalKey, Store};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn key() -> JournalKey {
    JournalKey::new("the key of the fixture").unwrap()
}

fn numbers(cases: &[Case]) -> Vec<&str> {
    cases.iter().map(|case| case.id.as_str()).collect()
}

/// Checks that the store reads everything in the fixture. Changes nothing.
fn check_content(store: &dyn Store) {
    let page = |filter: CaseFilter| store.cases(&filter).unwrap();
    let in_states = |states: &[State]| CaseFilter {
        states: states.to_vec(),
        ..CaseFilter::default()
    };
    let all = page(CaseFilter::default());
    assert_eq!((all.total, all.unreadable.len()), (17, 0));
    for (state, wanted) in [
        (
            State::Waiting,
            &["C-08", "C-05", "C-16", "C-07", "C-09", "C-06", "C-10"][..],
        ),
        (State::Claimed, &["C-03", "C-04"]),
        (State::AwaitingCitizen, &["C-11"]),
        (State::Offered, &["C-12"]),
        (State::Answered, &["C-13"]),
        (State::Closed, &["C-02", "C-14", "C-15", "C-18"]),
        (State::Merged, &["C-17"]),
    ] {
        let found = page(in_states(&[state]));
        assert_eq!(numbers(&found.cases), wanted, "{state:?}");
        assert_eq!(found.total, wanted.len());
    }
    let high = CaseFilter {
        priority: Some(Priority::High),
        ..CaseFilter::default()
    };
    assert_eq!(
        numbers(&page(high).cases),
        ["C-02", "C-05", "C-16", "C-17", "C-07"]
    );
    let of_fund = CaseFilter {
        department: Some("fund".into()),
        ..CaseFilter::default()
    };
    assert_eq!(numbers(&page(of_fund).cases), ["C-03", "C-08", "C-06"]);
    let offered = CaseFilter {
        offered_to: Some("fund".into()),
        ..CaseFilter::default()
    };
    assert_eq!(numbers(&page(offered).cases), ["C-12"]);
    let says = CaseFilter {
        text: Some("停水了".into()),
        ..CaseFilter::default()
    };
    assert_eq!(page(says).total, 4);
    let counts = store.counts(sample::at(35)).unwrap();
    assert_eq!(counts.iter().map(|count| count.cases).sum::<usize>(), 17);
    assert_eq!(counts.iter().map(|count| count.overdue).sum::<usize>(), 2);

    let due = store.due(sample::at(45), 10).unwrap();
    assert_eq!(numbers(&due), ["C-05", "C-03", "C-04"]);
    let alarms = store.alarms(sample::at(1_000), 10).unwrap();
    assert_eq!(numbers(&alarms), ["C-12", "C-09", "C-08", "C-07", "C-06"]);
    assert_eq!(
        numbers(&store.sending(sample::at(70), 10).unwrap()),
        ["C-14", "C-13"]
    );
    assert_eq!(numbers(&store.stuck(10).unwrap()), ["C-15"]);

    let message = sample::key("dan", "m-1");
    assert_eq!(store.handled(&message).unwrap(), Some(sample::handled(&message)));
    let conversation = store.conversation(&"city".into(), &"cat".into()).unwrap();
    assert_eq!(conversation.version, 4);
    assert_eq!(conversation.last_case, Some("C-09".into()));
    check_journal(store);
}

/// Checks that the journal rebuilds every case, lists the erased records of one citizen, and has no records
/// of a removed case.
fn check_journal(store: &dyn Store) {
    let page = store.journal(None, 100).unwrap();
    assert_eq!((page.records.len(), page.unreadable.len()), (64, 0));
    assert_eq!(page.erased.len(), 5);
    for case in store.cases(&CaseFilter::default()).unwrap().cases {
        let of_case = page
            .records
            .iter()
            .filter(|(_, record)| record.case.as_ref() == Some(&case.id));
        let rebuilt = of_case.fold(None, |rebuilt: Option<Case>, (_, record)| match &record.event {
            Event::Opened { case } => Some((**case).clone()),
            event => rebuilt.map(|case| case.apply(event)),
        });
        assert_eq!(rebuilt, Some(case));
    }
    let erased = store.case(&"C-02".into()).unwrap().unwrap();
    assert_eq!(erased.text, ERASED);
    assert!(store.case(&"C-01".into()).unwrap().is_none());
}

/// Claims in each order, then commits, erases and prunes as a store of today does.
fn check_writes(store: &dyn Store) {
    let lease = Duration::from_secs(600);
    for (first, wanted) in [
        (ClaimOrder::Urgent, "C-04"),
        (ClaimOrder::Due, "C-08"),
        (ClaimOrder::Oldest, "C-05"),
    ] {
        let query = ClaimQuery {
            first,
            ..ClaimQuery::default()
        };
        let claimed = store.claim_picked(&query, &"kim".into(), lease).unwrap().unwrap();
        assert_eq!(claimed.id.as_str(), wanted, "{first:?}");
    }
    let full = ClaimQuery {
        capacity: Some(3),
        ..ClaimQuery::default()
    };
    assert_eq!(store.claim_picked(&full, &"kim".into(), lease).unwrap(), None);
    let held = store.case(&"C-03".into()).unwrap().unwrap();
    assert_eq!(store.claim(&held.id, &"kim".into(), lease).unwrap(), None);
    let token = held.claim.clone().unwrap().token;
    assert!(store.renew(&held.id, &token, lease).unwrap().is_some());

    let new = sample::case("C-99", "kay", Priority::Normal, 10);
    store.commit(sample::sent_to(&new)).unwrap();
    let erased = store.erase(&"jon".into()).unwrap();
    assert_eq!((erased.cases, erased.messages), (vec!["C-18".into()], 1));
    // A merged case waits for the case that continues it.
    let kept = store.erase(&"ivy".into()).unwrap();
    assert_eq!(kept.open, ["C-17".into()]);
    let pruned = store.prune(sample::at(1), 100).unwrap();
    assert_eq!((pruned.cases, pruned.more), (Vec::new(), false));
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use civic_reply::SqliteStore;
    use civic_reply::store::{SqliteOptions, StoreError};

    use super::*;

    /// Opens a copy of the fixture.
    fn open(name: &str, folder: &Path, key: Option<JournalKey>) -> Result<SqliteStore, StoreError> {
        let copy = folder.join(name);
        std::fs::copy(fixture(name), &copy).unwrap();
        let options = SqliteOptions {
            journal_key: key,
            ..SqliteOptions::default()
        };
        SqliteStore::open_with(copy, options)
    }

    #[test]
    fn files_of_schemas_6_and_7_keep_their_content_and_their_hash_chain() {
        for name in ["sqlite-006.db", "sqlite-007.db"] {
            upgraded(name);
        }
    }

    fn upgraded(name: &str) {
        let folder = tempfile::tempdir().unwrap();
        let store = open(name, folder.path(), Some(key())).unwrap();
        let exported = "68:681ad50e8b094f9e77a59245da2c0621947fbd4e5b09adf8f3d5a4a18ea3c29c";
        assert_eq!(store.journal_head().unwrap().unwrap().to_string(), exported);
        let report = store.verify(&exported.parse().unwrap()).unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!((report.cases, report.records, report.removed), (17, 64, 4));
        check_content(&store);
        check_writes(&store);
        let report = store.verify(&exported.parse().unwrap()).unwrap();
        assert!(report.is_sound(), "{report:?}");
    }

    #[test]
    fn files_of_schemas_6_and_7_without_a_key_get_one() {
        for name in ["sqlite-006-no-key.db", "sqlite-007-no-key.db"] {
            let folder = tempfile::tempdir().unwrap();
            let store = open(name, folder.path(), Some(key())).unwrap();
            check_content_without_removed_rows(&store);
            check_writes(&store);
            assert!(store.integrity_report().unwrap().is_sound());
        }
    }

    /// Without a key nothing is left of removed records.
    fn check_content_without_removed_rows(store: &SqliteStore) {
        let report = store.integrity_report().unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!((report.cases, report.records, report.removed), (17, 64, 0));
        check_content(store);
    }

    #[test]
    fn the_key_of_a_file_of_schema_6_is_still_needed() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |key| match open("sqlite-006.db", folder.path(), key) {
            Err(StoreError::Refused(message)) => message,
            other => panic!("{other:?}"),
        };
        assert!(
            refused(None).contains("open it with that key"),
            "{}",
            refused(None)
        );
        let other = JournalKey::new("the key of another journal").unwrap();
        assert!(refused(Some(other)).contains("another key"));
    }

    #[test]
    fn a_file_of_an_unknown_older_schema_is_refused_and_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        std::fs::copy(fixture("sqlite-006-no-key.db"), &path).unwrap();
        let db = rusqlite::Connection::open(&path).unwrap();
        db.pragma_update(None, "user_version", 5).unwrap();
        drop(db);
        let before = std::fs::read(&path).unwrap();
        let error = SqliteStore::open(&path).unwrap_err().to_string();
        assert!(
            error.contains("schema 5, this one upgrades 6 and later") && error.contains("open it once with"),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[cfg(feature = "postgres")]
#[cfg(feature = "postgres")]
mod postgres {
    use civic_reply::PostgresStore;
    use civic_reply::store::{PostgresOptions, StoreError};

    use super::*;
    use crate::support::postgres::{Outsider, Schema, server};

    /// A schema with the fixture's tables and rows.
    fn load(url: &str) -> Schema {
        load_version(url, "005")
    }

    fn load_version(url: &str, version: &str) -> Schema {
        let schema = Schema::new(url);
        let name = format!("postgres-{version}.sql");
        schema.sql(&std::fs::read_to_string(fixture(&name)).unwrap());
        schema
    }

    fn connect(schema: &Schema, key: Option<JournalKey>) -> Result<PostgresStore, StoreError> {
        let options = PostgresOptions {
            journal_key: key,
            ..schema.options()
        };
        PostgresStore::connect_with(&schema.url, options)
    }

    #[test]
    fn schemas_5_and_6_keep_their_content_and_their_hash_chain() {
        let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
            return;
        };
        for version in ["005", "006"] {
            upgraded(&load_version(&url, version));
        }
    }

    fn upgraded(schema: &Schema) {
        let store = connect(schema, Some(key())).unwrap();
        let exported = "68:7b0c311e7ec842770e225c4d133528a6dbd67d19673ac43e5ebd1f8b12f60caf";
        assert_eq!(store.journal_head().unwrap().unwrap().to_string(), exported);
        let report = store.verify(&exported.parse().unwrap()).unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!((report.cases, report.records, report.removed), (17, 64, 4));
        check_content(&store);
        check_writes(&store);
        let report = store.verify(&exported.parse().unwrap()).unwrap();
        assert!(report.is_sound(), "{report:?}");
    }

    #[test]
    fn an_upgraded_schema_is_that_of_a_new_one() {
        let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
            return;
        };
        let (upgraded, new) = (load(&url), Schema::new(&url));
        drop(connect(&upgraded, Some(key())).unwrap());
        drop(connect(&new, Some(key())).unwrap());
        let columns = "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
                       WHERE table_schema = '@' ORDER BY 1, 2";
        let objects =
            "SELECT relname, relkind::text FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
                       WHERE nspname = '@' ORDER BY 1";
        let indexes =
            "SELECT indexname, replace(indexdef, '@.', '') FROM pg_indexes WHERE schemaname = '@' ORDER BY 1";
        for sql in [columns, objects, indexes] {
            assert_eq!(upgraded.sql(sql), new.sql(sql));
        }
    }

    #[test]
    fn nodes_of_schema_5_end_their_writes_before_the_upgrade() {
        let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
            return;
        };
        let schema = load(&url);
        let mut older = Outsider::new(&schema);
        older.sql("BEGIN; INSERT INTO @.fence SELECT false FROM @.civic_reply WHERE version <> 5");
        std::thread::scope(|scope| {
            let newer = scope.spawn(|| connect(&schema, Some(key())).unwrap());
            let waiting =
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%@%'";
            while schema.sql(waiting) == [["0"]] {
                std::thread::sleep(Duration::from_millis(5));
            }
            assert_eq!(schema.sql("SELECT version FROM @.civic_reply"), [["5"]]);
            older.sql("COMMIT");
            check_content(&newer.join().unwrap());
        });
        assert_eq!(schema.sql("SELECT version FROM @.civic_reply"), [["7"]]);
    }

    #[test]
    fn a_schema_of_an_unknown_older_version_is_refused_and_says_what_to_do() {
        let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
            return;
        };
        let schema = load(&url);
        schema.sql("UPDATE @.civic_reply SET version = 4");
        let error = connect(&schema, Some(key())).unwrap_err().to_string();
        assert!(
            error.contains("schema 4, this one upgrades 5 and later") && error.contains("connect once with"),
            "{error}"
        );
    }
}
