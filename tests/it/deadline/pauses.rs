//! Pauses: which clocks stop, and that a pause neither adds nor removes time.

use civic_reply::case::{
    AlarmKind, Amount, ClockKind, CountsFrom, Deadline, DeadlineStatus, Ends, TimeLimit, Unit, Warn,
};
use civic_reply::time::{
    DeadlineError, Policy, deadline, due_alarms, explain_due, extend, pause, raise, recompute, resume,
};
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::support::deadline::{amount, at, extension, policy, started};
use crate::support::shipped_calendar;

#[test]
fn pausing_twice_or_resuming_a_running_clock_is_refused() {
    let calendar = shipped_calendar::calendar();
    let waiting = started(&calendar, &policy());
    let kind = ClockKind::Resolution;
    let now = at("2026-11-24T10:00");
    assert_eq!(
        resume(&calendar, &waiting, now),
        Err(DeadlineError::NotPaused(kind))
    );
    let stopped = pause(&calendar, &waiting, now).unwrap();
    assert_eq!(stopped.status, DeadlineStatus::Paused { since: now });
    assert_eq!(pause(&calendar, &stopped, now), Err(DeadlineError::Paused(kind)));
    assert_eq!(stopped.due, waiting.due);
    let lines = explain_due(&stopped);
    assert_eq!(
        lines[lines.len() - 2],
        "2026-11-24 10:00 Asia/Shanghai: paused since then"
    );
    let done = Deadline {
        status: DeadlineStatus::Done { at: now },
        ..waiting.clone()
    };
    assert_eq!(pause(&calendar, &done, now), Err(DeadlineError::Done(kind)));
    let other = Policy {
        clocks: vec![TimeLimit::new(kind, Amount::one_working_day())],
        ..policy()
    };
    assert_eq!(recompute(&calendar, &other, &done, now, "another policy"), None);
    let fixed = Deadline::fixed(kind, "five-days".into(), waiting.due);
    assert_eq!(pause(&calendar, &fixed, now), Err(DeadlineError::Fixed(kind)));
    assert!(due_alarms(&fixed, at("2026-12-24T10:00")).is_empty());
}

#[test]
fn a_pause_is_recorded_with_the_time_counted() {
    let calendar = shipped_calendar::calendar();
    let stopped = pause(&calendar, &started(&calendar, &policy()), at("2026-11-25T10:00")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-11-25T15:00")).unwrap();
    assert_eq!(running.due.instant(), at("2026-12-01T14:00"));
    let lines = explain_due(&running);
    let line = "2026-11-25 10:00 Asia/Shanghai to 2026-11-25 15:00 Asia/Shanghai: paused, \
                3 h 30 min of working time";
    assert_eq!(lines[lines.len() - 2], line);
    let stopped = pause(&calendar, &started(&calendar, &policy()), at("2026-11-28T10:00")).unwrap();
    let lines = explain_due(&resume(&calendar, &stopped, at("2026-11-29T10:00")).unwrap());
    assert!(lines[lines.len() - 2].ends_with(": paused, no counted time"));
}

#[test]
fn pauses_move_days_ending_at_midnight_by_whole_days_and_others_by_real_time() {
    let calendar = shipped_calendar::calendar();
    let mut policy = policy();
    policy.clocks[0].ends = Ends::Midnight;
    let due_after = |policy: &Policy, from, to| {
        let stopped = pause(&calendar, &started(&calendar, policy), at(from)).unwrap();
        resume(&calendar, &stopped, at(to)).unwrap().due.instant()
    };
    let one_hour = due_after(&policy, "2026-11-25T10:00", "2026-11-25T11:00");
    assert_eq!(one_hour, at("2026-12-02T00:00"));
    let one_night = due_after(&policy, "2026-11-25T18:00", "2026-11-26T09:00");
    assert_eq!(one_night, at("2026-12-01T00:00"));
    // On the day of receipt the clock does not count yet.
    let receipt = due_after(&policy, "2026-11-23T10:00", "2026-11-23T17:00");
    assert_eq!(receipt, at("2026-12-01T00:00"));
    policy.clocks[0].amount = amount(5, Unit::CalendarDays);
    let calendar_days = due_after(&policy, "2026-11-25T18:00", "2026-11-26T09:00");
    assert_eq!(calendar_days, at("2026-11-30T00:00"));
    policy.clocks[0].amount = amount(48, Unit::Hours);
    let hours = due_after(&policy, "2026-11-24T18:00", "2026-11-25T09:00");
    assert_eq!(hours, at("2026-11-26T15:00"));
}

#[test]
fn two_short_pauses_move_a_day_ending_at_midnight_no_further_than_their_sum() {
    let calendar = shipped_calendar::calendar();
    let mut policy = policy();
    policy.clocks[0].ends = Ends::Midnight;
    let mut waiting = started(&calendar, &policy);
    for day in ["2026-11-25", "2026-11-26", "2026-11-27"] {
        waiting = pause(&calendar, &waiting, at(&format!("{day}T10:00"))).unwrap();
        waiting = resume(&calendar, &waiting, at(&format!("{day}T11:00"))).unwrap();
    }
    assert_eq!(waiting.due.instant(), at("2026-12-02T00:00"));
    // Pauses before an extension are already in its due time.
    let mut waiting = extend(&calendar, &policy, &waiting, extension(1, "2026-11-30T09:00")).unwrap();
    assert_eq!(waiting.due.instant(), at("2026-12-03T00:00"));
    waiting = pause(&calendar, &waiting, at("2026-11-30T10:00")).unwrap();
    waiting = resume(&calendar, &waiting, at("2026-11-30T11:00")).unwrap();
    assert_eq!(waiting.due.instant(), at("2026-12-04T00:00"));
}

#[test]
fn a_pause_into_2027_makes_the_due_time_provisional() {
    let calendar = shipped_calendar::calendar();
    let waiting = deadline(
        &calendar,
        &policy(),
        ClockKind::Resolution,
        at("2026-12-21T10:00"),
    )
    .unwrap();
    assert!(!waiting.due.is_provisional());
    let stopped = pause(&calendar, &waiting, at("2026-12-24T10:00")).unwrap();
    let running = resume(&calendar, &stopped, at("2027-01-05T10:00")).unwrap();
    assert!(running.due.is_provisional());
    assert_eq!(
        due_alarms(&running, at("2027-03-01T10:00")).last().unwrap().kind,
        AlarmKind::NotCovered
    );
}

#[test]
fn a_deadline_survives_a_round_trip_through_json() {
    let calendar = shipped_calendar::calendar();
    let longer = extend(
        &calendar,
        &policy(),
        &started(&calendar, &policy()),
        extension(1, "2026-11-24T10:00"),
    );
    let stopped = pause(&calendar, &longer.unwrap(), at("2026-11-25T10:00")).unwrap();
    let text = serde_json::to_string(&stopped).unwrap();
    assert_eq!(serde_json::from_str::<Deadline>(&text).unwrap(), stopped);
    assert!(serde_json::from_str::<Amount>(r#"{"amount":0,"unit":"working_days"}"#).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// With any pauses, the clock runs for its full time, and each alarm is raised once.
    #[test]
    fn pauses_neither_add_nor_remove_time(
        start in 0_i64..10_000,
        hours in 1_u32..60,
        stops in prop::collection::vec((1_i64..2_000, 1_i64..5_000), 0..5),
    ) {
        let calendar = shipped_calendar::calendar();
        let minutes = SignedDuration::from_mins;
        let policy = Policy {
            clocks: vec![TimeLimit {
                counts_from: CountsFrom::SameDay,
                warn: vec![Warn::Share(50), Warn::Before(amount(20, Unit::WorkingMinutes))],
                ..TimeLimit::new(ClockKind::FirstReply, amount(hours, Unit::WorkingHours))
            }],
            ..Policy::next_working_day()
        };
        let started = at("2026-08-03T00:00") + minutes(start);
        let mut now = started;
        let mut waiting = deadline(&calendar, &policy, ClockKind::FirstReply, started).unwrap();
        let mut stood = SignedDuration::ZERO;
        let mut raised = Vec::new();
        let mut sweep = |waiting: Deadline, now| {
            raised.extend(due_alarms(&waiting, now).iter().map(|alarm| alarm.kind));
            raise(&waiting, now)
        };
        for (run, stand) in stops {
            now += minutes(run);
            waiting = sweep(waiting, now);
            if waiting.due.instant() <= now {
                break;
            }
            waiting = pause(&calendar, &waiting, now).unwrap();
            let from = now;
            now += minutes(stand);
            waiting = sweep(waiting, now);
            waiting = resume(&calendar, &waiting, now).unwrap();
            stood += calendar.working_time(from, now).unwrap();
        }
        let ran = calendar.working_time(started, waiting.due.instant()).unwrap() - stood;
        prop_assert_eq!(ran, SignedDuration::from_hours(i64::from(hours)));
        let before = waiting.due.instant() - minutes(1);
        prop_assert!(due_alarms(&waiting, before).iter().all(|alarm| alarm.kind != AlarmKind::Breach));
        waiting = sweep(waiting, at("2026-12-31T17:00"));
        prop_assert_eq!(waiting.next_alarm(), None);
        raised.sort_unstable();
        prop_assert_eq!(raised, [AlarmKind::Warning(0), AlarmKind::Warning(1), AlarmKind::Breach]);
    }
}
