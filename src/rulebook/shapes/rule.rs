//! A keyword rule.

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::{Location, Validity};
use crate::case::Priority;
use crate::message::{AccountId, DepartmentId, EntryId, FormId, RuleId, ThemeId};
use crate::reply::{Card, Link, ServiceCard};
use crate::time::DaySpan;

/// A keyword rule (`[[rule]]`): a condition on messages, and the outcome for those that meet it.
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
    /// The condition.
    pub when: When,
    /// The outcome.
    pub outcome: RuleOutcome,
    /// The document that the answer rests on.
    pub source: Option<String>,
    /// When the answer was last checked.
    pub checked: Option<Date>,
    /// Messages that it must win.
    pub examples: Vec<String>,
    /// Messages on which it must not fire.
    pub counterexamples: Vec<String>,
    /// Its place in the rulebook's files.
    #[serde(skip)]
    pub location: Location,
}

/// The condition of a rule; every given part must hold. Words are as written, not yet folded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct When {
    /// The whole message, punctuation and spaces left out, is one of these.
    pub exact: Vec<String>,
    /// The message contains at least one of these.
    pub any: Vec<String>,
    /// The message contains at least one word of every group.
    pub all: Vec<Vec<String>>,
    /// The message contains none of these.
    pub none: Vec<String>,
    /// The folded message matches this pattern. The reply may show its named captures, as the citizen wrote
    /// them. Its compiled size is at most [`MAX_PATTERN_BYTES`](super::super::MAX_PATTERN_BYTES).
    pub regex: Option<String>,
    /// A word of each of these groups, close together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<Near>,
    /// The message arrives at these hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// The conversation is in this state.
    #[serde(skip_serializing_if = "ConversationCondition::is_any")]
    pub talk: ConversationCondition,
    /// It has at most so many folded characters; without it, [`Thresholds::rule_chars`](super::Thresholds).
    pub max_chars: Option<usize>,
}

/// Two groups of words. A message needs a word of each, close together and in either order (`near`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Near {
    /// The first group.
    pub one: Vec<String>,
    /// The second group.
    pub other: Vec<String>,
    /// The most folded characters between the two words, which do not overlap.
    pub within: usize,
}

/// The hours at which a message must arrive (`hours`). On a day that the calendar does not cover, the opening
/// hours are unknown and the rule does not fire.
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

/// The state that the conversation must be in when the message arrives (`talk`). An absent key is no
/// condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct ConversationCondition {
    /// Whether it is the citizen's first message of the day on this account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_today: Option<bool>,
    /// Whether a menu is open. A message that chooses from the menu is not matched against rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub menu_open: Option<bool>,
    /// The least number of messages in a row that were answered with a menu before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misses: Option<u32>,
}

impl ConversationCondition {
    /// Whether every conversation meets it.
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }
}

/// The reply of a rule (`reply`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
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

/// The outcome for a message on which a rule fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
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
