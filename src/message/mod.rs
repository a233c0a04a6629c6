//! Vocabulary: what a citizen writes, and the conversation that it belongs to.

mod conversation;
mod ids;
mod key;
mod sending;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use conversation::{
    Conversation, MAX_EARLIER_NOTICES, MAX_MENU_OPTIONS, MAX_UNRATED_ANSWERS, Menu, MenuOption, SentNotice,
    UnratedAnswer,
};
pub use ids::{
    AccountId, AgentId, CitizenId, DepartmentId, EntryId, FormId, MAX_ID_BYTES, PolicyId, RuleId,
    RulebookVersion, ThemeId,
};
pub use key::MessageKey;
pub use sending::{Sending, Sent};

/// How many characters of a message are read, before and after folding, and how many a case keeps.
///
/// The longest of 7,121 real messages to a Chinese city had 9,016.
pub const MAX_CHARS: usize = 10_000;

/// One message of a citizen, as a channel delivered it.
///
/// The text is kept as it came. What the stages read of it, and what a case keeps, is capped at
/// [`MAX_CHARS`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    key: MessageKey,
    text: String,
    at: Option<Timestamp>,
    sender_name: Option<String>,
}

impl Message {
    /// A text message: the account it was written to, its sender, the channel's message id, the text.
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
        Self {
            key: MessageKey::new(AccountId::new(account), CitizenId::new(sender), id),
            text: text.into(),
            at: None,
            sender_name: None,
        }
    }

    /// The same message with the time at which the channel says that it was written.
    ///
    /// Deadlines count from it. Without it the engine's clock at arrival is taken.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// The same message with the name that the sender shows.
    #[must_use]
    pub fn from_name(mut self, name: impl Into<String>) -> Self {
        self.sender_name = Some(name.into());
        self
    }

    /// The key under which the outcome is stored.
    pub fn key(&self) -> &MessageKey {
        &self.key
    }

    /// The account it was written to.
    pub fn account(&self) -> &AccountId {
        self.key.account()
    }

    /// Who wrote it.
    pub fn sender(&self) -> &CitizenId {
        self.key.sender()
    }

    /// The text as it came.
    pub fn body(&self) -> &str {
        &self.text
    }

    /// When it was written, where the channel says so.
    pub fn written_at(&self) -> Option<Timestamp> {
        self.at
    }

    /// The name that the sender shows, where the channel gives it.
    pub fn sender_name(&self) -> Option<&str> {
        self.sender_name.as_deref()
    }
}
