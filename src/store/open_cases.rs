//! Visits all open cases, page by page.

use super::{CaseFilter, Store, StoreError};
use crate::case::{Case, State};

/// The number of cases that are read at once.
const PAGE: usize = 1_000;

/// Passes every open case to `each`. A case that changes its place in the queue meanwhile, by another call or
/// by `each` itself, may be passed twice or not at all.
pub(crate) fn visit_open_cases<E: From<StoreError>>(
    store: &dyn Store,
    mut each: impl FnMut(Case) -> Result<(), E>,
) -> Result<(), E> {
    for state in State::OPEN {
        let mut filter = CaseFilter {
            states: vec![state],
            limit: Some(PAGE),
            ..CaseFilter::default()
        };
        loop {
            let page = store.cases(&filter)?;
            page.cases.into_iter().try_for_each(&mut each)?;
            filter.offset += PAGE;
            if filter.offset >= page.total {
                break;
            }
        }
    }
    Ok(())
}
