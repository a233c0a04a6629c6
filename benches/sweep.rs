//! A sweep over many open cases of which a hundred are due, beside a scan that reads every open case.
//!
//! `cargo bench --bench sweep` prints both times and their ratio. `CIVIC_REPLY_CASES` is the number of open
//! cases, by default 100,000; 1,000,000 take some gigabytes of the temporary folder and some minutes to
//! fill.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints its figures, and panics when an answer is wrong"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use civic_reply::case::{Alarm, AlarmKind, Priority};
use civic_reply::desk::Desk;
use civic_reply::message::RulebookVersion;
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseChange, CaseFilter, ChangeSet, SqliteOptions, Store};
use civic_reply::time::{Calendar, Policy, due_alarms};
use civic_reply::workflow::DeskConfig;
use civic_reply::{ManualClock, SqliteStore};
use jiff::civil::Weekday;

/// How many cases are due in each sweep.
const DUE: usize = 100;

/// How often each is measured; the best time counts.
const RUNS: usize = 5;

fn main() {
    let cases = std::env::var("CIVIC_REPLY_CASES").map_or(100_000, |cases| cases.parse().unwrap());
    println!("sweep: {DUE} due among {cases} open cases, beside a scan of all open cases");
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(sample::START);
    let options = SqliteOptions {
        clock: Arc::new(clock.clone()),
        ..SqliteOptions::default()
    };
    let store = Arc::new(SqliteStore::open_with(folder.path().join("desk.db"), options).unwrap());
    fill(&*store, cases);
    let calendar = Calendar::builder("Asia/Shanghai").year(2026);
    let calendar = calendar.week(Weekday::Monday, ["09:00-17:00".parse().unwrap()]);
    let policy = Policy::next_working_day();
    let config = Arc::new(DeskConfig {
        canned_replies: Default::default(),
        department_names: Default::default(),
        rulebook: RulebookVersion::new("bench"),
        calendar: calendar.build().unwrap(),
        policies: [(policy.id.clone(), policy)].into(),
        letters: civic_reply::reply::LetterConfig::default(),
        departments: std::collections::BTreeSet::new(),
        themes: std::collections::BTreeSet::new(),
    });
    let desk = Desk::new(
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::new(clock.clone()),
        move || Arc::clone(&config),
    );

    let (mut sweep, mut scan) = (Duration::MAX, Duration::MAX);
    for run in 0..RUNS {
        // In minute `n` the hundred cases of that minute become due.
        let now = sample::at(i64::try_from(run).unwrap());
        clock.set(now);
        let start = Instant::now();
        let due = due_by_scan(&*store, now);
        scan = scan.min(start.elapsed());
        assert_eq!(due, DUE);
        let start = Instant::now();
        let found = desk.sweep(now).unwrap();
        sweep = sweep.min(start.elapsed());
        assert_eq!((found.crossings.len(), found.failed.len()), (DUE, 0));
        let start = Instant::now();
        assert!(desk.sweep(now).unwrap().crossings.is_empty());
        println!("run {run}: sweep again with nothing due {:?}", start.elapsed());
    }
    let share = sweep.as_secs_f64() / scan.as_secs_f64();
    println!("sweep {sweep:?} (durable), scan {scan:?}; ratio {share:.4}: it reads only cases that are due",);
}

fn fill(store: &dyn Store, cases: usize) {
    let start = Instant::now();
    for batch in (0..cases).collect::<Vec<_>>().chunks(2_000) {
        let mut change = ChangeSet::default();
        for n in batch {
            let mut case = sample::case(
                &format!("C-{n:07}"),
                &format!("citizen-{n}"),
                Priority::Normal,
                90,
            );
            // Each run's hundred is due in its own minute, the rest in years to come.
            let minute = if *n < DUE * RUNS { n / DUE } else { 1_000_000 + n };
            let at = sample::at(i64::try_from(minute).unwrap());
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
    println!("filled with {cases} cases in {:?}", start.elapsed());
}

/// A sweep without an index: reads every open case and checks each of its deadlines.
fn due_by_scan(store: &dyn Store, now: jiff::Timestamp) -> usize {
    let filter = CaseFilter {
        limit: Some(usize::MAX),
        ..CaseFilter::default()
    };
    let all = store.cases(&filter).unwrap().cases;
    let clocks = all.iter().flat_map(|case| &case.deadlines);
    clocks.map(|deadline| due_alarms(deadline, now).len()).sum()
}
