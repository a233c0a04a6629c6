//! The cases of one person on every account, read when a stage first needs them.

use std::cell::OnceCell;

use crate::case::Case;
use crate::message::Person;
use crate::store::{Arrival, Store, StoreError};

pub(crate) struct CitizenCases<'a> {
    store: &'a dyn Store,
    person: Person,
    /// The cases of the sender's own id, where the store returned them together with the conversation.
    own: Option<Vec<Case>>,
    cases: OnceCell<Vec<Case>>,
}

impl<'a> CitizenCases<'a> {
    pub(super) fn new(store: &'a dyn Store, person: Person, own: Option<Vec<Case>>) -> Self {
        Self {
            store,
            person,
            own,
            cases: OnceCell::new(),
        }
    }

    /// The sender, with the ids under which they write elsewhere.
    pub(crate) fn person(&self) -> &Person {
        &self.person
    }

    /// The cases, if they were read.
    pub(crate) fn known(&self) -> &[Case] {
        self.cases.get().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn all(&self) -> Result<&[Case], StoreError> {
        if let Some(cases) = self.cases.get() {
            return Ok(cases);
        }
        let read = |id| Ok::<_, StoreError>(self.store.cases(&Arrival::cases_of(id))?.cases);
        let mut cases = match &self.own {
            Some(own) => own.clone(),
            None => read(self.person.own_id())?,
        };
        for id in self.person.other_ids() {
            cases.extend(read(id)?);
        }
        Ok(self.cases.get_or_init(|| cases))
    }
}
