//! What a new matter takes up from the conversation.

use crate::decide::{Decision, Verdict};
use crate::message::{Menu, UnratedAnswer};
use crate::reply::{DecidedBy, Reason};

/// What a new matter is about, apart from the words of its message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TakenUp<'a> {
    /// Nothing: the message stands by itself.
    Nothing,
    /// The automatic answer that the message refuses: a person then answers the question of that answer.
    Answer(&'a UnratedAnswer),
    /// The menu that the message chooses from, or leaves without a choice.
    Menu(&'a Menu),
    /// The menu that the message follows without a choice: both belong together.
    AfterMenu(&'a Menu),
}

impl<'a> TakenUp<'a> {
    /// What an undecided message takes up from a menu that waits for a choice and has not expired.
    pub(super) fn after(menu: &'a Menu, decision: &Decision) -> Self {
        match decision.verdict {
            Verdict::Menu { .. }
            | Verdict::Person {
                by: DecidedBy::Nobody | DecidedBy::HandOff,
                ..
            } => Self::AfterMenu(menu),
            _ => Self::Nothing,
        }
    }
}

/// Whether the decision rests on a choice from the menu.
pub(super) fn is_choice(decision: &Decision) -> bool {
    let chosen = |reason: &Reason| matches!(reason, Reason::Chosen { .. } | Reason::NoneOfThese { .. });
    decision.reasons.iter().any(chosen)
}
