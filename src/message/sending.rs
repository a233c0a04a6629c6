//! What a channel lets an account send by itself, and what of it is used up.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Conversation;

/// What the channel of an account takes without a message of the citizen just before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// How many messages after each message of the citizen.
    pub messages: u32,
    /// For how many hours after it.
    pub within_hours: u32,
    /// How many bytes of UTF-8 a message may have; a longer text goes out as several.
    pub bytes: Option<usize>,
    /// Where these limits are written.
    pub source: String,
    /// What the office does instead when the channel takes nothing more.
    pub fallback: Option<String>,
}

/// What was sent to a citizen since a message of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// When that message was handled; a later one opens a new window, in which nothing was sent.
    pub since: Timestamp,
    /// How many messages were given to a sender.
    pub messages: u32,
}

impl Sending {
    /// When the window closes that a message of the citizen at `since` opened.
    pub fn closes(&self, since: Timestamp) -> Timestamp {
        let hours = SignedDuration::from_hours(i64::from(self.within_hours));
        since.saturating_add(hours).unwrap_or(Timestamp::MAX)
    }
}

impl Conversation {
    /// How many messages were sent since the citizen's message at `since`.
    pub fn sent_since(&self, since: Timestamp) -> u32 {
        let sent = self.sent.filter(|sent| sent.since == since);
        sent.map_or(0, |sent| sent.messages)
    }
}
