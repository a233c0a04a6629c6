//! The events of the journal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Alarm, AnswerFacts, AwaitedReply, Case, CaseId, Claim, ClockKind, Deadline, Duplicate, Ending, Letter,
    LetterStatus, Note, Priority, Returned, Supervision, TransferOffer,
};
use crate::message::{AgentId, DepartmentId, MessageKey, RulebookVersion, ThemeId};
use crate::reply::{Action, DecidedBy, Feedback};

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_first(recipient: &usize) -> bool {
    *recipient == 0
}

/// An event of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A message was handled: the citizen's turn of the conversation. Records of earlier versions of the crate
    /// have only the first three fields.
    Handled {
        /// The message.
        key: MessageKey,
        /// The decision.
        action: Action,
        /// The stage that decided. An entry's or a rule's answer is kept by this reference and `rulebook`.
        by: DecidedBy,
        /// The text, as [`clean`](crate::text::clean) leaves it. `None` where it was withheld.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// When it was written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        written: Option<Timestamp>,
        /// The service theme, if one was recognised.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        theme: Option<ThemeId>,
        /// The rulebook that was in force.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rulebook: Option<RulebookVersion>,
        /// The case that it opened or went on with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        case: Option<CaseId>,
        /// Whether its text is not kept ([`Message::withhold`](crate::message::Message::withhold)).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        withheld: bool,
    },
    /// Feedback on the answer to a message was given. It changes no case.
    Feedback {
        /// The feedback.
        feedback: Feedback,
    },
    /// A case was opened.
    Opened {
        /// The case at version 0.
        case: Box<Case>,
    },
    /// An agent claimed the case, the first time or after the lease of another claim had ended.
    Claimed {
        /// The claim.
        claim: Claim,
    },
    /// The holder extended the lease.
    Renewed {
        /// The claim with its new end.
        claim: Claim,
    },
    /// The claim ended, and the case is back in the queue.
    Released,
    /// The holder answered.
    Answered {
        /// The answer.
        text: String,
        /// Its measures. Records of earlier versions of the crate have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        facts: Option<Box<AnswerFacts>>,
    },
    /// The holder asked the citizen a question.
    Asked {
        /// The question.
        text: String,
    },
    /// The time for the citizen's reply to a question was set.
    AwaitsReply {
        /// The time of the reminder, and the end of the time.
        #[serde(rename = "awaits")]
        awaited_reply: AwaitedReply,
    },
    /// The case no longer waits for the citizen, and is back in the queue without a reply.
    Resumed {
        /// Whether the citizen was silent for the whole time. If not, an agent went on, another case was
        /// merged into this one, or the question was not delivered.
        silent: bool,
    },
    /// The citizen wrote.
    CitizenWrote {
        /// The text.
        text: String,
        /// The time of writing.
        at: Timestamp,
        /// The writer's index in [`Case::recipients`]: 0 for the citizen who opened the case.
        #[serde(default, skip_serializing_if = "is_first")]
        from: usize,
    },
    /// The citizen asked to hurry.
    Chased {
        /// The time of writing.
        at: Timestamp,
    },
    /// A deadline is done, in time or late.
    DeadlineDone {
        /// The clock.
        clock: ClockKind,
        /// The time.
        at: Timestamp,
    },
    /// An alarm about a deadline was raised.
    Raised {
        /// The clock.
        clock: ClockKind,
        /// The alarm, with the time at which it was raised.
        alarm: Alarm,
    },
    /// A clock was started, paused, resumed, extended or changed.
    DeadlineSet {
        /// The new deadline. It replaces the deadline of the same clock that is not done.
        deadline: Box<Deadline>,
    },
    /// The holder saved a draft of the answer.
    Drafted {
        /// The draft.
        text: String,
    },
    /// An agent left a note.
    Noted {
        /// The note.
        note: Note,
    },
    /// The case was offered to another department.
    Transferred {
        /// The offer.
        offer: TransferOffer,
    },
    /// The department accepted the offer, or did not return it in time.
    Accepted {
        /// The department that has the case now.
        department: DepartmentId,
        /// The theme of the case now.
        theme: Option<ThemeId>,
        /// Whether the department did not return it in time.
        silent: bool,
    },
    /// The department returned the offer.
    Returned {
        /// The return.
        returned: Returned,
    },
    /// The owner assigned the case for good, after several offers.
    Decided {
        /// The owner.
        owner: AgentId,
        /// The department that has the case now.
        department: DepartmentId,
        /// The theme of the case now.
        theme: Option<ThemeId>,
        /// The reason.
        reason: String,
    },
    /// A new rulebook replaced the department or the theme of the case. Its state and claim stay.
    Reassigned {
        /// The department that has the case now.
        department: DepartmentId,
        /// The theme of the case now.
        theme: Option<ThemeId>,
        /// The department that an open offer goes to now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offered_to: Option<DepartmentId>,
    },
    /// A supervisor reminded, urged, or reported to the level above.
    Supervised {
        /// The supervisor's words.
        #[serde(rename = "sent")]
        supervision: Supervision,
    },
    /// The case was merged into another one.
    Merged {
        /// The other case.
        into: CaseId,
    },
    /// Another case was merged into this one.
    Absorbed {
        /// The other case, and the cases that had been merged into it.
        duplicates: Vec<Duplicate>,
        /// The priority of the other case. This case takes the higher priority of both.
        #[serde(default)]
        priority: Priority,
        /// Whether the other case went on without the reply to a question.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unreplied: bool,
        /// Whether another agent than the author of the merger holds this case.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unseen: bool,
        /// The citizens of both cases for whom the matter is settled, as in [`Confirmed`](Self::Confirmed).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        confirmed: Vec<usize>,
    },
    /// The holder has seen the content of the merged case.
    MergerSeen,
    /// A second matter was given a case of its own.
    SplitOff {
        /// The number of that case.
        part: CaseId,
    },
    /// Another department was given a part of the matter.
    PartGiven {
        /// The number of the part's case.
        part: CaseId,
        /// The department.
        department: DepartmentId,
    },
    /// The other department answered its part.
    PartAnswered {
        /// The number of the part's case.
        part: CaseId,
        /// The answer.
        text: String,
    },
    /// The kind of ending was recorded; [`Closed`](Self::Closed) follows.
    Ended {
        /// The kind of ending.
        how: Ending,
    },
    /// The case ended.
    Closed,
    /// Citizens said that the answer settled their matter. The case goes on for its other citizens.
    Confirmed {
        /// The indexes of their first messages in [`Case::recipients`].
        by: Vec<usize>,
    },
    /// The case is back in the queue, with its history.
    Reopened {
        /// The reason.
        reason: String,
        /// The citizens for whom the answer settled nothing, as in [`Confirmed`](Self::Confirmed). Empty if the
        /// case goes on for every citizen.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by: Vec<usize>,
    },
    /// A letter to a citizen was written.
    Posted {
        /// The letter.
        letter: Box<Letter>,
        /// The message that it answers, with the account and the citizen. Records of earlier versions of the
        /// crate have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Box<MessageKey>>,
    },
    /// The citizen was asked whether the answer settled the matter.
    AskedIfSolved {
        /// The end of the time for saying so. The case lapses then.
        until: Timestamp,
    },
    /// The citizen was told that an agent has the conversation, after writing while an agent held the case;
    /// or that agent showed a sign of work.
    #[serde(rename = "attended")]
    AgentAnnounced {
        /// The time at which the agent counts as gone, without a further sign of work.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// The announced agent has left the conversation, and the citizen was told.
    HandedBack,
    /// The status of a letter changed.
    LetterMoved {
        /// The number of the letter within the case.
        number: u32,
        /// The new status.
        status: LetterStatus,
    },
    /// The personal data of the case and its records were erased.
    Erased {
        /// The time.
        at: Timestamp,
    },
    /// The citizens of merged cases were erased, because one of them asked for it.
    RecipientsErased {
        /// The time.
        at: Timestamp,
    },
    /// The personal data in records of handled messages were erased.
    Forgotten {
        /// The places of the records in the journal.
        places: Vec<u64>,
    },
    /// Old cases and messages were removed.
    Pruned {
        /// All their records were older than this.
        before: Timestamp,
        /// The cases that were removed with all their records.
        cases: Vec<CaseId>,
    },
}
