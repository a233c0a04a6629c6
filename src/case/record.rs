//! The records of the journal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CaseId, Event};
use crate::message::AgentId;

/// The format version of new records. Records of older versions can be read.
pub const RECORD_VERSION: u16 = 1;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The format version.
    pub v: u16,
    /// The time of the event.
    pub at: Timestamp,
    /// The author.
    pub actor: Author,
    /// The case; `None` for a message that opened or changed no case.
    pub case: Option<CaseId>,
    /// The event.
    pub event: Event,
}

impl Record {
    /// A record in the current format.
    pub fn new(at: Timestamp, actor: Author, case: Option<CaseId>, event: Event) -> Self {
        Self {
            v: RECORD_VERSION,
            at,
            actor,
            case,
            event,
        }
    }
}

/// The author of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Author {
    /// The engine.
    Engine,
    /// The citizen.
    Citizen,
    /// An agent.
    Agent(AgentId),
}
