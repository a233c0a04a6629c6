//! What the engine remembers of one citizen on one account between two messages.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AccountId, CitizenId, EntryId, Sent, ThemeId};
use crate::case::CaseId;

/// The state of the talk with one citizen on one account.
///
/// `version` counts its commits, 0 for a citizen never seen: a commit that assumes another version
/// than the stored one is a conflict, so two nodes never interleave two messages of one citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The account.
    pub account: AccountId,
    /// The citizen.
    pub citizen: CitizenId,
    /// How many times the state was committed.
    pub version: u64,
    /// The menu that the last reply showed, while it can still be chosen from.
    pub menu: Option<Menu>,
    /// How many messages in a row were asked back about instead of answered.
    pub misses: u32,
    /// The case that a message of this citizen opened last, if any.
    pub last_case: Option<CaseId>,
    /// When the last message was handled, on the engine's clock.
    #[serde(default)]
    pub last_at: Option<Timestamp>,
    /// When the citizen wrote last about `last_case`.
    #[serde(default)]
    pub last_case_at: Option<Timestamp>,
    /// The last automatic answer, while the citizen has neither confirmed nor refused it, nor written about a case since.
    #[serde(default, rename = "debt")]
    pub unrated: Option<UnratedAnswer>,
    /// Earlier ones that the citizen has not judged either, the latest last, at most [`MAX_UNRATED_ANSWERS`]: what calls an answer unsolved, and has
    /// nothing else to speak of, speaks of the latest.
    #[serde(default, rename = "earlier", skip_serializing_if = "Vec::is_empty")]
    pub earlier_unrated: Vec<UnratedAnswer>,
    /// What was said last, where it may not be said again at once.
    #[serde(default, rename = "told")]
    pub last_notice: Option<SentNotice>,
    /// What was said before that, each text once, the newest first, at most [`MAX_EARLIER_NOTICES`].
    #[serde(default, rename = "lately", skip_serializing_if = "Vec::is_empty")]
    pub earlier_notices: Vec<SentNotice>,
    /// What was sent to the citizen by itself since their last message, where the channel limits that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Sent>,
}

/// An automatic answer that the citizen may still call unsolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnratedAnswer {
    /// What the citizen wanted to know.
    pub asked: String,
    /// When they wrote it: a case opened from the debt counts its deadlines from here.
    pub asked_at: Timestamp,
    /// When it was answered. What a person said later is what the citizen then speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// The theme of the answer.
    pub theme: Option<ThemeId>,
    /// When it lapses.
    pub until: Timestamp,
}

/// How many automatic answers a conversation remembers besides the last one.
pub const MAX_UNRATED_ANSWERS: usize = 8;

/// How many texts a conversation remembers besides the last one.
pub const MAX_EARLIER_NOTICES: usize = 8;

/// Something that was said, and how often lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentNotice {
    /// What: the rule, the entry, or the kind of text and its case.
    pub what: String,
    /// How often, each time not long after the one before, what was left unsaid included.
    pub times: u32,
    /// When, the last time.
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
            sent: None,
        }
    }

    /// The automatic answer that words of judgement speak of at `now`: the last one that was neither judged nor has lapsed.
    pub fn unrated_answer(&self, now: Timestamp) -> Option<&UnratedAnswer> {
        let mut answers = self.unrated.iter().chain(self.earlier_unrated.iter().rev());
        answers.find(|unrated| now < unrated.until)
    }
}

/// The most options of a menu: one digit numbers them, and "none of these" after them.
pub const MAX_MENU_OPTIONS: usize = 8;

/// A menu that was shown and may be chosen from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    /// What can be chosen, in the order shown, numbered from 1. "None of these" is the next number.
    pub options: Vec<MenuOption>,
    /// After this instant a number is a message like any other.
    pub expires: Timestamp,
    /// The text that could not be answered surely; it opens the case when nothing fits.
    pub asked: String,
    /// When that text was written: a case opened from the menu counts its deadlines from here.
    pub asked_at: Timestamp,
}

/// One choice of a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuOption {
    /// The FAQ entry that it stands for.
    pub entry: EntryId,
    /// The words shown.
    pub label: String,
    /// The words folded, letters and digits alone: what a citizen may type to choose it.
    pub words: String,
}
