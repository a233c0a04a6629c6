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
    /// The message came in.
    Received {
        /// On the office's clock.
        at: ZonedDateTime,
    },
    /// The calendar that counts, and how far it reaches.
    Calendar {
        /// The version of its content.
        version: String,
        /// Its first covered day.
        first: Date,
        /// Its last covered day.
        last: Date,
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
    /// The calendar begins later; the days up to its first are counted as working days.
    NotCoveredBefore {
        /// The first covered day.
        first: Date,
    },
    /// The time was told to the citizen.
    Told {
        /// When.
        at: ZonedDateTime,
        /// By whom.
        by: AgentId,
    },
    /// The clock stood still.
    Paused {
        /// From here.
        from: ZonedDateTime,
        /// To here; `None` while it stands still.
        to: Option<ZonedDateTime>,
        /// How much of the time that counts was in between, in words.
        time: String,
    },
    /// More time was granted.
    Extended {
        /// When it was asked for.
        asked: ZonedDateTime,
        /// How much.
        amount: Amount,
        /// Why.
        reason: String,
        /// By whom.
        approver: AgentId,
    },
    /// The due time was moved by something else than the clock's own rules.
    Changed {
        /// When.
        at: ZonedDateTime,
        /// The due time before.
        old: ZonedDateTime,
        /// The due time after.
        new: ZonedDateTime,
        /// Why.
        reason: String,
    },
    /// The result.
    Due {
        /// On the office's clock.
        at: ZonedDateTime,
    },
}
