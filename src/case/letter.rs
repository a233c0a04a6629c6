//! Letters: messages to citizens that the host sends, such as the answer of an agent or a reminder of the
//! engine.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::erasure::erase_letter;
use super::{Case, ClaimToken, Event};
use crate::message::{AgentId, MessageKey};

/// A message to a citizen. It is stored in its case, and committed with the move that wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The number within the case, from 1.
    pub number: u32,
    /// The recipient: the index in [`Case::recipients`], from 0.
    pub to: usize,
    /// The kind of letter.
    pub kind: LetterKind,
    /// The text.
    pub text: String,
    /// The time of writing.
    pub posted: Timestamp,
    /// The number of times that a sender has claimed it.
    #[serde(default)]
    pub attempts: u32,
    /// The status of its delivery.
    pub status: LetterStatus,
}

/// The kind of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LetterKind {
    /// The answer of an agent. The last message of a channel's window is kept for it.
    Answer,
    /// A question of an agent.
    Question,
    /// A reminder that a question is not answered.
    Reminder,
    /// A deadline was extended; the letter gives the new time.
    Extension,
    /// A promise will not be kept; the letter gives the new time, if there is one.
    Promise,
    /// The agent has left the conversation.
    HandBack,
}

/// The most letters that a case keeps after they were delivered or dismissed: 50, the latest. Letters that are
/// still to be dealt with are kept besides, and the last one of an agent to each citizen. The journal has all.
pub const MAX_SETTLED_LETTERS: usize = 50;

impl LetterKind {
    /// Whether it has the words of an agent, or reminds of them.
    pub(crate) fn is_of_agent(self) -> bool {
        matches!(self, Self::Answer | Self::Question | Self::Reminder)
    }

    /// The kind's name, as stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Question => "question",
            Self::Reminder => "reminder",
            Self::Extension => "extension",
            Self::Promise => "promise",
            Self::HandBack => "hand_back",
        }
    }
}

/// The status of a letter's delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LetterStatus {
    /// It is to be sent.
    Waiting {
        /// The earliest time, on the store's clock; `None` means now.
        from: Option<Timestamp>,
    },
    /// A sender has claimed it.
    Leased {
        /// The token by which the sender settles it.
        token: ClaimToken,
        /// The end of the lease, on the store's clock. The result is unknown from then on.
        until: Timestamp,
        /// The window of its channel in which it was counted ([`Sent::since`](crate::message::Sent::since)),
        /// if the channel has windows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counted: Option<Timestamp>,
    },
    /// The channel took it.
    Delivered {
        /// The time of the sender's report.
        at: Timestamp,
    },
    /// It may have been delivered: the sender did not know, or did not report in time. It is not sent again
    /// by itself.
    Unknown {
        /// The time at which that was recorded.
        at: Timestamp,
        /// The token by which the sender can still settle it.
        token: ClaimToken,
        /// The window of its channel in which it was counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counted: Option<Timestamp>,
    },
    /// A dead letter: the channel refused it for good, or the last attempt failed.
    Failed {
        /// The time of the last failure.
        at: Timestamp,
        /// The channel's error.
        reason: String,
    },
    /// The channel does not take it now. It waits again when the citizen writes, about any matter.
    Held {
        /// The time at which that was recorded.
        at: Timestamp,
        /// The reason.
        why: HeldBack,
        /// The account's fallback, for example another channel.
        fallback: Option<String>,
    },
    /// An agent, or the engine for a letter that is no longer needed, decided not to send it.
    #[serde(rename = "let_go")]
    Dismissed {
        /// The time of the decision.
        at: Timestamp,
        /// The agent; `engine` for the engine.
        by: AgentId,
    },
}

/// The reason for which a channel does not take a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HeldBack {
    /// The channel's window has closed.
    WindowClosed,
    /// The messages of the window are used up.
    QuotaUsed,
    /// The last message of the window is kept for the answer of an agent.
    KeptForAnswer,
}

impl LetterStatus {
    /// Whether it is still to be sent, or being sent.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Waiting { .. } | Self::Leased { .. })
    }

    /// Whether nothing more happens to it: it was delivered or dismissed.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Delivered { .. } | Self::Dismissed { .. })
    }

    /// Whether the citizen can't have read it: it failed for good, or is held back.
    pub fn is_unread(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Held { .. })
    }

    /// The time since which it waits for a decision of an agent, because it failed for good, may have been
    /// delivered or is held back; `None` if it does not.
    pub fn stuck_since(&self) -> Option<Timestamp> {
        match self {
            Self::Unknown { at, .. } | Self::Failed { at, .. } | Self::Held { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// The status in a few words, for an agent.
    pub fn in_words(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "to be sent",
            Self::Leased { .. } => "being sent",
            Self::Delivered { .. } => "delivered",
            Self::Unknown { .. } => "may have been delivered",
            Self::Failed { .. } => "could not be delivered",
            Self::Held { .. } => "held: the channel does not take it now",
            Self::Dismissed { .. } => "dismissed",
        }
    }
}

impl Case {
    /// The recipient of a letter; `None` if the case has no recipient of this index.
    pub fn addressee(&self, letter: &Letter) -> Option<&MessageKey> {
        self.recipients().get(letter.to).copied()
    }

    /// The first pending letter of each recipient. The letters behind it wait, so that a citizen never reads
    /// an answer before the question that was written first.
    pub fn next_letters(&self) -> impl Iterator<Item = &Letter> {
        let pending = |letter: &&Letter| letter.status.is_pending();
        let all = &self.handling.contact.letters;
        all.iter()
            .enumerate()
            .filter(move |(index, letter)| {
                let mut before = all.iter().take(*index).filter(pending);
                letter.status.is_pending() && before.all(|other| other.to != letter.to)
            })
            .map(|(_, letter)| letter)
    }

    /// Whether nothing more is to be done: the case is closed or merged, and each of its letters was
    /// delivered or dismissed.
    pub fn has_ended(&self) -> bool {
        let letters = &self.handling.contact.letters;
        self.state.is_over() && letters.iter().all(|letter| letter.status.is_over())
    }
}

/// Applies `event` to the letters of a case. Gives the number of letters that the case no longer keeps.
pub(super) fn apply(letters: &mut Vec<Letter>, event: &Event) -> u32 {
    change(letters, event);
    match event {
        Event::Posted { .. } | Event::LetterMoved { .. } => bound(letters),
        _ => 0,
    }
}

/// Drops the oldest letters that were delivered or dismissed, beyond [`MAX_SETTLED_LETTERS`]. The last answer,
/// question or reminder to each citizen stays: it tells what the citizen heard last.
fn bound(letters: &mut Vec<Letter>) -> u32 {
    let settled = letters.iter().filter(|letter| letter.status.is_over()).count();
    let mut excess = settled.saturating_sub(MAX_SETTLED_LETTERS);
    if excess == 0 {
        return 0;
    }
    let mut heard = HashSet::new();
    let last: HashSet<u32> = letters
        .iter()
        .rev()
        .filter(|letter| letter.kind.is_of_agent() && heard.insert(letter.to))
        .map(|letter| letter.number)
        .collect();
    let before = letters.len();
    letters.retain(|letter| {
        let goes = excess > 0 && letter.status.is_over() && !last.contains(&letter.number);
        excess -= usize::from(goes);
        !goes
    });
    u32::try_from(before - letters.len()).unwrap_or(u32::MAX)
}

fn change(letters: &mut Vec<Letter>, event: &Event) {
    match event {
        Event::Posted { letter, .. } => letters.push((**letter).clone()),
        Event::LetterMoved { number, status } => {
            for letter in letters.iter_mut().filter(|letter| letter.number == *number) {
                letter.attempts += u32::from(matches!(status, LetterStatus::Leased { .. }));
                letter.status = status.clone();
            }
        }
        // The first recipient is the citizen of the case.
        Event::RecipientsErased { .. } => {
            letters
                .iter_mut()
                .filter(|letter| letter.to > 0)
                .for_each(erase_letter);
        }
        // The citizen's message opens the channel's window.
        Event::CitizenWrote { .. } => {
            for letter in letters {
                if let LetterStatus::Held { .. } = letter.status {
                    letter.status = LetterStatus::Waiting { from: None };
                }
            }
        }
        _ => {}
    }
}
