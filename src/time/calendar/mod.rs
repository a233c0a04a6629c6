//! The working calendar: opening hours by weekday, holidays, make-up days, and the years that are known.

mod advance;
mod builder;
mod day;
mod elapsed;
mod problem;
mod span;
mod subtract;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, ZonedDateTime};

pub(super) use advance::{Count, DayRole, VisitedDay};
pub use builder::{CalendarBuilder, DayRule};
pub use day::{Day, DayKind, NotCovered};
pub use problem::{CalendarError, CalendarErrors, WeekdayName};
pub use span::{DaySpan, DaySpanError};

/// The most days that one calculation visits. A calendar covers at most as many, so a longer one has left it.
const MAX_SCANNED_DAYS: u32 = 36_525;

/// The opening hours of an office in its own time zone, for the years with published holidays.
///
/// The office is open when its wall clock shows a time within the hours of the day. On a day on which the
/// clocks change, an hour that is left out is no working time and one that comes twice counts twice.
///
/// Nothing is guessed outside the covered years: queries return [`NotCovered`].
///
/// ```
/// use civic_reply::case::{Amount, CountsFrom, Ends, Unit};
/// use civic_reply::time::{Calendar, DayRule};
/// use jiff::civil::{Weekday, date};
///
/// let mut builder = Calendar::builder("Asia/Shanghai").year(2026);
/// for weekday in Weekday::Monday.cycle_forward().take(5) {
///     builder = builder.week(weekday, ["09:00-12:00".parse()?, "13:30-17:30".parse()?]);
/// }
/// let calendar = builder.day(date(2026, 11, 24), DayRule::Closed, "outing").build()?;
///
/// let monday = "2026-11-23T16:30+08:00".parse()?;
/// let due = calendar.add(monday, Amount::new(1, Unit::WorkingDays)?, CountsFrom::NextDay, Ends::Close)?;
/// assert_eq!(due, "2026-11-25T17:30+08:00".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    zone_name: String,
    /// Monday to Sunday.
    week: Vec<Vec<DaySpan>>,
    /// The hours that are assumed for a weekend day outside the covered years.
    ordinary: Vec<DaySpan>,
    days: BTreeMap<Date, NamedDay>,
    first: Date,
    last: Date,
    version: String,
}

/// A day that differs from its weekday.
#[derive(Clone, Debug, PartialEq)]
struct NamedDay {
    hours: Vec<DaySpan>,
    name: String,
}

impl Calendar {
    /// A calendar for the zone of that name in the tz database, to be filled.
    pub fn builder(zone: &str) -> CalendarBuilder {
        CalendarBuilder::new(zone)
    }

    /// The zone's name.
    pub fn zone(&self) -> &str {
        &self.zone_name
    }

    /// The first covered day.
    pub fn first_day(&self) -> Date {
        self.first
    }

    /// The last covered day.
    pub fn last_day(&self) -> Date {
        self.last
    }

    /// A hash of the content in 16 hexadecimal digits.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The instant on the office's wall clock.
    pub fn local(&self, at: Timestamp) -> ZonedDateTime {
        at.to_zoned_datetime(self.zone.clone())
    }

    /// The day on the office's wall clock.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The calendar's day of a date.
    ///
    /// # Errors
    ///
    /// [`NotCovered`] names the first day that is needed and that the calendar does not cover.
    pub fn day(&self, date: Date) -> Result<Day<'_>, NotCovered> {
        match self.not_covered(date) {
            Some(missing) => Err(missing),
            None => Ok(self.known_or_working(date)),
        }
    }

    /// Whether the office is open at that instant.
    ///
    /// # Errors
    ///
    /// [`NotCovered`] names the first day that is needed and that the calendar does not cover.
    pub fn is_open(&self, at: Timestamp) -> Result<bool, NotCovered> {
        let day = self.day(self.date_of(at))?;
        Ok(self
            .open_times(&day)
            .iter()
            .any(|(from, to)| *from <= at && at < *to))
    }

    /// The first instant from `at` on at which the office is open.
    ///
    /// # Errors
    ///
    /// [`NotCovered`] names the first day that is needed and that the calendar does not cover.
    pub fn next_open(&self, at: Timestamp) -> Result<Timestamp, NotCovered> {
        let mut date = self.date_of(at);
        loop {
            let day = self.day(date)?;
            if let Some((from, _)) = self.open_times(&day).iter().find(|(_, to)| at < *to) {
                return Ok((*from).max(at));
            }
            date = next(date);
        }
    }

    fn not_covered(&self, day: Date) -> Option<NotCovered> {
        let covered = (self.first..=self.last).contains(&day);
        (!covered).then_some(NotCovered {
            day,
            first: self.first,
            last: self.last,
        })
    }

    /// The day. Outside the covered years a working day is assumed, so that no due time is too late.
    fn known_or_working(&self, date: Date) -> Day<'_> {
        let of_week = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
        let usual = self.week.get(of_week).map_or(&[] as &[DaySpan], Vec::as_slice);
        if self.not_covered(date).is_some() {
            let hours = if usual.is_empty() { &self.ordinary } else { usual };
            return Day {
                date,
                kind: DayKind::NotCovered,
                name: None,
                hours,
            };
        }
        let Some(named) = self.days.get(&date) else {
            let kind = if usual.is_empty() {
                DayKind::Weekend
            } else {
                DayKind::Working
            };
            return Day {
                date,
                kind,
                name: None,
                hours: usual,
            };
        };
        let kind = match (named.hours.is_empty(), usual.is_empty()) {
            (true, _) => DayKind::Holiday,
            (false, true) => DayKind::MakeUp,
            (false, false) if named.hours == usual => DayKind::Working,
            (false, false) => DayKind::Special,
        };
        Day {
            date,
            kind,
            name: Some(&named.name),
            hours: &named.hours,
        }
    }

    /// The first instant of the day.
    pub(super) fn start_of(&self, date: Date) -> Timestamp {
        let midnight = self.zone.to_ambiguous_timestamp(date.at(0, 0, 0, 0));
        // Fails only at the ends of the time line, some 8,000 years from every covered day.
        midnight.compatible().unwrap_or(if date.year() > 0 {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        })
    }

    /// The stretches of real time in which the office is open on that day, in order.
    fn open_times(&self, day: &Day<'_>) -> Vec<(Timestamp, Timestamp)> {
        if !day.is_working() {
            return Vec::new();
        }
        let end = self.start_of(next(day.date));
        let mut from = self.start_of(day.date);
        let mut open = Vec::with_capacity(day.hours.len());
        // Between two changes of the UTC offset, wall clock and real time advance equally.
        while from < end {
            let change = self.zone.following(from).next().map(|change| change.timestamp());
            let to = change.map_or(end, |change| change.min(end));
            let offset = i64::from(self.zone.to_offset(from).seconds());
            let midnight = day.date.duration_since(jiff::civil::date(1970, 1, 1)).as_secs() - offset;
            for span in day.hours {
                let at = |minute: u16| {
                    let at = Timestamp::from_second(midnight + 60 * i64::from(minute));
                    at.unwrap_or(to).clamp(from, to)
                };
                let (opens, closes) = (at(span.start()), at(span.end()));
                if opens < closes {
                    open.push((opens, closes));
                }
            }
            from = to;
        }
        open
    }

    /// Whether the office is open on that day at `at` or later.
    fn is_open_after(&self, day: &Day<'_>, at: Timestamp) -> bool {
        self.open_times(day)
            .last()
            .is_some_and(|(_, closes)| at < *closes)
    }

    /// The end of business on that day; the end of the day where the office is closed.
    fn close_of(&self, day: &Day<'_>) -> Timestamp {
        let last = self.open_times(day).last().map(|(_, closes)| *closes);
        last.unwrap_or_else(|| self.start_of(next(day.date)))
    }
}

/// The next day; the last day of the time line is followed by itself.
pub(super) fn next(date: Date) -> Date {
    date.saturating_add(1.day())
}

/// Time between two instants, none when the second is not after the first.
fn between(from: Timestamp, to: Timestamp) -> SignedDuration {
    from.duration_until(to).max(SignedDuration::ZERO)
}
