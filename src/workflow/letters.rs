//! The letters that a move writes. They are committed with the move, and the host sends them.

use jiff::{SignedDuration, Timestamp};

use super::clocks::set;
use super::config::DeskConfig;
use super::promise::{open_promise, promise};
use crate::case::{Case, ClockKind, Deadline, Event, Letter, LetterKind, LetterStatus, State};
use crate::text::{fill, split_bytes};
use crate::time::after;

/// The agent id that stands for the engine in records of its own promises, reminders and dismissed letters.
pub(crate) const ENGINE: &str = "engine";

/// A letter that arrives later than this after it was written gives the citizen the full time to react: an
/// hour.
const LATE_ARRIVAL: SignedDuration = SignedDuration::from_hours(1);

/// Writes a text to every recipient of the case, split into as many letters as each channel needs.
pub(super) fn posted(
    case: &Case,
    config: &DeskConfig,
    kind: LetterKind,
    text: &str,
    now: Timestamp,
) -> Vec<Event> {
    posted_to(case, config, kind, text, now, |_| true)
}

/// Writes a text to the recipients that `wants` selects by their index in [`Case::recipients`].
pub(super) fn posted_to(
    case: &Case,
    config: &DeskConfig,
    kind: LetterKind,
    text: &str,
    now: Timestamp,
    wants: impl Fn(usize) -> bool,
) -> Vec<Event> {
    let recipients = case.recipients();
    let confirmed = &case.handling.contact.confirmed;
    // A citizen with several messages on one account gets one letter there, and none after the matter is
    // settled.
    let citizens = case.citizens().into_iter();
    let citizens = citizens.filter(|to| !confirmed.contains(to) && wants(*to));
    let addressed = citizens.filter_map(|to| Some((to, *recipients.get(to)?)));
    let pieces = addressed.flat_map(|(to, key)| {
        let channel = config.letters.channels.get(key.account());
        let most = channel.and_then(|channel| channel.bytes).unwrap_or(usize::MAX);
        split_bytes(text, most).into_iter().map(move |piece| (to, piece))
    });
    let last = case
        .handling
        .contact
        .letters
        .last()
        .map_or(0, |letter| letter.number);
    let letters = pieces
        .zip(last.saturating_add(1)..)
        .map(|((to, piece), number)| Letter {
            number,
            to,
            kind,
            text: piece.to_owned(),
            posted: now,
            attempts: 0,
            status: LetterStatus::Waiting { from: None },
        });
    let letters = letters.map(|letter| Event::Posted {
        letter: Box::new(letter),
        to: None,
    });
    letters.collect()
}

/// Writes an answer. If the rulebook has templates, the letter asks whether the matter is settled, and the
/// citizen's time for saying so begins.
pub(super) fn answer(case: &Case, config: &DeskConfig, text: &str, now: Timestamp) -> Vec<Event> {
    let templates = config.letters.templates.as_ref();
    let Some(templates) = templates.filter(|_| !case.is_joined_part()) else {
        return posted(case, config, LetterKind::Answer, text, now);
    };
    let asking = format!("{text}\n\n{}", templates.solved);
    let until = after(&config.calendar, templates.lapse_after, now);
    let mut events = posted(case, config, LetterKind::Answer, &asking, now);
    events.push(Event::AskedIfSolved { until });
    events
}

/// Whether a letter of this kind is delivered now, and late.
pub(super) fn arrives_late(letter: &Letter, kind: LetterKind, status: &LetterStatus, now: Timestamp) -> bool {
    let arrives = matches!(status, LetterStatus::Delivered { .. }) && letter.kind == kind;
    arrives && now.duration_since(letter.posted) >= LATE_ARRIVAL
}

/// Gives the citizen the full time from `now` on for saying whether the answer settled the matter.
fn asked_if_solved(config: &DeskConfig, now: Timestamp) -> Option<Event> {
    let lapse_after = config.letters.templates.as_ref()?.lapse_after;
    let until = after(&config.calendar, lapse_after, now);
    Some(Event::AskedIfSolved { until })
}

/// Restarts the citizen's time for confirming, if a letter of the last answer did not arrive and no agent has
/// dealt with that. A citizen without the answer is not silent.
pub(super) fn answer_not_received(case: &Case, config: &DeskConfig, now: Timestamp) -> Option<Event> {
    let answers = case.handling.contact.letters.iter();
    let mut answers = answers.filter(|letter| letter.kind == LetterKind::Answer);
    // Answers from before the case was reopened do not count.
    let last = answers.clone().map(|letter| letter.posted).max();
    let open = |letter: &Letter| Some(letter.posted) == last && !letter.status.is_over();
    answers.any(open).then(|| asked_if_solved(config, now)).flatten()
}

/// Restarts the citizen's time for confirming when an answer arrives late.
pub(super) fn answer_late(
    case: &Case,
    letter: &Letter,
    status: &LetterStatus,
    config: &DeskConfig,
    now: Timestamp,
) -> Option<Event> {
    let late = arrives_late(letter, LetterKind::Answer, status, now);
    let asked = case.state == State::Answered && case.handling.contact.confirm_until.is_some();
    (asked && late).then(|| asked_if_solved(config, now)).flatten()
}

/// Tells the citizen of an extension, and moves the open promise to the new time.
pub(super) fn extended(case: &Case, config: &DeskConfig, extended: &Event, now: Timestamp) -> Vec<Event> {
    let Event::DeadlineSet { deadline } = extended else {
        return Vec::new();
    };
    let reply = [ClockKind::FirstReply, ClockKind::Resolution].contains(&deadline.clock);
    let Some(templates) = config.letters.templates.as_ref().filter(|_| reply) else {
        return Vec::new();
    };
    let text = about(case, config, &templates.extended, deadline, now);
    let Some(text) = text.filter(|_| !case.is_joined_part()) else {
        return Vec::new();
    };
    let promised = open_promise(case).and_then(|_| promise(case, config, deadline.due.instant(), now));
    let promised = promised.into_iter().map(set);
    promised
        .chain(posted(case, config, LetterKind::Extension, &text, now))
        .collect()
}

/// Fills the case's number and the due time into a template. `None` if a citizen cannot be told the time.
pub(super) fn about(
    case: &Case,
    config: &DeskConfig,
    template: &str,
    deadline: &Deadline,
    now: Timestamp,
) -> Option<String> {
    let due = deadline.due.told(&config.letters.due_format, now)?;
    Some(fill(template, &[("case", case.id.as_str()), ("due", &due)]))
}
