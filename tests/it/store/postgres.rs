//! The PostgreSQL store on a real server: the contract, several nodes, limits, round trips, and refusals.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use civic_reply::case::{CaseId, Event, Priority, State};
use civic_reply::message::{AgentId, Conversation};
use civic_reply::store::contract::{self, Subject, sample};
use civic_reply::store::{CaseFilter, ChangeSet, Conflict, PostgresOptions, Store, StoreError};
use civic_reply::{Case, Message, Outcome, PostgresStore};

use crate::support::postgres::{self, Outsider, Schema, server};
use crate::support::proxy::Proxy;
use crate::support::shipped;

/// Longer than the slowest check of the contract takes when several run at once.
const LEASE: Duration = Duration::from_secs(3);

/// Runs the contract in real time, several checks at once: most of the time is waiting for leases to end.
fn keeps_the_contract(url: &str) {
    let checks = Mutex::new(contract::checks());
    let broken = Mutex::new(Vec::new());
    let run = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| {
                loop {
                    let check = checks.lock().unwrap().next();
                    let Some(check) = check else { break };
                    let schema = Schema::new(url);
                    let subject = Subject::in_real_time(schema.store(), LEASE);
                    if let Err(what) = check.run(&subject) {
                        let broken_promise = format!("{}: {}, but {what}", check.name, check.promise);
                        broken.lock().unwrap().push(broken_promise);
                    }
                    run.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(broken.into_inner().unwrap(), Vec::<String>::new());
    assert_eq!(run.into_inner(), contract::checks().count());
}

#[test]
fn the_postgres_store_keeps_the_contract() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    keeps_the_contract(&url);
}

#[test]
fn the_postgres_store_keeps_the_contract_behind_a_transaction_pooler() {
    let Some(url) = server("CIVIC_REPLY_PGBOUNCER") else {
        return;
    };
    keeps_the_contract(&url);
}

/// The engine's usual change set for a message: its outcome, the conversation's next state, and a case.
fn handling(case: &Case, conversation: Conversation) -> ChangeSet {
    ChangeSet {
        conversation: Some(conversation),
        ..sample::queueing(case)
    }
}

fn open(store: &PostgresStore, id: &str) -> Case {
    let case = sample::case(id, "ann", Priority::Normal, 10);
    store.commit(sample::opening(&case)).unwrap();
    case
}

fn next(store: &PostgresStore, agent: &str, lease: Duration) -> Option<Case> {
    let agent = AgentId::new(agent);
    store.claim_next(&CaseFilter::default(), &agent, lease).unwrap()
}

fn message_of(error: &StoreError) -> String {
    assert!(
        matches!(error, StoreError::Backend { .. }),
        "another kind of error: {error}"
    );
    error.to_string()
}

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
fn receiving_a_message_takes_two_round_trips_and_three_with_a_queue_estimate() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let (proxy, through) = Proxy::before(&url);
    let store = PostgresStore::connect_with(&through, schema.options()).unwrap();
    let engine = shipped::on(store).build().unwrap();
    proxy.taken();
    let say = |citizen: &str, id: &str, text: &str| {
        let message = Message::text("gov-wechat", citizen, id, text);
        let outcome = engine.receive(message).unwrap();
        (outcome, proxy.taken().0)
    };
    let (outcome, turns) = say("ann", "1", "社保卡密码忘了怎么办");
    assert!(matches!(outcome, Outcome::Replied(_)), "{outcome:?}");
    assert_eq!(turns, 2, "an automatic answer");
    let complaint = "我们小区电梯坏了三天,老人下不了楼,物业推诿没人管,请尽快处理";
    let (outcome, turns) = say("ann", "2", complaint);
    assert!(matches!(outcome, Outcome::Queued { .. }), "{outcome:?}");
    assert_eq!(turns, 2, "a case");
    for (id, text) in [
        ("3", "补充一下,是3号楼"),
        ("4", "查进度"),
        ("5", "社保卡密码忘了怎么办"),
    ] {
        assert_eq!(say("ann", id, text).1, 2, "{text}");
    }
    assert_eq!(say("ann", "2", "").1, 1, "a redelivered message");
    let (desk, eve) = (engine.desk(), AgentId::new("eve"));
    let held = desk.claim_next(CaseFilter::default(), &eve).unwrap().unwrap();
    assert_eq!(proxy.taken().0, 2, "a claim");
    let token = held.claim.clone().unwrap().token;
    desk.claimed(&held.id, &eve, &token)
        .and_then(|case| case.answer("修好了"))
        .unwrap();
    assert_eq!(proxy.taken().0, 2, "an answer");
    assert_eq!(say("ann", "6", "1").1, 2, "a judgement");
    assert_eq!(desk.case(&held.id).unwrap().state, State::Closed);

    let mut rulebook = shipped::rulebook();
    for department in rulebook.departments.values_mut() {
        department.answers_a_day = Some(5);
    }
    engine.reload(rulebook).unwrap();
    proxy.taken();
    assert_eq!(say("bob", "1", complaint).1, 3, "a case with a queue estimate");
}

#[test]
fn each_single_call_takes_one_round_trip_and_a_claim_takes_two() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let (proxy, through) = Proxy::before(&url);
    let store = PostgresStore::connect_with(&through, schema.options()).unwrap();
    proxy.taken();

    let case = sample::case("C-1", "ann", Priority::Normal, 10);
    assert_eq!(store.handled(&case.key).unwrap(), None);
    let conversation = store.conversation(case.key.account(), case.key.sender()).unwrap();
    store.commit(handling(&case, conversation.clone())).unwrap();
    let (turns, statements) = proxy.taken();
    assert_eq!(turns, 3, "{statements} statements of a new citizen's message");

    let mut again = sample::case("C-2", "ann", Priority::Normal, 10);
    again.key = sample::key("ann", "2");
    assert_eq!(store.handled(&again.key).unwrap(), None);
    let conversation = store.conversation(case.key.account(), case.key.sender()).unwrap();
    store.commit(handling(&again, conversation)).unwrap();
    assert_eq!(proxy.taken().0, 3, "a known citizen's message");
    let arrival = store.arrival(&again.key).unwrap();
    assert_eq!(arrival.cases.unwrap().len(), 2);
    assert_eq!(proxy.taken().0, 1, "reading everything for one message");

    assert!(store.handled(&case.key).unwrap().is_some());
    assert_eq!(proxy.taken().0, 1, "a redelivered message");

    let held = next(&store, "eve", LEASE).unwrap();
    assert_eq!(proxy.taken().0, 2, "a claim of the next case");
    let token = held.claim.clone().unwrap().token;
    assert!(store.renew(&held.id, &token, LEASE).unwrap().is_some());
    assert_eq!(proxy.taken().0, 2, "a renewal");
    assert!(store.claim(&held.id, &"fay".into(), LEASE).unwrap().is_none());
    assert_eq!(proxy.taken().0, 2, "a claim of a case that another holds");
    assert!(next(&store, "eve", LEASE).is_some());
    assert_eq!(proxy.taken().0, 2, "the last claim");
    assert!(next(&store, "eve", LEASE).is_none());
    assert_eq!(proxy.taken().0, 2, "a claim that finds nothing");

    let read = store.case(&held.id).unwrap().unwrap();
    let (answer, _) = sample::moving(&read, &[Event::Answered { text: "是".into() }, Event::Closed]);
    store.commit(answer).unwrap();
    assert_eq!(proxy.taken().0, 2, "reading a case and answering it");
    store.cases(&CaseFilter::default()).unwrap();
    store.due(sample::at(60), 100).unwrap();
    assert_eq!(proxy.taken().0, 2, "a page of cases, and the due ones");
    let page = store.journal(None, 3).unwrap();
    assert_eq!(proxy.taken().0, 2, "the journal, asking how far it is whole");
    store.journal(page.next, 3).unwrap();
    assert_eq!(proxy.taken().0, 1, "the journal's next page");
    assert_eq!(proxy.connections(), 1, "one caller needs one connection");
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
                    let answered = Event::Answered { text: "是".into() };
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
    };
    let conflict = slow.commit(sample::moving(&held, &[late]).0).unwrap_err();
    assert!(matches!(conflict, StoreError::Conflict(Conflict::Case(id)) if id == held.id));
    let token = held.claim.clone().unwrap().token;
    assert_eq!(slow.renew(&held.id, &token, lease).unwrap(), None);
    assert_eq!(quick.case(&held.id).unwrap(), Some(taken));
}

#[test]
fn a_statement_past_its_time_limit_is_cancelled_and_leaves_nothing() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let limits = |statement, lock| PostgresOptions {
        statement_timeout: Duration::from_millis(statement),
        lock_timeout: Duration::from_millis(lock),
        ..schema.options()
    };
    let by_statement = PostgresStore::connect_with(&url, limits(300, 5_000)).unwrap();
    let by_lock = PostgresStore::connect_with(&url, limits(5_000, 300)).unwrap();
    let case = sample::case("A", "ann", Priority::Normal, 10);
    let mut other = Outsider::new(&schema);
    other.sql("BEGIN; LOCK TABLE @.outcomes");
    for (store, said) in [
        (&by_statement, "due to statement timeout (57014)"),
        (&by_lock, "due to lock timeout (55P03)"),
    ] {
        let begun = Instant::now();
        let error = store.commit(sample::queueing(&case)).unwrap_err();
        assert!(message_of(&error).contains(said), "it says: {error}");
        let error = store.handled(&case.key).unwrap_err();
        assert!(message_of(&error).contains(said), "it says: {error}");
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "it took {:?}",
            begun.elapsed()
        );
    }
    other.sql("ROLLBACK");
    assert_eq!(by_statement.case(&case.id).unwrap(), None);
    by_statement.commit(sample::queueing(&case)).unwrap();
    assert!(by_lock.handled(&case.key).unwrap().is_some());
}

#[test]
fn a_server_that_does_not_respond_times_out() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let (proxy, through) = Proxy::before(&url);
    let options = PostgresOptions {
        statement_timeout: Duration::from_millis(200),
        ..schema.options()
    };
    let store = PostgresStore::connect_with(&through, options).unwrap();
    let case = sample::case("A", "ann", Priority::Normal, 10);
    proxy.freeze(true);
    let begun = Instant::now();
    let error = store.commit(sample::queueing(&case)).unwrap_err();
    assert!(
        message_of(&error).contains("did not answer within 2.2s"),
        "it says: {error}"
    );
    assert!(begun.elapsed() < Duration::from_secs(4));
    proxy.freeze(false);
    // The server had committed, which the error leaves open; committing again reveals it.
    let again = store.commit(sample::queueing(&case)).unwrap_err();
    assert!(
        matches!(again, StoreError::Conflict(Conflict::Handled)),
        "{again}"
    );
    assert_eq!(proxy.connections(), 2, "the silent connection was used again");
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

/// Waits until a transaction on this schema is blocked by another.
fn wait_until_one_waits(schema: &Schema) {
    let begun = Instant::now();
    let mut outsider = Outsider::new(schema);
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%@%'";
    while outsider.sql(waiting) == [["0"]] {
        assert!(begun.elapsed() < Duration::from_secs(10), "nobody waits");
        thread::sleep(Duration::from_millis(10));
    }
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

#[test]
fn commits_are_flushed_even_if_the_server_defaults_to_asynchronous() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let lax = format!("{url}?options=-c%20synchronous_commit%3Doff");
    let store = |relaxed_answers| {
        let options = PostgresOptions {
            relaxed_answers,
            ..schema.options()
        };
        PostgresStore::connect_with(&lax, options).unwrap()
    };
    let strict = store(false);
    schema.sql(
        "CREATE TABLE @.seen (setting text);
         CREATE FUNCTION @.note() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN INSERT INTO @.seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;
         CREATE TRIGGER note AFTER INSERT ON @.journal FOR EACH STATEMENT EXECUTE FUNCTION @.note()",
    );
    strict
        .commit(sample::answering(&sample::key("ann", "1")))
        .unwrap();
    open(&strict, "A");
    next(&strict, "eve", LEASE).unwrap();
    let relaxed = store(true);
    relaxed
        .commit(sample::answering(&sample::key("ann", "2")))
        .unwrap();
    open(&relaxed, "B");
    next(&relaxed, "eve", LEASE).unwrap();
    let seen = schema.sql("SELECT string_agg(setting, ' ') FROM @.seen");
    assert_eq!(seen, [["on on on off on on"]]);
}

#[test]
fn nodes_starting_at_once_create_the_tables_once() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    thread::scope(|scope| {
        let nodes: Vec<_> = (0..6).map(|_| scope.spawn(|| schema.store())).collect();
        for (n, node) in nodes.into_iter().enumerate() {
            open(&node.join().unwrap(), &format!("C-{n}"));
        }
    });
    assert_eq!(schema.store().cases(&CaseFilter::default()).unwrap().total, 6);
}

#[test]
fn a_node_writes_nothing_into_tables_that_a_newer_one_has_brought_up_to_date() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let store = schema.store();
    let (waiting, held) = (open(&store, "A"), open(&store, "B"));
    let eve = AgentId::new("eve");
    let held = store.claim(&held.id, &eve, LEASE).unwrap().unwrap();
    let token = held.claim.clone().unwrap().token;
    let stored = || schema.sql("SELECT (SELECT count(*) FROM @.cases), (SELECT count(*) FROM @.journal)");
    let before = stored();

    // The newer node is migrating: a writer arriving meanwhile waits for it and does not slip in behind it.
    let mut newer = Outsider::new(&schema);
    newer.sql(
        "BEGIN; SELECT version FROM @.civic_reply; LOCK TABLE @.assertions IN EXCLUSIVE MODE; \
         ALTER TABLE @.cases ADD COLUMN later bigint",
    );
    let case = sample::case("C", "ann", Priority::Normal, 10);
    let refused = thread::scope(|scope| {
        let commit = scope.spawn(|| store.commit(sample::opening(&case)));
        wait_until_one_waits(&schema);
        newer.sql("UPDATE @.civic_reply SET version = version + 1; COMMIT");
        commit.join().unwrap().unwrap_err()
    });
    let attempts = [
        Err(refused),
        store.claim_next(&CaseFilter::default(), &eve, LEASE).map(drop),
        store.claim(&waiting.id, &eve, LEASE).map(drop),
        store.renew(&held.id, &token, LEASE).map(drop),
        store.commit(sample::answering(&sample::key("ann", "1"))),
        store.erase(&"ann".into()).map(drop),
        store.prune(sample::at(1_000_000), 10).map(drop),
    ];
    for attempt in attempts {
        let message = message_of(&attempt.unwrap_err());
        assert!(
            message.contains("no longer of schema") && message.ends_with("on every node"),
            "{message}"
        );
    }
    assert_eq!(stored(), before);
    // It still reads.
    assert_eq!(store.case(&waiting.id).unwrap(), Some(waiting));
    assert_eq!(store.journal(None, 10).unwrap().records.len(), 3);
}

#[test]
fn a_schema_that_is_not_ours_is_left_alone() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let refused = || match PostgresStore::connect_with(&url, schema.options()) {
        Err(StoreError::Refused(message)) => message,
        other => panic!("{other:?}"),
    };
    schema.sql("CREATE SCHEMA @; CREATE TABLE @.theirs (n int)");
    assert!(
        refused().contains("holds tables of another program"),
        "{}",
        refused()
    );
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = '@'";
    assert_eq!(schema.sql(tables), [["1"]]);

    schema.sql("DROP TABLE @.theirs");
    drop(schema.store());
    schema.sql("UPDATE @.civic_reply SET version = 99");
    assert!(
        refused().contains("newer civic-reply (schema 99"),
        "{}",
        refused()
    );
}

#[test]
fn existing_tables_need_only_a_role_that_reads_and_writes_rows() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    drop(schema.store());
    let role = format!("role_{}", postgres::unique());
    schema.sql(&format!(
        "DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN PASSWORD 'desk'; GRANT USAGE ON SCHEMA @ TO {role};
         GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA @ TO {role};
         GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA @ TO {role}"
    ));
    let (_, host) = url.rsplit_once('@').unwrap();
    let store =
        PostgresStore::connect_with(&format!("postgres://{role}:desk@{host}"), schema.options()).unwrap();
    let case = sample::case("A", "ann", Priority::Normal, 10);
    store.commit(sample::queueing(&case)).unwrap();
    next(&store, "eve", LEASE).unwrap();
    assert_eq!(store.journal(None, 10).unwrap().records.len(), 3);
    drop(store);
    schema.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn connection_errors_are_helpful_and_leak_no_password() {
    let refused = |url: &str| {
        let options = PostgresOptions {
            connect_timeout: Duration::from_millis(300),
            ..PostgresOptions::default()
        };
        PostgresStore::connect_with(url, options).unwrap_err().to_string()
    };
    let unread = refused("postgres://desk:geheim@localhost:port/desk");
    assert_eq!(
        unread,
        "the connection string can't be read: invalid value for option `port`"
    );
    let nobody = refused("postgres://desk:geheim@127.0.0.1:1/desk");
    assert_eq!(
        nobody,
        "the store failed at `upgrade the schema`: can't connect to the server: error connecting to server: \
         Connection refused (os error 111)"
    );
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let (_, host) = url.rsplit_once('@').unwrap();
    let wrong = refused(&format!("postgres://civic:geheim@{host}"));
    assert!(
        wrong.contains("password authentication failed") && !wrong.contains("geheim"),
        "it says: {wrong}"
    );
    let plain = refused(&format!("{url}?sslmode=require"));
    assert!(plain.contains("TLS"), "it says: {plain}");
}

#[test]
fn callers_beyond_the_pool_size_wait_and_time_out() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let options = PostgresOptions {
        connections: 1,
        connect_timeout: Duration::from_millis(500),
        ..schema.options()
    };
    let store = PostgresStore::connect_with(&url, options).unwrap();
    thread::scope(|scope| {
        let callers: Vec<_> = (0..20)
            .map(|n| {
                scope.spawn({
                    let store = &store;
                    move || store.case(&CaseId::new(n.to_string()))
                })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.join().unwrap().unwrap(), None);
        }
    });
    let mut other = Outsider::new(&schema);
    other.sql("BEGIN; LOCK TABLE @.cases");
    thread::scope(|scope| {
        let first = scope.spawn(|| store.case(&CaseId::new("A")));
        wait_until_one_waits(&schema);
        let error = store.handled(&sample::key("ann", "1")).unwrap_err();
        assert!(
            message_of(&error).contains("every connection of the store was in use for 500ms"),
            "it says: {error}"
        );
        other.sql("ROLLBACK");
        assert_eq!(first.join().unwrap().unwrap(), None);
    });
}

#[test]
fn the_store_can_be_called_and_dropped_on_an_async_thread() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    runtime.block_on(async {
        let store = schema.store();
        open(&store, "A");
        assert!(next(&store, "eve", LEASE).is_some());
        drop(store);
    });
}
