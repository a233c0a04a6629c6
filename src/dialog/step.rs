//! The next state of a conversation.

use jiff::Timestamp;

use crate::case::CaseId;
use crate::message::{Conversation, Debt, Menu, MenuOption, Told};

/// What a handled message leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// A menu to choose from.
    Menu {
        /// What it shows.
        options: Vec<MenuOption>,
        /// When it stops being one.
        expires: Timestamp,
        /// The message that could not be answered surely.
        asked: String,
        /// When that message was written.
        asked_at: Timestamp,
        /// Whether it was asked back about, and not answered.
        missed: bool,
    },
    /// A case: opened, or written about.
    Case {
        /// Its number.
        case: CaseId,
        /// When the message was written.
        written: Timestamp,
    },
    /// An automatic answer that may still be called unsolved.
    Debt(Debt),
    /// Nothing, and nothing is owed for the last automatic answer any more.
    Settled,
    /// Nothing.
    Nothing,
}

/// The conversation after a message, handled at `now`, that left `opened` behind and was answered with `said`, where that may not be
/// said again at once. An earlier menu is over: the message chose from it or
/// spoke of something else.
pub fn step(
    conversation: &Conversation,
    opened: Opened,
    said: Option<String>,
    now: Timestamp,
) -> Conversation {
    let before = conversation.told.as_ref();
    let told = said.map(|what| Told {
        times: before
            .filter(|told| told.what == what)
            .map_or(1, |told| told.times.saturating_add(1)),
        what,
        at: now,
    });
    let mut next = Conversation {
        menu: None,
        misses: 0,
        last_at: Some(now),
        told,
        ..conversation.clone()
    };
    match opened {
        Opened::Menu {
            options,
            expires,
            asked,
            asked_at,
            missed,
        } => {
            if missed {
                next.misses = conversation.misses.saturating_add(1);
            }
            next.menu = Some(Menu {
                options,
                expires,
                asked,
                asked_at,
            });
        }
        Opened::Case { case, written } => {
            next.last_case = Some(case);
            next.last_case_at = Some(written);
            next.debt = None;
        }
        Opened::Debt(debt) => next.debt = Some(debt),
        Opened::Settled => next.debt = None,
        Opened::Nothing => {}
    }
    next
}
