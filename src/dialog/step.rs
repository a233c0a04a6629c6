//! The next state of a conversation.

use jiff::Timestamp;

use crate::case::CaseId;
use crate::message::{Conversation, Menu, MenuOption};

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
    /// A case.
    Case(CaseId),
    /// Nothing.
    Nothing,
}

/// The conversation after a message, handled at `now`, that left `opened` behind. An earlier menu is over: the message chose from it or
/// spoke of something else.
pub fn step(conversation: &Conversation, opened: Opened, now: Timestamp) -> Conversation {
    let mut next = Conversation {
        menu: None,
        misses: 0,
        last_at: Some(now),
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
        Opened::Case(case) => next.last_case = Some(case),
        Opened::Nothing => {}
    }
    next
}
