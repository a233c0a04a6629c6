//! The journal: one record for everything that happened, and what a record does to a case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Alarm, Case, CaseId, Claim, ClockKind, Deadline, DeadlineStatus, Said, State};
use crate::message::{AgentId, MessageKey};
use crate::reply::{Action, By};

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
        by: By,
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
    /// The case ended.
    Closed,
}

impl Case {
    /// The case after `event`. The only way in which a case changes.
    ///
    /// Whether the move is legal was decided before the record was written (`desk::transition`).
    #[must_use]
    pub fn apply(mut self, event: &Event) -> Self {
        match event {
            Event::Handled { .. } => return self,
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
                self.talk.push(Said::ByOffice { text: text.clone() });
            }
            Event::CitizenWrote { text, at } => {
                if self.state == State::AwaitingCitizen {
                    self.state = State::Waiting;
                }
                self.talk.push(Said::ByCitizen {
                    text: text.clone(),
                    at: *at,
                });
            }
            Event::DeadlineDone { clock, at } => {
                for deadline in &mut self.deadlines {
                    let done = matches!(deadline.status, DeadlineStatus::Done { .. });
                    if deadline.clock == *clock && !done {
                        deadline.status = DeadlineStatus::Done { at: *at };
                    }
                }
            }
            Event::Raised { clock, alarm } => {
                let same = |known: &Alarm| known.kind == alarm.kind && known.crosses == alarm.crosses;
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
            Event::Closed => self.state = State::Closed,
        }
        self.version += 1;
        self
    }
}
