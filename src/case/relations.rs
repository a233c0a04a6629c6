//! Ties between cases: mergers, split-off cases and parts.

use serde::{Deserialize, Serialize};

use super::{Case, CaseId, EarlierTurn, Event, Note, TranscriptEntry};
use crate::message::{DepartmentId, MessageKey};

/// Ties of a case to other cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relations {
    /// The cases that were merged into this one. Their citizens get its answer, each on the account of their
    /// message.
    pub merged: Vec<Duplicate>,
    /// Whether a case was merged into this one that its holder has not seen yet. No answer goes to both until
    /// then.
    pub unseen_merger: bool,
    /// The case that this one was merged into.
    pub merged_into: Option<CaseId>,
    /// The cases that were split off, each with an answer of its own.
    pub split_off: Vec<CaseId>,
    /// The parts that other departments work on. Their answers are joined into the answer of this case.
    pub parts: Vec<Part>,
    /// The case that this one was split off from, or is a part of.
    pub parent: Option<Parent>,
}

impl Relations {
    /// Drops the content of all but the latest merged cases.
    fn bound(&mut self) {
        let older = self.merged.len().saturating_sub(MAX_MERGED_CONTENT);
        self.merged
            .iter_mut()
            .take(older)
            .for_each(|duplicate| duplicate.content = None);
    }

    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Merged { into } => self.merged_into = Some(into.clone()),
            Event::Absorbed {
                duplicates, unseen, ..
            } => {
                self.merged.extend_from_slice(duplicates);
                self.bound();
                self.unseen_merger |= unseen;
            }
            // A new holder reads the case with all that was merged into it.
            Event::Claimed { .. } | Event::MergerSeen => self.unseen_merger = false,
            Event::SplitOff { part } => self.split_off.push(part.clone()),
            Event::PartGiven { part, department } => self.parts.push(Part {
                case: part.clone(),
                department: department.clone(),
                answer: None,
            }),
            Event::PartAnswered { part, text } => {
                for known in self.parts.iter_mut().filter(|known| known.case == *part) {
                    known.answer = Some(text.clone());
                }
            }
            Event::RecipientsErased { .. } => self.erase_recipients(),
            _ => {}
        }
    }
}

/// The most merged cases of which a case keeps the content: 20, the latest.
pub const MAX_MERGED_CONTENT: usize = 20;

/// A case that was merged into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    /// The number of the merged case.
    pub case: CaseId,
    /// The message that opened it: the answer goes to its sender.
    pub key: MessageKey,
    /// What stood in it; `None` for a merger by an earlier version, and for all but the latest
    /// [`MAX_MERGED_CONTENT`] merged cases. The merged case itself still has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Box<MergedContent>>,
}

/// What stood in a merged case, of the citizen of its message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MergedContent {
    /// What the citizen wrote before it, since the last settled matter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierTurn>,
    /// The message.
    pub text: String,
    /// What was asked and added after it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<TranscriptEntry>,
    /// The notes of agents for each other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The draft of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
}

impl From<&Case> for MergedContent {
    fn from(case: &Case) -> Self {
        Self {
            earlier: case.earlier.clone(),
            text: case.text.clone(),
            transcript: case.transcript.clone(),
            notes: case.handling.internal.notes.clone(),
            draft: case.handling.internal.draft.clone(),
        }
    }
}

/// A part of a case that another department works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The number of the part's own case.
    pub case: CaseId,
    /// The department.
    pub department: DepartmentId,
    /// The department's answer; `None` before it is given.
    #[serde(rename = "said")]
    pub answer: Option<String>,
}

/// The case from which a case without a message of its own was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The number of that case.
    pub case: CaseId,
    /// Whether the answer goes to that case, to be joined with others, and not to the citizen.
    pub joined: bool,
}
