//! What the desk follows.

use std::collections::BTreeMap;

use crate::message::{PolicyId, RulebookVersion};
use crate::reply::LetterConfig;
use crate::time::{Calendar, Policy};

/// What the desk of an office follows: the calendar, the policies and the post of one rulebook.
#[derive(Clone, Debug)]
pub struct DeskConfig {
    /// The rulebook.
    pub rulebook: RulebookVersion,
    /// Its calendar.
    pub calendar: Calendar,
    /// Its policies.
    pub policies: BTreeMap<PolicyId, Policy>,
    /// What the desk tells citizens by itself, and what the channels allow.
    pub letters: LetterConfig,
}

impl DeskConfig {
    /// The policy of this name; `None` where the rulebook does not have it, or no longer.
    pub fn policy(&self, id: &PolicyId) -> Option<&Policy> {
        self.policies.get(id)
    }
}
