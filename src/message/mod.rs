//! Vocabulary: messages of citizens, their identifiers, and the state of a conversation.

mod conversation;
mod ids;
mod key;
mod menu;
mod person;
mod sending;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use conversation::{Conversation, MAX_EARLIER_NOTICES, MAX_UNRATED_ANSWERS, SentNotice, UnratedAnswer};
pub use ids::{
    AccountId, AgentId, CannedReplyId, CitizenId, DepartmentId, EntryId, FormId, MAX_ID_BYTES, PolicyId,
    RuleId, RulebookVersion, ThemeId,
};
pub use key::MessageKey;
pub use menu::{MAX_MENU_OPTIONS, Menu, MenuOption};
pub(crate) use person::Person;
pub use sending::{Sending, Sent};

/// The most characters of a message that are read, before and after folding, and that a case keeps: 10,000.
///
/// The longest of 7,121 real messages to a Chinese city had 9,016.
pub const MAX_CHARS: usize = 10_000;

/// One message of a citizen, as a channel delivered it.
///
/// The content is kept as it came. The engine reads, and a case keeps, at most [`MAX_CHARS`] characters of a
/// text.
///
/// ```
/// use civic_reply::Message;
/// use civic_reply::message::{Content, MessageKey};
///
/// let key = MessageKey::new("gov-wechat".into(), "citizen-42".into(), "msg-1");
/// let message = Message::new(key, Content::text("新生儿怎么上户口?")).with_sender_name("小王");
/// assert_eq!(message.body(), "新生儿怎么上户口?");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    key: MessageKey,
    #[serde(flatten)]
    content: Content,
    at: Option<Timestamp>,
    sender_name: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    automatic: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    withheld: bool,
}

/// The text that stands for a withheld one where a case or a conversation must hold some text.
pub const WITHHELD: &str = "[withheld]";

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Content {
    /// Text, as the citizen wrote it.
    Text(String),
}

impl Content {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl Message {
    /// A message with its identity.
    pub fn new(key: MessageKey, content: Content) -> Self {
        Self {
            key,
            content,
            at: None,
            sender_name: None,
            automatic: false,
            withheld: false,
        }
    }

    /// A text message from plain strings, for tests and examples: account, sender, the channel's message id,
    /// text.
    ///
    /// A host uses [`new`](Self::new): its typed identifiers cannot be swapped.
    ///
    /// ```
    /// use civic_reply::Message;
    ///
    /// let message = Message::text("gov-wechat", "citizen-42", "msg-1", "新生儿怎么上户口?");
    /// assert_eq!(message.key().id(), "msg-1");
    /// ```
    pub fn text(
        account: impl AsRef<str>,
        sender: impl AsRef<str>,
        id: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        let key = MessageKey::new(AccountId::new(account), CitizenId::new(sender), id);
        Self::new(key, Content::text(text))
    }

    /// Sets the time at which the message was written, as the channel gives it. Deadlines count from it.
    ///
    /// Without it, and if it is in the future, the engine's clock counts.
    #[must_use]
    pub fn with_written_at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// Sets the display name of the sender.
    #[must_use]
    pub fn with_sender_name(mut self, name: impl Into<String>) -> Self {
        self.sender_name = Some(name.into());
        self
    }

    /// Says that a machine wrote the message, as the channel gives it: an absence notice, a receipt, a mail
    /// with the header `Auto-Submitted` (RFC 3834) or `Precedence: bulk`.
    ///
    /// It gets no reply, so that no two machines answer each other, and opens no case unless it tells of
    /// danger. It is kept as a note at the citizen's case, if there is one that is not closed, and does not
    /// count as the citizen's reply to a question.
    #[must_use]
    pub fn with_automatic(mut self, automatic: bool) -> Self {
        self.automatic = automatic;
        self
    }

    /// Withholds the text: it is read to handle the message, and kept nowhere, for secret ballots and sensitive
    /// steps of forms. The journal keeps the key, the time and the decision. A case that the message opens or
    /// goes on with has [`WITHHELD`] in its place, and the stored outcome has an empty reply, so that a
    /// redelivery gives nothing to send.
    #[must_use]
    pub fn withhold(mut self) -> Self {
        self.withheld = true;
        self
    }

    /// Whether the text is [withheld](Self::withhold).
    pub fn is_withheld(&self) -> bool {
        self.withheld
    }

    /// The key under which the outcome is stored.
    pub fn key(&self) -> &MessageKey {
        &self.key
    }

    /// The account that the message was written to.
    pub fn account(&self) -> &AccountId {
        self.key.account()
    }

    /// The citizen that wrote it.
    pub fn sender(&self) -> &CitizenId {
        self.key.sender()
    }

    /// The content as it came.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The text of the content, as it came.
    pub fn body(&self) -> &str {
        match &self.content {
            Content::Text(text) => text,
        }
    }

    /// When the message was written, if the channel gives it.
    pub fn written_at(&self) -> Option<Timestamp> {
        self.at
    }

    /// Whether the channel says that a machine wrote it.
    pub fn is_automatic(&self) -> bool {
        self.automatic
    }

    /// The display name of the sender, if the channel gives it.
    pub fn sender_name(&self) -> Option<&str> {
        self.sender_name.as_deref()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Message;

    #[test]
    fn the_text_of_a_message_stays_a_field_of_its_json() {
        let json = r#"{"key":{"account":"a","sender":"s","id":"1"},"text":"x","at":null,"sender_name":null}"#;
        let message: Message = serde_json::from_str(json).unwrap();
        assert_eq!(message, Message::text("a", "s", "1", "x"));
        assert_eq!(serde_json::to_string(&message).unwrap(), json);
    }
}
