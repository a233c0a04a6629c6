//! Warnings, breaches, channel windows and promises: which alarms a clock raises, and when.

use civic_reply::case::{AlarmKind, Amount, ClockKind, CountsFrom, Due, Starts, TimeLimit, Unit, Warn};
use civic_reply::time::{
    DeadlineError, Policy, Reset, deadline, explain_due, extend, pause, promise, raise, recompute, reset,
    restart, resume,
};

use crate::support::deadline::{ahead, amount, at, extension, policy, started};
use crate::support::shipped_calendar;

#[test]
fn warnings_and_breach_are_raised_at_their_times_and_again_only_after_an_extension() {
    let calendar = shipped_calendar::calendar();
    let waiting = started(&calendar, &policy());
    // Half of 5 times 7 hours is left at 14:00 on the third day.
    let half = at("2026-11-26T14:00");
    let (day_before, due) = (at("2026-11-27T17:30"), at("2026-11-30T17:30"));
    let expected = [
        (AlarmKind::Warning(1), half),
        (AlarmKind::Warning(0), day_before),
        (AlarmKind::Breach, due),
    ];
    assert_eq!(ahead(&waiting), expected);
    assert_eq!(waiting.next_alarm(), Some(half));
    let warned = raise(&waiting, day_before);
    let alarms = warned.history.alarms.iter();
    assert_eq!(alarms.filter(|alarm| alarm.raised == Some(day_before)).count(), 2);
    assert_eq!(warned.next_alarm(), Some(due));
    assert!(!warned.is_breached());
    assert!(raise(&warned, due).is_breached());

    // A pause re-arms nothing. An extension re-arms a warning whose new time is still to come; the half is
    // over.
    let stopped = pause(&calendar, &warned, at("2026-11-30T10:00")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-12-01T10:00")).unwrap();
    assert_eq!(ahead(&running), [(AlarmKind::Breach, at("2026-12-01T17:30"))]);
    let longer = extend(&calendar, &policy(), &running, extension(3, "2026-12-01T11:00")).unwrap();
    let expected = [
        (AlarmKind::Warning(0), at("2026-12-03T17:30")),
        (AlarmKind::Breach, at("2026-12-04T17:30")),
    ];
    assert_eq!(ahead(&longer), expected);
}

#[test]
fn an_extension_re_arms_a_warning_only_before_its_new_time() {
    let calendar = shipped_calendar::calendar();
    let warned = raise(&started(&calendar, &policy()), at("2026-11-26T14:00"));
    for (asked, again) in [("2026-11-30T08:59", true), ("2026-11-30T09:00", false)] {
        let longer = extend(&calendar, &policy(), &warned, extension(3, asked)).unwrap();
        let half = (AlarmKind::Warning(1), at("2026-11-30T09:00"));
        assert_eq!(ahead(&longer).contains(&half), again, "{asked}");
    }
}

#[test]
fn a_warning_at_a_share_of_the_time_ignores_pauses() {
    let calendar = shipped_calendar::calendar();
    let policy = Policy {
        clocks: vec![TimeLimit {
            counts_from: CountsFrom::SameDay,
            warn: vec![Warn::Share(75), Warn::Share(0), Warn::Share(100)],
            ..TimeLimit::new(ClockKind::FirstReply, amount(4, Unit::WorkingHours))
        }],
        ..Policy::next_working_day()
    };
    let waiting = deadline(&calendar, &policy, ClockKind::FirstReply, at("2026-11-23T09:00")).unwrap();
    assert_eq!(
        ahead(&waiting)[0],
        (AlarmKind::Warning(0), at("2026-11-23T13:30"))
    );
    assert_eq!(
        waiting.history.alarms.len(),
        2,
        "0 and 100 percent are no warnings"
    );
    let stopped = pause(&calendar, &waiting, at("2026-11-23T11:00")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-11-24T09:00")).unwrap();
    assert_eq!(running.due.instant(), at("2026-11-24T11:00"));
    assert_eq!(ahead(&running)[0].1, at("2026-11-24T10:00"));
}

#[test]
fn a_warning_at_a_share_of_real_hours_counts_real_hours() {
    let calendar = shipped_calendar::calendar();
    let policy = Policy {
        urgent: true,
        clocks: vec![TimeLimit {
            counts_from: CountsFrom::SameDay,
            warn: vec![Warn::Share(25)],
            ..TimeLimit::new(ClockKind::FirstReply, amount(24, Unit::Hours))
        }],
        ..Policy::next_working_day()
    };
    let waiting = deadline(&calendar, &policy, ClockKind::FirstReply, at("2026-11-23T20:00")).unwrap();
    assert_eq!(ahead(&waiting)[0].1, at("2026-11-24T02:00"));
    let stopped = pause(&calendar, &waiting, at("2026-11-24T00:00")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-11-24T03:00")).unwrap();
    assert_eq!(ahead(&running)[0].1, at("2026-11-24T05:00"));
    assert_eq!(running.due.instant(), at("2026-11-24T23:00"));
    // The pause does not move a warning that was due before it.
    let stopped = pause(&calendar, &waiting, at("2026-11-24T04:00")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-11-24T06:00")).unwrap();
    assert_eq!(ahead(&running)[0].1, at("2026-11-24T02:00"));
}

#[test]
fn a_warning_in_each_unit_is_that_far_before_the_due_time() {
    let calendar = shipped_calendar::calendar();
    for (warn, crosses) in [
        (amount(45, Unit::Minutes), "2026-11-30T16:45"),
        (amount(30, Unit::Hours), "2026-11-29T11:30"),
        (amount(45, Unit::WorkingMinutes), "2026-11-30T16:45"),
        (amount(8, Unit::WorkingHours), "2026-11-27T16:30"),
        (amount(2, Unit::WorkingDays), "2026-11-26T17:30"),
        (amount(2, Unit::CalendarDays), "2026-11-28T17:30"),
    ] {
        let mut policy = policy();
        policy.clocks[0].warn = vec![Warn::Before(warn), Warn::Before(amount(90, Unit::CalendarDays))];
        let waiting = started(&calendar, &policy);
        assert_eq!(waiting.history.alarms[0].threshold, at(crosses), "{warn}");
        assert_eq!(
            waiting.history.alarms.len(),
            2,
            "a warning before the start is not raised"
        );
    }
}

#[test]
fn alarms_wait_for_the_office_over_lunch_night_and_weekend() {
    let calendar = shipped_calendar::calendar();
    for (before, sounds) in [
        (5 * 60, "2026-11-30T13:30"),
        (6 * 60, "2026-11-30T11:30"),
        (9 * 60, "2026-11-30T09:00"),
        (48 * 60, "2026-11-30T09:00"),
        (72 * 60, "2026-11-27T17:30"),
        (72 * 60 - 1, "2026-11-30T09:00"),
    ] {
        let mut policy = policy();
        policy.clocks[0].warn = vec![Warn::Before(amount(before, Unit::Minutes))];
        let waiting = started(&calendar, &policy);
        assert_eq!(waiting.history.alarms[0].raise_at, at(sounds), "{before}");
    }
}

#[test]
fn each_message_restarts_the_channel_window() {
    let calendar = shipped_calendar::calendar();
    let window = Policy {
        clocks: vec![TimeLimit {
            starts: Starts::LastMessage,
            counts_from: CountsFrom::SameDay,
            ..TimeLimit::new(ClockKind::Delivery, amount(48, Unit::Hours))
        }],
        ..policy()
    };
    let window = deadline(&calendar, &window, ClockKind::Delivery, at("2026-11-27T20:00")).unwrap();
    assert_eq!(window.due.instant(), at("2026-11-29T20:00"));
    let longer = restart(&calendar, &window, at("2026-11-28T08:00")).unwrap();
    assert_eq!(longer.due.instant(), at("2026-11-30T08:00"));
    assert_eq!(ahead(&longer), [(AlarmKind::Breach, at("2026-11-30T08:00"))]);
    assert_eq!(
        restart(&calendar, &longer, at("2026-11-28T08:00")),
        None,
        "an older message"
    );
    let resolution = started(&calendar, &policy());
    assert_eq!(
        restart(&calendar, &resolution, at("2026-11-28T08:00")),
        None,
        "another clock"
    );
}

#[test]
fn a_promise_keeps_the_time_that_the_citizen_was_given() {
    let calendar = shipped_calendar::calendar();
    let mut policy = policy();
    policy.clocks.push(TimeLimit {
        warn: vec![Warn::Before(amount(1, Unit::WorkingHours)), Warn::Share(50)],
        ..TimeLimit::new(ClockKind::Promise, Amount::one_working_day())
    });
    let (told, until) = (at("2026-11-23T10:00"), at("2026-11-24T10:00"));
    let promised = promise(&calendar, &policy, &"agent-7".into(), told, until).unwrap();
    assert_eq!(promised.due, Due::new(calendar.local(until)));
    let lines = [
        "2026-11-23 10:00 Asia/Shanghai: promised to the citizen by agent-7",
        "2026-11-24 10:00 Asia/Shanghai: due",
    ];
    assert_eq!(explain_due(&promised), lines);
    let expected = [
        (AlarmKind::Warning(1), at("2026-11-23T15:00")),
        (AlarmKind::Warning(0), at("2026-11-24T09:00")),
        (AlarmKind::Breach, until),
    ];
    assert_eq!(ahead(&promised), expected);
    let past = promise(&calendar, &policy, &"agent-7".into(), told, told);
    assert_eq!(past, Err(DeadlineError::Past(told)));

    assert_eq!(promised.history.source, policy.source);
    let urgent = Policy {
        urgent: true,
        ..policy
    };
    let night = at("2026-11-23T23:00");
    let promised = promise(&calendar, &urgent, &"agent-7".into(), told, night).unwrap();
    assert!(
        promised
            .history
            .alarms
            .iter()
            .any(|alarm| alarm.raise_at == night)
    );
}

#[test]
fn only_another_promise_moves_a_promise() {
    let calendar = shipped_calendar::calendar();
    let policy = policy();
    let (told, until) = (at("2026-11-23T10:00"), at("2026-11-24T10:00"));
    let promised = promise(&calendar, &policy, &"agent-7".into(), told, until).unwrap();
    let stopped = pause(&calendar, &promised, told);
    assert_eq!(stopped, Err(DeadlineError::NeverPauses(ClockKind::Promise)));
    assert_eq!(
        recompute(&calendar, &policy, &promised, told, "new calendar"),
        None
    );
    let longer = extend(&calendar, &policy, &promised, extension(1, "2026-11-23T11:00"));
    assert_eq!(longer, Err(DeadlineError::Fixed(ClockKind::Promise)));
    let wish = Reset {
        at: told,
        by: "chief".into(),
        permitted: true,
        reason: "told the wrong day".to_owned(),
    };
    assert_eq!(
        reset(&calendar, &promised, &wish),
        Err(DeadlineError::Fixed(ClockKind::Promise))
    );
}

#[test]
fn a_warning_at_the_start_or_at_the_breach_is_not_raised() {
    let calendar = shipped_calendar::calendar();
    let minutes = |count, warn| Policy {
        clocks: vec![TimeLimit {
            counts_from: CountsFrom::SameDay,
            warn: vec![warn],
            ..TimeLimit::new(ClockKind::Resolution, amount(count, Unit::Minutes))
        }],
        ..policy()
    };
    let kinds = |policy: &Policy| -> Vec<AlarmKind> {
        let alarms = ahead(&started(&calendar, policy));
        alarms.into_iter().map(|(kind, _)| kind).collect()
    };
    let before = |count| Warn::Before(amount(count, Unit::Minutes));
    assert_eq!(
        kinds(&minutes(30, before(29))),
        [AlarmKind::Warning(0), AlarmKind::Breach]
    );
    assert_eq!(kinds(&minutes(30, before(30))), [AlarmKind::Breach]);
    // Of one minute, 99 percent leave less than a second.
    assert_eq!(kinds(&minutes(1, Warn::Share(99))), [AlarmKind::Breach]);
    assert_eq!(
        kinds(&minutes(2, Warn::Share(99))),
        [AlarmKind::Warning(0), AlarmKind::Breach]
    );
}
