//! Open cases under a new calendar or policy.

use std::sync::Arc;

use civic_reply::case::{AlarmKind, CaseId, ClockKind, Unit, Warn};
use civic_reply::desk::Desk;
use civic_reply::message::{AgentId, RulebookVersion};
use civic_reply::store::Store;
use civic_reply::time::{Calendar, DayRule};
use civic_reply::workflow::DeskConfig;
use jiff::civil::{Weekday, date};

use super::{amount, at, config, names, office, open};
use crate::support::shipped_calendar;

#[test]
fn a_passed_provisional_due_time_is_no_breach_and_the_missing_calendar_is_reported() {
    let (store, clock, desk) = office("2026-10-31T10:00");
    assert_eq!(desk.sweep(at("2026-10-31T10:00")).unwrap().calendar_ends, None);
    clock.set(at("2026-11-01T10:00"));
    let ends = desk.sweep(at("2026-11-01T10:00")).unwrap().calendar_ends.unwrap();
    assert_eq!((ends.last, ends.days_left), (date(2026, 12, 31), 60));

    let case = open(&*store, "A", "2026-12-31T10:00");
    assert!(case.deadlines[0].due.is_provisional());
    clock.set(at("2027-01-05T10:00"));
    let sweep = desk.sweep(at("2027-01-05T10:00")).unwrap();
    let kinds: Vec<_> = sweep
        .crossings
        .iter()
        .map(|crossing| (crossing.clock, crossing.alarm.kind))
        .collect();
    assert!(kinds.contains(&(ClockKind::FirstReply, AlarmKind::NotCovered)));
    let office = |clock| matches!(clock, ClockKind::FirstReply | ClockKind::Resolution);
    assert!(
        !kinds
            .iter()
            .any(|(clock, kind)| office(*clock) && *kind == AlarmKind::Breach)
    );
}

#[test]
fn a_new_calendar_moves_open_cases_and_records_old_time_new_time_and_reason() {
    let (store, clock, old) = office("2026-11-24T10:00");
    open(&*store, "A", "2026-11-24T10:00");
    let done = open(&*store, "B", "2026-11-24T10:00");
    let eve = AgentId::new("eve");
    let claim = old.claim(&done.id, &eve).unwrap().unwrap().claim.clone().unwrap();
    old.claimed(&done.id, &eve, &claim.token)
        .and_then(|case| case.answer("办好了"))
        .unwrap();

    // A notice in the middle of the year: the 25th is closed.
    let mut builder = Calendar::builder("Asia/Shanghai").year(2026);
    for day in [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
    ] {
        builder = builder.week(
            day,
            ["09:00-12:00".parse().unwrap(), "13:30-17:30".parse().unwrap()],
        );
    }
    let calendar = builder
        .day(date(2026, 11, 25), DayRule::Closed, "typhoon")
        .build()
        .unwrap();
    let config = DeskConfig {
        rulebook: RulebookVersion::new("v2"),
        ..(*config(calendar)).clone()
    };
    let config = Arc::new(config);
    let new = Desk::new(
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::new(clock.clone()),
        move || Arc::clone(&config),
    );
    let now = at("2026-11-24T11:00");
    let moved = new.recompute_deadlines(now).unwrap();
    assert_eq!(moved.moved, [CaseId::new("A"), CaseId::new("B")]);
    assert!(moved.failed.is_empty());
    let case = new.case(&CaseId::new("A")).unwrap();
    let first = &case.deadlines[0];
    assert_eq!(first.due.instant(), at("2026-11-26T17:30"));
    let change = &first.history.changes[0];
    assert_eq!(
        (change.old.instant(), change.new.instant()),
        (at("2026-11-25T17:30"), at("2026-11-26T17:30"))
    );
    assert_eq!(change.reason, "rulebook v2");
    let told = new.explain_due(&case.id).unwrap();
    assert!(told[0].1.iter().any(|line| line.contains("typhoon")), "{told:?}");
    assert!(
        told[0].1.iter().any(|line| line.contains("rulebook v2")),
        "{told:?}"
    );
    // A met deadline stays as it was.
    let done = new.case(&done.id).unwrap();
    assert_eq!(done.deadlines[0].due.instant(), at("2026-11-25T17:30"));

    let again = new.recompute_deadlines(now).unwrap();
    assert_eq!((again.moved.len(), again.more), (0, false));
}

#[test]
fn a_policy_with_other_warnings_applies_to_open_cases() {
    let (store, clock, _) = office("2026-11-24T10:00");
    let before = open(&*store, "A", "2026-11-24T10:00");
    let mut config = (*config(shipped_calendar::calendar())).clone();
    for policy in config.policies.values_mut() {
        policy.clocks[0].warn = vec![Warn::Before(amount(3, Unit::WorkingHours))];
    }
    let config = Arc::new(config);
    let desk = Desk::new(
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::new(clock.clone()),
        move || Arc::clone(&config),
    );
    let now = at("2026-11-24T11:00");
    assert_eq!(desk.recompute_deadlines(now).unwrap().moved, [CaseId::new("A")]);
    assert_eq!(desk.recompute_deadlines(now).unwrap().moved, []);
    let after = desk.case(&before.id).unwrap();
    assert_eq!(after.deadlines[0].due, before.deadlines[0].due);
    clock.set(at("2026-11-25T14:30"));
    let sweep = desk.sweep(at("2026-11-25T14:30")).unwrap();
    assert_eq!(
        names(&sweep),
        [("A", ClockKind::FirstReply, AlarmKind::Warning(0))]
    );
}
