//! Clocks that step, dates that no calendar covers, and days with a clock change.

use civic_reply::case::{AlarmKind, Amount, ClockKind, CountsFrom, Ends, TimeLimit, Unit, Warn};
use civic_reply::time::{
    Calendar, DayKind, DayRule, DaySpan, Policy, calendar_ends, deadline, due_alarms, earlier_clock, pause,
    raise, recompute, resume,
};
use jiff::civil::{Weekday, date};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::support::shipped_calendar;

fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

fn policy(count: u32, unit: Unit) -> Policy {
    Policy {
        clocks: vec![TimeLimit {
            warn: vec![Warn::Share(50)],
            ..TimeLimit::new(ClockKind::FirstReply, Amount::new(count, unit).unwrap())
        }],
        ..Policy::next_working_day()
    }
}

#[test]
fn each_crossing_is_raised_once_while_the_clock_steps_back_and_ahead() {
    let calendar = shipped_calendar::calendar();
    let policy = policy(1, Unit::WorkingDays);
    let mut waiting = deadline(&calendar, &policy, ClockKind::FirstReply, at("2026-11-23T10:00")).unwrap();
    let mut raised = Vec::new();
    // The node's clock steps 1 h back around both crossings and once a day ahead; the store's clock does
    // neither.
    let mut store = at("2026-11-23T10:00");
    for step in 0..200 {
        store += SignedDuration::from_mins(15);
        let own = match step % 5 {
            1 => store - SignedDuration::from_hours(1),
            3 => store + SignedDuration::from_hours(24),
            _ => store,
        };
        let now = earlier_clock(own, store);
        for alarm in due_alarms(&waiting, now) {
            assert!(
                alarm.raise_at <= store,
                "raised before its time: {alarm:?} at {store}"
            );
            raised.push((alarm.kind, alarm.threshold));
        }
        waiting = raise(&waiting, now);
        assert!(due_alarms(&waiting, now).is_empty());
    }
    let expected = [
        (AlarmKind::Warning(0), at("2026-11-24T14:00")),
        (AlarmKind::Breach, at("2026-11-24T17:30")),
    ];
    assert_eq!(raised, expected);
    assert!(waiting.is_breached());
}

#[test]
fn a_pause_and_resumption_tolerate_a_clock_that_steps_back() {
    let calendar = shipped_calendar::calendar();
    let waiting = deadline(
        &calendar,
        &policy(1, Unit::WorkingDays),
        ClockKind::FirstReply,
        at("2026-11-23T10:00"),
    );
    let waiting = waiting.unwrap();
    let stopped = pause(&calendar, &waiting, at("2026-11-24T10:00")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-11-24T09:00")).unwrap();
    assert_eq!(running.due, waiting.due, "no time is lost");
    // A second pause before the last resumption counts from that resumption.
    let stopped = pause(&calendar, &running, at("2026-11-24T09:30")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-11-24T11:00")).unwrap();
    assert_eq!(running.due.instant(), at("2026-11-25T10:00"));
    // A breach stays a breach, although the clock stepped back behind it before the citizen was asked.
    let breached = raise(&waiting, at("2026-11-24T17:30"));
    let stopped = pause(&calendar, &breached, at("2026-11-24T16:30")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-11-26T16:30")).unwrap();
    assert_eq!(running.due, waiting.due);
    assert!(
        due_alarms(&running, at("2026-12-24T10:00"))
            .iter()
            .all(|alarm| alarm.kind != AlarmKind::Breach)
    );
}

#[test]
fn a_due_time_past_the_calendar_is_provisional_and_never_breached() {
    let calendar = shipped_calendar::calendar();
    let new_year = date(2027, 1, 1);
    let error = calendar.is_open(at("2027-01-01T10:00")).unwrap_err();
    assert_eq!((error.day, error.last), (new_year, date(2026, 12, 31)));
    let days = Amount::new(5, Unit::WorkingDays).unwrap();
    assert!(
        calendar
            .add(at("2026-12-28T10:00"), days, CountsFrom::NextDay, Ends::Close)
            .is_err()
    );
    let elapsed = calendar.elapsed(
        at("2026-12-28T10:00"),
        at("2027-01-02T10:00"),
        Unit::WorkingDays,
        CountsFrom::NextDay,
    );
    assert!(elapsed.is_err());

    let policy = policy(5, Unit::WorkingDays);
    let waiting = deadline(&calendar, &policy, ClockKind::FirstReply, at("2026-12-28T10:00")).unwrap();
    let text = "2027-01-02 17:30 Asia/Shanghai (provisional: the calendar ends on 2026-12-31)";
    assert_eq!(waiting.due.to_string(), text);
    let passed = due_alarms(&waiting, at("2027-01-10T10:00"));
    assert_eq!(passed.last().unwrap().kind, AlarmKind::NotCovered);
    let waiting = raise(&waiting, at("2027-01-10T10:00"));
    assert!(!waiting.is_breached());

    // The notice is published: 1 to 3 January are closed, the 4th is the fourth working day, the 5th the
    // fifth.
    let mut builder = Calendar::builder("Asia/Shanghai").year(2026).year(2027);
    for weekday in Weekday::Monday.cycle_forward().take(5) {
        builder = builder.week(
            weekday,
            ["09:00-12:00".parse().unwrap(), "13:30-17:30".parse().unwrap()],
        );
    }
    let closed = date(2027, 1, 1).series(1.day()).take(3);
    let builder = closed.fold(builder, |builder, day| {
        builder.day(day, civic_reply::time::DayRule::Closed, "元旦")
    });
    let longer = builder.build().unwrap();
    let known = recompute(
        &longer,
        &policy,
        &waiting,
        at("2027-01-10T10:00"),
        "calendar of 2027",
    )
    .unwrap();
    assert_eq!(known.due.to_string(), "2027-01-05 17:30 Asia/Shanghai");
    assert_eq!(known.history.changes[0].old, waiting.due);
    let kinds: Vec<AlarmKind> = due_alarms(&known, at("2027-01-10T10:00"))
        .iter()
        .map(|alarm| alarm.kind)
        .collect();
    assert_eq!(kinds.last(), Some(&AlarmKind::Breach));
}

#[test]
fn a_missing_next_calendar_is_reported_from_60_days_before() {
    let calendar = shipped_calendar::calendar();
    assert_eq!(calendar_ends(&calendar, date(2026, 10, 31)), None);
    let first = calendar_ends(&calendar, date(2026, 11, 1)).unwrap();
    assert_eq!((first.last, first.days_left), (date(2026, 12, 31), 60));
    assert_eq!(calendar_ends(&calendar, date(2026, 12, 31)).unwrap().days_left, 0);
    assert_eq!(calendar_ends(&calendar, date(2027, 1, 1)).unwrap().days_left, -1);
}

fn nights(year: i16) -> Calendar {
    let mut builder = Calendar::builder("Asia/Shanghai").year(year);
    for weekday in Weekday::Monday.cycle_forward().take(7) {
        builder = builder.week(weekday, ["01:00-04:00".parse().unwrap()]);
    }
    builder.build().unwrap()
}

#[test]
fn the_hour_skipped_in_shanghai_in_1986_is_not_working_time() {
    // 02:30 on 1986-05-04 did not exist: 01:59 was followed by 03:00.
    let calendar = nights(1986);
    let (from, to) = (
        "1986-05-04T00:00+08:00".parse().unwrap(),
        "1986-05-04T12:00+09:00".parse().unwrap(),
    );
    assert_eq!(
        calendar.working_time(from, to).unwrap(),
        SignedDuration::from_hours(2)
    );
    let after_one: Timestamp = calendar
        .add_working_time(from, SignedDuration::from_mins(61))
        .unwrap();
    assert_eq!(after_one, "1986-05-04T03:01+09:00".parse().unwrap());
    let day = Amount::new(1, Unit::WorkingDays).unwrap();
    let due = calendar.add(from, day, CountsFrom::SameDay, Ends::Close).unwrap();
    assert_eq!(due, "1986-05-04T04:00+09:00".parse().unwrap());
}

#[test]
fn the_hour_repeated_in_shanghai_in_1991_counts_twice() {
    // 01:30 on 1991-09-15 occurred twice: 01:59 was followed by 01:00.
    let calendar = nights(1991);
    let (from, to) = (
        "1991-09-15T00:00+09:00".parse().unwrap(),
        "1991-09-15T12:00+08:00".parse().unwrap(),
    );
    assert_eq!(
        calendar.working_time(from, to).unwrap(),
        SignedDuration::from_hours(4)
    );
    for (time, open) in [
        ("00:59+09:00", false),
        ("01:30+09:00", true),
        ("01:30+08:00", true),
        ("04:00+08:00", false),
    ] {
        let instant = format!("1991-09-15T{time}").parse().unwrap();
        assert_eq!(calendar.is_open(instant).unwrap(), open, "{time}");
    }
    let after_two: Timestamp = calendar
        .add_working_time(from, SignedDuration::from_mins(121))
        .unwrap();
    assert_eq!(after_two, "1991-09-15T02:01+08:00".parse().unwrap());
}

#[test]
fn a_day_with_special_hours_is_labelled_as_such() {
    let span = |text: &str| text.parse::<DaySpan>().unwrap();
    let monday = date(2026, 11, 23);
    let built = |rule, name| {
        let calendar = Calendar::builder("Asia/Shanghai").year(2026);
        let calendar = calendar.week(Weekday::Monday, [span("09:00-17:00")]);
        calendar.day(monday, rule, name).build().unwrap()
    };
    let kind = |rule| built(rule, "notice").day(monday).unwrap().kind;
    assert_eq!(kind(DayRule::Spans(vec![span("09:00-12:00")])), DayKind::Special);
    assert_eq!(kind(DayRule::Spans(vec![span("09:00-17:00")])), DayKind::Working);
    assert_eq!(kind(DayRule::Closed), DayKind::Holiday);
    let sunday = date(2026, 11, 22);
    let calendar = Calendar::builder("Asia/Shanghai").year(2026);
    let calendar = calendar.week(Weekday::Monday, [span("09:00-17:00")]);
    let calendar = calendar
        .day(sunday, DayRule::AsWeekday(Weekday::Monday), "make-up")
        .build()
        .unwrap();
    assert_eq!(calendar.day(sunday).unwrap().kind, DayKind::MakeUp);
}
