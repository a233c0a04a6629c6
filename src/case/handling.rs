//! What agents did with a case besides answering it: notes, hand-overs, returns, reminders, and its kin.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CaseId, Event, Letter, letter};
use crate::message::{AgentId, DepartmentId, MessageKey, ThemeId};

/// The trail of a case between its arrival and its end. The default is a case that nobody touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handling {
    /// An answer in the making; it outlives the claim, so that the next agent goes on from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
    /// What agents wrote for each other, in order. The citizen never sees it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The department that the case is offered to, while it has not said whether it takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<TransferOffer>,
    /// How often it was offered to a department.
    pub dispatches: u32,
    /// The offers that were given back, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<Returned>,
    /// Who decided where it belongs, after it had been sent around. From then on it can't be offered any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<AgentId>,
    /// What supervisors sent, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supervision: Vec<Supervision>,
    /// The cases that were merged into this one: their citizens get its answer too, each on the channel of the message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<Duplicate>,
    /// The case that goes on in the place of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goes_on_as: Option<CaseId>,
    /// The cases that were split off, each with an answer of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub split: Vec<CaseId>,
    /// The parts that other departments work on; what they say is joined into one answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// The case that this one was split off or is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// How it ended, the last time that it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// The messages to its citizens that the host sends, in the order in which they were written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub letters: Vec<Letter>,
    /// Whether the citizen was told that a person holds the talk, and neither heard of that person nor that they left.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub attended: bool,
    /// When that person is taken to have left, unless a sign of their work comes before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_from: Option<Timestamp>,
    /// How long the citizen's reply is waited for, while it is.
    #[serde(rename = "awaits", skip_serializing_if = "Option::is_none")]
    pub awaited_reply: Option<AwaitedReply>,
    /// Whether an agent went on without the reply to a question; one that comes late still belongs to it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unreplied: bool,
    /// Until when the citizen may say whether the answer settled it; then it lapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapses: Option<Timestamp>,
    /// Why it was opened again, each time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reopened: Vec<String>,
    /// When what it says of its citizen was erased, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<Timestamp>,
}

/// How long the citizen's reply to an agent's question is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedReply {
    /// When they are reminded, unless they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<Timestamp>,
    /// When the case is back in the queue without a reply.
    pub until: Timestamp,
}

/// What an agent wrote for the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Who.
    pub by: AgentId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// A case offered to another department. The one that has it stays responsible until the other accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferOffer {
    /// Who offered it.
    pub by: AgentId,
    /// When.
    pub at: Timestamp,
    /// The department that is to take it.
    pub to: DepartmentId,
    /// Its theme from then on, where that changes.
    pub theme: Option<ThemeId>,
    /// Why.
    pub reason: String,
    /// Until when it can be given back; silence until then is acceptance.
    pub until: Timestamp,
}

/// An offer that was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Who gave it back.
    pub by: AgentId,
    /// When.
    pub at: Timestamp,
    /// The department that did not take it.
    pub from: DepartmentId,
    /// Why, in general.
    pub reason: ReturnReason,
    /// Why, in words.
    pub text: String,
}

/// Why a department does not take a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReturnReason {
    /// The matter is another department's.
    NotOurs,
    /// The place lies outside the department's area.
    OutsideTheArea,
    /// Nobody could act on what the citizen wrote.
    Incomplete,
    /// The department has the same matter already.
    Duplicate,
    /// Courts, arbitration or another procedure have it.
    OtherProcedure,
    /// Something else; the text says what.
    Other,
}

/// A rung of the ladder that a supervisor climbs: each only after the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisionLevel {
    /// The department is reminded.
    Remind,
    /// It is urged.
    Urge,
    /// The matter is reported to the level above.
    Report,
}

impl SupervisionLevel {
    /// The rung above; the first one above none. `None` at the ladder's end.
    pub fn after(last: Option<Self>) -> Option<Self> {
        match last {
            None => Some(Self::Remind),
            Some(Self::Remind) => Some(Self::Urge),
            Some(Self::Urge) => Some(Self::Report),
            Some(Self::Report) => None,
        }
    }
}

/// What a supervisor sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    /// Who.
    pub by: AgentId,
    /// When.
    pub at: Timestamp,
    /// How sternly.
    pub rung: SupervisionLevel,
    /// In which words.
    pub text: String,
}

/// A case that was merged into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    /// Its number.
    pub case: CaseId,
    /// The message that opened it: where its citizen gets the answer.
    pub key: MessageKey,
}

/// A part of a case that another department works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The part's own number.
    pub case: CaseId,
    /// The department.
    pub department: DepartmentId,
    /// What it said; `None` while it works on it.
    pub said: Option<String>,
}

/// Where a case comes from that no message opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The case.
    pub case: CaseId,
    /// Whether the answer goes to that case, to be joined with others, and not to the citizen.
    pub joined: bool,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ending {
    /// The citizen said that it is solved.
    Solved,
    /// An agent ended it: nothing more can be done.
    Done,
    /// The citizen was asked and did not say anything in the stated time. It counts as lapsed, not as satisfied.
    Lapsed,
    /// The citizen took it back.
    Withdrawn,
    /// It goes on as part of another case.
    Merged,
}

impl Ending {
    /// The ending's name, as stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Solved => "solved",
            Self::Done => "done",
            Self::Lapsed => "lapsed",
            Self::Withdrawn => "withdrawn",
            Self::Merged => "merged",
        }
    }
}

impl Handling {
    /// The rung that a supervisor climbed last.
    pub fn rung(&self) -> Option<SupervisionLevel> {
        self.supervision.last().map(|sent| sent.rung)
    }

    /// What `event` does to the trail; the rest of the case is not its business.
    pub(super) fn apply(&mut self, event: &Event) {
        letter::apply(&mut self.letters, event);
        self.attend(event);
        match event {
            Event::Drafted { text } => self.draft = Some(text.clone()),
            Event::Answered { .. } => (self.draft, self.unreplied) = (None, false),
            Event::Noted { note } => self.notes.push(note.clone()),
            Event::Transferred { offer } => {
                self.dispatches += 1;
                self.offer = Some(offer.clone());
            }
            Event::Accepted { .. } => self.offer = None,
            Event::Returned { returned } => {
                self.offer = None;
                self.returns.push(returned.clone());
            }
            Event::Decided { owner, .. } => {
                self.offer = None;
                self.owner = Some(owner.clone());
            }
            Event::Supervised { sent } => self.supervision.push(sent.clone()),
            Event::Merged { into } => {
                self.offer = None;
                self.goes_on_as = Some(into.clone());
                self.ending = Some(Ending::Merged);
            }
            Event::Absorbed {
                duplicates,
                unreplied,
                ..
            } => {
                self.merged.extend_from_slice(duplicates);
                self.unreplied |= unreplied;
            }
            Event::SplitOff { part } => self.split.push(part.clone()),
            Event::PartGiven { part, department } => self.parts.push(Part {
                case: part.clone(),
                department: department.clone(),
                said: None,
            }),
            Event::PartAnswered { part, text } => {
                for known in self.parts.iter_mut().filter(|known| known.case == *part) {
                    known.said = Some(text.clone());
                }
            }
            Event::AwaitsReply { awaited_reply } => self.awaited_reply = Some(*awaited_reply),
            Event::Asked { .. } => self.unreplied = false,
            Event::Resumed { .. } => (self.awaited_reply, self.unreplied) = (None, true),
            // Of several who were asked, the others may still reply.
            Event::CitizenWrote { .. } => {
                self.unreplied = self.awaited_reply.take().is_some() && !self.merged.is_empty();
            }
            Event::AskedIfSolved { until } => self.lapses = Some(*until),
            Event::Ended { how } => {
                self.ending = Some(*how);
                (self.awaited_reply, self.unreplied) = (None, false);
                self.lapses = None;
            }
            Event::Reopened { reason } => {
                self.lapses = None;
                self.reopened.push(reason.clone());
                self.ending = None;
            }
            Event::Erased { at } => self.erased = Some(*at),
            Event::RecipientsErased { .. } => self.erase_recipients(),
            _ => {}
        }
    }

    /// What `event` does to the citizen's belief that a person is there.
    fn attend(&mut self, event: &Event) {
        match event {
            Event::Attended { until } => (self.attended, self.idle_from) = (true, *until),
            // Who takes over from another has as long as a lease lasts.
            Event::Claimed { claim } => self.idle_from = self.idle_from.map(|idle| idle.max(claim.until)),
            Event::Answered { .. } | Event::Asked { .. } | Event::HandedBack | Event::Merged { .. } => {
                (self.attended, self.idle_from) = (false, None);
            }
            _ => {}
        }
    }
}
