//! The effect of a move on the case's clocks.

use jiff::Timestamp;

use super::command::MoreTime;
use super::command_error::CommandError;
use super::config::DeskConfig;
use crate::case::{Case, ClockKind, Deadline, DeadlineStatus, Event, Extension, Priority, Starts};
use crate::time::{self, DeadlineError, Policy, Reset};

/// Pauses the clocks that can pause. A deadline that was set to a fixed time keeps running.
pub(super) fn paused(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let paused = open(case).filter_map(|deadline| time::pause(&config.calendar, deadline, now).ok());
    paused.map(set).collect()
}

/// Resumes paused clocks, and restarts those that start with each message of the citizen.
pub(super) fn wrote(case: &Case, config: &DeskConfig, at: Timestamp, now: Timestamp) -> Vec<Event> {
    let restarted = owed(case).filter_map(|deadline| time::restart(&config.calendar, deadline, at));
    let mut events = resumed(case, config, now);
    events.extend(restarted.map(set));
    events
}

/// Resumes paused clocks.
pub(super) fn resumed(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let all = case.deadlines.iter();
    let resumed = all.filter_map(|deadline| time::resume(&config.calendar, deadline, now).ok());
    resumed.map(set).collect()
}

/// Ends the clocks that an answer ends, and starts those that begin with it.
pub(super) fn answered(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let kept = [ClockKind::FirstReply, ClockKind::Promise, ClockKind::Delivery];
    let kept = open(case)
        .map(|deadline| deadline.clock)
        .filter(|clock| kept.contains(clock));
    let mut events: Vec<Event> = kept.map(|clock| Event::DeadlineDone { clock, at: now }).collect();
    events.extend(started(case, config, Starts::Answered, now));
    events
}

/// Starts the clocks that begin when a department accepts the case. A clock that the case has already is left
/// alone: a transfer gives no new time.
pub(super) fn accepted(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let known = |clock| case.deadlines.iter().any(|deadline| deadline.clock == clock);
    let fresh = started(case, config, Starts::Accepted, now).into_iter();
    let fresh = fresh.filter(|event| match event {
        Event::DeadlineSet { deadline } => !known(deadline.clock),
        _ => true,
    });
    fresh.collect()
}

/// The clocks of a reopened case: those that end with the reopening, and those that run from it on.
pub(super) struct Reopened {
    pub(super) ended: Vec<Event>,
    pub(super) running: Vec<Event>,
}

/// The first-reply and resolution clocks of a case that is reopened at `now`.
///
/// A kept clock stays kept, and a new clock counts from `since`, so that an answer that settles nothing
/// gains no time. If that time is over, it counts from `now`. A clock that still runs and started at `since` or
/// later goes on with its pauses and extensions.
///
/// If the rulebook no longer has the case's policy, an answer is due by the next working day, or in half an
/// hour in an emergency.
pub(super) fn reopened(case: &Case, config: &DeskConfig, since: Timestamp, now: Timestamp) -> Reopened {
    let reply = [ClockKind::FirstReply, ClockKind::Resolution];
    let goes_on = |deadline: &&Deadline| {
        let started = deadline.history.started.max(Some(case.arrived));
        reply.contains(&deadline.clock) && started >= Some(since) && now < deadline.due.instant()
    };
    let going_on: Vec<&Deadline> = open(case).filter(goes_on).collect();
    let kept: Vec<ClockKind> = going_on.iter().map(|deadline| deadline.clock).collect();
    let ends = |clock: &ClockKind| !kept.contains(clock);
    let ended = closed(case, now).into_iter().filter(|event| match event {
        Event::DeadlineDone { clock, .. } => ends(clock),
        _ => true,
    });

    let fallback = Policy::fallback(case.priority);
    let policy = policy(case, config).unwrap_or(&fallback);
    let clocks = policy.clocks.iter().map(|time_limit| time_limit.clock);
    let mut again: Vec<_> = clocks.filter(|clock| reply.contains(clock)).collect();
    let policy = if again.is_empty() {
        again.push(ClockKind::FirstReply);
        &fallback
    } else {
        policy
    };
    again.retain(ends);
    let anew = again
        .into_iter()
        .filter_map(|clock| time::begin_anew(&config.calendar, policy, clock, since, now));
    let going_on = going_on.into_iter().cloned();
    let going_on = going_on.map(|deadline| time::go_on(deadline, now));
    Reopened {
        ended: ended.collect(),
        running: going_on.chain(anew).map(set).collect(),
    }
}

/// Takes over the deadlines of `other` that fall earlier than those of `case`, or that `case` does not have.
pub(super) fn absorbed(case: &Case, other: &Case) -> Vec<Event> {
    let earlier = open(other).filter(|theirs| {
        let mut ours = owed(case).filter(|ours| ours.clock == theirs.clock);
        ours.next()
            .is_none_or(|ours| ours.status.is_open() && theirs.due.instant() < ours.due.instant())
    });
    earlier.cloned().map(set).collect()
}

fn started(case: &Case, config: &DeskConfig, starts: Starts, now: Timestamp) -> Vec<Event> {
    let policy = policy(case, config);
    let starting = policy.into_iter().flat_map(|policy| {
        let clocks = policy
            .clocks
            .iter()
            .filter(|time_limit| time_limit.starts == starts);
        clocks.filter_map(|time_limit| time::deadline(&config.calendar, policy, time_limit.clock, now))
    });
    starting.map(set).collect()
}

/// Ends every clock that is not done.
pub(super) fn closed(case: &Case, now: Timestamp) -> Vec<Event> {
    let done = owed(case).map(|deadline| Event::DeadlineDone {
        clock: deadline.clock,
        at: now,
    });
    done.collect()
}

/// Grants more time to a clock.
pub(super) fn extended(
    case: &Case,
    config: &DeskConfig,
    more: &MoreTime,
    now: Timestamp,
) -> Result<Event, CommandError> {
    let extension = Extension {
        amount: more.amount,
        asked: now,
        reason: more.reason.clone(),
        approver: more.approver.clone(),
    };
    let deadline = find(case, more.clock)?;
    let policy = config
        .policy(&deadline.policy)
        .ok_or(DeadlineError::NoExtension)?;
    Ok(set(time::extend(&config.calendar, policy, deadline, extension)?))
}

/// Restarts a clock.
pub(super) fn reset(
    case: &Case,
    config: &DeskConfig,
    clock: ClockKind,
    wish: &Reset,
) -> Result<Event, CommandError> {
    let deadline = find(case, clock)?;
    Ok(set(time::reset(&config.calendar, deadline, wish)?))
}

/// The deadlines of a case that change under this calendar and these policies, as they are from now on.
///
/// If the rulebook no longer has a deadline's policy, the time limit stored with the deadline stays in force.
pub(crate) fn recomputed(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let reason = format!("rulebook {}", config.rulebook);
    let removed = Policy {
        clocks: Vec::new(),
        ..Policy::next_working_day()
    };
    let changed = owed(case).filter_map(|deadline| {
        let policy = config.policy(&deadline.policy).unwrap_or(&removed);
        time::recompute(&config.calendar, policy, deadline, now, &reason)
    });
    changed.map(set).collect()
}

/// The policy that applies to the case: the one of its first deadline. In an emergency, it is the one of the
/// first urgent deadline, because a merger may have brought it.
pub(super) fn policy<'a>(case: &Case, config: &'a DeskConfig) -> Option<&'a Policy> {
    let urgent = |deadline: &&Deadline| deadline.history.urgent && case.priority == Priority::Urgent;
    let deadline = case.deadlines.iter().find(urgent).or(case.deadlines.first())?;
    config.policy(&deadline.policy)
}

/// The event that stores a deadline in its case.
pub(super) fn set(deadline: Deadline) -> Event {
    Event::DeadlineSet {
        deadline: Box::new(deadline),
    }
}

fn find(case: &Case, clock: ClockKind) -> Result<&Deadline, CommandError> {
    let mut same = owed(case).filter(|deadline| deadline.clock == clock);
    same.next().ok_or(CommandError::NoClock(clock))
}

fn open(case: &Case) -> impl Iterator<Item = &Deadline> {
    case.deadlines.iter().filter(|deadline| deadline.status.is_open())
}

/// The deadlines that are open or paused.
fn owed(case: &Case) -> impl Iterator<Item = &Deadline> {
    let done = |deadline: &&Deadline| matches!(deadline.status, DeadlineStatus::Done { .. });
    case.deadlines.iter().filter(move |deadline| !done(deadline))
}
