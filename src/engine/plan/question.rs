//! The question that a message is about: its own text, or an earlier one.

use jiff::Timestamp;

use super::draft::PlanInput;
use crate::decide::Decision;
use crate::message::UnratedAnswer;
use crate::reply::Reason;
use crate::text::clean;

/// A citizen's question, and the time at which it was written.
#[derive(Clone)]
pub(super) struct Question {
    pub(super) text: String,
    pub(super) at: Timestamp,
}

impl Question {
    /// The refusal of an answer is about the question of that answer; "none of these" is about the question
    /// of the menu.
    pub(super) fn of(input: &PlanInput<'_>, decision: &Decision, refused: Option<&UnratedAnswer>) -> Self {
        if let Some(unrated) = refused {
            return Self {
                text: unrated.asked.clone(),
                at: unrated.asked_at,
            };
        }
        let none_of_these = decision.reasons.iter().any(Reason::is_none_of_these);
        match input.conversation().menu.as_ref().filter(|_| none_of_these) {
            Some(menu) => Self {
                text: menu.asked.clone(),
                at: menu.asked_at,
            },
            None => Self {
                text: clean(input.incoming.message.body()),
                at: input.written_at(),
            },
        }
    }
}
