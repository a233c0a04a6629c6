//! Derivations by example.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiff::civil::{Date, Weekday, date};
use jiff::{SignedDuration, Timestamp};

use super::deadline;
use crate::case::{Amount, ClockKind, CountsFrom, Deadline, DerivationStep, Ends, TimeLimit, Unit};
use crate::time::{Calendar, DayRule, Policy};

/// Open on weekdays from 9 to 12 and 13 to 17, on Fridays to 12; 2026 alone.
fn calendar() -> Calendar {
    let mut builder = Calendar::builder("Asia/Shanghai").year(2026);
    for day in Weekday::Monday.cycle_forward().take(4) {
        builder = builder.week(
            day,
            ["09:00-12:00".parse().unwrap(), "13:00-17:00".parse().unwrap()],
        );
    }
    let builder = builder.week(Weekday::Friday, ["09:00-12:00".parse().unwrap()]);
    let builder = builder.day(date(2026, 12, 31), DayRule::Closed, "closing day");
    builder.build().unwrap()
}

fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

fn derive(count: u32, unit: Unit, from: CountsFrom, ends: Ends, started: &str) -> Deadline {
    let time_limit = TimeLimit {
        counts_from: from,
        ends,
        ..TimeLimit::new(ClockKind::FirstReply, Amount::new(count, unit).unwrap())
    };
    let policy = Policy {
        clocks: vec![time_limit],
        source_date: Some(date(2026, 1, 1)),
        ..Policy::next_working_day()
    };
    deadline(&calendar(), &policy, ClockKind::FirstReply, at(started)).unwrap()
}

fn days(deadline: &Deadline) -> Vec<String> {
    let steps = deadline.derivation.iter().filter_map(|step| match step {
        DerivationStep::Skipped { date, why } => Some(format!("- {date} {why}")),
        DerivationStep::Counted { date, why } => Some(format!("+ {date} {why}")),
        DerivationStep::NotCovered { last } => Some(format!("? after {last}")),
        DerivationStep::NotCoveredBefore { first } => Some(format!("? before {first}")),
        _ => None,
    });
    steps.collect()
}

#[test]
fn a_policy_without_the_clock_has_no_deadline() {
    let policy = Policy::next_working_day();
    let started = at("2026-11-23T10:00");
    assert_eq!(
        deadline(&calendar(), &policy, ClockKind::Resolution, started),
        None
    );
}

#[test]
fn the_frame_names_the_calendar_the_rule_and_its_source() {
    let deadline = derive(
        1,
        Unit::WorkingDays,
        CountsFrom::NextDay,
        Ends::Close,
        "2026-11-23T10:00",
    );
    let text = "1 working day for first_reply, counted from the next day, until close of business";
    let calendar = calendar();
    let expected = [
        DerivationStep::Received {
            at: calendar.local(at("2026-11-23T10:00")),
        },
        DerivationStep::Calendar {
            version: calendar.version().to_owned(),
            first: date(2026, 1, 1),
            last: date(2026, 12, 31),
        },
        DerivationStep::Rule {
            text: text.to_owned(),
            source: "the crate's default, 2026-01-01".to_owned(),
        },
    ];
    assert_eq!(deadline.derivation.get(..3).unwrap(), expected);
    let last = deadline.derivation.last().unwrap();
    assert_eq!(
        *last,
        DerivationStep::Due {
            at: calendar.local(at("2026-11-24T17:00"))
        }
    );
    assert_eq!(deadline.history.started, Some(at("2026-11-23T10:00")));
}

#[test]
fn working_hours_are_counted_day_by_day() {
    let deadline = derive(
        5,
        Unit::WorkingHours,
        CountsFrom::SameDay,
        Ends::Close,
        "2026-11-26T17:00",
    );
    let expected = [
        "- 2026-11-26 working day, after the end of business",
        "+ 2026-11-27 3 h: working day",
        "- 2026-11-28 weekend",
        "- 2026-11-29 weekend",
        "+ 2026-11-30 2 h: working day",
    ];
    assert_eq!(days(&deadline), expected);
    assert_eq!(deadline.due.to_string(), "2026-11-30 11:00 Asia/Shanghai");
}

#[test]
fn the_same_day_counts_while_business_is_not_over() {
    let due = |from, started| {
        let deadline = derive(1, Unit::WorkingDays, from, Ends::Close, started);
        (deadline.due.to_string(), days(&deadline).remove(0))
    };
    let same = due(CountsFrom::SameDay, "2026-11-26T16:59:59");
    assert_eq!(same.0, "2026-11-26 17:00 Asia/Shanghai");
    assert_eq!(same.1, "+ 2026-11-26 day 1: working day");
    let over = due(CountsFrom::SameDay, "2026-11-26T17:00");
    assert_eq!(over.0, "2026-11-27 12:00 Asia/Shanghai");
    let sunday = due(CountsFrom::SameDay, "2026-11-29T10:00");
    assert_eq!(sunday.0, "2026-11-30 17:00 Asia/Shanghai");
    assert_eq!(sunday.1, "- 2026-11-29 weekend");
}

#[test]
fn calendar_days_need_no_calendar_unless_they_end_with_business() {
    let midnight = derive(
        3,
        Unit::CalendarDays,
        CountsFrom::SameDay,
        Ends::Midnight,
        "2026-12-31T10:00",
    );
    assert_eq!(midnight.due.to_string(), "2027-01-03 00:00 Asia/Shanghai");
    assert_eq!(
        days(&midnight).last().unwrap(),
        "+ 2027-01-02 day 3: calendar day"
    );
    let close = derive(
        1,
        Unit::CalendarDays,
        CountsFrom::NextDay,
        Ends::Close,
        "2026-12-31T10:00",
    );
    assert_eq!(
        close.due.to_string(),
        "2027-01-01 12:00 Asia/Shanghai (provisional: the calendar ends on 2026-12-31)"
    );
    let weekend = derive(
        1,
        Unit::CalendarDays,
        CountsFrom::NextDay,
        Ends::Close,
        "2026-11-27T10:00",
    );
    assert_eq!(weekend.due.to_string(), "2026-11-29 00:00 Asia/Shanghai");
    let hours = derive(
        48,
        Unit::Hours,
        CountsFrom::SameDay,
        Ends::Close,
        "2026-12-31T10:00",
    );
    assert_eq!(hours.due.to_string(), "2027-01-02 10:00 Asia/Shanghai");
}

#[test]
fn past_the_covered_years_every_day_counts_and_the_due_time_is_provisional() {
    let deadline = derive(
        4,
        Unit::WorkingDays,
        CountsFrom::NextDay,
        Ends::Close,
        "2026-12-30T10:00",
    );
    let expected = [
        "- 2026-12-30 the day of the start; counting begins on the next day",
        "- 2026-12-31 holiday closing day",
        "? after 2026-12-31",
        "+ 2027-01-01 day 1: not covered, counted as a working day",
        "+ 2027-01-02 day 2: not covered, counted as a working day",
        "+ 2027-01-03 day 3: not covered, counted as a working day",
        "+ 2027-01-04 day 4: not covered, counted as a working day",
    ];
    assert_eq!(days(&deadline), expected);
    let last = Some(date(2026, 12, 31));
    assert_eq!(
        (
            deadline.due.not_covered_after(),
            deadline.due.not_covered_before()
        ),
        (last, None)
    );
    let saturday = derive(
        2,
        Unit::WorkingDays,
        CountsFrom::NextDay,
        Ends::Close,
        "2026-12-31T10:00",
    );
    assert_eq!(
        saturday.due.zoned().datetime(),
        Date::constant(2027, 1, 2).at(17, 0, 0, 0),
        "a weekend has the hours that most weekdays have"
    );
}

#[test]
fn a_start_before_the_covered_years_is_marked_too() {
    let deadline = derive(
        1,
        Unit::WorkingDays,
        CountsFrom::NextDay,
        Ends::Close,
        "2025-12-31T10:00",
    );
    let text = "2026-01-01 17:00 Asia/Shanghai (provisional: the calendar starts on 2026-01-01)";
    assert_eq!(deadline.due.to_string(), text);
    assert!(deadline.due.is_provisional());
    assert_eq!(days(&deadline).remove(0), "? before 2026-01-01");
    let hours = derive(
        1,
        Unit::WorkingHours,
        CountsFrom::NextDay,
        Ends::Close,
        "2025-12-31T10:00",
    );
    assert_eq!(hours.due.instant(), at("2026-01-01T10:00"));
    assert_eq!(hours.due.not_covered_before(), Some(date(2026, 1, 1)));
    let first = "- 2025-12-31 the day of the start; counting begins on the next day";
    assert_eq!(
        days(&hours),
        ["? before 2026-01-01", first, "+ 2026-01-01 1 h: working day"]
    );
}

#[test]
fn the_end_of_the_time_line_is_no_panic() {
    for started in [Timestamp::MIN, Timestamp::MAX] {
        for unit in [
            Unit::Minutes,
            Unit::WorkingHours,
            Unit::WorkingDays,
            Unit::CalendarDays,
        ] {
            let amount = Amount::new(3_000, unit).unwrap();
            let policy = Policy {
                clocks: vec![TimeLimit::new(ClockKind::FirstReply, amount)],
                ..Policy::next_working_day()
            };
            let deadline = deadline(&calendar(), &policy, ClockKind::FirstReply, started).unwrap();
            assert!(deadline.due.instant() >= started, "{unit:?}");
        }
    }
}

#[test]
fn time_in_words_leaves_out_what_is_nought() {
    let format_duration = |seconds| super::format_duration(SignedDuration::from_secs(seconds));
    assert_eq!(format_duration(0), "less than 1 s");
    assert_eq!(format_duration(9_000), "2 h 30 min");
    assert_eq!(format_duration(3_601), "1 h 1 s");
    assert_eq!(format_duration(59), "59 s");
}
