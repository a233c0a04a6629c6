//! What a sender gets and says of a letter, and what follows from it. Pure.

use jiff::{SignedDuration, Timestamp};

use super::command_error::CommandError;
use super::commands::DeskError;
use crate::case::{Case, CaseId, ClaimToken, HeldBack, Letter, LetterKind, LetterStatus};
use crate::message::{MessageKey, Sending};

/// How often a letter is given to a sender before it is a dead letter.
pub const SEND_ATTEMPTS: u32 = 5;

/// How long a letter waits after its first failure, the second and so on, in minutes.
const BACKOFF: [i64; 4] = [1, 5, 30, 120];

/// A letter that the host is to send now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedLetter {
    /// Its case.
    pub case: CaseId,
    /// Its number within the case. Case and number together are the same at every attempt: where a channel takes an id
    /// of ours, give it these.
    pub number: u32,
    /// Whom it is for: the account to send from, the citizen, and the message that it answers.
    pub to: MessageKey,
    /// What it is.
    pub kind: LetterKind,
    /// The words, in the size that the account's channel takes.
    pub text: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// What [`Outbox::settle`](super::Outbox::settle) wants to see.
    pub token: ClaimToken,
    /// On the store's clock: who has not settled it by then has left it in the dark.
    pub until: Timestamp,
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The channel took it.
    Delivered,
    /// The channel did not take it, and may at another time: it is tried again after 1 minute, 5, 30 and 120, and is then a
    /// dead letter.
    Failed {
        /// What the channel said.
        reason: String,
    },
    /// The channel will never take it: a dead letter at once.
    Refused {
        /// What the channel said.
        reason: String,
    },
    /// Nobody knows. It is not sent again by itself.
    Unknown,
}

/// A letter that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StuckLetter {
    /// Its case.
    pub case: CaseId,
    /// Whom it is for; `None` where that was erased.
    pub to: Option<MessageKey>,
    /// The letter; its status says why it waits.
    pub letter: Letter,
}

/// Whether something is to be done about a letter by itself.
pub(super) fn is_ripe(letter: &Letter, now: Timestamp) -> bool {
    match &letter.status {
        LetterStatus::Waiting { from } => from.is_none_or(|from| from <= now),
        LetterStatus::Leased { until, .. } => *until <= now,
        _ => false,
    }
}

/// Why the channel does not take a letter now; `None` where it does.
pub(super) fn held_back(
    channel: &Sending,
    since: Timestamp,
    used: u32,
    kind: LetterKind,
    now: Timestamp,
) -> Option<HeldBack> {
    if channel.closes(since) <= now {
        return Some(HeldBack::WindowClosed);
    }
    if used >= channel.messages {
        return Some(HeldBack::QuotaUsed);
    }
    let last = channel.messages > 1 && used.saturating_add(1) == channel.messages;
    (last && kind != LetterKind::Answer).then_some(HeldBack::KeptForAnswer)
}

/// When a letter that failed is tried again; `None` where that was the last time.
pub(super) fn again(letter: &Letter, now: Timestamp) -> Option<Timestamp> {
    let place = usize::try_from(letter.attempts.checked_sub(1)?).ok()?;
    let minutes = *BACKOFF.get(place).filter(|_| letter.attempts < SEND_ATTEMPTS)?;
    now.checked_add(SignedDuration::from_mins(minutes)).ok()
}

pub(super) fn wait_for_a_person(letter: &Letter) -> Result<(), CommandError> {
    match letter.status.stuck_since() {
        Some(_) => Ok(()),
        None => Err(CommandError::LetterNotStuck(letter.status.in_words())),
    }
}

pub(super) fn find(case: &Case, number: u32) -> Result<&Letter, DeskError> {
    let mut letters = case.handling.letters.iter();
    let found = letters.find(|letter| letter.number == number);
    Ok(found.ok_or(CommandError::NoLetter(number))?)
}
