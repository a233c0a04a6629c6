//! The journal's hash chain: a change to any row behind the store's back is found, on both stores; erasure
//! and retention keep the chain valid.

mod erasure;
mod tampering;

use civic_reply::case::{Case, Event, Priority};
use civic_reply::message::Conversation;
use civic_reply::store::contract::sample;
use civic_reply::store::{IntegrityReport, JournalHead, JournalKey};
use civic_reply::{Store, StoreError};

#[cfg(feature = "postgres")]
use crate::support::postgres;

fn key() -> JournalKey {
    JournalKey::new("thirty-two bytes that nobody has").unwrap()
}

/// A store of one kind, and access behind its back.
trait Backend {
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

    impl Backend for File {
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

    impl Backend for Database {
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
fn on_each(key: Option<&JournalKey>, test: &dyn Fn(&mut dyn Backend)) {
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
fn fill(backend: &dyn Backend) -> JournalHead {
    let store = backend.store();
    let first = send(store, "C-1", "citizen-ann");
    send(store, "C-2", "bob");
    let (change, _) = sample::moving(
        &first,
        &[
            Event::Answered {
                text: "到窗口来".into(),
                facts: None,
            },
            Event::Closed,
        ],
    );
    store.commit(change).unwrap();
    store
        .commit(sample::answering(&sample::key("citizen-ann", "m-1")))
        .unwrap();
    send(store, "C-3", "citizen-ann");
    let head = backend.head().unwrap();
    assert_eq!(head.count(), 9);
    head
}

const FIRST: &str = "(SELECT min(PLACE) FROM @.journal)";

const LAST: &str = "(SELECT max(PLACE) FROM @.journal)";
