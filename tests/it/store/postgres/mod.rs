//! The PostgreSQL store on a real server: the contract, several nodes, limits, round trips, and refusals.

mod connections;
mod nodes;
mod round_trips;
mod schema;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use civic_reply::case::Priority;
use civic_reply::message::{AgentId, Conversation};
use civic_reply::store::contract::{self, Subject, sample};
use civic_reply::store::{CaseFilter, ChangeSet, Store, StoreError};
use civic_reply::{Case, PostgresStore};

use crate::support::postgres::{Outsider, Schema, server};

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
