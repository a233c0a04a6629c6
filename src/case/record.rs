//! The journal: one record for everything that happened, and what a record does to a case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Alarm, AwaitedReply, Case, CaseId, Claim, ClockKind, Deadline, DeadlineStatus, Duplicate, Ending, Letter,
    LetterStatus, Note, Priority, Returned, State, Supervision, TranscriptEntry, TransferOffer,
};
use crate::message::{AgentId, DepartmentId, MessageKey, ThemeId};
use crate::reply::{Action, DecidedBy, Feedback};

/// The version that new records are written with. Older ones stay readable.
pub const RECORD_VERSION: u16 = 1;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The record's format.
    pub v: u16,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The case that it belongs to; none for a message that opened or touched no case.
    pub case: Option<CaseId>,
    /// What happened.
    pub event: Event,
}

impl Record {
    /// A record of today's format.
    pub fn new(at: Timestamp, actor: Actor, case: Option<CaseId>, event: Event) -> Self {
        Self {
            v: RECORD_VERSION,
            at,
            actor,
            case,
            event,
        }
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// The engine itself.
    Engine,
    /// The citizen.
    Citizen,
    /// An agent.
    Agent(AgentId),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A message was handled.
    Handled {
        /// The message.
        key: MessageKey,
        /// What was decided.
        action: Action,
        /// What decided it.
        by: DecidedBy,
    },
    /// Somebody said how a message should be answered. It moves no case.
    Feedback {
        /// What was said.
        feedback: Feedback,
    },
    /// A case was opened; it holds the case as it was.
    Opened {
        /// The case at version 0.
        case: Box<Case>,
    },
    /// An agent took the case, or took it over after the last claim's lease had ended.
    Claimed {
        /// The claim.
        claim: Claim,
    },
    /// The agent still works on it: the lease was made longer.
    Renewed {
        /// The claim with its new end.
        claim: Claim,
    },
    /// The agent gave the case back to the queue.
    Released,
    /// The agent answered.
    Answered {
        /// The answer.
        text: String,
    },
    /// The agent asked the citizen for something.
    Asked {
        /// The question.
        text: String,
    },
    /// How long the citizen's reply to a question is waited for.
    AwaitsReply {
        /// When they are reminded, and when an agent goes on without it.
        #[serde(rename = "awaits")]
        awaited_reply: AwaitedReply,
    },
    /// The citizen is waited for no longer: the case is back in the queue without their reply.
    Resumed {
        /// Whether they were silent for the stated time. Otherwise an agent went on, another case was merged into this one, or the
        /// question did not reach them.
        silent: bool,
    },
    /// The citizen wrote more.
    CitizenWrote {
        /// The words.
        text: String,
        /// When they were written.
        at: Timestamp,
    },
    /// A deadline was met or missed for good.
    DeadlineDone {
        /// Which clock.
        clock: ClockKind,
        /// When.
        at: Timestamp,
    },
    /// An alarm about a deadline was raised.
    Raised {
        /// Which clock.
        clock: ClockKind,
        /// The alarm, with the instant at which it was raised.
        alarm: Alarm,
    },
    /// A clock was started, stopped, set going again, extended or moved: its deadline as it is from now on.
    DeadlineSet {
        /// The deadline, in the place of the one of the same clock that is not done.
        deadline: Box<Deadline>,
    },
    /// The agent wrote an answer that is not given yet.
    Drafted {
        /// The draft.
        text: String,
    },
    /// An agent wrote something for the others.
    Noted {
        /// The note.
        note: Note,
    },
    /// The case was offered to another department.
    Transferred {
        /// The offer.
        offer: TransferOffer,
    },
    /// The department took it, or was silent until the time for giving it back had passed.
    Accepted {
        /// The department that has it now.
        department: DepartmentId,
        /// Its theme now.
        theme: Option<ThemeId>,
        /// Whether nobody said so.
        silent: bool,
    },
    /// The department gave it back.
    Returned {
        /// By whom and why.
        returned: Returned,
    },
    /// It had been sent around, and the one who was named for it decided where it belongs.
    Decided {
        /// Who decided.
        owner: AgentId,
        /// The department that has it now.
        department: DepartmentId,
        /// Its theme now.
        theme: Option<ThemeId>,
        /// Why.
        reason: String,
    },
    /// A supervisor reminded, urged or reported.
    Supervised {
        /// What was sent.
        sent: Supervision,
    },
    /// The case goes on as part of another.
    Merged {
        /// That one.
        into: CaseId,
    },
    /// Another case was merged into this one.
    Absorbed {
        /// The other one, and those that had been merged into it.
        duplicates: Vec<Duplicate>,
        /// How urgent the other one is: the case is from then on at least as urgent.
        #[serde(default)]
        priority: Priority,
        /// Whether a question about the other one was left without a reply.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unreplied: bool,
    },
    /// A second matter was given a case of its own.
    SplitOff {
        /// That case.
        part: CaseId,
    },
    /// Another department was given a part of the matter.
    PartGiven {
        /// The part's case.
        part: CaseId,
        /// The department.
        department: DepartmentId,
    },
    /// The other department answered its part.
    PartAnswered {
        /// The part's case.
        part: CaseId,
        /// What it said.
        text: String,
    },
    /// How the case ends; [`Closed`](Self::Closed) follows.
    Ended {
        /// How.
        how: Ending,
    },
    /// The case ended.
    Closed,
    /// The answer did not settle it: it is back in the queue with its history.
    Reopened {
        /// Why.
        reason: String,
    },
    /// A message to a citizen was written, which the host is to send.
    Posted {
        /// The message.
        letter: Box<Letter>,
    },
    /// With the answer the citizen was asked whether it settled the matter.
    AskedIfSolved {
        /// Until when they may say so; then the case lapses.
        until: Timestamp,
    },
    /// The citizen wrote while an agent held it and was told that a person does; or that agent showed a sign of work since.
    Attended {
        /// When the talk is handed back, if the agent shows none until then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// The agent has left the talk; the citizen was told.
    HandedBack,
    /// Something became of a message to a citizen.
    LetterMoved {
        /// Its number within the case.
        number: u32,
        /// What.
        status: LetterStatus,
    },
    /// What the case and its records say of its citizen was erased.
    Erased {
        /// When.
        at: Timestamp,
    },
    /// Who else gets the case's answer was erased, because one of them asked for it.
    RecipientsErased {
        /// When.
        at: Timestamp,
    },
    /// What records of handled messages say of a citizen was erased.
    Forgotten {
        /// Their places in the journal.
        places: Vec<u64>,
    },
    /// What had ended long ago was removed.
    Pruned {
        /// Everything about these messages and cases was older.
        before: Timestamp,
        /// The cases, with all of their records.
        cases: Vec<CaseId>,
    },
}

impl Case {
    /// The case after `event`. The only way in which a case changes.
    ///
    /// Whether the move is legal was decided before the record was written (`desk::transition`).
    #[must_use]
    pub fn apply(mut self, event: &Event) -> Self {
        self.handling.apply(event);
        match event {
            Event::Handled { .. }
            | Event::Feedback { .. }
            | Event::Forgotten { .. }
            | Event::Pruned { .. } => return self,
            Event::Opened { case } => return (**case).clone(),
            Event::Claimed { claim } | Event::Renewed { claim } => {
                self.state = State::Claimed;
                self.claim = Some(claim.clone());
            }
            Event::Released => {
                self.state = State::Waiting;
                self.claim = None;
            }
            Event::Answered { text } => {
                self.state = State::Answered;
                self.claim = None;
                self.answer = Some(text.clone());
            }
            Event::Asked { text } => {
                self.state = State::AwaitingCitizen;
                self.claim = None;
                self.transcript
                    .push(TranscriptEntry::ByOffice { text: text.clone() });
            }
            Event::CitizenWrote { text, at } => {
                if self.state == State::AwaitingCitizen {
                    self.state = State::Waiting;
                }
                self.transcript.push(TranscriptEntry::ByCitizen {
                    text: text.clone(),
                    at: *at,
                });
            }
            Event::Resumed { .. } => self.state = State::Waiting,
            Event::DeadlineDone { clock, at } => {
                for deadline in &mut self.deadlines {
                    let done = matches!(deadline.status, DeadlineStatus::Done { .. });
                    if deadline.clock == *clock && !done {
                        deadline.status = DeadlineStatus::Done { at: *at };
                    }
                }
            }
            Event::Raised { clock, alarm } => {
                let same = |known: &Alarm| known.kind == alarm.kind && known.threshold == alarm.threshold;
                let open = self
                    .deadlines
                    .iter_mut()
                    .filter(|deadline| deadline.clock == *clock);
                let alarms = open.flat_map(|deadline| &mut deadline.history.alarms);
                for known in alarms.filter(|known| known.raised.is_none() && same(known)) {
                    known.raised = alarm.raised;
                }
            }
            Event::DeadlineSet { deadline } => {
                let done = |known: &Deadline| matches!(known.status, DeadlineStatus::Done { .. });
                let mut same = self
                    .deadlines
                    .iter_mut()
                    .filter(|known| known.clock == deadline.clock);
                match same.find(|known| !done(known)) {
                    Some(known) => *known = (**deadline).clone(),
                    None => self.deadlines.push((**deadline).clone()),
                }
            }
            Event::Absorbed { priority, .. } => self.priority = self.priority.max(*priority),
            Event::Transferred { .. } => {
                self.state = State::Offered;
                self.claim = None;
            }
            Event::Returned { .. } => {
                self.state = State::Waiting;
                self.claim = None;
            }
            Event::Reopened { .. } => {
                self.state = State::Waiting;
                self.claim = None;
                // What was answered before stays readable for the one who answers next.
                let before = self.answer.take();
                self.transcript
                    .extend(before.map(|text| TranscriptEntry::ByOffice { text }));
            }
            Event::Accepted {
                department, theme, ..
            }
            | Event::Decided {
                department, theme, ..
            } => {
                self.state = State::Waiting;
                self.claim = None;
                self.department = department.clone();
                self.theme = theme.clone();
            }
            Event::Merged { .. } => {
                self.state = State::Merged;
                self.claim = None;
            }
            Event::Closed => {
                self.state = State::Closed;
                self.claim = None;
            }
            Event::Erased { .. } => self = self.erased(),
            Event::Drafted { .. }
            | Event::RecipientsErased { .. }
            | Event::Noted { .. }
            | Event::Supervised { .. }
            | Event::SplitOff { .. }
            | Event::PartGiven { .. }
            | Event::PartAnswered { .. }
            | Event::Posted { .. }
            | Event::LetterMoved { .. }
            | Event::AskedIfSolved { .. }
            | Event::AwaitsReply { .. }
            | Event::Attended { .. }
            | Event::HandedBack
            | Event::Ended { .. } => {}
        }
        self.version += 1;
        self
    }
}
