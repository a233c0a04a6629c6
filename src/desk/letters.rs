//! The letters that a move writes: they become true with it, and the host sends them.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::clocks;
use super::config::DeskConfig;
use crate::case::{
    AlarmKind, Amount, Case, ClockKind, Deadline, DerivationStep, Due, Event, Letter, LetterKind,
    LetterStatus, Priority, State, Supervision, SupervisionLevel, TimeLimit, Unit, Warn,
};
use crate::message::AgentId;
use crate::text::{fill, split_bytes};
use crate::time::{self, DeadlineError, Policy};

/// In whose name the engine promises.
pub(super) const ENGINE: &str = "engine";

/// When a time is so short that the usual warning would come before it is told.
const LATE: Warn = Warn::Share(75);

/// A text to every recipient of the case, in as many letters as the channel of each wants.
pub(super) fn posted(
    case: &Case,
    config: &DeskConfig,
    kind: LetterKind,
    text: &str,
    now: Timestamp,
) -> Vec<Event> {
    posted_to(case, config, kind, text, now, |_| true)
}

/// A text to those recipients, by their places, who want it.
pub(super) fn posted_to(
    case: &Case,
    config: &DeskConfig,
    kind: LetterKind,
    text: &str,
    now: Timestamp,
    wants: impl Fn(usize) -> bool,
) -> Vec<Event> {
    let recipients = case.recipients();
    // Who wrote to one account more than once hears of it once.
    let mut seen = HashSet::new();
    let doors = recipients.iter().enumerate();
    let doors = doors.filter(|(to, key)| seen.insert((key.account(), key.sender())) && wants(*to));
    let pieces = doors.flat_map(|(to, key)| {
        let channel = config.letters.channels.get(key.account());
        let most = channel.and_then(|channel| channel.bytes).unwrap_or(usize::MAX);
        split_bytes(text, most).into_iter().map(move |piece| (to, piece))
    });
    let first = case.handling.letters.len() + 1;
    let letters = pieces.zip(first..).map(|((to, piece), number)| Letter {
        number: u32::try_from(number).unwrap_or(u32::MAX),
        to,
        kind,
        text: piece.to_owned(),
        posted: now,
        attempts: 0,
        status: LetterStatus::Waiting { from: None },
    });
    let letters = letters.map(|letter| Event::Posted {
        letter: Box::new(letter),
    });
    letters.collect()
}

/// An answer, with the question whether it settled the matter, and until when that can be said.
pub(super) fn answer(case: &Case, config: &DeskConfig, text: &str, now: Timestamp) -> Vec<Event> {
    let Some(templates) = config
        .letters
        .templates
        .as_ref()
        .filter(|_| !case.is_joined_part())
    else {
        return posted(case, config, LetterKind::Answer, text, now);
    };
    let asking = format!("{text}\n\n{}", templates.solved);
    let hours = SignedDuration::from_hours(i64::from(templates.lapse_hours));
    let until = now.saturating_add(hours).unwrap_or(Timestamp::MAX);
    let mut events = posted(case, config, LetterKind::Answer, &asking, now);
    events.push(Event::AskedIfSolved { until });
    events
}

/// How late a letter may arrive without giving the citizen their whole time anew for what it asks: an hour.
const LATE_ARRIVAL: SignedDuration = SignedDuration::from_hours(1);

/// Whether a letter of this kind arrives now, and late.
pub(super) fn arrives_late(letter: &Letter, kind: LetterKind, status: &LetterStatus, now: Timestamp) -> bool {
    let arrives = matches!(status, LetterStatus::Delivered { .. }) && letter.kind == kind;
    arrives && now.duration_since(letter.posted) >= LATE_ARRIVAL
}

/// That the citizen has their whole time from `now` on for saying whether the answer settled it.
fn judged_from(config: &DeskConfig, now: Timestamp) -> Option<Event> {
    let hours = i64::from(config.letters.templates.as_ref()?.lapse_hours);
    let until = now.checked_add(SignedDuration::from_hours(hours)).ok()?;
    Some(Event::AskedIfSolved { until })
}

/// That silence says nothing yet, because an answer of the case did not arrive and nobody has dealt with that.
pub(super) fn unread(case: &Case, config: &DeskConfig, now: Timestamp) -> Option<Event> {
    let answers = case.handling.letters.iter();
    let mut answers = answers.filter(|letter| letter.kind == LetterKind::Answer);
    // What was answered before the case was opened again is not judged now.
    let last = answers.clone().map(|letter| letter.posted).max();
    let open = |letter: &Letter| Some(letter.posted) == last && !letter.status.is_over();
    answers.any(open).then(|| judged_from(config, now)).flatten()
}

/// That the time for judging an answer begins with its late arrival.
pub(super) fn read_late(
    case: &Case,
    letter: &Letter,
    status: &LetterStatus,
    config: &DeskConfig,
    now: Timestamp,
) -> Option<Event> {
    let late = arrives_late(letter, LetterKind::Answer, status, now);
    let asked = case.state == State::Answered && case.handling.lapses.is_some();
    (asked && late).then(|| judged_from(config, now)).flatten()
}

/// What the citizen is told of an extension. A time that was promised before moves along: they heard of the new one.
pub(super) fn extended(case: &Case, config: &DeskConfig, extended: &Event, now: Timestamp) -> Vec<Event> {
    let Event::DeadlineSet { deadline } = extended else {
        return Vec::new();
    };
    let owed = [ClockKind::FirstReply, ClockKind::Resolution].contains(&deadline.clock);
    let Some(templates) = config.letters.templates.as_ref().filter(|_| owed) else {
        return Vec::new();
    };
    if case.is_joined_part() || deadline.due.is_provisional() {
        return Vec::new();
    }
    let text = about(case, config, &templates.extended, deadline);
    let promised = open_promise(case).and_then(|_| promise(case, config, deadline.due.instant(), now));
    let promised = promised.into_iter().map(set);
    promised
        .chain(posted(case, config, LetterKind::Extension, &text, now))
        .collect()
}

/// The new time of a promise that is about to break, and the letter that tells it. Nothing where none was promised, the case is
/// answered, or no certain time can be given.
pub(super) fn postponed(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let Some(templates) = &config.letters.templates else {
        return Vec::new();
    };
    let next = open_promise(case).and_then(|_| from_now(case, config, now));
    let next = next.filter(|next| !next.due.is_provisional());
    let Some(promised) = next.and_then(|next| promise(case, config, next.due.instant(), now)) else {
        return Vec::new();
    };
    let text = about(case, config, &templates.postponed, &promised);
    let letters = posted(case, config, LetterKind::Promise, &text, now);
    std::iter::once(set(promised)).chain(letters).collect()
}

/// A question to the citizen is the reply that the engine promised; what an agent promised by name is theirs to keep.
pub(super) fn promise_kept(case: &Case, now: Timestamp) -> Option<Event> {
    let engines =
        |step: &DerivationStep| matches!(step, DerivationStep::Told { by, .. } if by.as_str() == ENGINE);
    let promise = open_promise(case).filter(|promise| promise.derivation.iter().any(engines))?;
    Some(Event::DeadlineDone {
        clock: promise.clock,
        at: now,
    })
}

/// The time that a citizen is told whose case is in the queue again, opened anew or because they replied: what is owed, or where
/// that has passed, because it counts from the arrival, what a new message would be owed. In danger no time is told.
pub(super) fn promised_again(case: &Case, config: &DeskConfig, now: Timestamp) -> Option<Event> {
    if case.priority == Priority::Urgent || case.is_joined_part() || open_promise(case).is_some() {
        return None;
    }
    let owed = [ClockKind::FirstReply, ClockKind::Resolution];
    let open = case.deadlines.iter().filter(|deadline| deadline.status.is_open());
    let open = open.filter(|deadline| owed.contains(&deadline.clock) && now < deadline.due.instant());
    let owed = open.map(|deadline| deadline.due.clone()).min_by_key(Due::instant);
    let due = owed.or_else(|| Some(from_now(case, config, now)?.due))?;
    let certain = Some(due).filter(|due| !due.is_provisional())?;
    promise(case, config, certain.instant(), now).map(set)
}

/// The deadline that a message of this moment would have.
fn from_now(case: &Case, config: &DeskConfig, now: Timestamp) -> Option<Deadline> {
    let own = Policy::next_working_day();
    let of = |policy: &Policy| time::deadline(&config.calendar, policy, ClockKind::FirstReply, now);
    clocks::policy(case, config).and_then(of).or_else(|| of(&own))
}

/// That the citizen, who wrote while an agent holds the case, is told that a person does.
pub(super) fn attended(case: &Case, config: &DeskConfig, now: Timestamp) -> Option<Event> {
    let held = case.state == State::Claimed && !case.handling.attended && !case.is_joined_part();
    attending(config, now).filter(|_| held)
}

/// That the agent whom the citizen believes to be there shows a sign of work. A lease that is only renewed shows none.
pub(super) fn at_work(case: &Case, config: &DeskConfig, now: Timestamp) -> Option<Event> {
    attending(config, now).filter(|_| case.handling.attended)
}

fn attending(config: &DeskConfig, now: Timestamp) -> Option<Event> {
    let minutes = i64::from(config.letters.templates.as_ref()?.idle_minutes);
    let until = now.checked_add(SignedDuration::from_mins(minutes)).ok();
    Some(Event::Attended { until })
}

/// What a citizen is told who believes that a person is there, when that person leaves.
pub(super) fn handed_back(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    if !case.handling.attended {
        return Vec::new();
    }
    let templates = config.letters.templates.as_ref();
    let text = templates.map(|templates| fill(&templates.handed_back, &[("case", case.id.as_str())]));
    let letters = text.map(|text| posted(case, config, LetterKind::HandBack, &text, now));
    std::iter::once(Event::HandedBack)
        .chain(letters.unwrap_or_default())
        .collect()
}

/// The clock of a time that the citizen is told in the engine's name, with the warning by which it is seen that it will not be
/// kept. `None` where the rulebook has no words for that, or the time has passed.
pub fn promise(case: &Case, config: &DeskConfig, until: Timestamp, now: Timestamp) -> Option<Deadline> {
    config.letters.templates.as_ref()?;
    promised(case, config, &AgentId::new(ENGINE), until, now).ok()
}

/// The clock of a time that the citizen is told. Where the rulebook has words for a time that will not be kept, there is a warning by
/// which that is seen, however short the time.
pub(super) fn promised(
    case: &Case,
    config: &DeskConfig,
    by: &AgentId,
    until: Timestamp,
    now: Timestamp,
) -> Result<Deadline, DeadlineError> {
    let own = Policy::next_working_day();
    let policy = clocks::policy(case, config).unwrap_or(&own);
    let with = |policy: &Policy| time::promise(&config.calendar, policy, by, now, until);
    let templates = config.letters.templates.as_ref();
    let before =
        templates.and_then(|templates| Amount::new(templates.postpone_minutes, Unit::WorkingMinutes).ok());
    let Some(before) = before else {
        return with(policy);
    };
    let warning = |warn| {
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
        warning(Warn::Before(before))?
    };
    if warns(&made) { Ok(made) } else { warning(LATE) }
}

/// Whether the case's promise may be put off once more.
pub(super) fn may_postpone(case: &Case, config: &DeskConfig) -> bool {
    let most = config
        .letters
        .templates
        .as_ref()
        .map_or(0, |templates| templates.postpone_times);
    let letters = case.handling.letters.iter();
    // Each time is told to every recipient, in as many letters as that takes.
    let told: HashSet<Timestamp> = letters
        .filter(|letter| letter.kind == LetterKind::Promise)
        .map(|letter| letter.posted)
        .collect();
    u32::try_from(told.len()).is_ok_and(|told| told < most)
}

/// What follows where a promise is about to break that may not be put off again: the desk is urged, and the citizen told so.
pub(super) fn overdue(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let templates = config
        .letters
        .templates
        .as_ref()
        .filter(|_| open_promise(case).is_some());
    let Some(templates) = templates else {
        return Vec::new();
    };
    let text = fill(&templates.overdue, &[("case", case.id.as_str())]);
    let letters = posted(case, config, LetterKind::Promise, &text, now);
    let urged = SupervisionLevel::after(case.handling.rung()).map(|rung| Event::Supervised {
        sent: Supervision {
            by: AgentId::new(ENGINE),
            at: now,
            rung,
            text,
        },
    });
    urged.into_iter().chain(letters).collect()
}

fn open_promise(case: &Case) -> Option<&Deadline> {
    let mut open = case.deadlines.iter().filter(|deadline| deadline.status.is_open());
    open.find(|deadline| deadline.clock == ClockKind::Promise)
}

fn about(case: &Case, config: &DeskConfig, template: &str, deadline: &Deadline) -> String {
    let due = deadline
        .due
        .zoned()
        .strftime(&config.letters.due_format)
        .to_string();
    fill(template, &[("case", case.id.as_str()), ("due", &due)])
}

fn set(deadline: Deadline) -> Event {
    Event::DeadlineSet {
        deadline: Box::new(deadline),
    }
}
