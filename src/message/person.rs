//! The ids under which one person writes.

use super::{CitizenId, MessageKey};

/// The sender of a message as one person, who may have other ids on other accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    own: CitizenId,
    /// Each once, without `own`.
    others: Vec<CitizenId>,
}

impl Person {
    /// The sender `own`, who also writes as `others`.
    pub(crate) fn new(own: &CitizenId, mut others: Vec<CitizenId>) -> Self {
        others.sort_unstable();
        others.dedup();
        others.retain(|id| id != own);
        Self {
            own: own.clone(),
            others,
        }
    }

    /// The id under which the person wrote the message.
    pub(crate) fn own_id(&self) -> &CitizenId {
        &self.own
    }

    /// The ids besides that one.
    pub(crate) fn other_ids(&self) -> &[CitizenId] {
        &self.others
    }

    /// Whether the person wrote the message of this key, on any account.
    pub(crate) fn wrote(&self, key: &MessageKey) -> bool {
        *key.sender() == self.own || self.others.contains(key.sender())
    }
}
