//! A channel's limit on messages outside of replies, and its use.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Conversation;

/// A channel's limit on an account's messages after each message of a citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// The number of messages after each message of the citizen.
    pub messages: u32,
    /// The hours after it within which they may be sent.
    pub within_hours: u32,
    /// The most bytes of UTF-8 in a message. A longer text is sent in several.
    pub bytes: Option<usize>,
    /// The document that states these limits.
    pub source: String,
    /// The office's fallback when the limit is reached.
    pub fallback: Option<String>,
}

/// The use of the limit since a message of the citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// When that message was handled. A later one opens a new window.
    pub since: Timestamp,
    /// The number of messages handed to a sender.
    pub messages: u32,
}

impl Sending {
    /// The end of the window that a message of the citizen at `since` opened.
    pub fn closes(&self, since: Timestamp) -> Timestamp {
        let hours = SignedDuration::from_hours(i64::from(self.within_hours));
        since.saturating_add(hours).unwrap_or(Timestamp::MAX)
    }
}

impl Conversation {
    /// The number of messages sent since the citizen's message at `since`.
    pub fn sent_since(&self, since: Timestamp) -> u32 {
        let sent = self.sent.filter(|sent| sent.since == since);
        sent.map_or(0, |sent| sent.messages)
    }
}
