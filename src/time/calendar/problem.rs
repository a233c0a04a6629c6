//! Problems of a calendar.

use std::fmt;

use jiff::civil::{Date, Weekday};

use crate::catalogue::{Wording, wording};

/// The most years that a calendar covers.
pub(super) const MAX_YEARS: usize = 100;

/// A weekday as an operator writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekdayName(pub Weekday);

impl fmt::Display for WeekdayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Weekday::Monday => "monday",
            Weekday::Tuesday => "tuesday",
            Weekday::Wednesday => "wednesday",
            Weekday::Thursday => "thursday",
            Weekday::Friday => "friday",
            Weekday::Saturday => "saturday",
            Weekday::Sunday => "sunday",
        })
    }
}

/// One problem of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CalendarError {
    /// Not a zone of the tz database; an offset is none.
    UnknownZone(String),
    /// No weekday has hours.
    NoHours,
    /// A weekday's spans overlap.
    WeekOverlap(WeekdayName),
    /// A weekday was given twice.
    WeekTwice(WeekdayName),
    /// No year is covered.
    NoYears,
    /// A year was given twice.
    YearTwice(i16),
    /// A year that can't be one.
    YearOutOfRange(i16),
    /// More years than a calendar takes.
    TooManyYears(usize),
    /// Years between the first and the last that are not covered.
    YearsMissing {
        /// The first missing year.
        from: i16,
        /// The last missing year.
        to: i16,
    },
    /// A day of a year that is not covered.
    DayOutsideYears(Date),
    /// A date was given twice.
    DayTwice {
        /// The date.
        date: Date,
        /// Its first name.
        one: String,
        /// Its second name.
        other: String,
    },
    /// A date's own spans overlap.
    DayOverlap(Date),
    /// A date shall have the hours of a weekday without hours.
    AsClosedWeekday {
        /// The date.
        date: Date,
        /// The weekday.
        weekday: WeekdayName,
    },
}

impl CalendarError {
    /// The message, and advice for the operator.
    pub(crate) fn wording(&self) -> Wording {
        match self {
            Self::UnknownZone(zone) => wording!("calendar-unknown-zone", zone = zone),
            Self::NoHours => wording!("calendar-no-hours"),
            Self::WeekOverlap(weekday) => wording!("calendar-week-overlap", weekday = weekday),
            Self::WeekTwice(weekday) => wording!("calendar-week-twice", weekday = weekday),
            Self::NoYears => wording!("calendar-no-years"),
            Self::YearTwice(year) => wording!("calendar-year-twice", year = year),
            Self::YearOutOfRange(year) => wording!("calendar-year-out-of-range", year = year),
            Self::TooManyYears(count) => wording!("calendar-too-many-years", count = count, most = MAX_YEARS),
            Self::YearsMissing { from, to } => wording!("calendar-years-missing", from = from, to = to),
            Self::DayOutsideYears(date) => wording!("calendar-day-outside-years", date = date),
            Self::DayTwice { date, one, other } => {
                wording!("calendar-day-twice", date = date, one = one, other = other)
            }
            Self::DayOverlap(date) => wording!("calendar-day-overlap", date = date),
            Self::AsClosedWeekday { date, weekday } => {
                wording!("calendar-as-closed-weekday", date = date, weekday = weekday)
            }
        }
    }
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wording().message)
    }
}

impl std::error::Error for CalendarError {}

/// All problems of a calendar, one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarErrors(pub Vec<CalendarError>);

impl fmt::Display for CalendarErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(CalendarError::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for CalendarErrors {}
