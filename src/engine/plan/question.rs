//! The question that a message is about: its own text, an earlier one, or both.

use jiff::Timestamp;

use super::draft::PlanInput;
use crate::decide::Decision;
use crate::engine::analyze::TakenUp;
use crate::message::{MAX_CHARS, Menu};
use crate::reply::Reason;

/// A citizen's question, and the time at which it was written.
#[derive(Clone)]
pub(super) struct Question {
    /// Its text, one message a line, in order.
    pub(super) text: String,
    /// The labels that the citizen chose from a menu, one a line.
    pub(super) chosen: Option<String>,
    /// When its first message was written.
    pub(super) at: Timestamp,
}

impl Question {
    /// The refusal of an answer is about the question of that answer; a choice, and leaving a menu, are about
    /// the question of the menu.
    pub(super) fn of(input: &PlanInput<'_>, decision: &Decision, taken_up: TakenUp<'_>) -> Self {
        let own = || input.incoming.kept_text();
        match taken_up {
            TakenUp::Nothing => Self {
                text: own(),
                chosen: None,
                at: input.written_at(),
            },
            TakenUp::Answer(unrated) => Self {
                text: unrated.asked.clone(),
                chosen: unrated.chosen.clone(),
                at: unrated.asked_at,
            },
            TakenUp::Menu(menu) => Self {
                text: menu.asked.clone(),
                chosen: chosen(menu, &decision.reasons),
                at: menu.asked_at,
            },
            TakenUp::AfterMenu(menu) => Self {
                text: shortened(&format!("{}\n{}", menu.asked, own())),
                chosen: None,
                at: menu.asked_at,
            },
        }
    }

    /// The text of a case about the question: the choice is a part of it.
    pub(super) fn whole(&self) -> String {
        match &self.chosen {
            Some(chosen) => shortened(&format!("{}\n{chosen}", self.text)),
            None => self.text.clone(),
        }
    }
}

/// The labels of the chosen options, with their numbers.
fn chosen(menu: &Menu, reasons: &[Reason]) -> Option<String> {
    let labels = reasons.iter().filter_map(|reason| {
        let Reason::Chosen { number } = reason else {
            return None;
        };
        let option = menu.options.get(number.checked_sub(1)?)?;
        Some(format!("{number}. {}", option.label))
    });
    let labels: Vec<String> = labels.collect();
    (!labels.is_empty()).then(|| labels.join("\n"))
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}
