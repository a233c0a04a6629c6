//! The history of a case between its arrival and its end, by concern.

use jiff::Timestamp;
use serde::Deserialize;

use super::contact::Contact;
use super::internal::{InternalNotes, push_latest};
use super::relations::Relations;
use super::stored_handling::StoredHandling;
use super::transfers::Transfers;
use super::{AnswerFacts, Ending, Event};
use crate::message::CannedReplyId;

/// The most reasons for reopening that a case keeps: 10, the latest. The journal has all.
pub const MAX_REOPENED: usize = 10;

/// The history of a case between its arrival and its end. The default is a case that no agent has touched.
///
/// It is stored as one flat object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "StoredHandling")]
#[non_exhaustive]
pub struct Handling {
    /// The draft, the notes of agents and the words of supervisors.
    pub internal: InternalNotes,
    /// Offers to other departments.
    pub transfers: Transfers,
    /// Merged cases, split-off cases and parts.
    pub relations: Relations,
    /// Letters to the citizen, and replies that are awaited.
    pub contact: Contact,
    /// The canned reply that the last answer was written from, if it was.
    pub canned_reply: Option<CannedReplyId>,
    /// The kind of ending, the last time that the case ended; `None` after it was reopened.
    pub ending: Option<Ending>,
    /// The reason for each time that the case was reopened, in order: the latest [`MAX_REOPENED`].
    pub reopened: Vec<String>,
    /// The time at which the personal data were erased, if they were.
    pub erased: Option<Timestamp>,
}

impl Handling {
    /// Applies the part of `event` that concerns the history.
    pub(super) fn apply(&mut self, event: &Event) {
        self.internal.apply(event);
        self.transfers.apply(event);
        self.relations.apply(event);
        self.contact.apply(event, !self.relations.merged.is_empty());
        match event {
            Event::Merged { .. } => self.ending = Some(Ending::Merged),
            Event::Answered { facts, .. } => {
                let reply = facts.as_deref().and_then(AnswerFacts::canned_reply);
                self.canned_reply = reply.cloned();
            }
            Event::Ended { how } => self.ending = Some(*how),
            Event::Reopened { reason, .. } => {
                push_latest(&mut self.reopened, reason.clone(), MAX_REOPENED);
                self.ending = None;
            }
            Event::Erased { at } => self.erased = Some(*at),
            _ => {}
        }
    }
}
