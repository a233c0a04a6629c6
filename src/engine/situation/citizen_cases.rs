//! The cases of one citizen on every account, read when a stage first needs them.

use std::cell::OnceCell;

use crate::case::Case;
use crate::message::CitizenId;
use crate::store::{Arrival, Store, StoreError};

pub(crate) struct CitizenCases<'a> {
    store: &'a dyn Store,
    citizen: &'a CitizenId,
    cases: OnceCell<Vec<Case>>,
}

impl<'a> CitizenCases<'a> {
    /// `read` holds the cases where the store returned them together with the conversation.
    pub(super) fn new(store: &'a dyn Store, citizen: &'a CitizenId, read: Option<Vec<Case>>) -> Self {
        Self {
            store,
            citizen,
            cases: read.map_or_else(OnceCell::new, OnceCell::from),
        }
    }

    pub(crate) fn all(&self) -> Result<&[Case], StoreError> {
        if let Some(cases) = self.cases.get() {
            return Ok(cases);
        }
        let read = self.store.cases(&Arrival::cases_of(self.citizen))?.cases;
        Ok(self.cases.get_or_init(|| read))
    }
}
