//! Policies: the time limits of a kind of matter, and their source.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::case::{Amount, ClockKind, CountsFrom, Priority, TimeLimit, Warn};
use crate::message::{AgentId, PolicyId};

/// The time limits of an office for one kind of matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name in the rulebook.
    pub id: PolicyId,
    /// Its name for people.
    pub name: String,
    /// Where the rule comes from, in words.
    pub source: String,
    /// The date of the source, where it has one.
    pub source_date: Option<Date>,
    /// Whether its alarms are raised at any hour; others wait for the office to open. In a rulebook, the policy
    /// that `[office] urgent_policy` names is urgent unless it says otherwise.
    pub urgent: bool,
    /// The clocks, at most one of a kind.
    pub clocks: Vec<TimeLimit>,
    /// The limits of extensions; `None` for no extensions.
    pub extension: Option<ExtensionRule>,
    /// How a department returns a matter that it is not responsible for; `None` if no time is set.
    pub returns: Option<ReturnRule>,
}

impl Policy {
    /// An answer by the close of the next working day: the default without a rulebook's policy.
    pub fn next_working_day() -> Self {
        let clock = TimeLimit::new(ClockKind::FirstReply, Amount::one_working_day());
        Self {
            id: PolicyId::new("next-working-day"),
            name: "same or next working day".to_owned(),
            source: "the crate's default".to_owned(),
            source_date: None,
            urgent: false,
            clocks: vec![clock],
            extension: None,
            returns: None,
        }
    }

    /// An answer within half an hour, day and night: the default for emergencies without a rulebook's policy.
    pub fn half_an_hour() -> Self {
        let clock = TimeLimit {
            counts_from: CountsFrom::SameDay,
            warn: vec![Warn::Share(50)],
            ..TimeLimit::new(ClockKind::FirstReply, Amount::half_an_hour())
        };
        Self {
            id: PolicyId::new("half-an-hour"),
            name: "within half an hour".to_owned(),
            urgent: true,
            clocks: vec![clock],
            ..Self::next_working_day()
        }
    }

    /// The default for a case of this priority without a rulebook's policy. Nobody waits for the office to
    /// open while there is danger.
    pub(crate) fn fallback(priority: Priority) -> Self {
        match priority {
            Priority::Urgent => Self::half_an_hour(),
            _ => Self::next_working_day(),
        }
    }

    /// The time limit of a clock; `None` if the policy does not have the clock.
    pub fn time_limit(&self, clock: ClockKind) -> Option<&TimeLimit> {
        self.clocks.iter().find(|time_limit| time_limit.clock == clock)
    }
}

/// The limits of extensions. They are requested before the deadline is due, with a reason and an approver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionRule {
    /// How many times.
    pub times: u32,
    /// The most time of each extension.
    pub amount: Amount,
}

/// How a department returns a matter that it is not responsible for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnRule {
    /// The time to return it; afterwards the matter counts as accepted.
    pub within: Amount,
    /// The time to return a complex matter.
    pub complex: Option<Amount>,
    /// After how many dispatches an owner decides instead.
    pub owner_after: Option<u32>,
    /// The owner's id. If absent, the first one to decide is the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AgentId>,
}
