//! The stores by themselves: commit, read, list, claim; and the desk's sweep on them.

use std::sync::Arc;
use std::time::Duration;

use civic_reply::case::{Alarm, AlarmKind, CaseId, Priority};
use civic_reply::message::AgentId;
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseChange, CaseFilter, ChangeSet, SqliteOptions};
use civic_reply::{Clock as _, Engine, ManualClock, MemoryStore, Rulebook, SqliteStore, Store};

use crate::{Group, Report, Setup};

/// How many cases are open before anything is measured.
const OPEN: usize = 5_000;
/// How many cases are due in each sweep, and how many sweeps there are.
const DUE: usize = 50;
const SWEEPS: usize = 10;
/// How many cases are committed, read and claimed.
const COUNT: usize = 300;

pub(crate) fn groups(setup: &Setup) -> Vec<Group<'_>> {
    vec![
        (
            "store, memory",
            Box::new(|report| {
                let clock = ManualClock::new(sample::START);
                let store = MemoryStore::with_clock(Arc::new(clock.clone()));
                stages(report, setup, "memory", Arc::new(store), &clock);
            }),
        ),
        (
            "store, sqlite",
            Box::new(|report| {
                let place = tempfile::tempdir_in(setup.folder.path()).unwrap();
                let clock = ManualClock::new(sample::START);
                let options = SqliteOptions {
                    clock: Arc::new(clock.clone()),
                    ..SqliteOptions::default()
                };
                let store = SqliteStore::open_with(place.path().join("store.db"), options).unwrap();
                stages(report, setup, "sqlite", Arc::new(store), &clock);
            }),
        ),
    ]
}

fn stages(report: &mut Report, setup: &Setup, name: &str, store: Arc<dyn Store>, clock: &ManualClock) {
    fill(&*store);
    let new = |n: usize| sample::case(&format!("N-{n}"), &format!("new-{n}"), Priority::Normal, 5);
    report.each(format!("store, {name}: commit a new case"), COUNT, |n| {
        store.commit(sample::queueing(&new(n))).unwrap();
    });
    assert_eq!(store.cases(&CaseFilter::default()).unwrap().total, OPEN + COUNT);
    let key = |n: usize| sample::key(&format!("new-{n}"), "unknown");
    report.repeat(format!("store, {name}: read for a message"), COUNT, || {
        (0..COUNT)
            .filter(|&n| store.arrival(&key(n)).unwrap().handled.is_none())
            .count()
    });
    let read = |n: usize| store.case(&CaseId::new(format!("C-{n:07}"))).unwrap();
    report.repeat(format!("store, {name}: read a case"), COUNT, || {
        (0..COUNT)
            .map(|n| read(n).unwrap().deadlines.len())
            .sum::<usize>()
    });
    report.repeat(format!("store, {name}: list a page of 100"), 1, || {
        let page = store.cases(&CaseFilter::default()).unwrap();
        assert_eq!(page.cases.len(), 100);
    });
    report.repeat(format!("store, {name}: read 1,000 records"), 1, || {
        assert_eq!(store.journal(None, 1_000).unwrap().records.len(), 1_000);
    });
    let agent = AgentId::new("eve");
    let all = CaseFilter::default();
    report.each(format!("store, {name}: claim the next case"), COUNT, |_| {
        let case = store
            .claim_next(&all, &agent, Duration::from_secs(3_600))
            .unwrap();
        assert!(case.is_some_and(|case| case.claim.is_some()));
    });

    let book = Rulebook::from_dir(&setup.rules).unwrap();
    let engine = Engine::builder(book, store)
        .check_examples(false)
        .clock(clock.clone());
    let engine = engine
        .faq_cache(setup.folder.path().join("sweep"))
        .build()
        .unwrap();
    let desk = engine.desk();
    report.each(format!("sweep, {name}: 50 due of {OPEN}"), SWEEPS, |n| {
        clock.set(sample::at(n as i64));
        let found = desk.sweep(clock.now()).unwrap();
        assert_eq!((found.crossings.len(), found.failed.len()), (DUE, 0));
    });
    report.each(format!("sweep, {name}: nothing due"), 100, |_| {
        assert!(desk.sweep(clock.now()).unwrap().crossings.is_empty());
    });
}

/// Opens the cases. The first are due one sweep after the other, the rest in years to come.
fn fill(store: &dyn Store) {
    for batch in (0..OPEN).collect::<Vec<_>>().chunks(1_000) {
        let mut change = ChangeSet::default();
        for &n in batch {
            let citizen = format!("citizen-{n}");
            let mut case = sample::case(&format!("C-{n:07}"), &citizen, Priority::Normal, 90);
            let minute = if n < DUE * SWEEPS { n / DUE } else { 1_000_000 + n };
            let at = sample::at(minute as i64);
            if let Some(deadline) = case.deadlines.first_mut() {
                deadline.history.alarms = vec![Alarm {
                    kind: AlarmKind::Breach,
                    threshold: at,
                    raise_at: at,
                    raised: None,
                }];
            }
            change.records.push(sample::opened(&case));
            change.cases.push(CaseChange { expected: None, case });
        }
        store.commit(change).unwrap();
    }
}
