//! Standing still while the citizen is asked for something, and running on.

use jiff::Timestamp;

use super::alarm::replan;
use super::calendar::Calendar;
use super::deadline_error::DeadlineError;
use super::derive::derive;
use crate::case::{Deadline, DeadlineStatus, Pause};

/// The deadline with its clock stopped at `at`.
///
/// While it stands still, nothing is raised about it. A stop after the due time gives nothing back. A clock that
/// stepped back behind what was already recorded stops at the last recorded instant.
pub fn pause(calendar: &Calendar, deadline: &Deadline, at: Timestamp) -> Result<Deadline, DeadlineError> {
    let clock = deadline.clock;
    match deadline.status {
        DeadlineStatus::Done { .. } => return Err(DeadlineError::Done(clock)),
        DeadlineStatus::Paused { .. } => return Err(DeadlineError::Paused(clock)),
        DeadlineStatus::Open => {}
    }
    if !clock.can_pause() {
        return Err(DeadlineError::NeverPauses(clock));
    }
    if deadline.history.time_limit.is_none() {
        return Err(DeadlineError::Fixed(clock));
    }
    let mut after = deadline.clone();
    // A breach that was raised stays one, whatever the clock says now.
    let breached = deadline.is_breached().then(|| deadline.due.instant());
    let resumed = deadline.history.pauses.last().and_then(|pause| pause.to);
    let known = [deadline.history.started, breached, resumed];
    let since = known.into_iter().flatten().fold(at, Timestamp::max);
    after.status = DeadlineStatus::Paused { since };
    after.history.pauses.push(Pause {
        from: since,
        to: None,
    });
    Ok(derived(calendar, after, None))
}

/// The deadline with its clock running again from `at` on, its due time moved by the time that counts in between.
///
/// The pause is measured on the same calendar as the sum, so what was left when it stopped is left now.
pub fn resume(calendar: &Calendar, deadline: &Deadline, at: Timestamp) -> Result<Deadline, DeadlineError> {
    let DeadlineStatus::Paused { since } = deadline.status else {
        return Err(DeadlineError::NotPaused(deadline.clock));
    };
    let mut after = deadline.clone();
    after.status = DeadlineStatus::Open;
    if let Some(pause) = after.history.pauses.last_mut() {
        pause.to = Some(at.max(since));
    }
    Ok(derived(calendar, after, None))
}

/// The deadline with its due time, derivation and alarms as they follow from its history; `moved` is when something else
/// than a pause moved it.
pub(super) fn derived(calendar: &Calendar, mut deadline: Deadline, moved: Option<Timestamp>) -> Deadline {
    if let Some((due, derivation)) = derive(calendar, &deadline.history) {
        deadline.due = due;
        deadline.derivation = derivation;
    }
    deadline.history.alarms = replan(calendar, &deadline, moved);
    deadline
}
