//! A message to a citizen that the host sends: what an agent answers or asks, and what the engine has to tell by itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Case, ClaimToken, Event};
use crate::message::{AgentId, MessageKey};

/// One row of the outbox. It stands in its case and becomes true with the move that wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its number within the case, from 1.
    pub number: u32,
    /// Whom it is for: the place among [`Case::recipients`], from 0.
    pub to: usize,
    /// What it is.
    pub kind: LetterKind,
    /// The words.
    pub text: String,
    /// When it was written.
    pub posted: Timestamp,
    /// How often it was given to a sender.
    #[serde(default)]
    pub attempts: u32,
    /// What became of it.
    pub status: LetterStatus,
}

/// What a letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LetterKind {
    /// The answer of a person: the last message of a channel's window is kept for it.
    Answer,
    /// A question of a person.
    Question,
    /// A question of a person waits for its reply.
    Reminder,
    /// More time was granted, and until when.
    Extension,
    /// The time that was promised will not be kept, and the new one.
    Promise,
    /// The person has left the talk.
    HandBack,
}

impl LetterKind {
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

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LetterStatus {
    /// To be sent: at once, or not before an instant on the store's clock.
    Waiting {
        /// The instant.
        from: Option<Timestamp>,
    },
    /// A sender has it.
    Leased {
        /// What the sender must show to settle it.
        token: ClaimToken,
        /// On the store's clock: from this instant on nobody knows what became of it.
        until: Timestamp,
        /// In which window of its channel it was counted ([`Sent::since`](crate::message::Sent::since)), where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counted: Option<Timestamp>,
    },
    /// It arrived.
    Delivered {
        /// When that was said.
        at: Timestamp,
    },
    /// It may have been delivered: the sender does not know, or never came back. It is not sent again by itself.
    Unknown {
        /// When that was seen.
        at: Timestamp,
        /// The claim by which its sender may still say what became of it.
        token: ClaimToken,
        /// In which window of its channel it was counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counted: Option<Timestamp>,
    },
    /// A dead letter: it was refused for good, or failed once too often.
    Failed {
        /// When.
        at: Timestamp,
        /// What the sender said of it.
        reason: String,
    },
    /// The channel does not take it now. It waits again when the citizen writes, whatever about.
    Held {
        /// When that was seen.
        at: Timestamp,
        /// Why not.
        why: HeldBack,
        /// What the account names to do instead.
        fallback: Option<String>,
    },
    /// An agent has dealt with it in another way.
    LetGo {
        /// When.
        at: Timestamp,
        /// Who.
        by: AgentId,
    },
}

/// Why a channel does not take a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HeldBack {
    /// Too long ago that the citizen wrote.
    WindowClosed,
    /// As many messages as the channel allows were sent since the citizen wrote.
    QuotaUsed,
    /// The last message that the channel allows is kept for a person's answer.
    KeptForAnswer,
}

impl LetterStatus {
    /// Whether it is still to be sent, or being sent.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Waiting { .. } | Self::Leased { .. })
    }

    /// Whether it is over: it arrived, or an agent has dealt with it.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Delivered { .. } | Self::LetGo { .. })
    }

    /// Whether nobody can have read it: it failed for good, or is held back.
    pub fn is_unread(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Held { .. })
    }

    /// Whether it waits for a person: it failed for good, may have been delivered, or is held back. Since when.
    pub fn stuck_since(&self) -> Option<Timestamp> {
        match self {
            Self::Unknown { at, .. } | Self::Failed { at, .. } | Self::Held { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// The state in a few words, for an agent.
    pub fn in_words(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "to be sent",
            Self::Leased { .. } => "being sent",
            Self::Delivered { .. } => "delivered",
            Self::Unknown { .. } => "may have been delivered",
            Self::Failed { .. } => "could not be delivered",
            Self::Held { .. } => "held: the channel does not take it now",
            Self::LetGo { .. } => "let go",
        }
    }
}

impl Case {
    /// Whom a letter is for; `None` for a number that no recipient has.
    pub fn addressee(&self, letter: &Letter) -> Option<&MessageKey> {
        self.recipients().get(letter.to).copied()
    }

    /// The letters that are next for their recipients: of those that are still to be sent or being sent, the first for
    /// each. What stands behind waits, so that an answer is never read before the question that came first.
    pub fn next_letters(&self) -> impl Iterator<Item = &Letter> {
        let pending = |letter: &&Letter| letter.status.is_pending();
        let all = &self.handling.letters;
        all.iter()
            .enumerate()
            .filter(move |(place, letter)| {
                let mut before = all.iter().take(*place).filter(pending);
                letter.status.is_pending() && before.all(|other| other.to != letter.to)
            })
            .map(|(_, letter)| letter)
    }

    /// Whether nothing more is owed: it is closed or merged, and every letter of it arrived or was dealt with.
    pub fn has_ended(&self) -> bool {
        let letters = &self.handling.letters;
        self.state.is_over() && letters.iter().all(|letter| letter.status.is_over())
    }
}

/// What `event` does to a case's letters.
pub(super) fn apply(letters: &mut Vec<Letter>, event: &Event) {
    match event {
        Event::Posted { letter } => letters.push((**letter).clone()),
        Event::LetterMoved { number, status } => {
            for letter in letters.iter_mut().filter(|letter| letter.number == *number) {
                letter.attempts += u32::from(matches!(status, LetterStatus::Leased { .. }));
                letter.status = status.clone();
            }
        }
        // The channel's window is open again.
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
