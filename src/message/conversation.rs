//! The state of the conversation with one citizen on one account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AccountId, CitizenId, Menu, Sent, ThemeId};
use crate::case::CaseId;

/// The state of the conversation with one citizen on one account.
///
/// `version` counts the commits, from 0 for a new citizen. A commit that expects another version than the
/// stored one is a conflict, so that two nodes never interleave two messages of one citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The account.
    pub account: AccountId,
    /// The citizen.
    pub citizen: CitizenId,
    /// The number of commits.
    pub version: u64,
    /// The last menu, until a later answer or case takes its place.
    pub menu: Option<Menu>,
    /// The number of messages in a row that led to a menu instead of an answer.
    pub misses: u32,
    /// The case that the citizen opened or wrote about last.
    pub last_case: Option<CaseId>,
    /// When the last message was handled, on the engine's clock.
    #[serde(default)]
    pub last_at: Option<Timestamp>,
    /// When the citizen last wrote about `last_case`.
    #[serde(default)]
    pub last_case_at: Option<Timestamp>,
    /// The last automatic answer, until the citizen rates it or writes about a case.
    #[serde(default, rename = "debt")]
    pub unrated: Option<UnratedAnswer>,
    /// Earlier unrated answers, the latest last, at most [`MAX_UNRATED_ANSWERS`]. A rating without another
    /// subject is about the latest.
    #[serde(default, rename = "earlier", skip_serializing_if = "Vec::is_empty")]
    pub earlier_unrated: Vec<UnratedAnswer>,
    /// The last text, if it is not to be sent twice in a row.
    #[serde(default, rename = "told")]
    pub last_notice: Option<SentNotice>,
    /// The texts before that, each once, the newest first, at most [`MAX_EARLIER_NOTICES`].
    #[serde(default, rename = "lately", skip_serializing_if = "Vec::is_empty")]
    pub earlier_notices: Vec<SentNotice>,
    /// The theme of the last answer or menu.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_theme: Option<ThemeId>,
    /// How many messages the citizen has written since the last settled matter: a case, a rated answer, a menu
    /// that was left, or a long pause.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unsettled: u32,
    /// The use of the channel's limit since the citizen's last message, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Sent>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// An automatic answer that the citizen may still rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnratedAnswer {
    /// The citizen's question. If a menu came in between, the one that led to the menu.
    pub asked: String,
    /// The labels of the options that the citizen chose from the menu, one a line; `None` without a menu.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// When it was written. The deadlines of a case that is opened for it count from here.
    pub asked_at: Timestamp,
    /// When it was answered. After a later answer of a person, a rating is about that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// The theme of the answer.
    pub theme: Option<ThemeId>,
    /// When it lapses.
    pub until: Timestamp,
}

/// The most unrated answers that a conversation keeps besides the last one: 8.
pub const MAX_UNRATED_ANSWERS: usize = 8;

/// The most texts that a conversation keeps besides the last one: 8.
pub const MAX_EARLIER_NOTICES: usize = 8;

/// A text that was sent, and how often lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentNotice {
    /// The name of the text: its rule, its entry, or its kind and case.
    pub what: String,
    /// The number of times, each shortly after the one before, suppressed ones included.
    pub times: u32,
    /// The last time.
    pub at: Timestamp,
}

impl Conversation {
    /// The state of a citizen never seen before.
    pub fn new(account: AccountId, citizen: CitizenId) -> Self {
        Self {
            account,
            citizen,
            version: 0,
            menu: None,
            misses: 0,
            last_case: None,
            last_at: None,
            last_case_at: None,
            unrated: None,
            earlier_unrated: Vec::new(),
            last_notice: None,
            earlier_notices: Vec::new(),
            last_theme: None,
            unsettled: 0,
            sent: None,
        }
    }

    /// The automatic answer that a rating at `now` is about: the last one that is unrated and has not lapsed.
    pub fn unrated_answer(&self, now: Timestamp) -> Option<&UnratedAnswer> {
        let mut answers = self.unrated.iter().chain(self.earlier_unrated.iter().rev());
        answers.find(|unrated| now < unrated.until)
    }
}
