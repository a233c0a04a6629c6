//! The end of an amount of time that belongs to no clock.

use jiff::Timestamp;

use super::calendar::{Calendar, Count};
use crate::case::{Amount, CountsFrom, Ends};

/// The instant at which `amount` has passed since `from`.
///
/// Days count from the next one on and end at close of business; hours and minutes count from `from`. Days
/// that the calendar does not cover count as working days.
pub(crate) fn after(calendar: &Calendar, amount: Amount, from: Timestamp) -> Timestamp {
    let counts_from = match amount.unit().is_days() {
        true => CountsFrom::NextDay,
        false => CountsFrom::SameDay,
    };
    let count = Count {
        amount,
        counts_from,
        ends: Ends::Close,
    };
    calendar.advance(from, count, &mut |_| {}).at
}
