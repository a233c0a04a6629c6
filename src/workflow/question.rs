//! A question to the citizen: the time for the reply, the reminder, and letters that are no longer needed.

use jiff::{SignedDuration, Timestamp};

use super::config::DeskConfig;
use super::letters::{ENGINE, arrives_late, posted_to};
use crate::case::{AwaitedReply, Case, Event, Letter, LetterKind, LetterStatus, Priority, State};
use crate::message::AgentId;
use crate::text::fill;
use crate::time::after;

/// The time for a reply if the rulebook has no templates: a week.
const REPLY_TIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The time for a reply in an urgent case, during which its clocks are paused too: an hour.
const URGENT_TIME: SignedDuration = SignedDuration::from_hours(1);

/// Starts the time for the reply to a question of `now`.
pub(super) fn awaits_reply(case: &Case, config: &DeskConfig, now: Timestamp) -> Event {
    let within = |time: SignedDuration| now.saturating_add(time).unwrap_or(Timestamp::MAX);
    let after = |amount| after(&config.calendar, amount, now);
    let templates = config.letters.templates.as_ref();
    let (reminder, until) = match templates {
        _ if case.priority == Priority::Urgent => (None, within(URGENT_TIME)),
        Some(templates) => (Some(after(templates.remind_after)), after(templates.reply_within)),
        None => (None, within(REPLY_TIME)),
    };
    Event::AwaitsReply {
        awaited_reply: AwaitedReply {
            reminder: reminder.filter(|at| *at < until),
            until,
        },
    }
}

/// Restarts the time for the reply when a question arrives late.
pub(super) fn question_late(
    case: &Case,
    letter: &Letter,
    status: &LetterStatus,
    config: &DeskConfig,
    now: Timestamp,
) -> Option<Event> {
    let late = arrives_late(letter, LetterKind::Question, status, now);
    let awaited_reply = case.state == State::AwaitingCitizen && case.handling.contact.awaited_reply.is_some();
    (late && awaited_reply).then(|| awaits_reply(case, config, now))
}

/// Whether no recipient can have read the question that the case waits for.
pub(super) fn question_not_received(case: &Case) -> bool {
    let questions = case.handling.contact.letters.iter();
    let questions = questions.filter(|letter| letter.kind == LetterKind::Question);
    let last = questions.clone().map(|letter| letter.posted).max();
    let mut last = questions.filter(|letter| Some(letter.posted) == last).peekable();
    last.peek().is_some() && last.all(|letter| letter.status.is_unread())
}

/// Whether a letter that failed is not retried, because the case no longer waits for the reply to its
/// question.
pub(super) fn is_moot(case: &Case, letter: &Letter) -> bool {
    match letter.kind {
        LetterKind::Reminder => case.state != State::AwaitingCitizen,
        LetterKind::Question => case.state.is_over() || case.state == State::Answered,
        _ => false,
    }
}

/// Reminds the recipients of a question, once. A recipient without the question is not reminded.
pub(super) fn reminded(
    case: &Case,
    config: &DeskConfig,
    awaited_reply: AwaitedReply,
    now: Timestamp,
) -> Vec<Event> {
    let received = |to: usize| {
        let mut questions = case.handling.contact.letters.iter().rev();
        let last = questions.find(|letter| letter.kind == LetterKind::Question && letter.to == to);
        last.is_some_and(|letter| letter.status.is_over())
    };
    let templates = config.letters.templates.as_ref();
    let text = templates.map(|templates| fill(&templates.reminder, &[("case", case.id.as_str())]));
    let letters = text.map(|text| posted_to(case, config, LetterKind::Reminder, &text, now, received));
    let letters = letters.unwrap_or_default();
    let awaited_reply = AwaitedReply {
        reminder: None,
        ..awaited_reply
    };
    std::iter::once(Event::AwaitsReply { awaited_reply })
        .chain(letters)
        .collect()
}

/// Dismisses the letters of these kinds that are not sent yet and that no sender has.
pub(super) fn dismissed(case: &Case, kinds: &[LetterKind], now: Timestamp) -> Vec<Event> {
    let unsent = |letter: &&Letter| {
        let leased = matches!(letter.status, LetterStatus::Leased { .. });
        kinds.contains(&letter.kind) && !leased && !letter.status.is_over()
    };
    let letters = case.handling.contact.letters.iter().filter(unsent);
    let dismissed = letters.map(|letter| Event::LetterMoved {
        number: letter.number,
        status: not_needed(now),
    });
    dismissed.collect()
}

/// The status of a letter that the engine dismisses.
pub(super) fn not_needed(at: Timestamp) -> LetterStatus {
    LetterStatus::Dismissed {
        at,
        by: AgentId::new(ENGINE),
    }
}
