//! The sweep reports each crossing once, durably, under any clocks and with several nodes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use civic_reply::case::{AlarmKind, CaseId, ClockKind, Event, Unit};
use civic_reply::desk::{MoreTime, SweepReport};
use civic_reply::message::AgentId;
use civic_reply::store::Store;
use civic_reply::{ManualClock, SqliteStore};
use jiff::ToSpan as _;

use super::{amount, at, desk, names, office, open};

#[test]
fn a_warning_and_a_breach_are_each_reported_once() {
    let (store, clock, desk) = office("2026-11-24T10:00");
    open(&*store, "A", "2026-11-24T10:00");
    let sweep = |now: &str| {
        clock.set(at(now));
        desk.sweep(at(now)).unwrap()
    };
    // Due on the 25th at 17:30; the warning is two working hours before.
    assert_eq!(names(&sweep("2026-11-25T15:29")), []);
    let first = sweep("2026-11-25T15:30");
    assert_eq!(
        names(&first),
        [("A", ClockKind::FirstReply, AlarmKind::Warning(0))]
    );
    assert_eq!(first.crossings[0].alarm.raised, Some(at("2026-11-25T15:30")));
    assert_eq!(names(&sweep("2026-11-25T17:29")), []);
    let breach = sweep("2026-11-25T17:30");
    assert_eq!(names(&breach), [("A", ClockKind::FirstReply, AlarmKind::Breach)]);
    assert_eq!(breach.crossings[0].due.instant(), at("2026-11-25T17:30"));
    assert_eq!(names(&sweep("2026-11-25T17:31")), []);
    assert!(store.case(&CaseId::new("A")).unwrap().unwrap().deadlines[0].is_breached());
}

#[test]
fn reported_alarms_are_in_the_journal_and_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let now = at("2026-11-26T09:00");
    let clock = ManualClock::new(now);
    {
        let store = Arc::new(SqliteStore::open(&path).unwrap());
        open(&*store, "A", "2026-11-24T10:00");
        let desk = desk(store, &clock);
        assert_eq!(desk.sweep(now).unwrap().crossings.len(), 2);
    }
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    let journal = store.journal(None, 100).unwrap();
    let raised = journal
        .records
        .iter()
        .filter(|(_, record)| matches!(record.event, Event::Raised { .. }));
    assert_eq!(raised.count(), 2);
    assert!(store.integrity_report().unwrap().is_sound());
    let desk = desk(store, &clock);
    assert_eq!(names(&desk.sweep(now).unwrap()), []);
}

#[test]
fn a_node_clock_an_hour_back_or_a_day_ahead_raises_nothing_early_or_twice() {
    let (store, clock, desk) = office("2026-11-25T17:00");
    open(&*store, "A", "2026-11-24T10:00");
    // The sweeping node's clock is a day ahead; the store's is not.
    let ahead = desk.sweep(at("2026-11-26T17:00")).unwrap();
    assert_eq!(
        names(&ahead),
        [("A", ClockKind::FirstReply, AlarmKind::Warning(0))]
    );
    assert_eq!(ahead.crossings[0].alarm.raised, Some(at("2026-11-25T17:00")));
    clock.set(at("2026-11-26T09:00"));
    assert_eq!(names(&desk.sweep(at("2026-11-26T09:00")).unwrap()).len(), 1);
    for back in ["2026-11-26T08:00", "2026-11-25T17:00", "2026-11-26T09:00"] {
        clock.set(at(back));
        assert_eq!(names(&desk.sweep(at(back)).unwrap()), []);
    }
}

#[test]
fn commands_and_recomputing_under_a_stepping_clock_raise_nothing_early_or_twice() {
    let (store, clock, desk) = office("2026-11-24T10:30");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.clone().unwrap();
    desk.claimed(id, &eve, &claim.token)
        .and_then(|case| case.promise(at("2026-11-25T12:00")))
        .unwrap();
    clock.set(at("2026-11-25T12:00"));
    let broken = desk.sweep(at("2026-11-25T12:00")).unwrap();
    assert_eq!(names(&broken), [("A", ClockKind::Promise, AlarmKind::Breach)]);

    clock.set(at("2026-11-25T11:00"));
    let more = MoreTime {
        clock: ClockKind::Resolution,
        amount: amount(1, Unit::WorkingDays),
        reason: "a visit".to_owned(),
        approver: "chief".into(),
    };
    desk.claimed(id, &eve, &claim.token)
        .and_then(|case| case.extend(more))
        .unwrap();
    desk.write(id, "还有一件事", at("2026-11-25T11:00")).unwrap();
    assert_eq!(
        desk.recompute_deadlines(at("2026-11-25T11:00")).unwrap().moved,
        []
    );
    assert_eq!(names(&desk.sweep(at("2026-11-25T11:00")).unwrap()), []);
    // The node's clock is a day ahead, the store's is not: the first reply is not due yet.
    assert_eq!(
        desk.recompute_deadlines(at("2026-11-26T12:00")).unwrap().moved,
        []
    );
    for now in ["2026-11-26T12:00", "2026-11-25T12:00"] {
        clock.set(at("2026-11-25T12:00"));
        assert_eq!(names(&desk.sweep(at(now)).unwrap()), []);
    }
}

#[test]
fn two_nodes_sweeping_at_once_report_each_crossing_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("desk.db")).unwrap());
    for n in 0..250 {
        open(&*store, &format!("C-{n}"), "2026-11-24T10:00");
    }
    let now = at("2026-11-26T09:00");
    let clock = ManualClock::new(now);
    let sweeps: Vec<SweepReport> = thread::scope(|scope| {
        let nodes: Vec<_> = (0..4)
            .map(|_| {
                let desk = desk(Arc::clone(&store) as Arc<dyn Store>, &clock);
                scope.spawn(move || desk.sweep(now).unwrap())
            })
            .collect();
        nodes.into_iter().map(|node| node.join().unwrap()).collect()
    });
    let mut seen = BTreeMap::new();
    for crossing in sweeps.iter().flat_map(|sweep| &sweep.crossings) {
        *seen
            .entry((crossing.case.clone(), crossing.alarm.kind))
            .or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 500);
    assert!(seen.values().all(|times| *times == 1));
}

#[test]
fn a_sweep_a_day_late_raises_all_alarms_in_order() {
    let (store, clock, desk) = office("2026-11-30T10:00");
    open(&*store, "B", "2026-11-24T10:00");
    open(&*store, "A", "2026-11-25T10:00");
    let sweep = desk
        .sweep(at("2026-11-30T10:00").checked_add(1.minute()).unwrap())
        .unwrap();
    clock.set(at("2026-11-30T10:01"));
    assert_eq!(
        names(&sweep),
        [
            ("B", ClockKind::FirstReply, AlarmKind::Warning(0)),
            ("B", ClockKind::FirstReply, AlarmKind::Breach),
            ("B", ClockKind::Delivery, AlarmKind::Breach),
            ("A", ClockKind::FirstReply, AlarmKind::Warning(0)),
            ("A", ClockKind::FirstReply, AlarmKind::Breach),
            ("A", ClockKind::Delivery, AlarmKind::Breach),
        ]
    );
}
