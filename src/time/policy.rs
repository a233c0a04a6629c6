//! Policies: how much time a kind of matter has, and where the rule comes from.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::case::{Amount, ClockKind, TimeLimit};
use crate::message::{AgentId, PolicyId};

/// What an office owes for one kind of matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name in the rulebook.
    pub id: PolicyId,
    /// What people call it.
    pub name: String,
    /// Where the rule comes from, in words.
    pub source: String,
    /// The date of the source, where it has one.
    pub source_date: Option<Date>,
    /// Whether its alarms are raised at any hour; others wait for the office to open.
    pub urgent: bool,
    /// The clocks, at most one of a kind.
    pub clocks: Vec<TimeLimit>,
    /// How often and how far a deadline may be extended; `None` for never.
    pub extension: Option<ExtensionRule>,
    /// How a department gives back a matter that is not its own; `None` where no time is set for it.
    pub returns: Option<ReturnRule>,
}

impl Policy {
    /// An answer by the close of the next working day: what holds where nothing else is written.
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

    /// What it gives to a clock; `None` where it does not have that clock.
    pub fn time_limit(&self, clock: ClockKind) -> Option<&TimeLimit> {
        self.clocks.iter().find(|time_limit| time_limit.clock == clock)
    }
}

/// How often and how far a deadline may be extended: asked for before it is due, with a reason and an approver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionRule {
    /// How many times.
    pub times: u32,
    /// How much at most each time.
    pub amount: Amount,
}

/// How a department gives back a matter that is not its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnRule {
    /// In which time; after it the matter counts as accepted.
    pub within: Amount,
    /// In which time where the matter is complex.
    pub complex: Option<Amount>,
    /// After how many dispatches an owner decides instead.
    pub owner_after: Option<u32>,
    /// Who that is. Where nobody is named, whoever decides first is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AgentId>,
}
