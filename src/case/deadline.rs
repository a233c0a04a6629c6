//! A promise with a date: when it falls due, how the date was derived, and what became of it.

use std::fmt;

use jiff::civil::Date;
use jiff::{Timestamp, ZonedDateTime};
use serde::{Deserialize, Serialize};

use super::{AlarmKind, DerivationStep, History};
use crate::catalogue::text;
use crate::message::PolicyId;

/// The independent clocks that a case may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClockKind {
    /// The first answer by a person.
    FirstReply,
    /// The matter is settled.
    Resolution,
    /// A time that was told to the citizen.
    Promise,
    /// The channel's window, after which it takes no more replies.
    Delivery,
    /// The citizen is asked whether the answer helped.
    #[serde(rename = "visit_back")]
    SatisfactionCheck,
}

impl ClockKind {
    /// Whether it stands still while the citizen is asked for something. A window of the channel closes all the
    /// same, and so does a time that was told.
    pub fn can_pause(self) -> bool {
        matches!(self, Self::FirstReply | Self::Resolution)
    }

    /// The clock's name, as stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstReply => "first_reply",
            Self::Resolution => "resolution",
            Self::Promise => "promise",
            Self::Delivery => "delivery",
            Self::SatisfactionCheck => "visit_back",
        }
    }
}

impl fmt::Display for ClockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An instant by which something is owed, in the office's own time zone.
///
/// ```
/// use civic_reply::Due;
///
/// let due = Due::new("2026-11-24T17:30[Asia/Shanghai]".parse()?);
/// assert_eq!(due.to_string(), "2026-11-24 17:30 Asia/Shanghai");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    at: ZonedDateTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_covered_after: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_covered_before: Option<Date>,
}

impl Due {
    /// A due time that the calendar covers wholly.
    pub fn new(at: ZonedDateTime) -> Self {
        Self {
            at,
            not_covered_after: None,
            not_covered_before: None,
        }
    }

    /// A due time that reaches past the calendar's last covered day: the earliest that it can be.
    pub fn provisional(at: ZonedDateTime, last_covered: Date) -> Self {
        Self {
            at,
            not_covered_after: Some(last_covered),
            not_covered_before: None,
        }
    }

    /// A due time of a message from before the calendar's first covered day: the earliest that it can be.
    pub fn provisional_before(at: ZonedDateTime, first_covered: Date) -> Self {
        Self {
            at,
            not_covered_after: None,
            not_covered_before: Some(first_covered),
        }
    }

    /// The instant.
    pub fn instant(&self) -> Timestamp {
        self.at.timestamp()
    }

    /// The instant on the office's own clock.
    pub fn zoned(&self) -> &ZonedDateTime {
        &self.at
    }

    /// The calendar's last covered day, where the due time lies beyond it.
    ///
    /// Such a date counts every day that is not covered as a working day, with the hours of its weekday, or on a
    /// weekend with those that most weekdays have; so it is never later than the one that the published calendar
    /// will give, unless that gives a day other hours than these. It must not be told to a citizen as a promise.
    pub fn not_covered_after(&self) -> Option<Date> {
        self.not_covered_after
    }

    /// The calendar's first covered day, where the days before it were needed.
    pub fn not_covered_before(&self) -> Option<Date> {
        self.not_covered_before
    }

    /// Whether the due time may still move when the calendar is extended.
    pub fn is_provisional(&self) -> bool {
        self.not_covered_after.is_some() || self.not_covered_before.is_some()
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at.strftime("%Y-%m-%d %H:%M %Q"))?;
        if let Some(last) = self.not_covered_after {
            write!(f, " ({})", text!("provisional-after", last = last))?;
        }
        if let Some(first) = self.not_covered_before {
            write!(f, " ({})", text!("provisional-before", first = first))?;
        }
        Ok(())
    }
}

/// What is owed, by when, and why by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Which of the case's clocks.
    pub clock: ClockKind,
    /// The policy that it follows.
    pub policy: PolicyId,
    /// When it falls due.
    pub due: Due,
    /// How the due time was derived, step by step, readable years later without the rulebook.
    pub derivation: Vec<DerivationStep>,
    /// What became of it.
    pub status: DeadlineStatus,
    /// What it is derived from.
    #[serde(default)]
    pub history: History,
}

impl Deadline {
    /// An open deadline at a time that was set as it is: nothing derives it and nothing is raised about it.
    pub fn fixed(clock: ClockKind, policy: PolicyId, due: Due) -> Self {
        let derivation = vec![DerivationStep::Due {
            at: due.zoned().clone(),
        }];
        Self {
            clock,
            policy,
            due,
            derivation,
            status: DeadlineStatus::Open,
            history: History::default(),
        }
    }

    /// When the next alarm about it is to be raised; `None` when there is none, or while its clock stands still.
    pub fn next_alarm(&self) -> Option<Timestamp> {
        let alarms = self.history.alarms.iter().filter(|alarm| alarm.raised.is_none());
        alarms
            .map(|alarm| alarm.raise_at)
            .min()
            .filter(|_| self.status.is_open())
    }

    /// Whether the breach of its due time was raised.
    pub fn is_breached(&self) -> bool {
        let due = self.due.instant();
        let raised = self.history.alarms.iter().filter(|alarm| alarm.raised.is_some());
        raised
            .into_iter()
            .any(|alarm| alarm.kind == AlarmKind::Breach && alarm.threshold >= due)
    }
}

/// What became of a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeadlineStatus {
    /// Still owed.
    Open,
    /// Still owed, but the clock stands still: the citizen was asked for something. It can't be breached.
    Paused {
        /// When it was stopped.
        since: Timestamp,
    },
    /// Kept, or done late, at that instant.
    Done {
        /// When it was done.
        at: Timestamp,
    },
}

impl DeadlineStatus {
    /// Whether it is owed and its clock runs.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }
}
