//! A time that was told to the citizen.

use jiff::Timestamp;

use super::alarm::plan;
use super::calendar::Calendar;
use super::derive::source;
use super::policy::Policy;
use super::refused::ClockRefused;
use crate::case::{ClockKind, Deadline, DeadlineStatus, Due, History, Step, Warn};
use crate::message::AgentId;

/// The deadline that a time told to the citizen makes; no calendar moves it.
///
/// Warnings are those of the policy's own `promise` clock, where it has one; its amount plays no part. Refused for a time that is not after `told`.
pub fn promise(
    calendar: &Calendar,
    policy: &Policy,
    by: &AgentId,
    told: Timestamp,
    until: Timestamp,
) -> Result<Deadline, ClockRefused> {
    if until <= told {
        return Err(ClockRefused::Past(until));
    }
    let warn = policy.allowance(ClockKind::Promise);
    let warn = warn.map_or(&[] as &[Warn], |allowance| &allowance.warn);
    let at = calendar.local(until);
    let mut deadline = Deadline {
        clock: ClockKind::Promise,
        policy: policy.id.clone(),
        due: Due::new(at.clone()),
        derivation: vec![
            Step::Told {
                at: calendar.local(told),
                by: by.clone(),
            },
            Step::Due { at },
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
