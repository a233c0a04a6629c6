//! The stored form of [`Handling`]: one flat object, with the keys of the first version.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use super::contact::{AwaitedReply, Contact};
use super::internal::{InternalNotes, Note, Supervision};
use super::relations::{Duplicate, Parent, Part, Relations};
use super::transfers::{Returned, TransferOffer, Transfers};
use super::{CaseId, Ending, Handling, Letter};
use crate::message::{AgentId, CannedReplyId};

/// The stored object as it is read. Keys that are absent have their default.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct StoredHandling {
    draft: Option<String>,
    notes: Vec<Note>,
    offer: Option<TransferOffer>,
    dispatches: u32,
    returns: Vec<Returned>,
    owner: Option<AgentId>,
    supervision: Vec<Supervision>,
    merged: Vec<Duplicate>,
    unseen_merger: bool,
    goes_on_as: Option<CaseId>,
    split: Vec<CaseId>,
    parts: Vec<Part>,
    parent: Option<Parent>,
    canned_reply: Option<CannedReplyId>,
    ending: Option<Ending>,
    letters: Vec<Letter>,
    letters_left_out: u32,
    attended: bool,
    idle_from: Option<Timestamp>,
    awaits: Option<AwaitedReply>,
    unreplied: bool,
    lapses: Option<Timestamp>,
    confirmed: Vec<usize>,
    chasers: u32,
    chased_at: Option<Timestamp>,
    reopened: Vec<String>,
    erased: Option<Timestamp>,
}

impl From<StoredHandling> for Handling {
    fn from(stored: StoredHandling) -> Self {
        Self {
            internal: InternalNotes {
                draft: stored.draft,
                notes: stored.notes,
                supervision: stored.supervision,
            },
            transfers: Transfers {
                offer: stored.offer,
                offer_count: stored.dispatches,
                returns: stored.returns,
                decided_by: stored.owner,
            },
            relations: Relations {
                merged: stored.merged,
                unseen_merger: stored.unseen_merger,
                merged_into: stored.goes_on_as,
                split_off: stored.split,
                parts: stored.parts,
                parent: stored.parent,
            },
            contact: Contact {
                letters: stored.letters,
                letters_left_out: stored.letters_left_out,
                agent_announced: stored.attended,
                idle_from: stored.idle_from,
                awaited_reply: stored.awaits,
                unreplied: stored.unreplied,
                confirm_until: stored.lapses,
                confirmed: stored.confirmed,
                chasers: stored.chasers,
                chased_at: stored.chased_at,
            },
            canned_reply: stored.canned_reply,
            ending: stored.ending,
            reopened: stored.reopened,
            erased: stored.erased,
        }
    }
}

/// The stored object as it is written: the same keys, borrowed, in the order of the first version.
#[derive(Serialize)]
struct WrittenHandling<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [Note],
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<&'a TransferOffer>,
    dispatches: u32,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    returns: &'a [Returned],
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a AgentId>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    supervision: &'a [Supervision],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    merged: &'a [Duplicate],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unseen_merger: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    goes_on_as: Option<&'a CaseId>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    split: &'a [CaseId],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    parts: &'a [Part],
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<&'a Parent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    canned_reply: Option<&'a CannedReplyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending: Option<Ending>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    letters: &'a [Letter],
    #[serde(skip_serializing_if = "is_zero")]
    letters_left_out: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    attended: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    awaits: Option<AwaitedReply>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unreplied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    lapses: Option<Timestamp>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    confirmed: &'a [usize],
    #[serde(skip_serializing_if = "is_zero")]
    chasers: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    chased_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    reopened: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<Timestamp>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Serialize for Handling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            internal,
            transfers,
            relations,
            contact,
            canned_reply,
            ending,
            reopened,
            erased,
        } = self;
        let written = WrittenHandling {
            draft: internal.draft.as_deref(),
            notes: &internal.notes,
            offer: transfers.offer.as_ref(),
            dispatches: transfers.offer_count,
            returns: &transfers.returns,
            owner: transfers.decided_by.as_ref(),
            supervision: &internal.supervision,
            merged: &relations.merged,
            unseen_merger: relations.unseen_merger,
            goes_on_as: relations.merged_into.as_ref(),
            split: &relations.split_off,
            parts: &relations.parts,
            parent: relations.parent.as_ref(),
            canned_reply: canned_reply.as_ref(),
            ending: *ending,
            letters: &contact.letters,
            letters_left_out: contact.letters_left_out,
            attended: contact.agent_announced,
            idle_from: contact.idle_from,
            awaits: contact.awaited_reply,
            unreplied: contact.unreplied,
            lapses: contact.confirm_until,
            confirmed: &contact.confirmed,
            chasers: contact.chasers,
            chased_at: contact.chased_at,
            reopened,
            erased: *erased,
        };
        written.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::case::Case;

    /// A case with every key, as the version before this form wrote it.
    const FULL: &str = include_str!("../../tests/fixtures/case_full.json");

    #[test]
    fn a_full_case_is_written_byte_for_byte_as_before() {
        let case: Case = serde_json::from_str(FULL.trim_end()).unwrap();
        assert_eq!(serde_json::to_string(&case).unwrap(), FULL.trim_end());
        let Handling {
            internal,
            transfers,
            relations,
            contact,
            ..
        } = case.handling;
        assert_eq!(internal.draft.as_deref(), Some("perhaps"));
        assert_eq!(transfers.offer_count, 2);
        assert_eq!(transfers.decided_by, Some("chief".into()));
        assert_eq!(relations.merged_into, Some("20261123-GONE-0000".into()));
        assert_eq!(relations.split_off, ["20261123-7KQ4-M2XP-1".into()]);
        assert!(contact.agent_announced && contact.unreplied);
        assert_eq!(contact.confirm_until, contact.idle_from);
    }

    #[test]
    fn an_untouched_case_keeps_its_short_form() {
        let written = serde_json::to_string(&Handling::default()).unwrap();
        assert_eq!(written, r#"{"dispatches":0}"#);
        let read: Handling = serde_json::from_str("{}").unwrap();
        assert_eq!(read, Handling::default());
    }
}
