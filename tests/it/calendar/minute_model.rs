//! Working time compared with a model that looks at every minute, on random calendars, zones and years.

use civic_reply::case::{Amount, CountsFrom, Ends, Unit};
use civic_reply::time::{Calendar, DayRule, DaySpan};
use jiff::civil::{Date, Weekday, date};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::prelude::*;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// How far the model looks: longer than any computation below takes on any of the calendars.
const HORIZON: usize = 60 * 24 * 60;

/// Zones and years with a clock change, and one without.
const PLACES: &[(&str, i16)] = &[
    ("Asia/Shanghai", 1986),
    ("Asia/Shanghai", 1991),
    ("Asia/Shanghai", 2026),
    ("America/New_York", 2026),
    ("Europe/London", 2024),
    ("Australia/Lord_Howe", 2025),
];

fn spans() -> impl Strategy<Value = Vec<DaySpan>> {
    // Cut the day at a few minutes and open every second stretch, so that no two overlap.
    prop::collection::btree_set(0_u16..=1440, 2..7).prop_map(|cuts| {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        let pairs = cuts.chunks_exact(2);
        pairs
            .map(|pair| DaySpan::new(*pair.first().unwrap(), *pair.last().unwrap()).unwrap())
            .collect()
    })
}

fn rule() -> impl Strategy<Value = DayRule> {
    prop_oneof![
        3 => Just(DayRule::Closed),
        1 => Just(DayRule::AsWeekday(Weekday::Monday)),
        1 => spans().prop_map(DayRule::Spans),
    ]
}

/// A calendar, and an instant early enough in it that no computation leaves it; half of the instants are
/// near a clock change.
fn case() -> impl Strategy<Value = (Calendar, Timestamp)> {
    let week = (
        spans(),
        prop::collection::vec(prop_oneof![2 => spans(), 1 => Just(Vec::new())], 6),
    );
    let days = prop::collection::btree_map(0_i64..365, rule(), 0..40);
    let start = (0..PLACES.len(), any::<bool>(), 0_i64..60 * 24 * 60);
    (week, days, start).prop_map(|((monday, rest), days, (place, near, minutes))| {
        let (zone, year) = *PLACES.get(place).unwrap();
        let mut builder = Calendar::builder(zone).year(year).week(Weekday::Monday, monday);
        for (weekday, spans) in Weekday::Tuesday.cycle_forward().zip(rest) {
            builder = builder.week(weekday, spans);
        }
        for (offset, rule) in days {
            builder = builder.day(date(year, 1, 1) + offset.days(), rule, "a day");
        }
        let calendar = builder.build().unwrap();
        let first = date(year, 1, 1).in_tz(zone).unwrap();
        let changes = first.time_zone().following(first.timestamp());
        let changes = changes.map(|change| change.timestamp());
        let inside = changes.take_while(|at| calendar.date_of(*at).year() == year);
        let inside: Vec<Timestamp> = inside.collect();
        let change = usize::try_from(minutes).unwrap() % inside.len().max(1);
        let inside = inside.get(change).copied();
        // A tenth of the minutes, so that the computation crosses the clock change.
        let start = match inside.filter(|_| near) {
            Some(change) => change - MINUTE * 4_000 + MINUTE * i32::try_from(minutes / 10).unwrap(),
            None => first.timestamp() + MINUTE * i32::try_from(minutes).unwrap(),
        };
        (calendar, start)
    })
}

/// Whether the wall clock shows a time within the opening hours of its day.
fn open(calendar: &Calendar, at: Timestamp) -> bool {
    let wall = calendar.local(at);
    let minute = u16::try_from(wall.hour()).unwrap() * 60 + u16::try_from(wall.minute()).unwrap();
    let day = calendar.day(wall.date()).unwrap();
    day.hours
        .iter()
        .any(|span| span.start() <= minute && minute < span.end())
}

/// The minutes from `from` on.
fn minutes(from: Timestamp) -> impl Iterator<Item = Timestamp> {
    std::iter::successors(Some(from), |at| at.checked_add(MINUTE).ok()).take(HORIZON)
}

fn days(count: u32, unit: Unit) -> Amount {
    Amount::new(count, unit).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn working_minutes_equal_a_count_of_open_minutes(
        (calendar, start) in case(),
        count in 1_u32..3_000,
    ) {
        let opens = minutes(start).find(|at| open(&calendar, *at));
        // The week may be closed except for days that are all holidays.
        prop_assert!(opens.is_none() || calendar.next_open(start).ok() == opens);
        prop_assert_eq!(calendar.is_open(start).unwrap(), open(&calendar, start));

        let last = minutes(start).filter(|at| open(&calendar, *at)).nth(count as usize - 1);
        let amount = days(count, Unit::WorkingMinutes);
        let reached = calendar.add(start, amount, CountsFrom::SameDay, Ends::Close);
        match last {
            Some(minute) => prop_assert_eq!(reached, Ok(minute + MINUTE)),
            None => prop_assert!(reached.is_err() || reached.unwrap() > minutes(start).last().unwrap()),
        }
        let to = start + MINUTE * i32::try_from(count).unwrap();
        let within = minutes(start).take(count as usize).filter(|at| open(&calendar, *at)).count();
        let elapsed = calendar.elapsed(start, to, Unit::WorkingMinutes, CountsFrom::SameDay);
        prop_assert_eq!(elapsed.unwrap(), within as u64);
    }

    #[test]
    fn working_days_equal_a_count_of_days_with_an_open_minute(
        (calendar, start) in case(),
        count in 1_u32..12,
    ) {
        let today = calendar.date_of(start);
        let works = |date: &Date| calendar.day(*date).is_ok_and(|day| day.is_working());
        let after = today.series(1.day()).skip(1).filter(works).nth(count as usize - 1);
        let reached =
            calendar.add(start, days(count, Unit::WorkingDays), CountsFrom::NextDay, Ends::Midnight);
        let after = after.map(|day| day.tomorrow().unwrap().in_tz(calendar.zone()).unwrap().timestamp());
        prop_assert_eq!(reached.ok(), after);

        let still_open = minutes(start)
            .take_while(|at| calendar.date_of(*at) == today)
            .any(|at| open(&calendar, at));
        let with_today = u32::from(still_open);
        let same = calendar.add(start, days(count, Unit::WorkingDays), CountsFrom::SameDay, Ends::Close);
        if count > with_today {
            let next = days(count - with_today, Unit::WorkingDays);
            prop_assert_eq!(same.ok(), calendar.add(start, next, CountsFrom::NextDay, Ends::Close).ok());
        } else {
            prop_assert_eq!(calendar.date_of(same.unwrap() - MINUTE), today);
        }
    }

    #[test]
    fn elapsed_time_is_the_inverse_of_adding((calendar, start) in case(), count in 1_u32..40) {
        use Unit::{CalendarDays, Hours, Minutes, WorkingDays, WorkingHours, WorkingMinutes};
        for unit in [Minutes, Hours, WorkingMinutes, WorkingHours, WorkingDays, CalendarDays] {
            for from in [CountsFrom::SameDay, CountsFrom::NextDay] {
                for ends in [Ends::Close, Ends::Midnight] {
                    let Ok(to) = calendar.add(start, days(count, unit), from, ends) else { continue };
                    let elapsed = calendar.elapsed(start, to, unit, from).unwrap();
                    prop_assert_eq!(elapsed, u64::from(count), "{:?} {:?} {:?} {}", unit, from, ends, to);
                }
            }
        }
    }

    #[test]
    fn adding_keeps_order_and_can_be_split(
        (calendar, start) in case(),
        later in 0_i64..20_000,
        one in 0_i64..1_500,
        other in 0_i64..1_500,
    ) {
        let (one, other) = (SignedDuration::from_mins(one), SignedDuration::from_mins(other));
        let at_once = calendar.add_working_time(start, one + other);
        let in_parts = calendar
            .add_working_time(start, one)
            .and_then(|at| calendar.add_working_time(at, other));
        prop_assert_eq!(at_once.ok(), in_parts.ok());
        let later = start + SignedDuration::from_secs(later);
        if let (Ok(first), Ok(second)) =
            (calendar.add_working_time(start, one), calendar.add_working_time(later, one))
        {
            prop_assert!(first <= second);
        }
        for ends in [Ends::Close, Ends::Midnight] {
            for from in [CountsFrom::SameDay, CountsFrom::NextDay] {
                let due = |at, count| calendar.add(at, days(count, Unit::WorkingDays), from, ends);
                if let (Ok(first), Ok(second), Ok(third)) = (due(start, 3), due(later, 3), due(start, 4)) {
                    prop_assert!(first <= second && first < third);
                }
            }
        }
        if let (Ok(whole), Ok(half)) = (
            calendar.working_time(start, later),
            calendar.working_time(start, later.min(start + one)),
        ) {
            let rest = calendar.working_time(later.min(start + one), later).unwrap();
            prop_assert_eq!(whole, half + rest);
        }
    }

    #[test]
    fn adding_working_days_can_be_split_by_date(
        (calendar, start) in case(),
        one in 1_u32..8,
        other in 1_u32..8,
    ) {
        let add =
            |at, count| calendar.add(at, days(count, Unit::WorkingDays), CountsFrom::NextDay, Ends::Close);
        // A close at 24:00 is the first instant of the next day, so the day itself is queried.
        let within = |at: Timestamp| at - SignedDuration::from_secs(1);
        let at_once = add(start, one + other);
        let in_parts = add(start, one).and_then(|at| add(within(at), other));
        prop_assert_eq!(at_once.ok(), in_parts.ok());
    }
}
