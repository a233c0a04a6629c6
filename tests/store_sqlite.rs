//! The SQLite store as a host sees it: the contract, reopening, what it refuses, and what it does on a full disk.
#![cfg(feature = "sqlite")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::cell::Cell;
use std::sync::Arc;

use civic_reply::ManualClock;
use civic_reply::store::contract::{self, Subject, sample};
use civic_reply::store::{SqliteOptions, SqliteStore};

fn on_clock(clock: &ManualClock) -> SqliteOptions {
    SqliteOptions {
        clock: Arc::new(clock.clone()),
        ..SqliteOptions::default()
    }
}

#[test]
fn keeps_the_contract() -> Result<(), contract::Violations> {
    let folder = tempfile::tempdir().unwrap();
    let files = Cell::new(0);
    contract::run_all(&|| {
        files.set(files.get() + 1);
        let clock = ManualClock::new(sample::START);
        let path = folder.path().join(format!("{}.db", files.get()));
        Subject::on_clock(SqliteStore::open_with(path, on_clock(&clock)).unwrap(), clock)
    })
}
