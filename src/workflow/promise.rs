//! Promises: times that citizens were promised, the letters that postpone them, and the end of postponing.

use std::collections::HashSet;

use jiff::Timestamp;

use super::clocks::{self, set};
use super::config::DeskConfig;
use super::letters::{ENGINE, about, posted};
use crate::case::{
    AlarmKind, Amount, Case, ClockKind, Deadline, DerivationStep, Due, Event, LetterKind, Priority,
    Supervision, SupervisionLevel, TimeLimit, Unit, Warn,
};
use crate::message::AgentId;
use crate::text::fill;
use crate::time::{self, DeadlineError, Policy};

/// The warning of a promise that is too short for the usual one: after 75 % of its time.
const LATE: Warn = Warn::Share(75);

/// The deadline of a time that the engine tells the citizen. Its warning leaves time to postpone the promise.
///
/// `None` if the rulebook has no templates, or the time has passed.
pub fn promise(case: &Case, config: &DeskConfig, until: Timestamp, now: Timestamp) -> Option<Deadline> {
    config.letters.templates.as_ref()?;
    promised(case, config, &AgentId::new(ENGINE), until, now).ok()
}

/// The deadline of a time that `by` tells the citizen.
///
/// If the rulebook has templates, the deadline has a warning, however short the time is, so that the promise
/// can be postponed before it is broken.
pub(super) fn promised(
    case: &Case,
    config: &DeskConfig,
    by: &AgentId,
    until: Timestamp,
    now: Timestamp,
) -> Result<Deadline, DeadlineError> {
    let fallback = Policy::fallback(case.priority);
    let policy = clocks::policy(case, config).unwrap_or(&fallback);
    let with = |policy: &Policy| time::promise(&config.calendar, policy, by, now, until);
    let templates = config.letters.templates.as_ref();
    let before =
        templates.and_then(|templates| Amount::new(templates.postpone_minutes, Unit::WorkingMinutes).ok());
    let Some(before) = before else {
        return with(policy);
    };
    let with_warning = |warn| {
        let mut policy = policy.clone();
        policy
            .clocks
            .retain(|time_limit| time_limit.clock != ClockKind::Promise);
        policy.clocks.push(TimeLimit {
            warn: vec![warn],
            ..TimeLimit::new(ClockKind::Promise, before)
        });
        with(&policy)
    };
    let warns = |deadline: &Deadline| {
        let mut alarms = deadline.history.alarms.iter();
        alarms.any(|alarm| matches!(alarm.kind, AlarmKind::Warning(_)))
    };
    let made = with(policy)?;
    let made = if warns(&made) {
        made
    } else {
        with_warning(Warn::Before(before))?
    };
    if warns(&made) {
        Ok(made)
    } else {
        with_warning(LATE)
    }
}

/// Promises a new time in place of one that is about to be broken, and writes the letter that says so.
///
/// Empty if nothing is promised, the case is answered, or the calendar gives no certain time.
pub(super) fn postponed(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let Some(templates) = &config.letters.templates else {
        return Vec::new();
    };
    let next = open_promise(case).and_then(|_| from_now(case, config, now));
    let next = next.filter(|next| !next.due.is_provisional());
    let Some(promised) = next.and_then(|next| promise(case, config, next.due.instant(), now)) else {
        return Vec::new();
    };
    let Some(text) = about(case, config, &templates.postponed, &promised, now) else {
        return Vec::new();
    };
    let letters = posted(case, config, LetterKind::Promise, &text, now);
    std::iter::once(set(promised)).chain(letters).collect()
}

/// Whether the case's promise may be postponed once more.
pub(super) fn may_postpone(case: &Case, config: &DeskConfig) -> bool {
    let templates = config.letters.templates.as_ref();
    let most = templates.map_or(0, |templates| templates.postpone_times);
    let letters = case.handling.contact.letters.iter();
    // One postponement can take several letters, all written at the same instant.
    let postponed: HashSet<Timestamp> = letters
        .filter(|letter| letter.kind == LetterKind::Promise)
        .map(|letter| letter.posted)
        .collect();
    u32::try_from(postponed.len()).is_ok_and(|postponed| postponed < most)
}

/// Urges the department about a promise that will be broken and can't be postponed again, and tells the
/// citizen.
pub(super) fn given_up(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let templates = config.letters.templates.as_ref();
    let Some(templates) = templates.filter(|_| open_promise(case).is_some()) else {
        return Vec::new();
    };
    let text = fill(&templates.overdue, &[("case", case.id.as_str())]);
    let letters = posted(case, config, LetterKind::Promise, &text, now);
    let next = SupervisionLevel::after(case.handling.internal.supervision_level());
    let urged = next.map(|level| Event::Supervised {
        supervision: Supervision {
            by: AgentId::new(ENGINE),
            at: now,
            level,
            text,
        },
    });
    urged.into_iter().chain(letters).collect()
}

/// Ends the engine's promise of a reply, because a question to the citizen is one. A promise of an agent
/// stays open.
pub(super) fn kept_by_question(case: &Case, now: Timestamp) -> Option<Event> {
    let by_engine =
        |step: &DerivationStep| matches!(step, DerivationStep::Told { by, .. } if by.as_str() == ENGINE);
    let promise = open_promise(case).filter(|promise| promise.derivation.iter().any(by_engine))?;
    Some(Event::DeadlineDone {
        clock: promise.clock,
        at: now,
    })
}

/// The promise for a case that is back in the queue, because it was reopened or the citizen replied.
///
/// The time is the earliest open deadline; if that has passed, because it counts from the arrival, the
/// deadline that a new message would have. Urgent cases get no promise.
pub(super) fn promised_again(case: &Case, config: &DeskConfig, now: Timestamp) -> Option<Event> {
    if case.priority == Priority::Urgent || case.is_joined_part() || open_promise(case).is_some() {
        return None;
    }
    let reply = [ClockKind::FirstReply, ClockKind::Resolution];
    let open = case.deadlines.iter().filter(|deadline| deadline.status.is_open());
    let open = open.filter(|deadline| reply.contains(&deadline.clock) && now < deadline.due.instant());
    let earliest = open.map(|deadline| deadline.due.clone()).min_by_key(Due::instant);
    let due = earliest.or_else(|| Some(from_now(case, config, now)?.due))?;
    let certain = Some(due).filter(|due| !due.is_provisional())?;
    promise(case, config, certain.instant(), now).map(set)
}

/// The case's open promise.
pub(super) fn open_promise(case: &Case) -> Option<&Deadline> {
    let mut open = case.deadlines.iter().filter(|deadline| deadline.status.is_open());
    open.find(|deadline| deadline.clock == ClockKind::Promise)
}

/// The first-reply deadline of a message that arrives now.
fn from_now(case: &Case, config: &DeskConfig, now: Timestamp) -> Option<Deadline> {
    let fallback = Policy::fallback(case.priority);
    let of = |policy: &Policy| time::deadline(&config.calendar, policy, ClockKind::FirstReply, now);
    clocks::policy(case, config)
        .and_then(of)
        .or_else(|| of(&fallback))
}
