//! A question to the citizen: how long its reply is waited for, the reminder, and what is not sent any more.

use jiff::{SignedDuration, Timestamp};

use super::config::DeskConfig;
use super::letters::{ENGINE, arrives_late, posted_to};
use crate::case::{AwaitedReply, Case, Event, Letter, LetterKind, LetterStatus, Priority, State};
use crate::message::AgentId;
use crate::text::fill;

/// How long the citizen's reply is waited for where the rulebook has no words for that: a week.
const REPLY_HOURS: i64 = 7 * 24;

/// How long it is waited for in danger, where the clocks stand still too: an hour.
const URGENT_HOURS: i64 = 1;

/// How long the reply to a question of `now` is waited for.
pub(super) fn awaits_reply(case: &Case, config: &DeskConfig, now: Timestamp) -> Event {
    let templates = config.letters.templates.as_ref();
    let after = |hours: i64| {
        let hours = SignedDuration::from_hours(hours);
        now.saturating_add(hours).unwrap_or(Timestamp::MAX)
    };
    let urgent = case.priority == Priority::Urgent;
    let until = match templates {
        _ if urgent => URGENT_HOURS,
        Some(templates) => i64::from(templates.reply_hours),
        None => REPLY_HOURS,
    };
    let reminder = templates.filter(|_| !urgent);
    Event::AwaitsReply {
        awaited_reply: AwaitedReply {
            reminder: reminder.map(|templates| after(i64::from(templates.reminder_hours))),
            until: after(until),
        },
    }
}

/// That the time for replying to a question begins with its late arrival.
pub(super) fn asked_late(
    case: &Case,
    letter: &Letter,
    status: &LetterStatus,
    config: &DeskConfig,
    now: Timestamp,
) -> Option<Event> {
    let late = arrives_late(letter, LetterKind::Question, status, now);
    let awaited_reply = case.state == State::AwaitingCitizen && case.handling.awaited_reply.is_some();
    (late && awaited_reply).then(|| awaits_reply(case, config, now))
}

/// Whether nobody can have read the question that the case waits about.
pub(super) fn unasked(case: &Case) -> bool {
    let questions = case.handling.letters.iter();
    let questions = questions.filter(|letter| letter.kind == LetterKind::Question);
    let last = questions.clone().map(|letter| letter.posted).max();
    let mut last = questions.filter(|letter| Some(letter.posted) == last).peekable();
    last.peek().is_some() && last.all(|letter| letter.status.is_unread())
}

/// Whether a letter that failed is not to be tried again: the question that it is or recalls is not waited about any more.
pub(super) fn is_moot(case: &Case, letter: &Letter) -> bool {
    match letter.kind {
        LetterKind::Reminder => case.state != State::AwaitingCitizen,
        LetterKind::Question => case.state.is_over() || case.state == State::Answered,
        _ => false,
    }
}

/// That the citizen is reminded of a question, once. A question that did not arrive can't be remembered, so it is not.
pub(super) fn reminded(
    case: &Case,
    config: &DeskConfig,
    awaited_reply: AwaitedReply,
    now: Timestamp,
) -> Vec<Event> {
    let read = |to: usize| {
        let mut questions = case.handling.letters.iter().rev();
        let last = questions.find(|letter| letter.kind == LetterKind::Question && letter.to == to);
        last.is_some_and(|letter| letter.status.is_over())
    };
    let templates = config.letters.templates.as_ref();
    let text = templates.map(|templates| fill(&templates.reminder, &[("case", case.id.as_str())]));
    let letters = text.map(|text| posted_to(case, config, LetterKind::Reminder, &text, now, read));
    let letters = letters.unwrap_or_default();
    let awaited_reply = AwaitedReply {
        reminder: None,
        ..awaited_reply
    };
    std::iter::once(Event::AwaitsReply { awaited_reply })
        .chain(letters)
        .collect()
}

/// That letters of these kinds are not sent any more, unless a sender has them already: the citizen replied, or a reply is not waited
/// for.
pub(super) fn needless(case: &Case, kinds: &[LetterKind], now: Timestamp) -> Vec<Event> {
    let unsent = |letter: &&Letter| {
        let has = matches!(letter.status, LetterStatus::Leased { .. });
        kinds.contains(&letter.kind) && !has && !letter.status.is_over()
    };
    let letters = case.handling.letters.iter().filter(unsent);
    let let_go = letters.map(|letter| Event::LetterMoved {
        number: letter.number,
        status: not_needed(now),
    });
    let_go.collect()
}

/// That the engine has dealt with a letter by not sending it.
pub(super) fn not_needed(at: Timestamp) -> LetterStatus {
    LetterStatus::LetGo {
        at,
        by: AgentId::new(ENGINE),
    }
}
