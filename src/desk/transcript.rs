//! The whole conversation with a citizen on an account, in pages.

use jiff::Timestamp;

use super::{Desk, DeskError};
use crate::case::{CaseId, Event, Letter, Record};
use crate::message::{AccountId, CitizenId, MessageKey, RulebookVersion, ThemeId};
use crate::reply::{Action, DecidedBy, Reply};
use crate::store::{Seq, StoreError};

/// The most turns of one page: 200.
pub const TRANSCRIPT_MOST: usize = 200;

/// One page of a conversation.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Transcript {
    /// The turns, the newest first.
    pub turns: Vec<Turn>,
    /// The positions of unreadable records of the citizen on this page.
    pub unreadable: Vec<Seq>,
    /// The `before` of the next, older page; `None` when this page was the last.
    pub next: Option<Seq>,
}

/// A turn of a conversation: a message with its reply, or a letter.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Turn {
    /// Its position in the journal.
    pub place: Seq,
    /// When it was handled or written.
    pub at: Timestamp,
    /// The kind of turn.
    pub kind: TurnKind,
}

/// The kind of a turn.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "most turns are messages, the larger kind"
)]
#[non_exhaustive]
pub enum TurnKind {
    /// A message of the citizen, with the reply that was sent at once.
    Message {
        /// The message.
        key: MessageKey,
        /// The text; `None` where it was withheld, and for messages handled by versions of the crate that did
        /// not keep it.
        text: Option<String>,
        /// Whether the text and the reply were withheld.
        withheld: bool,
        /// When it was written.
        written: Option<Timestamp>,
        /// The action on it.
        action: Action,
        /// What decided: an entry, a rule, a word.
        by: DecidedBy,
        /// Its theme, if one was recognised.
        theme: Option<ThemeId>,
        /// The rulebook that was in force: with `by`, the source of the reply.
        rulebook: Option<RulebookVersion>,
        /// The case that it opened or went on with.
        case: Option<CaseId>,
        /// The reply; `None` for silence.
        reply: Option<Reply>,
    },
    /// A letter to the citizen, as it was written. The case has the status of its delivery.
    Letter {
        /// The case.
        case: CaseId,
        /// The letter.
        letter: Letter,
    },
}

impl Desk {
    /// One page of everything that a citizen and the office wrote on an account, the newest first: the turns
    /// before the position `before`, or the newest with `None`; at most `limit`, which is at most
    /// [`TRANSCRIPT_MOST`].
    ///
    /// Texts come as the citizen wrote them, with personal numbers, for the agent who answers. The turns of an
    /// erased citizen, and those that retention removed, do not appear. Letters that an earlier version of the
    /// crate wrote are found in their cases only.
    ///
    /// # Errors
    ///
    /// The store failed. An outcome that cannot be read gives a turn without a reply.
    pub fn transcript(
        &self,
        account: &AccountId,
        citizen: &CitizenId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Transcript, DeskError> {
        let page = self
            .store
            .turns(account, citizen, before, limit.min(TRANSCRIPT_MOST))?;
        let mut turns = Vec::with_capacity(page.turns.len());
        for (place, record) in page.turns {
            turns.extend(self.turn(place, record)?);
        }
        Ok(Transcript {
            turns,
            unreadable: page.unreadable,
            next: page.next,
        })
    }

    fn turn(&self, place: Seq, record: Record) -> Result<Option<Turn>, DeskError> {
        let kind = match (record.event, record.case) {
            (
                Event::Handled {
                    key,
                    action,
                    by,
                    text,
                    written,
                    theme,
                    rulebook,
                    case,
                    withheld,
                },
                _,
            ) => {
                let reply = if withheld { None } else { self.reply(&key)? };
                TurnKind::Message {
                    key,
                    text,
                    withheld,
                    written,
                    action,
                    by,
                    theme,
                    rulebook,
                    case,
                    reply,
                }
            }
            (Event::Posted { letter, .. }, Some(case)) => TurnKind::Letter {
                case,
                letter: *letter,
            },
            _ => return Ok(None),
        };
        Ok(Some(Turn {
            place,
            at: record.at,
            kind,
        }))
    }

    /// The reply to a message, from its stored outcome.
    fn reply(&self, key: &MessageKey) -> Result<Option<Reply>, DeskError> {
        match self.store.handled(key) {
            Ok(handled) => Ok(handled.and_then(|handled| handled.outcome.reply().cloned())),
            Err(StoreError::Unreadable { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
