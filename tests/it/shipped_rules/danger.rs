//! Danger outside office hours with the shipped rulebook.

use std::sync::Arc;

use civic_reply::case::{AlarmKind, ClockKind};
use civic_reply::{CaseId, Clock as _, Engine, ManualClock, MemoryStore, Message, Outcome};
use jiff::SignedDuration;

use crate::support::shipped::{at, on};

fn engine(now: &str) -> (Engine, ManualClock) {
    let clock = ManualClock::new(at(now));
    let store = MemoryStore::with_clock(Arc::new(clock.clone()));
    (on(store).clock(clock.clone()).build().unwrap(), clock)
}

fn say(engine: &Engine, id: &str, text: &str) -> Outcome {
    let message = Message::text("gov-wechat", "ann", id, text);
    engine.receive(message).unwrap()
}

fn opened(outcome: &Outcome) -> CaseId {
    match outcome {
        Outcome::Queued { case, .. } => case.id.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn danger_is_due_in_minutes_of_the_clock_and_sounds_at_night() {
    for (now, words) in [
        ("2026-11-27T20:00+08:00", "家里煤气泄漏了，味道很大"),
        ("2026-11-28T03:15+08:00", "着火了，楼里全是烟"),
        // The National Day holiday, and a lunch break.
        ("2026-10-02T09:00+08:00", "有人落水了"),
        ("2026-11-24T12:30+08:00", "我不想活了"),
        // The calendar of the next year is not published.
        ("2026-12-31T23:50+08:00", "电梯困人，孩子在里面"),
    ] {
        let (engine, clock) = engine(now);
        let id = opened(&say(&engine, "1", words));
        let case = engine.desk().case(&id).unwrap();
        let first = &case.deadlines[0];
        assert_eq!(first.clock, ClockKind::FirstReply);
        assert_eq!(
            first.due.instant(),
            at(now) + SignedDuration::from_mins(30),
            "{words}"
        );
        assert!(!first.due.is_provisional(), "{words}");
        for (minutes, kind) in [(15, AlarmKind::Warning(0)), (30, AlarmKind::Breach)] {
            let passed = at(now) + SignedDuration::from_mins(minutes);
            clock.set(passed - SignedDuration::from_secs(1));
            assert!(engine.desk().sweep(clock.now()).unwrap().crossings.is_empty());
            clock.set(passed);
            let crossings = engine.desk().sweep(passed).unwrap().crossings;
            let kinds: Vec<_> = crossings.iter().map(|crossing| crossing.alarm.kind).collect();
            assert_eq!(kinds, [kind], "{words}");
        }
    }
}

#[test]
fn the_due_time_of_a_danger_is_told_before_it_and_not_after_it() {
    let (engine, clock) = engine("2026-11-27T20:00+08:00");
    let id = opened(&say(&engine, "1", "家里煤气泄漏了，味道很大"));
    let told = |number: &str| say(&engine, number, "查进度").reply().unwrap().to_string();
    let before = told("2");
    assert!(
        before.contains("11月27日20:30") && before.contains(id.as_str()),
        "{before}"
    );
    clock.set(at("2026-11-27T20:30+08:00"));
    let after = told("3");
    assert!(
        !after.contains("11月27日") && after.contains(id.as_str()),
        "{after}"
    );
}
