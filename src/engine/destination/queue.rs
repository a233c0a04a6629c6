//! The length of a department's queue.

use crate::case::State;
use crate::engine::compiled::CompiledRulebook;
use crate::message::DepartmentId;
use crate::store::{CaseFilter, Store, StoreError};

/// The states of cases that are answered before a new one.
const AHEAD: [State; 3] = [State::Waiting, State::Claimed, State::Offered];

/// The number of cases that the department answers before a new one. Zero, without a read, if the rulebook
/// does not give the number of cases that the department answers a day.
pub(super) fn cases_ahead(
    store: &dyn Store,
    compiled: &CompiledRulebook,
    department: &DepartmentId,
) -> Result<usize, StoreError> {
    if compiled.answers_a_day(department).is_none() {
        return Ok(0);
    }
    let filter = CaseFilter {
        department: Some(department.clone()),
        states: AHEAD.to_vec(),
        limit: Some(1),
        ..CaseFilter::default()
    };
    Ok(store.cases(&filter)?.total)
}
