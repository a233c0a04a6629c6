//! Errors of operations on deadlines.

use jiff::Timestamp;
use thiserror::Error;

use crate::case::{Amount, ClockKind};

/// The reason why a deadline can't be changed as requested. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DeadlineError {
    /// It is done.
    #[error("`{0}` is done: its clock can't be moved any more")]
    Done(ClockKind),
    /// This kind of clock never pauses.
    #[error("`{0}` does not stand still: it runs on while the citizen is asked")]
    NeverPauses(ClockKind),
    /// The clock is already paused.
    #[error("`{0}` stands still already")]
    Paused(ClockKind),
    /// The clock is not paused.
    #[error("`{0}` runs: there is nothing to resume")]
    NotPaused(ClockKind),
    /// Its due time was set directly, not derived.
    #[error("`{0}` has a time that was set as it is: set another one instead")]
    Fixed(ClockKind),
    /// A reason is missing.
    #[error("a reason is missing")]
    NoReason,
    /// Nobody approved it.
    #[error("nobody is named who approved it")]
    NoApprover,
    /// The actor does not have the permission.
    #[error("`{0}` can only be set back by somebody who has the permission to")]
    NotPermitted(ClockKind),
    /// The policy does not allow extensions.
    #[error("the policy allows no extension")]
    NoExtension,
    /// The policy allows no further extension.
    #[error("the policy allows `{0}` extensions, and so many were granted")]
    NoFurtherExtension(u32),
    /// More time than the policy allows.
    #[error("`{asked}` is more than the policy allows: at most {limit} each time")]
    TooLong {
        /// The requested time.
        asked: Amount,
        /// The most that the policy allows.
        limit: Amount,
    },
    /// Asked for after it was due.
    #[error("an extension must be asked for before the deadline is due, and it was due at {0}")]
    TooLate(Timestamp),
    /// A time for the citizen that has passed already.
    #[error("{0} has passed already: tell the citizen a time that is still to come")]
    Past(Timestamp),
}
