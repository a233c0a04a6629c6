//! More time, within the limits of the policy.

use jiff::Timestamp;

use super::calendar::Calendar;
use super::deadline_error::DeadlineError;
use super::pause::derived;
use super::policy::Policy;
use crate::case::{Deadline, DeadlineStatus, Extension};

/// The deadline with an extension.
///
/// The policy says how often and how far; the amount must be in the policy's unit. It must be asked for
/// before the deadline is due, with a reason and an approver.
///
/// # Errors
///
/// [`DeadlineError`] if the clock is done or fixed, the deadline is due, the policy does not allow the
/// extension, or a reason or an approver is missing.
pub fn extend(
    calendar: &Calendar,
    policy: &Policy,
    deadline: &Deadline,
    extension: Extension,
) -> Result<Deadline, DeadlineError> {
    if let DeadlineStatus::Done { .. } = deadline.status {
        return Err(DeadlineError::Done(deadline.clock));
    }
    if deadline.history.time_limit.is_none() {
        return Err(DeadlineError::Fixed(deadline.clock));
    }
    let rule = policy.extension.ok_or(DeadlineError::NoExtension)?;
    if extension.reason.trim().is_empty() {
        return Err(DeadlineError::NoReason);
    }
    if extension.approver.as_str().trim().is_empty() {
        return Err(DeadlineError::NoApprover);
    }
    let granted = deadline.history.extensions.len();
    if u32::try_from(granted).is_ok_and(|granted| granted >= rule.times) {
        return Err(DeadlineError::NoFurtherExtension(rule.times));
    }
    let (asked, limit) = (extension.amount, rule.amount);
    if asked.unit() != limit.unit() || asked.count() > limit.count() {
        return Err(DeadlineError::TooLong { asked, limit });
    }
    let due = deadline.due.instant();
    if late(deadline, extension.asked) {
        return Err(DeadlineError::TooLate(due));
    }
    let mut after = deadline.clone();
    let asked = extension.asked;
    after.history.extensions.push(extension);
    Ok(derived(calendar, after, Some(asked)))
}

/// Whether the deadline had passed by `at`. A paused deadline has not, unless it passed before the pause.
fn late(deadline: &Deadline, at: Timestamp) -> bool {
    let at = match deadline.status {
        DeadlineStatus::Paused { since } => since.min(at),
        _ => at,
    };
    deadline.is_breached() || deadline.due.instant() <= at
}
