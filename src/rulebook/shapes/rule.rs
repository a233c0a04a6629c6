//! A keyword rule.

use jiff::civil::Date;
use serde::Serialize;

use super::{Location, Validity};
use crate::case::Priority;
use crate::message::{AccountId, DepartmentId, RuleId, ThemeId};
use crate::reply::Link;

/// A keyword rule (`[[rule]]`): when a message matches, what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The theme that it belongs to.
    pub theme: ThemeId,
    /// The accounts that it serves; empty for all.
    pub accounts: Vec<AccountId>,
    /// Higher wins where rules overlap; 0 by default.
    pub priority: i32,
    /// When it is in force.
    pub valid: Validity,
    /// What a message must look like.
    pub when: When,
    /// What becomes of the message.
    pub outcome: Outcome,
    /// The document that the answer rests on.
    pub source: Option<String>,
    /// When the answer was last checked.
    pub checked: Option<Date>,
    /// Messages that it must win.
    pub examples: Vec<String>,
    /// Messages on which it must not fire.
    pub counterexamples: Vec<String>,
    /// Where it stands.
    #[serde(skip)]
    pub location: Location,
}

/// What a message must look like; every part that is given must hold. Words are as written, not yet folded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct When {
    /// The whole message, punctuation and spaces left out, is one of these.
    pub exact: Vec<String>,
    /// It contains at least one of these.
    pub any: Vec<String>,
    /// It contains at least one word of every group.
    pub all: Vec<Vec<String>>,
    /// It contains none of these.
    pub none: Vec<String>,
    /// The folded message matches this pattern, whose named captures the reply may show. Its compiled size is at most
    /// [`MAX_PATTERN_BYTES`](super::super::MAX_PATTERN_BYTES).
    pub regex: Option<String>,
    /// It has at most so many folded characters; without it, [`Thresholds::rule_chars`](super::Thresholds).
    pub max_chars: Option<usize>,
}

/// What becomes of a message on which a rule fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is answered.
    Reply {
        /// The answer's template. Its slots are the pattern's named captures and `{sender_name}`.
        text: String,
        /// Links that go with it.
        links: Vec<Link>,
    },
    /// It goes to a person.
    Escalate {
        /// To this department; without it, the theme's.
        department: Option<DepartmentId>,
        /// So urgent.
        priority: Priority,
        /// A hint for the agent.
        note: Option<String>,
    },
}
