//! The part of a rulebook that the workflow depends on.

use std::collections::{BTreeMap, BTreeSet};

use super::canned_replies::CannedReplies;
use super::command_error::CommandError;
use crate::message::{DepartmentId, PolicyId, RulebookVersion, ThemeId};
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
    /// The canned replies that agents can choose from.
    pub canned_replies: CannedReplies,
    /// The names of departments that canned replies show.
    pub department_names: BTreeMap<DepartmentId, String>,
    /// The departments that a case can be given to; any if empty.
    pub departments: BTreeSet<DepartmentId>,
    /// The themes that a case can be given; any if empty.
    pub themes: BTreeSet<ThemeId>,
}

impl DeskConfig {
    /// The policy of this name; `None` if the rulebook does not have it, or no longer has it.
    pub fn policy(&self, id: &PolicyId) -> Option<&Policy> {
        self.policies.get(id)
    }

    /// Refuses a department or a theme that the rulebook does not have: no agent would see the case there.
    pub(super) fn check_destination(
        &self,
        department: &DepartmentId,
        theme: Option<&ThemeId>,
    ) -> Result<(), CommandError> {
        if !self.departments.is_empty() && !self.departments.contains(department) {
            return Err(CommandError::UnknownDepartment(department.clone()));
        }
        match theme {
            Some(theme) if !self.themes.is_empty() && !self.themes.contains(theme) => {
                Err(CommandError::UnknownTheme(theme.clone()))
            }
            _ => Ok(()),
        }
    }
}
