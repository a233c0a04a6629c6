//! A promise with a date: when it falls due, how the date was derived, and what became of it.

use std::fmt;

use jiff::civil::Date;
use jiff::{Timestamp, ZonedDateTime};
use serde::{Deserialize, Serialize};

use crate::message::PolicyId;

/// The independent clocks that a case may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClockKind {
    /// The first answer by a person.
    FirstReply,
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
}

impl Due {
    /// A due time that the calendar covers wholly.
    pub fn new(at: ZonedDateTime) -> Self {
        Self {
            at,
            not_covered_after: None,
        }
    }

    /// A due time that reaches past the calendar's last covered day: the earliest that it can be.
    pub fn provisional(at: ZonedDateTime, last_covered: Date) -> Self {
        Self {
            at,
            not_covered_after: Some(last_covered),
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
    /// Such a date counts every day that is not covered as a working day, so it is never later than
    /// the one that the published calendar will give. It must not be told to a citizen as a promise.
    pub fn not_covered_after(&self) -> Option<Date> {
        self.not_covered_after
    }

    /// Whether the due time may still move when the calendar is extended.
    pub fn is_provisional(&self) -> bool {
        self.not_covered_after.is_some()
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at.strftime("%Y-%m-%d %H:%M %Q"))?;
        if let Some(last) = self.not_covered_after {
            write!(f, " (provisional: the calendar ends on {last})")?;
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
    pub derivation: Vec<Step>,
    /// What became of it.
    pub status: DeadlineStatus,
}

/// What became of a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeadlineStatus {
    /// Still owed.
    Open,
    /// Kept, or done late, at that instant.
    Done {
        /// When it was done.
        at: Timestamp,
    },
}

impl DeadlineStatus {
    /// Whether it is still owed.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }
}

/// One step of the derivation of a due time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// The message came in.
    Received {
        /// On the office's clock.
        at: ZonedDateTime,
    },
    /// The policy's rule, in words, and its source.
    Rule {
        /// The rule.
        text: String,
        /// Where the rule comes from.
        source: String,
    },
    /// A day that does not count.
    Skipped {
        /// The day.
        date: Date,
        /// Why it does not count.
        why: String,
    },
    /// A day that counts.
    Counted {
        /// The day.
        date: Date,
        /// Why it counts: an ordinary working day, or a make-up day.
        why: String,
    },
    /// The calendar does not reach this far; the days from here are counted as working days.
    NotCovered {
        /// The last covered day.
        last: Date,
    },
    /// The result.
    Due {
        /// On the office's clock.
        at: ZonedDateTime,
    },
}
