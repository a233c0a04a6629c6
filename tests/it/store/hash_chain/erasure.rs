//! Erasure, retention and a change of key keep the chain valid.

use civic_reply::StoreError;
use civic_reply::case::{Case, CaseId, Event};
use civic_reply::message::CitizenId;
use civic_reply::store::contract::sample;
use civic_reply::store::{JournalHead, JournalKey, Tampering};

use super::{Backend, LAST, fill, key, on_each, send, server, sqlite};
#[cfg(feature = "postgres")]
use crate::support::postgres;

#[test]
fn erasing_a_citizen_leaves_the_hash_chain_valid() {
    on_each(Some(&key()), &|backend| {
        let head = fill(backend);
        let ann = CitizenId::new("citizen-ann");
        let done = backend.store().erase(&ann).unwrap();
        assert_eq!(done.cases, [CaseId::new("C-1")]);
        assert_eq!(done.open, [CaseId::new("C-3")]);
        let found = backend.verify(&head).unwrap();
        assert!(found.is_sound(), "{found:?}");
        // The opening, the answer, and the two messages of ann that opened no case still open.
        assert_eq!((found.erased, found.records), (4, 11));
        let later = backend.head().unwrap();
        assert_eq!(later.count(), 11);
        assert!(backend.verify(&later).unwrap().is_sound());
        // Removing the record of the erasure is found as well.
        backend.sql(&format!("DELETE FROM @.journal WHERE PLACE = {LAST}"));
        assert!(!backend.verify(&later).unwrap().is_sound());
    });
}

#[test]
fn retention_removes_the_oldest_records_and_leaves_the_hash_chain_valid() {
    on_each(Some(&key()), &|backend| {
        let store = backend.store();
        // An old question and an old closed case; then a live case, and an old closed case after it.
        store
            .commit(sample::answering(&sample::key("citizen-ann", "m-1")))
            .unwrap();
        let end = |case: &Case| {
            let (change, _) = sample::moving(
                case,
                &[
                    Event::Answered {
                        text: "是".into(),
                        facts: None,
                    },
                    Event::Closed,
                ],
            );
            store.commit(change).unwrap();
        };
        end(&send(store, "C-1", "citizen-ann"));
        let early = backend.head().unwrap();
        let live = send(store, "C-2", "bob");
        end(&send(store, "C-3", "citizen-ann"));
        let head = backend.head().unwrap();
        assert_eq!((early.count(), head.count()), (5, 11));

        let done = store.prune(sample::at(1), 100).unwrap();
        assert_eq!(done.cases, [CaseId::new("C-1"), CaseId::new("C-3")]);
        assert_eq!((done.messages, done.records, done.conversations), (3, 9, 1));
        let found = backend.verify(&head).unwrap();
        assert!(found.is_sound(), "{found:?}");
        // Two records of the live case and one of the removal; and the positions still kept, at least those
        // after the live case.
        assert_eq!((found.cases, found.records), (1, 3));
        assert!(found.removed == 4 || found.removed == 9, "{}", found.removed);
        assert_eq!(store.case(&live.id).unwrap(), Some(live.clone()));
        let records = store.journal(None, 100).unwrap().records;
        assert_eq!(records.len(), 3);
        // The records under the first head are gone.
        let after = backend.head().unwrap();
        assert_eq!(after.count(), 12);
        backend
            .store()
            .commit(sample::answering(&sample::key("eve", "m-1")))
            .unwrap();
        assert!(backend.verify(&after).unwrap().is_sound());
        // A head of removed records can't be compared; if they are not removed, it belongs to another
        // journal.
        let other: JournalHead = format!("1:{}", "ab".repeat(32)).parse().unwrap();
        match backend.verify(&other) {
            Err(StoreError::Refused(why)) => assert!(why.contains("older"), "{why}"),
            found => assert_eq!(found.unwrap().tampered, [Tampering::OtherHead]),
        }

        // Removing records of the live case in the same way is found.
        backend.sql(
            "UPDATE @.journal SET body = '', personal = NULL, personal_salt = NULL, personal_digest = NULL, \
                 citizen = NULL, conversation_version = NULL, record_hash = BYTES WHERE case_id = 'C-2'",
        );
        assert!(!backend.report().is_sound());
    });
}

#[test]
fn a_keyed_journal_requires_its_key_and_an_unkeyed_one_is_upgraded_whole() {
    on_each(None, &|backend| {
        let first = send(backend.store(), "C-1", "citizen-ann");
        assert_eq!(backend.head(), None);
        assert!(backend.report().is_sound());
        let none: JournalHead = format!("1:{}", "ab".repeat(32)).parse().unwrap();
        assert!(matches!(backend.verify(&none), Err(StoreError::Refused(_))));

        backend.reopen(Some(key())).unwrap();
        assert_eq!(backend.store().case(&first.id).unwrap(), Some(first.clone()));
        let head = backend.head().unwrap();
        assert_eq!(head.count(), 2);
        send(backend.store(), "C-2", "bob");
        let found = backend.verify(&head).unwrap();
        assert!(found.is_sound(), "{found:?}");
        let head = backend.head().unwrap();
        assert_eq!(head.count(), 4);

        let other = JournalKey::new("thirty-two bytes of another city").unwrap();
        for wrong in [None, Some(other)] {
            let error = backend.reopen(wrong).unwrap_err();
            assert!(matches!(error, StoreError::Refused(_)), "{error}");
        }
        backend.reopen(Some(key())).unwrap();
        assert_eq!(backend.head(), Some(head.clone()));
        backend.sql(
            "UPDATE @.outcomes SET body = replace(body, 'received', 'refused') WHERE sender = 'citizen-ann'",
        );
        let found = backend.verify(&head).unwrap();
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
        let backend = sqlite::File::new(key);
        let store = backend.store();
        for n in 0..30 {
            let case = send(store, &format!("C-{n}"), "citizen-ann");
            let answer = Event::Answered {
                text: format!("秘密{n}"),
                facts: None,
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
            let mut name = backend.path.clone().into_os_string();
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
    let backend = server::Database::new(&url, Some(key()));
    let store = backend.store();
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
        backend.head().unwrap();
    }
    send(store, "C-1", "bob");
    let done = store.prune(sample::at(1), 10_000).unwrap();
    assert_eq!(done.records, 2_100);
    let head = backend.head().unwrap();
    let found = backend.verify(&head).unwrap();
    assert!(found.is_sound(), "{found:?}");
    assert_eq!((head.count(), found.records, found.removed), (2_103, 3, 700));
}
