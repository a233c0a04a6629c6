//! What a citizen is told without a message of theirs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::message::{AccountId, Sending};

/// The fixed texts of the letters that the desk writes (`[letters]`), each with the slots that it may use, and the times that go
/// with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterTemplates {
    /// Stands below a person's answer and asks whether that settled it, with the numbers to choose from and the words to type; no
    /// slots.
    pub solved: String,
    /// For how many hours the citizen may say so; then the case is closed as lapsed.
    pub lapse_hours: u32,
    /// A question of an agent waits for its reply: `{case}`.
    pub reminder: String,
    /// How many hours after a question the citizen is reminded of it, if they are silent.
    pub reminder_hours: u32,
    /// How many hours after a question the case is in the queue again, if they still are: an agent decides how to go on.
    pub reply_hours: u32,
    /// More time was granted: `{case}`, `{due}`.
    pub extended: String,
    /// The time that was promised will not be kept: `{case}`, `{due}` (the new one).
    pub postponed: String,
    /// How many working minutes before a promised time it is seen that it will not be kept.
    pub postpone_minutes: u32,
    /// How often a case's promise is put off in all; after that the time is let pass, and it counts as broken.
    pub postpone_times: u32,
    /// The promised time will not be kept, no other is promised, and somebody above has been told: `{case}`.
    pub overdue: String,
    /// For how many minutes a person whom the citizen believes to be there may show no sign of work; then the talk is handed back, and
    /// the case is in the queue again.
    pub idle_minutes: u32,
    /// The person has left the talk: `{case}`.
    pub handed_back: String,
}

/// What the desk needs to write to citizens: a part of a rulebook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetterConfig {
    /// The fixed texts; without them the desk sends only what agents write.
    pub templates: Option<LetterTemplates>,
    /// How a due time is written, in the `strftime` letters.
    pub due_format: String,
    /// What the channels of the accounts allow; an account that is not listed may send at any time.
    pub channels: BTreeMap<AccountId, Sending>,
}
