//! The state of a conversation after a message.

use jiff::{SignedDuration, Timestamp};

use crate::case::CaseId;
use crate::message::{
    Conversation, MAX_EARLIER_NOTICES, MAX_UNRATED_ANSWERS, Menu, SentNotice, UnratedAnswer,
};

/// The changes of a conversation by a handled message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConversationUpdate {
    /// A menu was sent.
    Menu {
        menu: Menu,
        /// Whether the menu stands in for an answer, so that the message counts as missed.
        missed: bool,
    },
    /// A case was opened or written about.
    Case {
        case: CaseId,
        /// When the message was written.
        written: Timestamp,
        /// Whether the message refuses the last automatic answer.
        rates_answer: bool,
    },
    /// Options of the menu were answered.
    Chosen {
        /// Their places, from 0.
        places: Vec<usize>,
        /// The answer, if the citizen may rate it.
        unrated: Option<UnratedAnswer>,
    },
    /// The menu was left without a choice.
    MenuLeft,
    /// An automatic answer was sent that the citizen may rate.
    UnratedAnswer(UnratedAnswer),
    /// The last automatic answer was rated.
    AnswerRated,
    /// Nothing else changes.
    Nothing,
    /// The message is none of the citizen's: what was said before stands, an open menu too.
    NotTheirs,
}

/// The conversation after a message that was handled at `now`.
///
/// `notice` names the text that was sent, if it is not to be sent again within `repeat_window`. An answer to
/// another question, and a case, take the place of an earlier menu; thanks and questions for the state of a
/// case do not.
pub(crate) fn next_conversation(
    conversation: &Conversation,
    update: ConversationUpdate,
    notice: Option<String>,
    repeat_window: SignedDuration,
    now: Timestamp,
) -> Conversation {
    if update == ConversationUpdate::NotTheirs {
        return Conversation {
            last_at: Some(now),
            unsettled: unsettled(conversation, now).saturating_add(1),
            ..conversation.clone()
        };
    }
    let last_notice = notice.map(|what| SentNotice {
        times: times_sent(conversation, &what, repeat_window, now).saturating_add(1),
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
    let settles = match &update {
        ConversationUpdate::Case { .. } | ConversationUpdate::MenuLeft | ConversationUpdate::AnswerRated => {
            true
        }
        ConversationUpdate::Menu { .. }
        | ConversationUpdate::Chosen { .. }
        | ConversationUpdate::UnratedAnswer(_)
        | ConversationUpdate::Nothing
        | ConversationUpdate::NotTheirs => false,
    };
    let mut next = Conversation {
        unsettled: match settles {
            true => 0,
            false => unsettled(conversation, now).saturating_add(1),
        },
        misses: 0,
        last_at: Some(now),
        last_notice,
        earlier_notices,
        ..conversation.clone()
    };
    match update {
        ConversationUpdate::Menu { menu, missed } => {
            if missed {
                next.misses = conversation.misses.saturating_add(1);
            }
            next.last_theme.clone_from(&menu.theme);
            next.menu = Some(menu);
        }
        ConversationUpdate::Chosen { places, unrated } => {
            if let Some(menu) = &mut next.menu {
                menu.chosen.retain(|place| !places.contains(place));
                menu.chosen.extend(places);
            }
            answered(&mut next, unrated, now);
        }
        ConversationUpdate::MenuLeft => next.menu = None,
        ConversationUpdate::Case {
            case,
            written,
            rates_answer,
        } => {
            next.menu = None;
            next.last_case = Some(case);
            next.last_case_at = Some(written);
            match rates_answer {
                true => remove_rated(&mut next, now),
                false => set_aside(&mut next, now),
            }
        }
        ConversationUpdate::UnratedAnswer(unrated) => {
            next.menu = None;
            answered(&mut next, Some(unrated), now);
        }
        ConversationUpdate::AnswerRated => remove_rated(&mut next, now),
        ConversationUpdate::Nothing | ConversationUpdate::NotTheirs => {}
    }
    next
}

/// The pause after which a citizen's next message begins a new talk: three days.
const LONG_PAUSE: SignedDuration = SignedDuration::from_hours(72);

/// The number of messages before one at `now` that belong to the same unsettled talk.
pub(crate) fn unsettled(conversation: &Conversation, now: Timestamp) -> u32 {
    let goes_on = |last| now.duration_since(last) < LONG_PAUSE;
    match conversation.last_at.is_some_and(goes_on) {
        true => conversation.unsettled,
        false => 0,
    }
}

/// An automatic answer is the last one from now on.
fn answered(next: &mut Conversation, unrated: Option<UnratedAnswer>, now: Timestamp) {
    let Some(unrated) = unrated else { return };
    set_aside(next, now);
    next.last_theme.clone_from(&unrated.theme);
    next.unrated = Some(unrated);
}

/// Moves the last automatic answer to the earlier ones, and drops those that have lapsed.
fn set_aside(next: &mut Conversation, now: Timestamp) {
    next.earlier_unrated.extend(next.unrated.take());
    next.earlier_unrated.retain(|unrated| now < unrated.until);
    let excess = next.earlier_unrated.len().saturating_sub(MAX_UNRATED_ANSWERS);
    next.earlier_unrated.drain(..excess);
}

/// Removes the answer that [`Conversation::unrated_answer`] returns: it was rated.
fn remove_rated(next: &mut Conversation, now: Timestamp) {
    let is_open = |unrated: &UnratedAnswer| now < unrated.until;
    if !next.unrated.take().is_some_and(|unrated| is_open(&unrated))
        && let Some(place) = next.earlier_unrated.iter().rposition(is_open)
    {
        next.earlier_unrated.remove(place);
    }
}

/// The number of times that the notice `name` was sent, each within `repeat_window` of the one before. Other
/// notices in between do not count.
pub(crate) fn times_sent(
    conversation: &Conversation,
    name: &str,
    repeat_window: SignedDuration,
    now: Timestamp,
) -> u32 {
    let mut notices = conversation
        .last_notice
        .iter()
        .chain(&conversation.earlier_notices);
    let is_recent = |notice: &&SentNotice| now.duration_since(notice.at) < repeat_window;
    let notice = notices.find(|notice| notice.what == name && is_recent(notice));
    notice.map_or(0, |notice| notice.times)
}
