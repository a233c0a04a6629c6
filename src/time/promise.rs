//! A time that was promised to the citizen.

use jiff::Timestamp;

use super::alarm::plan;
use super::calendar::Calendar;
use super::deadline_error::DeadlineError;
use super::derive::source;
use super::policy::Policy;
use crate::case::{ClockKind, Deadline, DeadlineStatus, DerivationStep, Due, History, Warn};
use crate::message::AgentId;

/// The deadline of a time that an agent promised to the citizen. No calendar moves it.
///
/// Its warnings are those of the policy's `promise` clock, if there is one. A time that is not after `told`
/// is an error.
///
/// # Errors
///
/// [`DeadlineError::Past`].
pub fn promise(
    calendar: &Calendar,
    policy: &Policy,
    by: &AgentId,
    told: Timestamp,
    until: Timestamp,
) -> Result<Deadline, DeadlineError> {
    if until <= told {
        return Err(DeadlineError::Past(until));
    }
    let warn = policy.time_limit(ClockKind::Promise);
    let warn = warn.map_or(&[] as &[Warn], |time_limit| &time_limit.warn);
    let at = calendar.local(until);
    let mut deadline = Deadline {
        clock: ClockKind::Promise,
        policy: policy.id.clone(),
        due: Due::new(at.clone()),
        derivation: vec![
            DerivationStep::Told {
                at: calendar.local(told),
                by: by.clone(),
            },
            DerivationStep::Due { at },
        ],
        status: DeadlineStatus::Open,
        history: History {
            started: Some(told),
            source: source(policy),
            urgent: policy.urgent,
            ..History::default()
        },
    };
    deadline.history.alarms = plan(calendar, &deadline, warn);
    Ok(deadline)
}
