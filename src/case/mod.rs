//! Vocabulary: a case that an agent answers, its deadlines, its letters, and the journal of its moves.

mod answer;
mod apply;
mod claim;
mod contact;
mod deadline;
mod derivation;
mod ending;
mod erasure;
mod event;
mod event_display;
mod handling;
mod history;
mod id;
mod internal;
mod letter;
mod record;
mod relations;
mod state;
mod stored_handling;
mod time_limit;
mod transcript;
mod transfers;

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use answer::{AnswerFacts, AnswerOrigin};
pub use claim::{Claim, ClaimToken};
pub use contact::{AwaitedReply, Contact};
pub use deadline::{ClockKind, Deadline, DeadlineStatus, Due};
pub use derivation::DerivationStep;
pub use ending::Ending;
pub use erasure::ERASED;
pub(crate) use erasure::erase_reason;
pub use event::Event;
pub use handling::{Handling, MAX_REOPENED};
pub use history::{Alarm, AlarmKind, DeadlineChange, Extension, History, Pause};
pub use id::CaseId;
pub use internal::{InternalNotes, MAX_NOTES, Note, Supervision, SupervisionLevel};
pub use letter::{HeldBack, Letter, LetterKind, LetterStatus, MAX_SETTLED_LETTERS};
pub use record::{Author, RECORD_VERSION, Record};
pub use relations::{Duplicate, MAX_MERGED_CONTENT, MergedContent, Parent, Part, Relations};
pub use state::{Priority, State};
pub use time_limit::{Amount, AmountError, CountsFrom, Ends, MAX_DAYS, Starts, TimeLimit, Unit, Warn};
pub use transcript::{
    ENTRY_CHARS, EarlierTurn, FULL_ENTRIES, MAX_EARLIER_TURNS, MAX_TRANSCRIPT, TranscriptEntry,
};
pub use transfers::{ReturnReason, Returned, TransferOffer, Transfers};

use crate::message::{DepartmentId, MessageKey, RulebookVersion, ThemeId};
use crate::reply::Reason;

/// A citizen's matter that an agent answers, from its arrival to its end.
///
/// A case changes only by [`Case::apply`] on the events of the journal, so replaying the journal rebuilds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The number of the case.
    pub id: CaseId,
    /// The number of events that were applied. A commit that expects another version is a conflict.
    pub version: u64,
    /// The message that opened it, with the account and the citizen.
    pub key: MessageKey,
    /// The name that the citizen shows, if any.
    pub sender_name: Option<String>,
    /// The citizen's message, at most [`MAX_CHARS`](crate::message::MAX_CHARS) characters, without control
    /// and direction characters.
    pub text: String,
    /// The citizen's messages since the last settled matter that `text` does not contain, the oldest first:
    /// the latest [`MAX_EARLIER_TURNS`]. The message that opened the case is among them where `text` is the
    /// question before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierTurn>,
    /// Questions to the citizen and their messages since then, in order: the latest [`MAX_TRANSCRIPT`]. All
    /// of these but the last [`FULL_ENTRIES`] are cut to [`ENTRY_CHARS`] characters. The journal has every
    /// entry in full.
    #[serde(default, rename = "talk", skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<TranscriptEntry>,
    /// How many older entries of the transcript are in the journal only.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub transcript_left_out: u32,
    /// The time of the citizen's message, from which the deadlines count.
    pub arrived: Timestamp,
    /// The state.
    pub state: State,
    /// The priority.
    pub priority: Priority,
    /// The service theme, if one is known.
    pub theme: Option<ThemeId>,
    /// The department that has it.
    pub department: DepartmentId,
    /// The deadlines: those that are not done, and the latest [`MAX_DONE_DEADLINES`] others.
    pub deadlines: Vec<Deadline>,
    /// The current claim.
    pub claim: Option<Claim>,
    /// The answer, if it was given.
    pub answer: Option<String>,
    /// The history since its arrival.
    #[serde(default)]
    pub handling: Handling,
    /// The hint of the rule that escalated it.
    pub note: Option<String>,
    /// The reasons for escalating it.
    pub reasons: Vec<Reason>,
    /// The version of the rulebook that escalated it.
    pub rulebook: RulebookVersion,
}

/// The most deadlines that a case keeps after they are done: 20, the latest. The journal has all.
pub const MAX_DONE_DEADLINES: usize = 20;

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Case {
    /// The earliest open deadline, or the last deadline if none is open.
    ///
    /// `None` only for a case without deadlines, which the engine never opens.
    pub fn next_deadline(&self) -> Option<&Deadline> {
        let open = self.deadlines.iter().filter(|deadline| deadline.status.is_open());
        open.min_by_key(|deadline| deadline.due.instant()).or_else(|| {
            self.deadlines
                .iter()
                .max_by_key(|deadline| deadline.due.instant())
        })
    }

    /// Whether its answer is joined into the answer of another case, and not sent to the citizen.
    pub fn is_joined_part(&self) -> bool {
        self.handling
            .relations
            .parent
            .as_ref()
            .is_some_and(|parent| parent.joined)
    }

    /// Whether a question to the citizen has no reply yet, also if the case no longer waits for it.
    pub fn lacks_reply(&self) -> bool {
        self.state == State::AwaitingCitizen || self.handling.contact.unreplied
    }

    /// The next time at which a sweep has work on the case; `None` if there is none, or the case is over.
    ///
    /// That is the earliest of:
    ///
    /// - the alarms of its deadlines;
    /// - while it is offered, the end of the department's time for returning it;
    /// - while it is answered, the end of the citizen's time for confirming;
    /// - while it waits for the citizen, the reminder and the end of the time for the reply;
    /// - while an agent is announced to the citizen and holds it, the end of the lease and of the time for a
    ///   sign of work.
    pub fn next_alarm(&self) -> Option<Timestamp> {
        if self.state.is_over() {
            return None;
        }
        let alarms = self.deadlines.iter().filter_map(Deadline::next_alarm).min();
        let contact = &self.handling.contact;
        let by_state = match self.state {
            State::Offered => self.handling.transfers.offer.as_ref().map(|offer| offer.until),
            State::Answered => contact.confirm_until,
            State::AwaitingCitizen => contact.awaited_reply.map(AwaitedReply::next),
            State::Claimed => {
                let announced = self.claim.as_ref().filter(|_| contact.agent_announced);
                announced.map(|claim| {
                    contact
                        .idle_from
                        .map_or(claim.until, |idle| idle.min(claim.until))
                })
            }
            State::Waiting | State::Closed | State::Merged => None,
        };
        alarms.into_iter().chain(by_state).min()
    }

    /// The messages to answer: the one that opened the case, and those of the cases merged into it. Their
    /// senders get the letters.
    ///
    /// Empty for a joined part.
    pub fn recipients(&self) -> Vec<&MessageKey> {
        if self.is_joined_part() {
            return Vec::new();
        }
        let merged = self
            .handling
            .relations
            .merged
            .iter()
            .map(|duplicate| &duplicate.key);
        std::iter::once(&self.key).chain(merged).collect()
    }

    /// The citizens who get the answer, each once on each account: the indexes of their first messages in
    /// [`recipients`](Self::recipients).
    pub fn citizens(&self) -> Vec<usize> {
        let mut seen = HashSet::new();
        let recipients = self.recipients().into_iter().enumerate();
        let first = recipients.filter(|(_, key)| seen.insert((key.account(), key.sender())));
        first.map(|(index, _)| index).collect()
    }

    /// The citizen who wrote the message of this index in [`recipients`](Self::recipients), as in
    /// [`citizens`](Self::citizens).
    pub(crate) fn citizen_of(&self, recipient: usize) -> Option<usize> {
        let recipients = self.recipients();
        let own = recipients.get(recipient)?;
        let same = |key: &&MessageKey| key.account() == own.account() && key.sender() == own.sender();
        recipients.iter().position(same)
    }
}
