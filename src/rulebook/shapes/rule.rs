//! A keyword rule.

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::{Location, Validity};
use crate::case::Priority;
use crate::message::{AccountId, DepartmentId, EntryId, FormId, RuleId, ThemeId};
use crate::reply::{Card, Link, ServiceCard};
use crate::time::DaySpan;

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
    pub outcome: RuleOutcome,
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
    /// The folded message matches this pattern, whose named captures the reply may show as the citizen wrote them. Its
    /// compiled size is at most [`MAX_PATTERN_BYTES`](super::super::MAX_PATTERN_BYTES).
    pub regex: Option<String>,
    /// Two words of these groups stand close to each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<Near>,
    /// It comes in at these hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// The talk with the citizen stands like this.
    #[serde(skip_serializing_if = "ConversationCondition::is_any")]
    pub talk: ConversationCondition,
    /// It has at most so many folded characters; without it, [`Thresholds::rule_chars`](super::Thresholds).
    pub max_chars: Option<usize>,
}

/// Two groups of words of which one each must stand close together, in either order (`near`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Near {
    /// One of these,
    pub one: Vec<String>,
    /// and one of these,
    pub other: Vec<String>,
    /// with at most so many folded characters between them. They don't overlap.
    pub within: usize,
}

/// The hours at which a message must come in (`hours`). Where the calendar does not cover the day, neither working time nor the
/// time outside it is known, and the rule does not fire.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    /// While the office is open.
    Working,
    /// While the office is closed.
    Outside,
    /// In one of these stretches of any day, on the office's clock.
    Spans(#[serde(serialize_with = "as_written")] Vec<DaySpan>),
}

fn as_written<S: Serializer>(spans: &[DaySpan], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(spans.iter().map(ToString::to_string))
}

/// How the talk with the citizen must stand as the message comes in (`talk`); what is not given does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct ConversationCondition {
    /// Whether it is the citizen's first message of the day on this account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_today: Option<bool>,
    /// Whether a menu is open. A message that chooses from it is no matter of rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub menu_open: Option<bool>,
    /// How many messages in a row, at least, were asked back about before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misses: Option<u32>,
}

impl ConversationCondition {
    /// Whether every talk will do.
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }
}

/// What a rule answers (`reply`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReplyContent {
    /// The answer's template. Its slots are the pattern's named captures and `{sender_name}`.
    pub text: String,
    /// Links that go with it.
    pub links: Vec<Link>,
    /// Cards that go with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<Card>,
    /// The page of a service that goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceCard>,
    /// FAQ entries that are offered to choose from, below the text; none, or two to nine.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub menu: Vec<EntryId>,
}

/// What becomes of a message on which a rule fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOutcome {
    /// It is answered.
    Reply(ReplyContent),
    /// It is answered with a form to fill in.
    Form(FormId),
    /// It goes to a person of another theme than the rule's.
    ForwardTheme(ThemeId),
    /// It goes to the desk of another account.
    ForwardAccount(AccountId),
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

impl RuleOutcome {
    /// An answer of text alone.
    pub fn reply(text: impl Into<String>) -> Self {
        Self::Reply(ReplyContent {
            text: text.into(),
            ..ReplyContent::default()
        })
    }
}
