//! The next state of a conversation.

use jiff::{SignedDuration, Timestamp};

use crate::case::CaseId;
use crate::message::{
    Conversation, MAX_EARLIER_NOTICES, MAX_UNRATED_ANSWERS, Menu, MenuOption, SentNotice, UnratedAnswer,
};

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
    UnratedAnswer(UnratedAnswer),
    /// Nothing, and nothing is owed for the automatic answer that was judged any more.
    Settled,
    /// Nothing.
    Nothing,
}

/// The conversation after a message, handled at `now`, that left `opened` behind and was answered with `said`, where that may not be
/// said again within `repeats`. An earlier menu is over: the message chose from it or spoke of something else.
pub fn next_conversation(
    conversation: &Conversation,
    opened: Opened,
    said: Option<String>,
    repeats: SignedDuration,
    now: Timestamp,
) -> Conversation {
    let last_notice = said.map(|what| SentNotice {
        times: times_sent(conversation, &what, repeats, now).saturating_add(1),
        what,
        at: now,
    });
    let mut earlier_notices: Vec<SentNotice> = conversation
        .last_notice
        .iter()
        .chain(&conversation.earlier_notices)
        .cloned()
        .collect();
    earlier_notices.retain(|before| last_notice.as_ref().is_none_or(|last| last.what != before.what));
    earlier_notices.truncate(MAX_EARLIER_NOTICES);
    let mut next = Conversation {
        menu: None,
        misses: 0,
        last_at: Some(now),
        last_notice,
        earlier_notices,
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
        Opened::UnratedAnswer(unrated) => {
            set_aside(&mut next, now);
            next.unrated = Some(unrated);
        }
        Opened::Settled => settle(&mut next, now),
        Opened::Nothing => {}
    }
    next
}

/// Keeps the last automatic answer among the earlier ones that are still open.
fn set_aside(next: &mut Conversation, now: Timestamp) {
    next.earlier_unrated.extend(next.unrated.take());
    next.earlier_unrated.retain(|unrated| now < unrated.until);
    let over = next.earlier_unrated.len().saturating_sub(MAX_UNRATED_ANSWERS);
    next.earlier_unrated.drain(..over);
}

/// The automatic answer was judged that [`Conversation::unrated_answer`] gives.
fn settle(next: &mut Conversation, now: Timestamp) {
    let open = |unrated: &UnratedAnswer| now < unrated.until;
    if !next.unrated.take().is_some_and(|unrated| open(&unrated))
        && let Some(place) = next.earlier_unrated.iter().rposition(open)
    {
        next.earlier_unrated.remove(place);
    }
}

/// How often `what` was told, each time within `repeats` of the one before, whatever was said in between.
pub fn times_sent(conversation: &Conversation, what: &str, repeats: SignedDuration, now: Timestamp) -> u32 {
    let mut notices = conversation
        .last_notice
        .iter()
        .chain(&conversation.earlier_notices);
    let notice = notices.find(|notice| notice.what == what && now.duration_since(notice.at) < repeats);
    notice.map_or(0, |notice| notice.times)
}
