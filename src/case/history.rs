//! The history of a clock: the inputs from which its due time is derived.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Amount, Due, TimeLimit};
use crate::message::AgentId;

/// The inputs from which a due time is derived. They are stored with the case, so that the derivation can be
/// repeated later.
///
/// The default belongs to a fixed due time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// The start of the clock; `None` for a fixed due time.
    pub started: Option<Timestamp>,
    /// When the case was reopened with this clock. No alarm of a time before it is raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopened: Option<Timestamp>,
    /// The time limit of the policy at that time; `None` for a fixed due time.
    #[serde(rename = "allowance")]
    pub time_limit: Option<TimeLimit>,
    /// The source of the rule, for example a regulation.
    pub source: String,
    /// Whether its alarms are raised at any hour, and not only while the office is open.
    pub urgent: bool,
    /// The pauses, in order; the last one is open while the clock is paused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// The extensions granted, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// The alarms, raised and not yet raised.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
    /// Changes of the due time by anything but a pause or an extension, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<DeadlineChange>,
}

/// A pause of the clock, because the citizen was asked a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The start.
    pub from: Timestamp,
    /// The end; `None` while the clock is paused.
    pub to: Option<Timestamp>,
}

/// An extension of a deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The added time.
    pub amount: Amount,
    /// The time of the request, before the deadline was due.
    pub asked: Timestamp,
    /// The reason.
    pub reason: String,
    /// The approving agent.
    pub approver: AgentId,
}

/// An alarm about a deadline. It is raised once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// The kind.
    pub kind: AlarmKind,
    /// The instant that it reports as passed. For a breach this is the due time.
    #[serde(rename = "crosses")]
    pub threshold: Timestamp,
    /// The time to raise it: `threshold`, or the next opening of the office if alarms keep office hours.
    #[serde(rename = "sounds")]
    pub raise_at: Timestamp,
    /// When it was raised; `None` before.
    pub raised: Option<Timestamp>,
}

/// The kind of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlarmKind {
    /// The deadline is near. The number is the index of the warning in the policy, from 0.
    Warning(u8),
    /// The earliest possible due time has passed, and the calendar must be extended to know the exact one. It
    /// replaces the breach while the due time is provisional.
    NotCovered,
    /// The due time has passed.
    Breach,
}

/// A change of a due time from outside the clock's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineChange {
    /// The time of the change.
    pub at: Timestamp,
    /// The due time before.
    pub old: Due,
    /// The due time after.
    pub new: Due,
    /// The reason: a new rulebook, or the words of the agent.
    pub reason: String,
    /// The agent; `None` for a new rulebook.
    pub by: Option<AgentId>,
}
