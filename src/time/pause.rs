//! Pausing a clock while the citizen is asked for something, and resuming it.

use jiff::Timestamp;

use super::alarm::replan;
use super::calendar::Calendar;
use super::deadline_error::DeadlineError;
use super::derive::derive;
use crate::case::{Deadline, DeadlineStatus, Pause};

/// The deadline with its clock paused at `at`.
///
/// No alarm is raised during a pause. A pause after the due time moves nothing. If `at` is before an instant
/// that was already recorded, the pause starts at that instant.
///
/// # Errors
///
/// [`DeadlineError`] if the clock is done, is paused already, or never pauses.
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
    // A raised breach stays one, even if the clock stepped back.
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

/// The deadline with its clock resumed at `at`. The due time moves by the counted time of the pause.
///
/// The pause is measured on the same calendar as the time limit, so the remaining time is the same as before.
///
/// # Errors
///
/// [`DeadlineError::NotPaused`].
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

/// The deadline with due time, derivation and alarms derived from its history. `moved` is the time at which
/// something other than a pause moved it.
pub(super) fn derived(calendar: &Calendar, mut deadline: Deadline, moved: Option<Timestamp>) -> Deadline {
    if let Some((due, derivation)) = derive(calendar, &deadline.history) {
        deadline.due = due;
        deadline.derivation = derivation;
    }
    deadline.history.alarms = replan(calendar, &deadline, moved);
    deadline
}
