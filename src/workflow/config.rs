//! The part of a rulebook that the workflow depends on.

use std::collections::BTreeMap;

use crate::message::{PolicyId, RulebookVersion};
use crate::reply::LetterConfig;
use crate::time::{Calendar, Policy};

/// The calendar, the policies and the letter settings of one rulebook.
#[derive(Clone, Debug)]
pub struct DeskConfig {
    /// The version of the rulebook.
    pub rulebook: RulebookVersion,
    /// Its calendar.
    pub calendar: Calendar,
    /// Its policies.
    pub policies: BTreeMap<PolicyId, Policy>,
    /// The texts that the engine sends to citizens by itself, and the limits of each channel.
    pub letters: LetterConfig,
}

impl DeskConfig {
    /// The policy of this name; `None` if the rulebook does not have it, or no longer has it.
    pub fn policy(&self, id: &PolicyId) -> Option<&Policy> {
        self.policies.get(id)
    }
}
