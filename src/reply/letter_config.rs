//! The texts and limits of letters: messages to citizens outside of a reply.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::Amount;
use crate::message::{AccountId, Sending};

/// The fixed texts of the desk's letters (`[letters]`) with their slots, and the times that go with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterTemplates {
    /// Follows a person's answer and asks whether it solved the matter, with the words to reply. No slots.
    pub solved: String,
    /// The time within which the citizen may reply to it (`lapse_hours`). The case then lapses.
    pub lapse_after: Amount,
    /// Reminds of an agent's question: `{case}`.
    pub reminder: String,
    /// The time after a question at which a silent citizen is reminded (`reminder_hours`).
    pub remind_after: Amount,
    /// The time after a question at which the case of a silent citizen returns to the queue (`reply_hours`).
    pub reply_within: Amount,
    /// More time was granted: `{case}`, `{due}`.
    pub extended: String,
    /// A promised time is postponed: `{case}`, `{due}` (the new time).
    pub postponed: String,
    /// The working minutes before a promised time at which it is postponed.
    pub postpone_minutes: u32,
    /// The number of times that a case's promise is postponed. After that, the promise counts as broken.
    pub postpone_times: u32,
    /// A promise is broken and has been reported to a supervisor: `{case}`.
    pub overdue: String,
    /// The minutes without activity after which an agent's conversation is handed back and the case returns
    /// to the queue.
    pub idle_minutes: u32,
    /// An agent has left the conversation: `{case}`.
    pub handed_back: String,
}

/// The part of a rulebook that the desk needs to write to citizens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetterConfig {
    /// The fixed texts. Without them, the desk sends only letters that agents write.
    pub templates: Option<LetterTemplates>,
    /// The format of a due time, in `strftime` syntax.
    pub due_format: String,
    /// The limits of the accounts' channels. An account without an entry may send at any time.
    pub channels: BTreeMap<AccountId, Sending>,
}
