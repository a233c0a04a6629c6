//! Creating, migrating and refusing tables.

use std::thread;

use civic_reply::PostgresStore;
use civic_reply::case::Priority;
use civic_reply::message::AgentId;
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, Store, StoreError};

use super::{LEASE, message_of, next, open, wait_until_one_waits};
use crate::support::postgres::{self, Outsider, Schema, server};

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
