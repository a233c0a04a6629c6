//! Deadlines: the due time, its derivation and its status.

use std::fmt;

use jiff::civil::Date;
use jiff::{Timestamp, ZonedDateTime};
use serde::{Deserialize, Serialize};

use super::{AlarmKind, DerivationStep, History};
use crate::catalogue::text;
use crate::message::PolicyId;

/// The clocks of a case. They run independently of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClockKind {
    /// The first answer of an agent.
    FirstReply,
    /// The end of the matter.
    Resolution,
    /// A time that the citizen was promised.
    Promise,
    /// The channel's window, after which it takes no replies.
    Delivery,
    /// The question to the citizen whether the answer helped.
    #[serde(rename = "visit_back")]
    SatisfactionCheck,
}

impl ClockKind {
    /// Whether the clock pauses while the citizen is asked a question. The channel's window closes all the
    /// same, and a promise stays due.
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

/// A due time in the office's time zone.
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
    /// A due time for which the calendar covers every day.
    pub fn new(at: ZonedDateTime) -> Self {
        Self {
            at,
            not_covered_after: None,
            not_covered_before: None,
        }
    }

    /// A due time beyond the calendar's last covered day: the earliest possible one.
    pub fn provisional(at: ZonedDateTime, last_covered: Date) -> Self {
        Self {
            at,
            not_covered_after: Some(last_covered),
            not_covered_before: None,
        }
    }

    /// A due time that counts from before the calendar's first covered day: the earliest possible one.
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

    /// The instant in the office's time zone.
    pub fn zoned(&self) -> &ZonedDateTime {
        &self.at
    }

    /// The calendar's last covered day, if the due time lies beyond it.
    ///
    /// Days that are not covered count as working days, with the hours of their weekday, or on a weekend with
    /// the hours of most weekdays. So the due time is never later than under the published calendar, unless
    /// that changes the hours of a day. Do not promise it to a citizen.
    pub fn not_covered_after(&self) -> Option<Date> {
        self.not_covered_after
    }

    /// The calendar's first covered day, if days before it were counted.
    pub fn not_covered_before(&self) -> Option<Date> {
        self.not_covered_before
    }

    /// Whether the due time can change when the calendar is extended.
    pub fn is_provisional(&self) -> bool {
        self.not_covered_after.is_some() || self.not_covered_before.is_some()
    }

    /// The due time as a citizen is told it at `now`. `None` if it may still move, or is not in the future.
    pub(crate) fn told(&self, format: &str, now: Timestamp) -> Option<String> {
        let certain = !self.is_provisional() && now < self.instant();
        certain.then(|| self.at.strftime(format).to_string())
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

/// A due time of one of the case's clocks, with its derivation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The clock.
    pub clock: ClockKind,
    /// The policy from which it is derived.
    pub policy: PolicyId,
    /// The due time.
    pub due: Due,
    /// The derivation of the due time, step by step. It can be read without the rulebook.
    pub derivation: Vec<DerivationStep>,
    /// The status.
    pub status: DeadlineStatus,
    /// The inputs of the derivation.
    #[serde(default)]
    pub history: History,
}

impl Deadline {
    /// An open deadline at a fixed time, without a derivation and without alarms.
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

    /// The time of its next alarm; `None` if there is none, or the clock is paused or done.
    pub fn next_alarm(&self) -> Option<Timestamp> {
        let alarms = self.history.alarms.iter().filter(|alarm| alarm.raised.is_none());
        alarms
            .map(|alarm| alarm.raise_at)
            .min()
            .filter(|_| self.status.is_open())
    }

    /// Whether the alarm of its breach was raised.
    pub fn is_breached(&self) -> bool {
        let due = self.due.instant();
        let raised = self.history.alarms.iter().filter(|alarm| alarm.raised.is_some());
        raised
            .into_iter()
            .any(|alarm| alarm.kind == AlarmKind::Breach && alarm.threshold >= due)
    }
}

/// The status of a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeadlineStatus {
    /// The clock runs.
    Open,
    /// The clock is paused, because the citizen was asked a question. It can't be breached.
    Paused {
        /// The start of the pause.
        since: Timestamp,
    },
    /// The work is done, in time or late.
    Done {
        /// The time at which it was done.
        at: Timestamp,
    },
}

impl DeadlineStatus {
    /// Whether the clock runs.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }
}
