//! The next state of a conversation.

use jiff::{SignedDuration, Timestamp};

use crate::case::CaseId;
use crate::message::{Conversation, Debt, MAX_DEBTS, MAX_LATELY, Menu, MenuOption, Told};

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
        /// Whether it refuses the automatic answer that the conversation remembers.
        refuses: bool,
    },
    /// An automatic answer that may still be called unsolved.
    Debt(Debt),
    /// Nothing, and nothing is owed for the automatic answer that was judged any more.
    Settled,
    /// Nothing.
    Nothing,
}

/// The conversation after a message, handled at `now`, that left `opened` behind and was answered with `said`, where that may not be
/// said again within `repeats`. An earlier menu is over: the message chose from it or spoke of something else.
pub fn step(
    conversation: &Conversation,
    opened: Opened,
    said: Option<String>,
    repeats: SignedDuration,
    now: Timestamp,
) -> Conversation {
    let told = said.map(|what| Told {
        times: told_lately(conversation, &what, repeats, now).saturating_add(1),
        what,
        at: now,
    });
    let mut lately: Vec<Told> = conversation
        .told
        .iter()
        .chain(&conversation.lately)
        .cloned()
        .collect();
    lately.retain(|before| told.as_ref().is_none_or(|told| told.what != before.what));
    lately.truncate(MAX_LATELY);
    let mut next = Conversation {
        menu: None,
        misses: 0,
        last_at: Some(now),
        told,
        lately,
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
        Opened::Case {
            case,
            written,
            refuses,
        } => {
            next.last_case = Some(case);
            next.last_case_at = Some(written);
            match refuses {
                true => settle(&mut next, now),
                false => set_aside(&mut next, now),
            }
        }
        Opened::Debt(debt) => {
            set_aside(&mut next, now);
            next.debt = Some(debt);
        }
        Opened::Settled => settle(&mut next, now),
        Opened::Nothing => {}
    }
    next
}

/// Keeps the last automatic answer among the earlier ones that are still open.
fn set_aside(next: &mut Conversation, now: Timestamp) {
    next.earlier.extend(next.debt.take());
    next.earlier.retain(|debt| now < debt.until);
    let over = next.earlier.len().saturating_sub(MAX_DEBTS);
    next.earlier.drain(..over);
}

/// The automatic answer was judged that [`Conversation::open_debt`] gives.
fn settle(next: &mut Conversation, now: Timestamp) {
    let open = |debt: &Debt| now < debt.until;
    if !next.debt.take().is_some_and(|debt| open(&debt))
        && let Some(place) = next.earlier.iter().rposition(open)
    {
        next.earlier.remove(place);
    }
}

/// How often `what` was told, each time within `repeats` of the one before, whatever was said in between.
pub fn told_lately(conversation: &Conversation, what: &str, repeats: SignedDuration, now: Timestamp) -> u32 {
    let mut told = conversation.told.iter().chain(&conversation.lately);
    let told = told.find(|told| told.what == what && now.duration_since(told.at) < repeats);
    told.map_or(0, |told| told.times)
}
