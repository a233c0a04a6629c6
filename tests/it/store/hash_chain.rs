//! The journal's hash chain: a change to any row behind the store's back is found, on both stores; erasure
//! and retention keep the chain valid.

use civic_reply::case::{Case, CaseId, Event, Priority};
use civic_reply::message::{CitizenId, Conversation};
use civic_reply::store::contract::sample;
use civic_reply::store::{IntegrityReport, JournalHead, JournalKey, Tampering};
use civic_reply::{Store, StoreError};

#[cfg(feature = "postgres")]
use crate::support::postgres;

fn key() -> JournalKey {
    JournalKey::new("thirty-two bytes that nobody has").unwrap()
}

/// A store of one kind, and access behind its back.
trait Bench {
    fn store(&self) -> &dyn Store;
    fn head(&self) -> Option<JournalHead>;
    fn report(&self) -> IntegrityReport;
    fn verify(&self, head: &JournalHead) -> Result<IntegrityReport, StoreError>;
    /// Runs SQL behind the store's back; `@.` precedes table names, `PLACE` stands for the journal's
    /// position column.
    fn sql(&self, sql: &str);
    /// Reopens the same store with another key or none.
    fn reopen(&mut self, key: Option<JournalKey>) -> Result<(), StoreError>;
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::path::PathBuf;

    use civic_reply::SqliteStore;
    use civic_reply::store::SqliteOptions;

    use super::*;

    pub(super) struct File {
        _folder: tempfile::TempDir,
        pub(super) path: PathBuf,
        store: Option<SqliteStore>,
    }

    impl File {
        pub(super) fn new(key: Option<JournalKey>) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let mut file = Self {
                path: folder.path().join("desk.db"),
                _folder: folder,
                store: None,
            };
            file.reopen(key).unwrap();
            file
        }

        fn open(&self) -> &SqliteStore {
            self.store.as_ref().unwrap()
        }
    }

    impl Bench for File {
        fn store(&self) -> &dyn Store {
            self.open()
        }
        fn head(&self) -> Option<JournalHead> {
            self.open().journal_head().unwrap()
        }
        fn report(&self) -> IntegrityReport {
            self.open().integrity_report().unwrap()
        }
        fn verify(&self, head: &JournalHead) -> Result<IntegrityReport, StoreError> {
            self.open().verify(head)
        }
        fn sql(&self, sql: &str) {
            let db = rusqlite::Connection::open(&self.path).unwrap();
            db.execute_batch(
                &sql.replace("@.", "")
                    .replace("PLACE", "seq")
                    .replace("BYTES", "CAST('x' AS BLOB)")
                    .replace("NONCE", ""),
            )
            .unwrap();
        }
        fn reopen(&mut self, key: Option<JournalKey>) -> Result<(), StoreError> {
            self.store = None;
            let options = SqliteOptions {
                journal_key: key,
                ..SqliteOptions::default()
            };
            self.store = Some(SqliteStore::open_with(&self.path, options)?);
            Ok(())
        }
    }
}

#[cfg(feature = "postgres")]
mod server {
    use civic_reply::PostgresStore;
    use civic_reply::store::PostgresOptions;

    use super::*;
    use crate::support::postgres::Schema;

    pub(super) struct Database {
        store: Option<PostgresStore>,
        pub(super) schema: Schema,
    }

    impl Database {
        pub(super) fn new(url: &str, key: Option<JournalKey>) -> Self {
            let mut database = Self {
                store: None,
                schema: Schema::new(url),
            };
            database.reopen(key).unwrap();
            database
        }

        fn open(&self) -> &PostgresStore {
            self.store.as_ref().unwrap()
        }
    }

    impl Bench for Database {
        fn store(&self) -> &dyn Store {
            self.open()
        }
        fn head(&self) -> Option<JournalHead> {
            self.open().journal_head().unwrap()
        }
        fn report(&self) -> IntegrityReport {
            self.open().integrity_report().unwrap()
        }
        fn verify(&self, head: &JournalHead) -> Result<IntegrityReport, StoreError> {
            self.open().verify(head)
        }
        fn sql(&self, sql: &str) {
            self.schema.sql(
                &sql.replace("PLACE", "seq")
                    .replace("BYTES", "'x'")
                    .replace("NONCE", ", nonce"),
            );
        }
        fn reopen(&mut self, key: Option<JournalKey>) -> Result<(), StoreError> {
            self.store = None;
            let options = PostgresOptions {
                journal_key: key,
                ..self.schema.options()
            };
            self.store = Some(PostgresStore::connect_with(&self.schema.url, options)?);
            Ok(())
        }
    }
}

/// Runs a test on each available kind of store.
fn on_each(key: Option<&JournalKey>, test: &dyn Fn(&mut dyn Bench)) {
    #[cfg(feature = "sqlite")]
    test(&mut sqlite::File::new(key.cloned()));
    #[cfg(feature = "postgres")]
    if let Some(url) = postgres::server("CIVIC_REPLY_POSTGRES") {
        test(&mut server::Database::new(&url, key.cloned()));
    }
}

/// A message that opens a case, with its conversation, as the engine commits it.
fn send(store: &dyn Store, id: &str, citizen: &str) -> Case {
    let case = sample::case(id, citizen, Priority::Normal, 10);
    let mut change = sample::sent_to(&case);
    change.conversation = Some(Conversation {
        last_case: Some(case.id.clone()),
        last_at: Some(sample::START),
        ..store.conversation(case.key.account(), case.key.sender()).unwrap()
    });
    store.commit(change).unwrap();
    case
}

/// Two cases of ann, one of them closed, and a question and a case of bob.
fn fill(bench: &dyn Bench) -> JournalHead {
    let store = bench.store();
    let first = send(store, "C-1", "citizen-ann");
    send(store, "C-2", "bob");
    let (change, _) = sample::moving(
        &first,
        &[
            Event::Answered {
                text: "到窗口来".into(),
            },
            Event::Closed,
        ],
    );
    store.commit(change).unwrap();
    store
        .commit(sample::answering(&sample::key("citizen-ann", "m-1")))
        .unwrap();
    send(store, "C-3", "citizen-ann");
    let head = bench.head().unwrap();
    assert_eq!(head.count(), 9);
    head
}

const FIRST: &str = "(SELECT min(PLACE) FROM @.journal)";
const LAST: &str = "(SELECT max(PLACE) FROM @.journal)";

#[test]
fn tampering_with_each_kind_of_row_is_found() {
    let tampering = [
        ("a record's time", "UPDATE @.journal SET recorded_at = recorded_at + 1 WHERE PLACE = FIRST"),
        ("a record's body", "UPDATE @.journal SET body = replace(body, 'police', 'nobody')"),
        ("a record's case", "UPDATE @.journal SET case_id = 'C-2' WHERE case_id = 'C-3'"),
        ("a citizen's words", "UPDATE @.journal SET personal = replace(personal, '户口', '护照')"),
        (
            "an edit disguised as an erasure",
            "UPDATE @.journal SET personal = NULL, personal_salt = NULL, citizen = NULL WHERE case_id = 'C-2'",
        ),
        (
            "an erased message without a record",
            "UPDATE @.journal SET personal = NULL, personal_salt = NULL, citizen = NULL WHERE PLACE = FIRST",
        ),
        ("a version told", "UPDATE @.journal SET conversation_version = 7 WHERE PLACE = FIRST"),
        ("the first record", "DELETE FROM @.journal WHERE PLACE = FIRST"),
        (
            "a record in the middle",
            "DELETE FROM @.journal WHERE PLACE = (SELECT min(PLACE) FROM @.journal WHERE PLACE > FIRST)",
        ),
        ("the last record", "DELETE FROM @.journal WHERE PLACE = LAST"),
        (
            "two records swapped",
            "UPDATE @.journal SET PLACE = -1 WHERE PLACE = FIRST; UPDATE @.journal SET PLACE = PLACE + 5 WHERE PLACE = LAST;
             UPDATE @.journal SET PLACE = LAST - 5 WHERE PLACE = -1",
        ),
        ("a case's body", "UPDATE @.cases SET body = replace(body, '户口', '护照') WHERE id = 'C-2'"),
        ("a case's place", "UPDATE @.cases SET next_due_at = next_due_at + 1 WHERE id = 'C-2'"),
        ("a case", "DELETE FROM @.cases WHERE id = 'C-2'"),
        ("an outcome's words", "UPDATE @.outcomes SET body = replace(body, 'received', 'refused')"),
        ("an outcome", "DELETE FROM @.outcomes WHERE sender = 'bob'"),
        (
            "a forged outcome",
            "INSERT INTO @.outcomes (account, sender, id, body) SELECT account, sender, 'm-9', body FROM @.outcomes LIMIT 1",
        ),
        (
            "a conversation's words",
            "UPDATE @.conversations SET body = replace(body, '\"misses\":0', '\"misses\":1')",
        ),
        ("a conversation", "DELETE FROM @.conversations WHERE citizen = 'bob'"),
    ];
    for (what, sql) in tampering {
        on_each(Some(&key()), &|bench| {
            let head = fill(bench);
            let before = bench.verify(&head).unwrap();
            assert!(before.is_sound(), "{before:?}");
            assert_eq!((before.cases, before.records, before.erased), (3, 9, 0));
            bench.sql(&sql.replace("FIRST", FIRST).replace("LAST", LAST));
            let found = bench.verify(&head).unwrap();
            assert!(!found.is_sound(), "{what}: not found");
        });
    }
}

#[test]
fn a_duplicated_or_forged_record_is_found() {
    let columns = "recorded_at, record_version, case_id, body, personal, personal_salt, personal_digest, \
                   citizen, conversation_version, record_hash NONCE";
    on_each(Some(&key()), &|bench| {
        let head = fill(bench);
        let again = format!(
            "INSERT INTO @.journal (PLACE, {columns}) SELECT PLACE + 1000000, {columns} FROM @.journal WHERE PLACE = {FIRST}"
        );
        bench.sql(&again);
        let found = bench.verify(&head).unwrap();
        assert!(!found.is_sound(), "a duplicated record is not found");
        bench.sql(&format!("DELETE FROM @.journal WHERE PLACE = {LAST}"));
    });
}

#[test]
fn a_truncated_journal_is_found_by_the_exported_head() {
    on_each(Some(&key()), &|bench| {
        let early = fill(bench);
        let late = bench.store().journal(None, 100).unwrap().records.len();
        bench
            .store()
            .commit(sample::answering(&sample::key("eve", "m-1")))
            .unwrap();
        let head = bench.head().unwrap();
        assert_eq!((early.count(), head.count()), (late as u64, late as u64 + 1));
        assert!(bench.verify(&early).unwrap().is_sound());
        assert!(bench.verify(&head).unwrap().is_sound());
        // Somebody with write access removes the last message with all its rows.
        bench.sql(&format!(
            "DELETE FROM @.journal WHERE PLACE = {LAST}; DELETE FROM @.outcomes WHERE sender = 'eve'"
        ));
        let found = bench.verify(&head).unwrap();
        assert!(
            found.tampered.contains(&Tampering::Cut {
                records: 9,
                missing: 1
            }) || found
                .tampered
                .iter()
                .any(|trace| matches!(trace, Tampering::Broken(_))),
            "{found:?}"
        );
        // The older part is valid by the older head, except for the chain's own end.
        let text = head.to_string();
        assert_eq!(text.parse::<JournalHead>().unwrap(), head);
    });
}

#[test]
fn a_replaced_journal_is_found_by_the_exported_head() {
    on_each(Some(&key()), &|bench| {
        let head = fill(bench);
        let count = head.count();
        let other: JournalHead = format!("{count}:{}", "ab".repeat(32)).parse().unwrap();
        let found = bench.verify(&other).unwrap();
        assert_eq!(found.tampered, [Tampering::OtherHead]);
        let longer: JournalHead = format!("{}:{}", count + 3, "ab".repeat(32)).parse().unwrap();
        let found = bench.verify(&longer).unwrap();
        assert_eq!(
            found.tampered,
            [Tampering::Cut {
                records: count,
                missing: 3
            }]
        );
    });
}

#[test]
fn erasing_a_citizen_leaves_the_hash_chain_valid() {
    on_each(Some(&key()), &|bench| {
        let head = fill(bench);
        let ann = CitizenId::new("citizen-ann");
        let done = bench.store().erase(&ann).unwrap();
        assert_eq!(done.cases, [CaseId::new("C-1")]);
        assert_eq!(done.open, [CaseId::new("C-3")]);
        let found = bench.verify(&head).unwrap();
        assert!(found.is_sound(), "{found:?}");
        // The opening, the answer, and the two messages of ann that opened no case still open.
        assert_eq!((found.erased, found.records), (4, 11));
        let later = bench.head().unwrap();
        assert_eq!(later.count(), 11);
        assert!(bench.verify(&later).unwrap().is_sound());
        // Removing the record of the erasure is found as well.
        bench.sql(&format!("DELETE FROM @.journal WHERE PLACE = {LAST}"));
        assert!(!bench.verify(&later).unwrap().is_sound());
    });
}

#[test]
fn retention_removes_the_oldest_records_and_leaves_the_hash_chain_valid() {
    on_each(Some(&key()), &|bench| {
        let store = bench.store();
        // An old question and an old closed case; then a live case, and an old closed case after it.
        store
            .commit(sample::answering(&sample::key("citizen-ann", "m-1")))
            .unwrap();
        let end = |case: &Case| {
            let (change, _) = sample::moving(case, &[Event::Answered { text: "是".into() }, Event::Closed]);
            store.commit(change).unwrap();
        };
        end(&send(store, "C-1", "citizen-ann"));
        let early = bench.head().unwrap();
        let live = send(store, "C-2", "bob");
        end(&send(store, "C-3", "citizen-ann"));
        let head = bench.head().unwrap();
        assert_eq!((early.count(), head.count()), (5, 11));

        let done = store.prune(sample::at(1), 100).unwrap();
        assert_eq!(done.cases, [CaseId::new("C-1"), CaseId::new("C-3")]);
        assert_eq!((done.messages, done.records, done.conversations), (3, 9, 1));
        let found = bench.verify(&head).unwrap();
        assert!(found.is_sound(), "{found:?}");
        // Two records of the live case and one of the removal; and the positions still kept, at least those
        // after the live case.
        assert_eq!((found.cases, found.records), (1, 3));
        assert!(found.removed == 4 || found.removed == 9, "{}", found.removed);
        assert_eq!(store.case(&live.id).unwrap(), Some(live.clone()));
        let records = store.journal(None, 100).unwrap().records;
        assert_eq!(records.len(), 3);
        // The records under the first head are gone.
        let after = bench.head().unwrap();
        assert_eq!(after.count(), 12);
        bench
            .store()
            .commit(sample::answering(&sample::key("eve", "m-1")))
            .unwrap();
        assert!(bench.verify(&after).unwrap().is_sound());
        // A head of removed records can't be compared; if they are not removed, it belongs to another
        // journal.
        let other: JournalHead = format!("1:{}", "ab".repeat(32)).parse().unwrap();
        match bench.verify(&other) {
            Err(StoreError::Refused(why)) => assert!(why.contains("older"), "{why}"),
            found => assert_eq!(found.unwrap().tampered, [Tampering::OtherHead]),
        }

        // To remove something of the live case in the same way is found.
        bench.sql("UPDATE @.journal SET body = '', personal = NULL, personal_salt = NULL, personal_digest = NULL,
                       citizen = NULL, conversation_version = NULL, record_hash = BYTES WHERE case_id = 'C-2'");
        assert!(!bench.report().is_sound());
    });
}

#[test]
fn a_keyed_journal_requires_its_key_and_an_unkeyed_one_is_upgraded_whole() {
    on_each(None, &|bench| {
        let first = send(bench.store(), "C-1", "citizen-ann");
        assert_eq!(bench.head(), None);
        assert!(bench.report().is_sound());
        let none: JournalHead = format!("1:{}", "ab".repeat(32)).parse().unwrap();
        assert!(matches!(bench.verify(&none), Err(StoreError::Refused(_))));

        bench.reopen(Some(key())).unwrap();
        assert_eq!(bench.store().case(&first.id).unwrap(), Some(first.clone()));
        let head = bench.head().unwrap();
        assert_eq!(head.count(), 2);
        send(bench.store(), "C-2", "bob");
        let found = bench.verify(&head).unwrap();
        assert!(found.is_sound(), "{found:?}");
        let head = bench.head().unwrap();
        assert_eq!(head.count(), 4);

        let other = JournalKey::new("thirty-two bytes of another city").unwrap();
        for wrong in [None, Some(other)] {
            let error = bench.reopen(wrong).unwrap_err();
            assert!(matches!(error, StoreError::Refused(_)), "{error}");
        }
        bench.reopen(Some(key())).unwrap();
        assert_eq!(bench.head(), Some(head.clone()));
        bench.sql(
            "UPDATE @.outcomes SET body = replace(body, 'received', 'refused') WHERE sender = 'citizen-ann'",
        );
        let found = bench.verify(&head).unwrap();
        assert_eq!(
            found.tampered,
            [Tampering::Outcome("city/citizen-ann/C-1".into())]
        );
    });
}

#[cfg(feature = "sqlite")]
#[test]
fn no_text_of_an_erased_citizen_is_left_in_the_file() {
    for key in [None, Some(key())] {
        let bench = sqlite::File::new(key);
        let store = bench.store();
        for n in 0..30 {
            let case = send(store, &format!("C-{n}"), "citizen-ann");
            let answer = Event::Answered {
                text: format!("秘密{n}"),
            };
            store
                .commit(sample::moving(&case, &[answer, Event::Closed]).0)
                .unwrap();
            store
                .commit(sample::answering(&sample::key("citizen-ann", &format!("m-{n}"))))
                .unwrap();
        }
        let done = store.erase(&CitizenId::new("citizen-ann")).unwrap();
        assert_eq!((done.cases.len(), done.messages), (30, 60));
        for end in ["", "-wal"] {
            let mut name = bench.path.clone().into_os_string();
            name.push(end);
            let bytes = std::fs::read(name).unwrap_or_default();
            for trace in ["citizen-ann", "秘密", "王小明", "新生儿"] {
                let trace = trace.as_bytes();
                assert!(
                    !bytes.windows(trace.len()).any(|window| window == trace),
                    "the file{end} still has `{}`",
                    String::from_utf8_lossy(trace)
                );
            }
        }
    }
}

#[cfg(feature = "postgres")]
#[test]
fn retention_shortens_a_long_journal_on_a_server() {
    let Some(url) = postgres::server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let bench = server::Database::new(&url, Some(key()));
    let store = bench.store();
    for part in 0..3 {
        let records = (0..700).map(|n| {
            let mut change = sample::answering(&sample::key("citizen-ann", &format!("m-{part}-{n}")));
            change.records.remove(0)
        });
        let change = civic_reply::store::ChangeSet {
            records: records.collect(),
            ..Default::default()
        };
        store.commit(change).unwrap();
        bench.head().unwrap();
    }
    send(store, "C-1", "bob");
    let done = store.prune(sample::at(1), 10_000).unwrap();
    assert_eq!(done.records, 2_100);
    let head = bench.head().unwrap();
    let found = bench.verify(&head).unwrap();
    assert!(found.is_sound(), "{found:?}");
    assert_eq!((head.count(), found.records, found.removed), (2_103, 3, 700));
}
