//! Changes of a due time from outside the clock, each recorded with the old and the new due time.

use jiff::Timestamp;

use super::calendar::Calendar;
use super::deadline_error::DeadlineError;
use super::derive::source;
use super::pause::derived;
use super::policy::Policy;
use crate::case::{Deadline, DeadlineChange, DeadlineStatus, Starts};
use crate::message::AgentId;

/// A request to restart a clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    /// When.
    pub at: Timestamp,
    /// The actor.
    pub by: AgentId,
    /// Whether the actor has the permission.
    pub permitted: bool,
    /// Why.
    pub reason: String,
}

/// The deadline with its clock restarted on request.
///
/// Requires the permission and a reason. The old due time and the reason are recorded. Earlier extensions
/// still count toward the limit of the policy, but no longer toward the due time.
///
/// # Errors
///
/// [`DeadlineError`] if the permission or the reason is missing, or the clock is done or fixed.
pub fn reset(calendar: &Calendar, deadline: &Deadline, request: &Reset) -> Result<Deadline, DeadlineError> {
    if !request.permitted {
        return Err(DeadlineError::NotPermitted(deadline.clock));
    }
    if request.reason.trim().is_empty() {
        return Err(DeadlineError::NoReason);
    }
    if let DeadlineStatus::Done { .. } = deadline.status {
        return Err(DeadlineError::Done(deadline.clock));
    }
    if deadline.history.time_limit.is_none() {
        return Err(DeadlineError::Fixed(deadline.clock));
    }
    let mut after = deadline.clone();
    after.status = DeadlineStatus::Open;
    after.history.started = Some(request.at);
    if let Some(pause) = after.history.pauses.last_mut() {
        let stopped = pause.from.max(request.at);
        pause.to.get_or_insert(stopped);
    }
    Ok(changed(
        calendar,
        after,
        request.at,
        &request.reason,
        Some(&request.by),
    ))
}

/// The deadline of a clock that every message of the citizen restarts, after a message at `at`.
///
/// `None` for other clocks, and for a message older than the one that it counts from.
pub fn restart(calendar: &Calendar, deadline: &Deadline, at: Timestamp) -> Option<Deadline> {
    let history = &deadline.history;
    let starts = history.time_limit.as_ref().map(|time_limit| time_limit.starts);
    if starts != Some(Starts::LastMessage) || history.started.is_some_and(|started| at <= started) {
        return None;
    }
    let mut after = deadline.clone();
    after.status = DeadlineStatus::Open;
    after.history.started = Some(at);
    Some(derived(calendar, after, Some(at)))
}

/// The deadline under another calendar or policy. `None` if neither its due time nor its alarms change, and
/// if it is done.
///
/// Its start, pauses and extensions stay as they are. If the policy does not have the clock, only the
/// calendar changes. If it would have been due before its case was reopened, it counts from the reopening.
/// `reason` names the change.
pub fn recompute(
    calendar: &Calendar,
    policy: &Policy,
    deadline: &Deadline,
    at: Timestamp,
    reason: &str,
) -> Option<Deadline> {
    if let DeadlineStatus::Done { .. } = deadline.status {
        return None;
    }
    deadline.history.time_limit.as_ref()?;
    let mut after = deadline.clone();
    if let Some(time_limit) = policy.time_limit(deadline.clock) {
        after.policy = policy.id.clone();
        after.history.time_limit = Some(time_limit.clone());
        after.history.source = source(policy);
        after.history.urgent = policy.urgent;
    }
    let mut new = changed(calendar, after.clone(), at, reason, None);
    if let Some(reopened) = after.history.reopened
        && new.due.instant() <= reopened
    {
        after.history.started = Some(reopened);
        new = changed(calendar, after, at, reason, None);
    }
    let after = new;
    let (new, old) = (&after.history, &deadline.history);
    let other_rule = new.time_limit != old.time_limit || new.urgent != old.urgent;
    (after.due != deadline.due || other_rule).then_some(after)
}

/// The deadline as its changed history makes it, with the change on record.
fn changed(
    calendar: &Calendar,
    deadline: Deadline,
    at: Timestamp,
    reason: &str,
    by: Option<&AgentId>,
) -> Deadline {
    let old = deadline.due.clone();
    let mut after = derived(calendar, deadline, Some(at));
    after.history.changes.push(DeadlineChange {
        at,
        old,
        new: after.due.clone(),
        reason: reason.to_owned(),
        by: by.cloned(),
    });
    // Derived again, so that the derivation shows the change.
    derived(calendar, after, Some(at))
}
