//! The steps by which a due time was derived.

use jiff::ZonedDateTime;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Amount;
use crate::message::AgentId;

/// One step of the derivation of a due time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DerivationStep {
    /// The message arrived.
    Received {
        /// In the office's time zone.
        at: ZonedDateTime,
    },
    /// The calendar, and the days that it covers.
    Calendar {
        /// The hash of its content.
        version: String,
        /// Its first covered day.
        first: Date,
        /// Its last covered day.
        last: Date,
    },
    /// The rule of the policy, in words.
    Rule {
        /// The rule.
        text: String,
        /// The source of the rule, for example a regulation.
        source: String,
    },
    /// A day that is not counted.
    Skipped {
        /// The day.
        date: Date,
        /// The reason.
        why: String,
    },
    /// A day that is counted.
    Counted {
        /// The day.
        date: Date,
        /// The reason: an ordinary working day, or a make-up day.
        why: String,
    },
    /// The calendar ends; the days from here on are counted as working days.
    NotCovered {
        /// The last covered day.
        last: Date,
    },
    /// The calendar begins later; the days before it are counted as working days.
    NotCoveredBefore {
        /// The first covered day.
        first: Date,
    },
    /// The citizen was promised the time.
    Told {
        /// The time at which it happened.
        at: ZonedDateTime,
        /// The agent.
        by: AgentId,
    },
    /// The clock was paused.
    Paused {
        /// The start.
        from: ZonedDateTime,
        /// The end; `None` while it is paused.
        to: Option<ZonedDateTime>,
        /// The counted time in between, in words.
        time: String,
    },
    /// More time was granted.
    Extended {
        /// The time of the request.
        asked: ZonedDateTime,
        /// The added time.
        amount: Amount,
        /// The reason.
        reason: String,
        /// The agent.
        approver: AgentId,
    },
    /// The due time was changed from outside the clock's rules, for example by a new calendar.
    Changed {
        /// The time at which it happened.
        at: ZonedDateTime,
        /// The due time before.
        old: ZonedDateTime,
        /// The due time after.
        new: ZonedDateTime,
        /// The reason.
        reason: String,
    },
    /// The result.
    Due {
        /// In the office's time zone.
        at: ZonedDateTime,
    },
}
