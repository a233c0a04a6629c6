//! One day of the calendar.

use std::fmt;

use jiff::civil::Date;
use thiserror::Error;

use super::DaySpan;
use crate::catalogue::text;

/// One day as the calendar has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Day<'a> {
    /// The day.
    pub date: Date,
    /// The kind of day.
    pub kind: DayKind,
    /// The name of the holiday or make-up day.
    pub name: Option<&'a str>,
    /// When the office is open, in order; none on a day that is no working day.
    pub hours: &'a [DaySpan],
}

impl Day<'_> {
    /// Whether the office opens at all.
    pub fn is_working(&self) -> bool {
        !self.hours.is_empty()
    }
}

/// The kind and the name, for a derivation: `holiday 国庆节`, `weekend`, `working day`.
impl fmt::Display for Day<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.kind {
            DayKind::Working => text!("day-working"),
            DayKind::Weekend => text!("day-weekend"),
            DayKind::Holiday => text!("day-holiday"),
            DayKind::MakeUp => text!("day-make-up"),
            DayKind::Special => text!("day-special"),
            DayKind::NotCovered => text!("day-not-covered"),
        };
        f.write_str(&word)?;
        match self.name {
            Some(name) => write!(f, " {name}"),
            None => Ok(()),
        }
    }
}

/// The kinds of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DayKind {
    /// A weekday with its usual hours.
    Working,
    /// A weekday on which the office is always closed.
    Weekend,
    /// Closed by name.
    Holiday,
    /// A day of the weekend with working hours.
    MakeUp,
    /// A weekday with hours of its own.
    Special,
    /// Outside the covered years.
    NotCovered,
}

/// A day was needed that the calendar does not cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the calendar covers {first} to {last}, not {day}")]
#[non_exhaustive]
pub struct NotCovered {
    /// The first such day that was met.
    pub day: Date,
    /// The first covered day.
    pub first: Date,
    /// The last covered day.
    pub last: Date,
}

impl NotCovered {
    /// Whether the day lies before the covered ones, not after them.
    pub fn is_before(&self) -> bool {
        self.day < self.first
    }
}
