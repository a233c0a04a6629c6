//! How long a department's queue is, in what a citizen is promised.

use jiff::Timestamp;

use super::compiled::CompiledRulebook;
use super::new_case::department_of;
use crate::case::{Amount, Case, ClockKind, Due, MAX_DAYS, Priority, State, TimeLimit, Unit};
use crate::decide::{Decision, Verdict};
use crate::message::{DepartmentId, Message};
use crate::store::{CaseFilter, Store, StoreError};
use crate::time::{Policy, deadline};

/// The states of cases that are answered before one that comes now.
const AHEAD: [State; 3] = [State::Waiting, State::Claimed, State::Offered];

/// How many cases are ahead of the one that the message opens; 0 where nothing is to be opened, or its department does not say how
/// many it answers a day.
pub(super) fn ahead(
    store: &dyn Store,
    compiled: &CompiledRulebook,
    message: &Message,
    decision: &Decision,
) -> Result<usize, StoreError> {
    let Verdict::Person { .. } = decision.verdict else {
        return Ok(0);
    };
    let department = department_of(compiled, message, decision);
    if a_day(compiled, &department).is_none() {
        return Ok(0);
    }
    let filter = CaseFilter {
        department: Some(department),
        states: AHEAD.to_vec(),
        limit: Some(1),
        ..CaseFilter::default()
    };
    Ok(store.cases(&filter)?.total)
}

/// The time that is told of a new case: what is owed, or where that is later, the close of the working day on which its turn comes.
///
/// A department that answers n cases a working day, counted from the next one on, answers the first n that wait on its first day, the
/// next n on its second, and so on. What is owed stays owed.
pub(super) fn told(
    compiled: &CompiledRulebook,
    case: &Case,
    owed: &Due,
    ahead: usize,
    now: Timestamp,
) -> Due {
    let turn = a_day(compiled, &case.department).and_then(|a_day| {
        let days = ahead / usize::try_from(a_day).ok()? + 1;
        let days = u32::try_from(days).unwrap_or(MAX_DAYS).min(MAX_DAYS);
        let amount = Amount::new(days, Unit::WorkingDays).ok()?;
        let policy = Policy {
            clocks: vec![TimeLimit::new(ClockKind::FirstReply, amount)],
            ..Policy::next_working_day()
        };
        deadline(&compiled.rulebook.calendar, &policy, ClockKind::FirstReply, now)
    });
    match turn.map(|turn| turn.due) {
        Some(turn) if case.priority != Priority::Urgent && owed.instant() < turn.instant() => turn,
        _ => owed.clone(),
    }
}

/// Without `[letters]` nothing watches what is promised, and only what is owed is told.
fn a_day(compiled: &CompiledRulebook, department: &DepartmentId) -> Option<u32> {
    compiled.rulebook.letters.as_ref()?;
    compiled.rulebook.departments.get(department)?.answers_a_day
}
