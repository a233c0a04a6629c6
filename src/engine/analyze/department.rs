//! The department that a message goes to.

use crate::decide::{Decision, Verdict};
use crate::engine::compiled::CompiledRulebook;
use crate::message::{AccountId, DepartmentId};
use crate::rulebook::Rulebook;

/// The department that a rule or routing names; without one, the department of the desk that gets the
/// message.
pub(crate) fn department_of(
    compiled: &CompiledRulebook,
    account: &AccountId,
    decision: &Decision,
) -> DepartmentId {
    let (named, forward) = match &decision.verdict {
        Verdict::Person {
            department, forward, ..
        } => (department.clone(), forward.as_ref()),
        _ => (None, None),
    };
    named.unwrap_or_else(|| desk_of(&compiled.rulebook, forward.unwrap_or(account), decision))
}

/// The department of the theme, else that of the account, else that of the office.
fn desk_of(rulebook: &Rulebook, account: &AccountId, decision: &Decision) -> DepartmentId {
    let theme = decision
        .theme
        .as_ref()
        .and_then(|theme| rulebook.themes.get(theme));
    let account = rulebook.accounts.get(account);
    theme
        .map(|theme| theme.department.clone())
        .or_else(|| account.and_then(|account| account.department.clone()))
        .unwrap_or_else(|| rulebook.office.department.clone())
}
