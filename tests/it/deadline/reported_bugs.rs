//! Deadline bugs that other help desks shipped, each with the number of its public report.

use civic_reply::case::{
    AlarmKind, Amount, ClockKind, CountsFrom, Deadline, DeadlineStatus, Ends, Starts, TimeLimit, Unit, Warn,
};
use civic_reply::time::{
    Calendar, DayRule, DaySpan, DeadlineError, Policy, Reset, deadline, due_alarms, pause, raise, recompute,
    reset, resume, window_closes_first,
};
use jiff::civil::{Weekday, date};
use jiff::{SignedDuration, Timestamp};

use crate::support::shipped_calendar;

fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

fn amount(count: u32, unit: Unit) -> Amount {
    Amount::new(count, unit).unwrap()
}

fn span(text: &str) -> DaySpan {
    text.parse().unwrap()
}

fn weekdays(zone: &str, year: i16, spans: &[&str]) -> Calendar {
    let mut builder = Calendar::builder(zone).year(year);
    for weekday in Weekday::Monday.cycle_forward().take(5) {
        builder = builder.week(weekday, spans.iter().map(|text| span(text)));
    }
    builder.build().unwrap()
}

fn policy(clocks: Vec<TimeLimit>) -> Policy {
    Policy {
        clocks,
        ..Policy::next_working_day()
    }
}

fn first_reply(count: u32, unit: Unit, warn: &[Warn]) -> Policy {
    policy(vec![TimeLimit {
        counts_from: CountsFrom::SameDay,
        warn: warn.to_vec(),
        ..TimeLimit::new(ClockKind::FirstReply, amount(count, unit))
    }])
}

fn start(calendar: &Calendar, policy: &Policy, started: &str) -> Deadline {
    deadline(calendar, policy, ClockKind::FirstReply, at(started)).unwrap()
}

/// zammad #3180.
#[test]
fn a_day_of_24_hours_loses_no_minute_at_midnight() {
    let mut builder = Calendar::builder("Asia/Shanghai").year(2026);
    for weekday in Weekday::Monday.cycle_forward().take(7) {
        builder = builder.week(weekday, [span("00:00-24:00")]);
    }
    let calendar = builder.build().unwrap();
    let (from, to) = (at("2026-11-23T12:00"), at("2026-11-30T12:00"));
    assert_eq!(
        calendar.working_time(from, to).unwrap(),
        SignedDuration::from_hours(7 * 24)
    );
    let week = amount(7 * 24 * 60, Unit::WorkingMinutes);
    assert_eq!(
        calendar
            .add(from, week, CountsFrom::SameDay, Ends::Close)
            .unwrap(),
        to
    );
    assert!(calendar.is_open(at("2026-11-23T23:59:59")).unwrap());
    assert!(calendar.is_open(at("2026-11-24T00:00")).unwrap());
}

/// zammad #4432.
#[test]
fn no_warning_is_raised_at_night_unless_the_case_is_urgent() {
    let calendar = shipped_calendar::calendar();
    // 16 hours before a due time at 17:30 is 01:30 in the morning.
    let quiet = first_reply(2, Unit::WorkingDays, &[Warn::Before(amount(16, Unit::Hours))]);
    let waiting = start(&calendar, &quiet, "2026-11-23T10:00");
    assert_eq!(waiting.history.alarms[0].threshold, at("2026-11-24T01:30"));
    assert_eq!(waiting.history.alarms[0].raise_at, at("2026-11-24T09:00"));
    assert!(due_alarms(&waiting, at("2026-11-24T08:59:59")).is_empty());
    assert_eq!(due_alarms(&waiting, at("2026-11-24T09:00")).len(), 1);
    let urgent = Policy {
        urgent: true,
        ..quiet
    };
    let waiting = start(&calendar, &urgent, "2026-11-23T10:00");
    assert_eq!(due_alarms(&waiting, at("2026-11-24T01:30")).len(), 1);
}

/// zammad #5177.
#[test]
fn the_clocks_of_one_case_are_independent() {
    let calendar = shipped_calendar::calendar();
    let both = policy(vec![
        TimeLimit::new(ClockKind::FirstReply, amount(1, Unit::WorkingDays)),
        TimeLimit::new(ClockKind::Resolution, amount(5, Unit::WorkingDays)),
        TimeLimit {
            starts: Starts::LastMessage,
            counts_from: CountsFrom::SameDay,
            ..TimeLimit::new(ClockKind::Delivery, amount(6, Unit::Hours))
        },
    ]);
    let received = at("2026-11-23T10:00");
    let clocks = [ClockKind::FirstReply, ClockKind::Resolution, ClockKind::Delivery];
    let mut deadlines = clocks.map(|clock| deadline(&calendar, &both, clock, received).unwrap());
    let closes = window_closes_first(&deadlines).unwrap();
    assert_eq!(closes.window.instant(), at("2026-11-23T16:00"));
    assert_eq!(closes.office.instant(), at("2026-11-24T17:30"));

    // Answering stops one clock; pausing another leaves the third unchanged.
    deadlines[0].status = DeadlineStatus::Done {
        at: at("2026-11-23T11:00"),
    };
    deadlines[1] = pause(&calendar, &deadlines[1], at("2026-11-23T11:00")).unwrap();
    assert_eq!(
        deadlines[2],
        deadline(&calendar, &both, ClockKind::Delivery, received).unwrap()
    );
    assert!(window_closes_first(&deadlines).is_none());
    deadlines[1] = resume(&calendar, &deadlines[1], at("2026-11-23T12:00")).unwrap();
    assert_eq!(deadlines[1].due.instant(), at("2026-11-30T17:30"));
    let refused = pause(&calendar, &deadlines[2], at("2026-11-23T11:00"));
    assert_eq!(refused, Err(DeadlineError::NeverPauses(ClockKind::Delivery)));
}

/// chatwoot #13392.
#[test]
fn only_business_hours_count() {
    let calendar = shipped_calendar::calendar();
    let waiting = start(
        &calendar,
        &first_reply(1, Unit::WorkingHours, &[]),
        "2026-11-27T17:00",
    );
    assert_eq!(waiting.due.instant(), at("2026-11-30T09:30"));
    assert!(due_alarms(&waiting, at("2026-11-30T09:29")).is_empty());
}

/// chatwoot #14009.
#[test]
fn a_day_may_have_several_opening_spans() {
    let spans = ["08:30-10:00", "10:30-12:00", "13:30-17:30", "19:00-20:00"];
    let calendar = weekdays("Asia/Shanghai", 2026, &spans);
    let due = start(
        &calendar,
        &first_reply(7, Unit::WorkingHours, &[]),
        "2026-11-23T09:00",
    )
    .due;
    assert_eq!(due.instant(), at("2026-11-23T19:30"));
    for (time, open) in [
        ("10:00", false),
        ("10:30", true),
        ("12:59", false),
        ("18:00", false),
        ("19:00", true),
    ] {
        assert_eq!(
            calendar.is_open(at(&format!("2026-11-23T{time}"))).unwrap(),
            open,
            "{time}"
        );
    }
}

/// chatwoot #2882.
#[test]
fn opening_hours_follow_the_time_zone_not_a_fixed_offset() {
    let calendar = weekdays("America/New_York", 2026, &["09:00-17:00"]);
    // The clocks change on Sunday, 2026-03-08 and 2026-11-01.
    for (friday, due) in [
        ("2026-03-06T16:00-05:00", "2026-03-09T10:00-04:00"),
        ("2026-10-30T16:00-04:00", "2026-11-02T10:00-05:00"),
    ] {
        let friday = friday.parse().unwrap();
        let two = amount(2, Unit::WorkingHours);
        let reached = calendar
            .add(friday, two, CountsFrom::SameDay, Ends::Close)
            .unwrap();
        assert_eq!(reached, due.parse().unwrap());
    }
    let error = Calendar::builder("-05:00")
        .year(2026)
        .week(Weekday::Monday, [span("09:00-17:00")]);
    assert!(error.build().is_err(), "an offset is no zone");
}

/// glpi #10594, frappe/helpdesk #2449.
#[test]
fn a_pause_is_measured_in_the_same_working_time_as_the_deadline() {
    let calendar = shipped_calendar::calendar();
    let waiting = start(
        &calendar,
        &first_reply(4, Unit::WorkingHours, &[]),
        "2026-11-27T15:30",
    );
    assert_eq!(waiting.due.instant(), at("2026-11-30T11:00"));
    // Over lunch and over a weekend: the time left when the clock stopped is left when it resumes.
    let stopped = pause(&calendar, &waiting, at("2026-11-27T16:30")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-11-30T11:30")).unwrap();
    assert_eq!(running.due.instant(), at("2026-11-30T16:00"));
    let left = |deadline: &Deadline, from| calendar.working_time(from, deadline.due.instant()).unwrap();
    assert_eq!(
        left(&waiting, at("2026-11-27T16:30")),
        left(&running, at("2026-11-30T11:30"))
    );
    // A pause while the office is closed moves nothing.
    let stopped = pause(&calendar, &waiting, at("2026-11-27T17:30")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-11-30T09:00")).unwrap();
    assert_eq!(running.due, waiting.due);
}

/// glpi #6902.
#[test]
fn pauses_survive_a_change_of_policy() {
    let calendar = shipped_calendar::calendar();
    let waiting = start(
        &calendar,
        &first_reply(8, Unit::WorkingHours, &[]),
        "2026-11-23T09:00",
    );
    let stopped = pause(&calendar, &waiting, at("2026-11-23T10:00")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-11-23T12:00")).unwrap();
    assert_eq!(running.due.instant(), at("2026-11-24T12:00"));
    let mut urgent = first_reply(4, Unit::WorkingHours, &[]);
    urgent.id = "urgent".into();
    let moved = recompute(
        &calendar,
        &urgent,
        &running,
        at("2026-11-23T14:00"),
        "raised to urgent",
    )
    .unwrap();
    assert_eq!(
        moved.due.instant(),
        at("2026-11-23T16:30"),
        "4 hours, and the 2 that it stood still"
    );
    let change = &moved.history.changes[0];
    assert_eq!((&change.old, &change.new), (&running.due, &moved.due));
    assert_eq!(change.reason, "raised to urgent");
}

/// glpi #24481.
#[test]
fn no_breach_while_waiting_for_the_citizen() {
    let calendar = shipped_calendar::calendar();
    let warn = [Warn::Before(amount(30, Unit::WorkingMinutes))];
    let waiting = start(
        &calendar,
        &first_reply(2, Unit::WorkingHours, &warn),
        "2026-11-23T09:00",
    );
    let stopped = pause(&calendar, &waiting, at("2026-11-23T10:00")).unwrap();
    assert!(due_alarms(&stopped, at("2026-12-23T10:00")).is_empty());
    assert_eq!(raise(&stopped, at("2026-12-23T10:00")), stopped);
    assert_eq!(stopped.next_alarm(), None);
    let running = resume(&calendar, &stopped, at("2026-12-01T09:00")).unwrap();
    assert!(due_alarms(&running, at("2026-12-01T09:29")).is_empty());
    assert_eq!(
        due_alarms(&running, at("2026-12-01T09:30"))[0].kind,
        AlarmKind::Warning(0)
    );
    assert_eq!(running.due.instant(), at("2026-12-01T10:00"));
}

/// frappe/erpnext #18244.
#[test]
fn reassigning_a_case_restarts_no_clock() {
    let calendar = shipped_calendar::calendar();
    let waiting = start(
        &calendar,
        &first_reply(1, Unit::WorkingDays, &[]),
        "2026-11-23T09:00",
    );
    let mut wish = Reset {
        at: at("2026-11-23T16:00"),
        by: "agent-7".into(),
        permitted: false,
        reason: "given to another department".to_owned(),
    };
    let refused = reset(&calendar, &waiting, &wish);
    assert_eq!(refused, Err(DeadlineError::NotPermitted(ClockKind::FirstReply)));
    wish.permitted = true;
    wish.reason = " ".to_owned();
    assert_eq!(reset(&calendar, &waiting, &wish), Err(DeadlineError::NoReason));
    // Applying the same policy again, as after a transfer, moves nothing.
    let same = first_reply(1, Unit::WorkingDays, &[]);
    assert_eq!(
        recompute(&calendar, &same, &waiting, wish.at, "transferred"),
        None
    );
}

/// osTicket #4807.
#[test]
fn a_calendar_closed_on_every_day_is_refused_and_does_not_loop() {
    let mut builder = Calendar::builder("Asia/Shanghai")
        .year(2026)
        .week(Weekday::Monday, [span("09:00-17:00")]);
    for day in date(2026, 1, 5)
        .series(jiff::Span::new().days(7))
        .take_while(|day| day.year() == 2026)
    {
        builder = builder.day(day, DayRule::Closed, "closed");
    }
    let calendar = builder.build().unwrap();
    let opens = calendar.next_open(at("2026-01-01T00:00")).unwrap_err();
    assert_eq!(
        opens.to_string(),
        "the calendar covers 2026-01-01 to 2026-12-31, not 2027-01-01"
    );
    for unit in [Unit::WorkingMinutes, Unit::WorkingHours, Unit::WorkingDays] {
        let add = calendar.add(
            at("2026-01-01T00:00"),
            amount(1, unit),
            CountsFrom::SameDay,
            Ends::Close,
        );
        assert!(add.is_err());
        let due = start(&calendar, &first_reply(1, unit, &[]), "2026-01-01T00:00").due;
        assert_eq!(calendar.local(due.instant()).date(), date(2027, 1, 1));
        assert!(due.is_provisional());
    }
    let never = Calendar::builder("Asia/Shanghai").year(2026).build().unwrap_err();
    assert_eq!(
        never.to_string(),
        "no weekday has opening hours: nothing would ever fall due"
    );
}
