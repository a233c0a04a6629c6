//! Letters as the host sees them: claimed for sending, or waiting for a decision of an agent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::{CaseId, ClaimToken, Letter, LetterKind};
use crate::message::MessageKey;

/// A letter that the host is to send now, from [`Outbox::claim`](super::Outbox::claim).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimedLetter {
    /// The number of its case.
    pub case: CaseId,
    /// Its number within the case, from 1. Case and number are the same at every attempt: use them as the id
    /// if the channel takes an id of the sender, so that it can drop a duplicate.
    pub number: u32,
    /// The recipient: the account to send from, the citizen, and the message that the letter answers.
    pub to: MessageKey,
    /// The kind of letter.
    pub kind: LetterKind,
    /// The text, at most as long as the account's channel takes.
    pub text: String,
    /// The number of this attempt, from 1 to [`SEND_ATTEMPTS`](super::SEND_ATTEMPTS).
    pub attempt: u32,
    /// The token that [`Outbox::settle`](super::Outbox::settle) takes.
    pub token: ClaimToken,
    /// The end of the send lease, on the store's clock. A letter that is not settled by then counts as
    /// possibly delivered.
    pub until: Timestamp,
}

/// The proof that a sender claimed a letter: the arguments of [`Outbox::settle`](super::Outbox::settle) for a
/// host that stores them between sending and settling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterReceipt {
    /// The number of the case.
    pub case: CaseId,
    /// The number of the letter within the case.
    pub number: u32,
    /// The token of the send lease.
    pub token: ClaimToken,
}

impl LetterReceipt {
    /// The receipt of a letter that was claimed with this token.
    pub fn new(case: CaseId, number: u32, token: ClaimToken) -> Self {
        Self { case, number, token }
    }
}

impl From<&ClaimedLetter> for LetterReceipt {
    fn from(letter: &ClaimedLetter) -> Self {
        Self::new(letter.case.clone(), letter.number, letter.token.clone())
    }
}

impl From<&LetterReceipt> for LetterReceipt {
    fn from(receipt: &LetterReceipt) -> Self {
        receipt.clone()
    }
}

/// A letter that waits for a decision of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StuckLetter {
    /// The number of its case.
    pub case: CaseId,
    /// The recipient; `None` if the recipient was erased.
    pub to: Option<MessageKey>,
    /// The letter. Its status is `Failed`, `Unknown` or `Held`.
    pub letter: Letter,
}
