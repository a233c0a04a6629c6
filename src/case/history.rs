//! What happened to a clock since it started: everything that its due time is derived from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Amount, Due, TimeLimit};
use crate::message::AgentId;

/// What a deadline's due time is derived from, kept with the case so that it can be derived again years later.
///
/// The default belongs to a due time that was set as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// When the clock started; `None` for a due time that was set as it is.
    pub started: Option<Timestamp>,
    /// The rule in force, as it was; `None` for a due time that was set as it is.
    #[serde(rename = "allowance")]
    pub time_limit: Option<TimeLimit>,
    /// Where the rule comes from.
    pub source: String,
    /// Whether its alarms are raised at any hour; others wait for the office to open.
    pub urgent: bool,
    /// When the clock stood still, in order; the last one is open while it does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// The extensions granted, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// What is to be raised, and what was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
    /// How the due time was moved by anything else than a pause or an extension.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<DeadlineChange>,
}

/// A time in which the clock stood still, because the citizen was asked for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// From this instant.
    pub from: Timestamp,
    /// Until this one; `None` while it stands still.
    pub to: Option<Timestamp>,
}

/// More time, granted once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// How much.
    pub amount: Amount,
    /// When it was asked for: before the deadline was due.
    pub asked: Timestamp,
    /// Why.
    pub reason: String,
    /// Who granted it.
    pub approver: AgentId,
}

/// Something to be raised about a deadline, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// What it says.
    pub kind: AlarmKind,
    /// The instant whose passing it reports: for a breach the due time.
    #[serde(rename = "crosses")]
    pub threshold: Timestamp,
    /// When it is to be raised: `threshold`, or the next opening of the office where alarms keep office hours.
    #[serde(rename = "sounds")]
    pub raise_at: Timestamp,
    /// When it was raised; `None` before.
    pub raised: Option<Timestamp>,
}

/// What an alarm says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlarmKind {
    /// The deadline comes near; the number is the place of the warning in the policy, from 0.
    Warning(u8),
    /// The earliest time passed at which the deadline can be due; the calendar must be extended to know more. It
    /// takes the place of a breach while the due time is provisional.
    NotCovered,
    /// The deadline passed.
    Breach,
}

/// A due time moved by something else than the clock's own rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineChange {
    /// When it was moved.
    pub at: Timestamp,
    /// The due time before.
    pub old: Due,
    /// The due time after.
    pub new: Due,
    /// Why: a new calendar, a new policy, or the reason of the one who set it.
    pub reason: String,
    /// Who set it; `None` where a new rulebook did.
    pub by: Option<AgentId>,
}
