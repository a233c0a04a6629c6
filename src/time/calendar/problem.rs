//! What can be wrong with a calendar.

use std::fmt;

use jiff::civil::{Date, Weekday};
use thiserror::Error;

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

/// One thing that is wrong with a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// Not a zone of the tz database; an offset is none.
    #[error("`{0}` is not the name of a time zone: write one such as `Asia/Shanghai`")]
    UnknownZone(String),
    /// No weekday has hours.
    #[error("no weekday has opening hours: nothing would ever fall due")]
    NoHours,
    /// A weekday's spans overlap.
    #[error("the opening hours of `{0}` overlap")]
    WeekOverlap(WeekdayName),
    /// A weekday was given twice.
    #[error("`{0}` has opening hours twice")]
    WeekTwice(WeekdayName),
    /// No year is covered.
    #[error("no year is covered: name at least one")]
    NoYears,
    /// A year was given twice.
    #[error("the year `{0}` is there twice")]
    YearTwice(i16),
    /// A year that can't be one.
    #[error("the year `{0}` is not between 1 and 9998")]
    YearOutOfRange(i16),
    /// More years than a calendar takes.
    #[error("`{0}` years are covered, at most {MAX_YEARS} can be")]
    TooManyYears(usize),
    /// Years between the first and the last that are not covered.
    #[error("the years `{from}` to `{to}` are missing: covered years follow each other")]
    YearsMissing {
        /// The first missing year.
        from: i16,
        /// The last missing year.
        to: i16,
    },
    /// A day of a year that is not covered.
    #[error("`{0}` lies outside the covered years")]
    DayOutsideYears(Date),
    /// A date was given twice.
    #[error("`{date}` is there twice, as `{one}` and as `{other}`")]
    DayTwice {
        /// The date.
        date: Date,
        /// Its first name.
        one: String,
        /// Its second name.
        other: String,
    },
    /// A date's own spans overlap.
    #[error("the opening hours of `{0}` overlap")]
    DayOverlap(Date),
    /// A date shall have the hours of a weekday without hours.
    #[error("`{date}` shall be open as `{weekday}`, which has no opening hours")]
    AsClosedWeekday {
        /// The date.
        date: Date,
        /// The weekday.
        weekday: WeekdayName,
    },
}

/// Everything that is wrong with a calendar, one problem a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarErrors(pub Vec<CalendarError>);

impl fmt::Display for CalendarErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(CalendarError::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for CalendarErrors {}
