//! Time limits, the connection pool, durability and connection errors.

use std::thread;
use std::time::{Duration, Instant};

use civic_reply::PostgresStore;
use civic_reply::case::{CaseId, Priority};
use civic_reply::store::contract::sample;
use civic_reply::store::{Conflict, PostgresOptions, Store, StoreError};

use super::{LEASE, message_of, next, open, wait_until_one_waits};
use crate::support::postgres::{Outsider, Schema, server};
use crate::support::proxy::Proxy;

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
