//! What deadlines follow.

use std::collections::BTreeMap;

use super::calendar::Calendar;
use super::policy::Policy;
use crate::message::{PolicyId, RulebookVersion};

/// What the deadlines of an office follow: the calendar and the policies of one rulebook.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The rulebook.
    pub rulebook: RulebookVersion,
    /// Its calendar.
    pub calendar: Calendar,
    /// Its policies.
    pub policies: BTreeMap<PolicyId, Policy>,
}

impl Terms {
    /// The policy of this name; `None` where the rulebook does not have it, or no longer.
    pub fn policy(&self, id: &PolicyId) -> Option<&Policy> {
        self.policies.get(id)
    }
}
