//! The host's own knowledge about citizens and agents.

use std::sync::Arc;

use super::destination::{Availability, AvailabilityLookup};
use super::incoming::Incoming;
use crate::message::{AccountId, CitizenId, DepartmentId, Person};

type SamePersonLookup = Arc<dyn Fn(&AccountId, &CitizenId) -> Vec<CitizenId> + Send + Sync>;

#[derive(Clone, Default)]
pub(super) struct HostLookups {
    /// The ids of one person on other accounts.
    pub(super) same_person: Option<SamePersonLookup>,
    pub(super) availability: Option<AvailabilityLookup>,
}

impl HostLookups {
    /// Asks the host for the ids of the sender. Without a lookup, only equal ids are one person.
    pub(super) fn person(&self, incoming: &Incoming<'_>) -> Person {
        let lookup = self.same_person.as_ref();
        let others = lookup.map_or_else(Vec::new, |ids| ids(incoming.account(), incoming.sender()));
        Person::new(incoming.sender(), others)
    }

    /// Asks the host. Without a lookup, agents count as available.
    pub(super) fn availability(&self, department: &DepartmentId) -> Availability {
        self.availability
            .as_ref()
            .map_or(Availability::Available, |lookup| lookup(department))
    }
}
