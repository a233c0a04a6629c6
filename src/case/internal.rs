//! Texts between agents: the draft, notes and supervision. The citizen never sees them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Event;
use crate::message::AgentId;

/// The most notes that a case keeps: 50, the latest.
pub const MAX_NOTES: usize = 50;

/// Adds an item, and drops the oldest ones beyond `most`.
pub(super) fn push_latest<T>(items: &mut Vec<T>, item: T, most: usize) {
    items.push(item);
    let excess = items.len().saturating_sub(most);
    items.drain(..excess);
}

/// Texts between agents. The citizen never sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InternalNotes {
    /// The draft of the answer. It outlives the claim, so that the next agent can continue it.
    pub draft: Option<String>,
    /// Notes of agents for each other, in order: the latest [`MAX_NOTES`]. The journal has all.
    pub notes: Vec<Note>,
    /// Reminders of supervisors, in order.
    pub supervision: Vec<Supervision>,
}

impl InternalNotes {
    /// The last level of supervision that was reached; `None` before the first reminder.
    pub fn supervision_level(&self) -> Option<SupervisionLevel> {
        self.supervision.last().map(|supervision| supervision.level)
    }

    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Drafted { text } => self.draft = Some(text.clone()),
            Event::Answered { .. } => self.draft = None,
            Event::Noted { note } => push_latest(&mut self.notes, note.clone(), MAX_NOTES),
            Event::Supervised { supervision } => self.supervision.push(supervision.clone()),
            _ => {}
        }
    }
}

/// A note of an agent for the other agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The agent.
    pub by: AgentId,
    /// The time of writing.
    pub at: Timestamp,
    /// The note.
    pub text: String,
}

/// A level of supervision. Each level can be reached only from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisionLevel {
    /// The department is reminded.
    Remind,
    /// The department is urged.
    Urge,
    /// The case is reported to the level above.
    Report,
}

impl SupervisionLevel {
    /// The level after `last`, or the first one; `None` after the last level.
    pub fn after(last: Option<Self>) -> Option<Self> {
        match last {
            None => Some(Self::Remind),
            Some(Self::Remind) => Some(Self::Urge),
            Some(Self::Urge) => Some(Self::Report),
            Some(Self::Report) => None,
        }
    }
}

/// The words of a supervisor to the department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    /// The supervisor; the agent `engine` for a promise that can't be kept.
    pub by: AgentId,
    /// The time of writing.
    pub at: Timestamp,
    /// The level.
    #[serde(rename = "rung")]
    pub level: SupervisionLevel,
    /// The words.
    pub text: String,
}
