//! Vocabulary: a citizen's matter that a person answers, its deadlines, and the journal of its moves.

mod claim;
mod deadline;
mod derivation;
mod erasure;
mod handling;
mod history;
mod id;
mod letter;
mod record;
mod state;
mod time_limit;
mod transcript;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use claim::{Claim, ClaimToken};
pub use deadline::{ClockKind, Deadline, DeadlineStatus, Due};
pub use derivation::DerivationStep;
pub use erasure::ERASED;
pub use handling::{
    AwaitedReply, Duplicate, Ending, Handling, Note, Parent, Part, ReturnReason, Returned, Supervision,
    SupervisionLevel, TransferOffer,
};
pub use history::{Alarm, AlarmKind, DeadlineChange, Extension, History, Pause};
pub use id::CaseId;
pub use letter::{HeldBack, Letter, LetterKind, LetterStatus};
pub use record::{Actor, Event, RECORD_VERSION, Record};
pub use state::{Priority, State};
pub use time_limit::{Amount, AmountError, CountsFrom, Ends, MAX_DAYS, Starts, TimeLimit, Unit, Warn};
pub use transcript::TranscriptEntry;

use crate::message::{DepartmentId, MessageKey, RulebookVersion, ThemeId};
use crate::reply::Reason;

/// A matter that waits for a person, from its arrival to its end.
///
/// It changes in no other way than by [`Case::apply`] on a [`Record`] of the journal, so the journal's
/// replay rebuilds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The case's number.
    pub id: CaseId,
    /// How many records were applied: a commit that assumes another version is a conflict.
    pub version: u64,
    /// The message that opened it; its account is the door and its sender the citizen.
    pub key: MessageKey,
    /// The name that the citizen shows, if any.
    pub sender_name: Option<String>,
    /// What the citizen wrote, at most [`MAX_CHARS`](crate::message::MAX_CHARS) characters, control and
    /// direction characters removed.
    pub text: String,
    /// What was asked of the citizen, and what they added, in order.
    #[serde(default, rename = "talk", skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<TranscriptEntry>,
    /// When the citizen wrote it: what the deadlines count from.
    pub arrived: Timestamp,
    /// Where it stands.
    pub state: State,
    /// How urgent it is.
    pub priority: Priority,
    /// The service theme, where one is known.
    pub theme: Option<ThemeId>,
    /// The department that has it.
    pub department: DepartmentId,
    /// Every deadline, open and past.
    pub deadlines: Vec<Deadline>,
    /// The agent who holds it now.
    pub claim: Option<Claim>,
    /// The answer that was given, if any.
    pub answer: Option<String>,
    /// What agents did with it.
    #[serde(default)]
    pub handling: Handling,
    /// A hint of the rule that escalated it.
    pub note: Option<String>,
    /// Why it went to a person.
    pub reasons: Vec<Reason>,
    /// The rulebook that sent it here.
    pub rulebook: RulebookVersion,
}

impl Case {
    /// The earliest open deadline, or the last one where none is open.
    ///
    /// `None` only for a case without any deadline, which the engine never makes.
    pub fn next_deadline(&self) -> Option<&Deadline> {
        let open = self.deadlines.iter().filter(|deadline| deadline.status.is_open());
        open.min_by_key(|deadline| deadline.due.instant()).or_else(|| {
            self.deadlines
                .iter()
                .max_by_key(|deadline| deadline.due.instant())
        })
    }

    /// Whether its answer goes into another case, to be joined with others, and not to the citizen.
    pub fn is_joined_part(&self) -> bool {
        self.handling.parent.as_ref().is_some_and(|parent| parent.joined)
    }

    /// Whether an agent's question to the citizen has no reply, be it waited for or not.
    pub fn lacks_reply(&self) -> bool {
        self.state == State::AwaitingCitizen || self.handling.unreplied
    }

    /// When something about it is to be raised: the earliest alarm of its deadlines, or, while it is offered to a department,
    /// the end of that department's time for giving it back, or, while it is answered, the end of the citizen's time for saying whether
    /// that settled it, or, while the citizen is asked for something, the time for reminding them or for going on without a reply; and the
    /// end of the claim of an agent whom the citizen believes to be there, or of
    /// the time in which that agent is to show a sign of work. `None` where there is nothing, and when it is over.
    pub fn next_alarm(&self) -> Option<Timestamp> {
        if self.state.is_over() {
            return None;
        }
        let offer = self.handling.offer.as_ref();
        let offer = offer
            .filter(|_| self.state == State::Offered)
            .map(|offer| offer.until);
        let alarms = self.deadlines.iter().filter_map(Deadline::next_alarm);
        let lapses = self.handling.lapses.filter(|_| self.state == State::Answered);
        let awaited_reply = self
            .handling
            .awaited_reply
            .filter(|_| self.state == State::AwaitingCitizen);
        let awaited_reply = awaited_reply.map(|awaited_reply| {
            awaited_reply
                .reminder
                .map_or(awaited_reply.until, |at| at.min(awaited_reply.until))
        });
        let attended = self
            .claim
            .as_ref()
            .filter(|_| self.handling.attended && self.state == State::Claimed);
        let idle = attended.and(self.handling.idle_from);
        let left = attended.map(|claim| claim.until).into_iter().chain(idle).min();
        alarms
            .chain(offer)
            .chain(lapses)
            .chain(awaited_reply)
            .chain(left)
            .min()
    }

    /// The messages whose senders get the answer: the one that opened the case, and those of the cases merged into it.
    ///
    /// None for a part of another case: what it says is joined there.
    pub fn recipients(&self) -> Vec<&MessageKey> {
        if self.is_joined_part() {
            return Vec::new();
        }
        let merged = self.handling.merged.iter().map(|duplicate| &duplicate.key);
        std::iter::once(&self.key).chain(merged).collect()
    }
}
