//! The identity of a message: the key under which its outcome is stored.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccountId, CitizenId};

/// The identity of a message: account, sender and the channel's own message id together.
///
/// The channel's id alone is too weak: WeChat's `MsgId` has collided between users. Sender and creation time
/// would drop distinct messages of one second.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageKey {
    account: AccountId,
    sender: CitizenId,
    id: String,
}

impl MessageKey {
    /// The key of message `id` that `sender` wrote to `account`.
    pub fn new(account: AccountId, sender: CitizenId, id: impl Into<String>) -> Self {
        Self {
            account,
            sender,
            id: id.into(),
        }
    }

    /// The account that the message was written to.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The citizen that wrote the message.
    pub fn sender(&self) -> &CitizenId {
        &self.sender
    }

    /// The channel's message id.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.account, self.sender, self.id)
    }
}
