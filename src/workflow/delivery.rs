//! The rules of sending letters: the limits of channels, and the consequences of each result.

use jiff::{SignedDuration, Timestamp};

use super::command_error::CommandError;
use super::config::DeskConfig;
use super::letters;
use super::question;
use crate::case::{Case, ClaimToken, Event, HeldBack, Letter, LetterKind, LetterStatus};
use crate::message::{Conversation, Sending, Sent};
use crate::text::clean_line;

/// The number of attempts to send a letter: after the fifth failure it is a dead letter.
pub const SEND_ATTEMPTS: u32 = 5;

/// The pause after each failure but the last, in minutes.
const BACKOFF: [i64; 4] = [1, 5, 30, 120];

/// The number of characters of a sender's reason that are kept.
const REASON_CHARS: usize = 300;

/// The result of sending a letter, as the host reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Settlement {
    /// The channel took the letter.
    Delivered,
    /// The channel did not take it, and may take it later. It is retried after 1, 5, 30 and 120 minutes, and
    /// is then a dead letter.
    Failed {
        /// The channel's error. At most 300 characters are kept.
        reason: String,
    },
    /// The channel will never take it. It is a dead letter at once.
    Refused {
        /// The channel's error. At most 300 characters are kept.
        reason: String,
    },
    /// The sender does not know. The letter is not sent again by itself.
    Unknown,
}

/// Whether a letter can be sent now, or its sender's lease has ended.
pub(crate) fn is_ripe(letter: &Letter, now: Timestamp) -> bool {
    match &letter.status {
        LetterStatus::Waiting { from } => from.is_none_or(|from| from <= now),
        LetterStatus::Leased { until, .. } => *until <= now,
        _ => false,
    }
}

/// Counts a letter in the window of its channel. Returns the conversation with the count, or the status of
/// the letter if the channel does not take it now.
pub(crate) fn admit(
    channel: &Sending,
    conversation: Conversation,
    arrived: Timestamp,
    kind: LetterKind,
    now: Timestamp,
) -> Result<Conversation, LetterStatus> {
    let since = conversation.last_at.unwrap_or(arrived);
    let used = conversation.sent_since(since);
    if let Some(why) = held_back(channel, since, used, kind, now) {
        return Err(LetterStatus::Held {
            at: now,
            why,
            fallback: channel.fallback.clone(),
        });
    }
    let messages = used.saturating_add(1);
    Ok(Conversation {
        sent: Some(Sent { since, messages }),
        ..conversation
    })
}

/// The reason for which the channel does not take a letter now; `None` if it takes it.
fn held_back(
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

/// The next status of a letter after its sender's report, and the window in which it no longer counts.
///
/// A report after the lease has ended is accepted as long as no agent has decided about the letter.
///
/// # Errors
///
/// [`CommandError::NotSender`] if the token is not that of the current or last lease.
pub(crate) fn settled(
    case: &Case,
    letter: &Letter,
    token: &ClaimToken,
    how: &Settlement,
    now: Timestamp,
) -> Result<(LetterStatus, Option<Timestamp>), CommandError> {
    let counted = match &letter.status {
        LetterStatus::Leased {
            token: current,
            counted,
            ..
        }
        | LetterStatus::Unknown {
            token: current,
            counted,
            ..
        } if current == token => *counted,
        _ => return Err(CommandError::NotSender),
    };
    Ok(match how {
        Settlement::Delivered => (LetterStatus::Delivered { at: now }, None),
        Settlement::Unknown => (lost(token, counted, now), None),
        Settlement::Failed { .. } | Settlement::Refused { .. } if question::is_moot(case, letter) => {
            (question::not_needed(now), counted)
        }
        Settlement::Failed { reason } => match retried(letter, now) {
            Some(from) => (LetterStatus::Waiting { from: Some(from) }, counted),
            None => (dead(reason, now), counted),
        },
        Settlement::Refused { reason } => (dead(reason, now), counted),
    })
}

/// The status of a letter with an unknown result: the sender does not know it, or did not report in time.
pub(crate) fn lost(token: &ClaimToken, counted: Option<Timestamp>, at: Timestamp) -> LetterStatus {
    LetterStatus::Unknown {
        at,
        token: token.clone(),
        counted,
    }
}

fn dead(reason: &str, at: Timestamp) -> LetterStatus {
    LetterStatus::Failed {
        at,
        reason: clean_line(reason, REASON_CHARS),
    }
}

/// The time of the next attempt; `None` after the last one.
fn retried(letter: &Letter, now: Timestamp) -> Option<Timestamp> {
    let failed = usize::try_from(letter.attempts.checked_sub(1)?).ok()?;
    let minutes = *BACKOFF.get(failed).filter(|_| letter.attempts < SEND_ATTEMPTS)?;
    now.checked_add(SignedDuration::from_mins(minutes)).ok()
}

/// Removes a letter that the channel did not take from the count of its window; `None` if the citizen has
/// opened another window since.
pub(crate) fn uncounted(conversation: Conversation, window: Timestamp) -> Option<Conversation> {
    let sent = conversation
        .sent
        .filter(|sent| sent.since == window && sent.messages > 0)?;
    Some(Conversation {
        sent: Some(Sent {
            messages: sent.messages.saturating_sub(1),
            ..sent
        }),
        ..conversation
    })
}

/// The events of a letter's new status. A question or an answer that arrives late restarts the citizen's
/// time.
pub(crate) fn letter_moved(
    case: &Case,
    number: u32,
    status: LetterStatus,
    config: &DeskConfig,
    now: Timestamp,
) -> Vec<Event> {
    let late = find_letter(case, number).ok().and_then(|letter| {
        let answer = letters::answer_late(case, letter, &status, config, now);
        answer.or_else(|| question::question_late(case, letter, &status, config, now))
    });
    std::iter::once(Event::LetterMoved { number, status })
        .chain(late)
        .collect()
}

/// The letter of this number.
pub(crate) fn find_letter(case: &Case, number: u32) -> Result<&Letter, CommandError> {
    let mut letters = case.handling.contact.letters.iter();
    let found = letters.find(|letter| letter.number == number);
    found.ok_or(CommandError::NoLetter(number))
}

/// Refuses a letter that needs no decision of an agent.
pub(crate) fn check_stuck(letter: &Letter) -> Result<(), CommandError> {
    match letter.status.stuck_since() {
        Some(_) => Ok(()),
        None => Err(CommandError::LetterNotStuck(letter.status.in_words())),
    }
}
