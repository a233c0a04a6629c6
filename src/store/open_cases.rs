//! Visits all open cases, page by page.

use super::{CaseFilter, CaseOrder, Store, StoreError};
use crate::case::{Case, State};

/// The number of cases that are read at once.
const PAGE: usize = 1_000;

/// Passes every open case to `each`. A case that is opened or reopened meanwhile, by another call or by `each`
/// itself, may be passed or not; every other one is passed once.
pub(crate) fn visit_open_cases<E: From<StoreError>>(
    store: &dyn Store,
    mut each: impl FnMut(Case) -> Result<(), E>,
) -> Result<(), E> {
    let mut filter = CaseFilter {
        states: State::OPEN.to_vec(),
        order: CaseOrder::Number,
        limit: Some(PAGE),
        ..CaseFilter::default()
    };
    loop {
        let page = store.cases(&filter)?;
        page.cases.into_iter().try_for_each(&mut each)?;
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return Ok(()),
        }
    }
}
