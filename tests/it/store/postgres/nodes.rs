//! Several nodes on one server.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use civic_reply::PostgresStore;
use civic_reply::case::{CaseId, Event, Priority};
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, ChangeSet, Conflict, PostgresOptions, Store, StoreError};

use super::{handling, message_of, next, open, wait_until_one_waits};
use crate::support::postgres::{Outsider, Schema, server};

#[test]
fn a_message_redelivered_to_two_nodes_has_one_outcome() {
    const MESSAGES: usize = 60;
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let nodes = [schema.store(), schema.store()];
    let next = AtomicUsize::new(0);
    let committed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for caller in 0..8 {
            let (node, next, committed) = (&nodes[caller % 2], &next, &committed);
            scope.spawn(move || {
                loop {
                    // Every message is delivered four times, twice to each node.
                    let n = next.fetch_add(1, Ordering::SeqCst) / 4;
                    if n >= MESSAGES {
                        break;
                    }
                    let citizen = format!("citizen-{}", n % 5);
                    let mut case = sample::case(&format!("C-{n}-{caller}"), &citizen, Priority::Normal, 10);
                    case.key = sample::key(&citizen, &n.to_string());
                    while node.handled(&case.key).unwrap().is_none() {
                        let conversation = node.conversation(case.key.account(), case.key.sender()).unwrap();
                        match node.commit(handling(&case, conversation)) {
                            Ok(()) => drop(committed.fetch_add(1, Ordering::SeqCst)),
                            Err(StoreError::Conflict(Conflict::Handled | Conflict::Conversation)) => {}
                            Err(other) => panic!("{other}"),
                        }
                    }
                }
            });
        }
    });
    assert_eq!(committed.into_inner(), MESSAGES);
    let filter = CaseFilter {
        limit: Some(usize::MAX),
        ..CaseFilter::default()
    };
    for node in &nodes {
        let page = node.cases(&filter).unwrap();
        assert_eq!(page.total, MESSAGES);
        let keys: HashSet<_> = page.cases.iter().map(|case| case.key.clone()).collect();
        assert_eq!(keys.len(), MESSAGES, "a message has two cases");
    }
    for n in 0..5 {
        let ann = format!("citizen-{n}");
        let conversation = nodes[0]
            .conversation(&"city".into(), &ann.as_str().into())
            .unwrap();
        assert_eq!(
            conversation.version,
            MESSAGES as u64 / 5,
            "a conversation lost an update"
        );
    }
}

#[test]
fn unreadable_rows_do_not_block_a_thousand_good_ones() {
    const GOOD: usize = 1_000;
    const BAD: usize = 5;
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let store = schema.store();
    let mut all = ChangeSet::default();
    for n in 0..GOOD + BAD {
        let case = sample::case(&format!("C-{n:04}"), "ann", Priority::Normal, n as i64);
        let set = sample::opening(&case);
        all.cases.extend(set.cases);
        all.records.extend(set.records);
    }
    store.commit(all).unwrap();
    // The first in the queue, and the most overdue.
    schema.sql(
        r#"UPDATE @.cases SET body = '{"v": 2}' WHERE id = 'C-0000';
           UPDATE @.cases SET version = 7 WHERE id = 'C-0001';
           UPDATE @.cases SET id = '\xff00' WHERE id = 'C-0002';
           UPDATE @.cases SET body = replace(body, 'C-0003', 'C-0500') WHERE id = 'C-0003';
           UPDATE @.cases SET claim_token = 'nobody' WHERE id = 'C-0004'"#,
    );

    let page = store.cases(&CaseFilter::default()).unwrap();
    let bad = ["C-0000", "C-0001", "\u{fffd}\0", "C-0003"].map(CaseId::new);
    assert_eq!(page.unreadable, bad, "a bad row is not shown");
    assert_eq!((page.total, page.cases.len()), (GOOD + BAD, 96));
    // The last of them is readable; only unclaimed cases can be claimed.
    let due = store.due(sample::at(100_000), usize::MAX).unwrap();
    assert_eq!(due.len(), GOOD + 1, "not all good ones are due");
    for id in &bad[..2] {
        let read = store.case(id);
        assert!(matches!(read, Err(StoreError::Unreadable { .. })), "{read:?}");
    }

    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for caller in 0..8 {
            let (store, done) = (&store, &done);
            scope.spawn(move || {
                while let Some(case) = next(store, &format!("agent-{caller}"), Duration::from_secs(600)) {
                    let answered = Event::Answered {
                        text: "是".into(),
                        facts: None,
                    };
                    store.commit(sample::moving(&case, &[answered]).0).unwrap();
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(done.into_inner(), GOOD);
    assert_eq!(
        schema.sql("SELECT count(*) FROM @.cases WHERE state = 0"),
        [["5"]]
    );
}

#[test]
fn a_claim_past_its_lease_is_fenced_off_by_another_node() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let (slow, quick) = (schema.store(), schema.store());
    open(&slow, "A");
    let lease = Duration::from_millis(300);
    let held = next(&slow, "eve", lease).unwrap();
    assert!(
        next(&quick, "fay", lease).is_none(),
        "another node claimed it within its lease"
    );
    thread::sleep(lease);
    let taken = next(&quick, "fay", Duration::from_secs(60)).unwrap();

    let late = Event::Answered {
        text: "too late".into(),
        facts: None,
    };
    let conflict = slow.commit(sample::moving(&held, &[late]).0).unwrap_err();
    assert!(matches!(conflict, StoreError::Conflict(Conflict::Case(id)) if id == held.id));
    let token = held.claim.clone().unwrap().token;
    assert_eq!(slow.renew(&held.id, &token, lease).unwrap(), None);
    assert_eq!(quick.case(&held.id).unwrap(), Some(taken));
}

#[test]
fn a_deadlock_is_retried() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let store = PostgresStore::connect_with(
        &url,
        PostgresOptions {
            lock_timeout: Duration::from_secs(5),
            ..schema.options()
        },
    )
    .unwrap();
    let (a, b) = (open(&store, "A"), open(&store, "B"));
    let closed = Event::Closed;
    let (mut both, _) = sample::moving(&a, std::slice::from_ref(&closed));
    let (more, _) = sample::moving(&b, &[closed]);
    both.cases.extend(more.cases);
    both.records.extend(more.records);

    let mut other = Outsider::new(&schema);
    other.sql("BEGIN; SET LOCAL deadlock_timeout = '1min'; SELECT FROM @.cases WHERE id = 'B' FOR UPDATE");
    thread::scope(|scope| {
        let commit = scope.spawn(|| store.commit(both));
        // The store holds A and waits for B; now each waits for the other, and the server ends the store's
        // attempt.
        wait_until_one_waits(&schema);
        other.sql("SELECT FROM @.cases WHERE id = 'A' FOR UPDATE");
        other.sql("COMMIT");
        commit.join().unwrap().unwrap();
    });
    assert_eq!(
        schema.sql("SELECT count(*) FROM @.cases WHERE state = 4"),
        [["2"]]
    );
    assert_eq!(schema.sql("SELECT count(*) FROM @.journal"), [["4"]]);
}

#[test]
fn a_journal_reader_waits_for_a_commit_with_an_earlier_number() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let store = schema.store();
    open(&store, "A");
    let body = schema.sql("SELECT body FROM @.journal");
    let mut slow = Outsider::new(&schema);
    slow.sql(&format!(
        "BEGIN; LOCK TABLE @.commit_lock IN ROW SHARE MODE;
         INSERT INTO @.journal VALUES (nextval('@.commit_numbers') * 65536 + 1, 0, 1, 'A', '{}')",
        body[0][0].replace('\'', "''")
    ));
    // Numbered later, committed earlier. Others continue while the reader waits.
    thread::scope(|scope| {
        let reader = scope.spawn(|| store.journal(None, 10).unwrap());
        for n in 0..20 {
            let begun = Instant::now();
            open(&store, &format!("B-{n}"));
            assert!(
                begun.elapsed() < Duration::from_millis(800),
                "a commit took {:?}",
                begun.elapsed()
            );
        }
        assert!(!reader.is_finished(), "the reader did not wait");
        slow.sql("COMMIT");
        let page = reader.join().unwrap();
        let places: Vec<_> = page.records.iter().map(|(place, _)| place.0 >> 16).collect();
        assert_eq!(places, (1..=10).collect::<Vec<u64>>(), "a place was skipped");
    });
}

#[test]
fn a_journal_reader_that_waits_too_long_returns_an_error() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let options = PostgresOptions {
        statement_timeout: Duration::from_millis(500),
        ..schema.options()
    };
    let store = PostgresStore::connect_with(&url, options).unwrap();
    open(&store, "A");
    let mut slow = Outsider::new(&schema);
    slow.sql("BEGIN; LOCK TABLE @.commit_lock IN ROW SHARE MODE");
    let error = store.journal(None, 10).unwrap_err();
    assert!(message_of(&error).contains("lock timeout"), "it says: {error}");
    open(&store, "B");
    slow.sql("ROLLBACK");
    assert_eq!(store.journal(None, 10).unwrap().records.len(), 2);
}
