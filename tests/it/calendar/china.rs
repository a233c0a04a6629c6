//! The shipped calendar of mainland China, compared with the notices day by day, and reference due dates.

use std::collections::BTreeSet;

use civic_reply::case::{Amount, ClockKind, CountsFrom, DerivationStep, Ends, Unit};
use civic_reply::time::{DayKind, Policy, deadline};
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday, date};

use super::notices::{CASES, YEARS};
use crate::support::shipped_calendar;

#[test]
fn all_6209_days_of_2010_to_2026_agree_with_the_notices() {
    let calendar = shipped_calendar::calendar();
    let mut days = 0;
    for (year, in_all, off, make_up) in YEARS {
        let (off, make_up) = (dates(*year, off), dates(*year, make_up));
        let mut working = 0;
        for day in date(*year, 1, 1)
            .series(1.day())
            .take_while(|day| day.year() == *year)
        {
            let weekday = !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            let expected = make_up.contains(&day) || (weekday && !off.contains(&day));
            let found = calendar.day(day).unwrap();
            assert_eq!(found.is_working(), expected, "{day}: {found}");
            let minutes: u16 = found.hours.iter().map(|span| span.minutes()).sum();
            assert_eq!(minutes, if expected { 420 } else { 0 }, "{day}: {found}");
            days += 1;
            working += usize::from(expected);
        }
        assert_eq!(working, *in_all, "{year}");
    }
    assert_eq!(days, 6_209);
    assert_eq!(calendar.first_day(), date(2010, 1, 1));
    assert_eq!(calendar.last_day(), date(2026, 12, 31));
    assert!(calendar.day(date(2027, 1, 1)).is_err());
    assert!(calendar.day(date(2009, 12, 31)).is_err());
}

#[test]
fn all_45_reference_due_dates_are_at_close_of_business() {
    let calendar = shipped_calendar::calendar();
    let zone = jiff::tz::TimeZone::get(calendar.zone()).unwrap();
    assert_eq!(CASES.len(), 45);
    for (received, days, due) in CASES {
        let amount = Amount::new(*days, Unit::WorkingDays).unwrap();
        let received: Date = received.parse().unwrap();
        let due: Date = due.parse().unwrap();
        for hour in [0, 10, 20] {
            let at = received
                .at(hour, 0, 0, 0)
                .to_zoned_datetime(zone.clone())
                .unwrap();
            let reached = calendar.add(at.timestamp(), amount, CountsFrom::NextDay, Ends::Close);
            let reached = calendar.local(reached.unwrap());
            assert_eq!(reached.datetime(), due.at(17, 30, 0, 0), "{received} + {days}");
        }
    }
}

#[test]
fn the_default_policy_explains_each_day_up_to_the_due_time() {
    let calendar = shipped_calendar::calendar();
    let received = "2026-02-14T16:00+08:00".parse().unwrap();
    let policy = Policy::next_working_day();
    let deadline = deadline(&calendar, &policy, ClockKind::FirstReply, received).unwrap();
    assert_eq!(deadline.due.to_string(), "2026-02-24 17:30 Asia/Shanghai");
    assert!(!deadline.due.is_provisional());
    let days: Vec<String> = deadline.derivation.iter().filter_map(line).collect();
    assert_eq!(
        days[0],
        "2026-02-14 skipped: the day of the start; counting begins on the next day"
    );
    assert_eq!(days[1], "2026-02-15 skipped: holiday 春节");
    assert_eq!(days[9], "2026-02-23 skipped: holiday 春节");
    assert_eq!(days[10], "2026-02-24 counted: day 1: working day");
    assert_eq!(days.len(), 11);
}

#[test]
fn a_make_up_sunday_counts_and_is_named() {
    let calendar = shipped_calendar::calendar();
    let received = "2026-09-19T16:00+08:00".parse().unwrap();
    let policy = Policy::next_working_day();
    let deadline = deadline(&calendar, &policy, ClockKind::FirstReply, received).unwrap();
    assert_eq!(deadline.due.to_string(), "2026-09-20 17:30 Asia/Shanghai");
    let days: Vec<String> = deadline.derivation.iter().filter_map(line).collect();
    assert_eq!(
        days[1],
        "2026-09-20 counted: day 1: make-up working day 国庆节调休"
    );
}

#[test]
fn a_weekday_that_a_notice_names_as_open_is_an_ordinary_working_day() {
    let calendar = shipped_calendar::calendar();
    let day = calendar.day(date(2020, 2, 3)).unwrap();
    assert_eq!(day.kind, DayKind::Working);
    assert_eq!(day.to_string(), "working day 春节假期后照常上班");
}

#[test]
fn opening_hours_include_their_start_and_exclude_their_end() {
    let calendar = shipped_calendar::calendar();
    for (at, open, next) in [
        ("08:59:59", false, "09:00"),
        ("09:00", true, "09:00"),
        ("11:59:59", true, "11:59:59"),
        ("12:00", false, "13:30"),
        ("17:29:59", true, "17:29:59"),
    ] {
        let [at, next] = [at, next].map(|time| format!("2026-11-23T{time}+08:00").parse().unwrap());
        assert_eq!(calendar.is_open(at).unwrap(), open, "{at}");
        assert_eq!(calendar.next_open(at).unwrap(), next, "{at}");
    }
    let close = "2026-11-27T17:30+08:00".parse().unwrap();
    assert_eq!(
        calendar.next_open(close).unwrap(),
        "2026-11-30T09:00+08:00".parse().unwrap()
    );
}

fn line(step: &DerivationStep) -> Option<String> {
    match step {
        DerivationStep::Skipped { date, why } => Some(format!("{date} skipped: {why}")),
        DerivationStep::Counted { date, why } => Some(format!("{date} counted: {why}")),
        _ => None,
    }
}

fn dates(year: i16, ranges: &[&str]) -> BTreeSet<Date> {
    let parse = |text: &str| format!("{year}-{text}").parse::<Date>().unwrap();
    let mut dates = BTreeSet::new();
    for range in ranges {
        let (first, last) = range.split_once('/').unwrap_or((range, range));
        let last = parse(last);
        dates.extend(parse(first).series(1.day()).take_while(|day| *day <= last));
    }
    dates
}
