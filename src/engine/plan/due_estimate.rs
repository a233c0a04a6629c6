//! The due time that a citizen is told, estimated from the length of the queue.

use jiff::Timestamp;

use crate::case::{Amount, Case, ClockKind, Due, MAX_DAYS, Priority, TimeLimit, Unit};
use crate::engine::compiled::CompiledRulebook;
use crate::time::{Policy, deadline};

/// The later one of the case's own due time and the close of the working day on which the queue reaches the
/// case.
///
/// A department that answers n cases a working day, counted from the next one, answers the first n waiting
/// cases on the first day, the next n on the second, and so on. The case's own deadline does not move.
pub(super) fn estimate_due(
    compiled: &CompiledRulebook,
    case: &Case,
    due: &Due,
    cases_ahead: usize,
    now: Timestamp,
) -> Due {
    let turn = compiled
        .answers_a_day(&case.department)
        .and_then(|answers_a_day| {
            let days = cases_ahead / usize::try_from(answers_a_day).ok()? + 1;
            let days = u32::try_from(days).unwrap_or(MAX_DAYS).min(MAX_DAYS);
            let amount = Amount::new(days, Unit::WorkingDays).ok()?;
            let policy = Policy {
                clocks: vec![TimeLimit::new(ClockKind::FirstReply, amount)],
                ..Policy::next_working_day()
            };
            deadline(&compiled.rulebook.calendar, &policy, ClockKind::FirstReply, now)
        });
    match turn.map(|turn| turn.due) {
        Some(turn) if case.priority != Priority::Urgent && due.instant() < turn.instant() => turn,
        _ => due.clone(),
    }
}
