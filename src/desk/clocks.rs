//! What a move does to the case's clocks.

use jiff::Timestamp;

use super::command::MoreTime;
use super::command_error::CommandError;
use super::config::DeskConfig;
use crate::case::{Case, ClockKind, Deadline, DeadlineStatus, Event, Extension, Starts};
use crate::time::{self, DeadlineError, Policy, Reset};

/// Stops the clocks that can stand still. One that is set as it is goes on.
pub(super) fn stop(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let stopped = open(case).filter_map(|deadline| time::pause(&config.calendar, deadline, now).ok());
    stopped.map(set).collect()
}

/// Sets everything going again that stands still, and starts anew what every message of the citizen starts.
pub(super) fn wrote(case: &Case, config: &DeskConfig, at: Timestamp, now: Timestamp) -> Vec<Event> {
    let restarted = unsettled(case).filter_map(|deadline| time::restart(&config.calendar, deadline, at));
    let mut events = resumed(case, config, now);
    events.extend(restarted.map(set));
    events
}

/// Sets everything going again that stands still.
pub(super) fn resumed(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let still = case.deadlines.iter();
    let resumed = still.filter_map(|deadline| time::resume(&config.calendar, deadline, now).ok());
    resumed.map(set).collect()
}

/// What an answer settles, and the clocks that it starts.
pub(super) fn answered(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let kept = [ClockKind::FirstReply, ClockKind::Promise, ClockKind::Delivery];
    let kept = open(case)
        .map(|deadline| deadline.clock)
        .filter(|clock| kept.contains(clock));
    let mut events: Vec<Event> = kept.map(|clock| Event::DeadlineDone { clock, at: now }).collect();
    events.extend(started(case, config, Starts::Answered, now));
    events
}

/// The clocks that start with a department's acceptance, unless they run already: being passed on gives no new time.
pub(super) fn accepted(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let known = |clock| case.deadlines.iter().any(|deadline| deadline.clock == clock);
    let fresh = started(case, config, Starts::Accepted, now).into_iter();
    let fresh = fresh.filter(|event| match event {
        Event::DeadlineSet { deadline } => !known(deadline.clock),
        _ => true,
    });
    fresh.collect()
}

/// The first-reply and resolution clocks of a case that is opened again, counted from `since`.
///
/// A case whose policy the rulebook no longer has owes an answer by the next working day.
pub(super) fn reopened(case: &Case, config: &DeskConfig, since: Timestamp) -> Vec<Event> {
    let own = Policy::next_working_day();
    let policy = policy(case, config).unwrap_or(&own);
    let owed = [ClockKind::FirstReply, ClockKind::Resolution];
    let clocks = policy.clocks.iter().map(|time_limit| time_limit.clock);
    let mut again: Vec<_> = clocks.filter(|clock| owed.contains(clock)).collect();
    let policy = if again.is_empty() {
        again.push(ClockKind::FirstReply);
        &own
    } else {
        policy
    };
    let deadlines = again.into_iter();
    let deadlines = deadlines.filter_map(|clock| time::deadline(&config.calendar, policy, clock, since));
    deadlines.map(set).collect()
}

/// What was owed to the other case earlier than to this one, or not at all to this one.
pub(super) fn absorbed(case: &Case, other: &Case) -> Vec<Event> {
    let earlier = open(other).filter(|theirs| {
        let mut ours = unsettled(case).filter(|ours| ours.clock == theirs.clock);
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

/// Settles everything that is still owed.
pub(super) fn closed(case: &Case, now: Timestamp) -> Vec<Event> {
    let settled = unsettled(case).map(|deadline| Event::DeadlineDone {
        clock: deadline.clock,
        at: now,
    });
    settled.collect()
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

/// Starts a clock anew.
pub(super) fn reset(
    case: &Case,
    config: &DeskConfig,
    clock: ClockKind,
    wish: &Reset,
) -> Result<Event, CommandError> {
    let deadline = find(case, clock)?;
    Ok(set(time::reset(&config.calendar, deadline, wish)?))
}

/// The policy that the case goes by: the one of its first deadline.
pub(super) fn policy<'a>(case: &Case, config: &'a DeskConfig) -> Option<&'a Policy> {
    config.policy(&case.deadlines.first()?.policy)
}

fn set(deadline: Deadline) -> Event {
    Event::DeadlineSet {
        deadline: Box::new(deadline),
    }
}

fn find(case: &Case, clock: ClockKind) -> Result<&Deadline, CommandError> {
    let mut same = unsettled(case).filter(|deadline| deadline.clock == clock);
    same.next().ok_or(CommandError::NoClock(clock))
}

fn open(case: &Case) -> impl Iterator<Item = &Deadline> {
    case.deadlines.iter().filter(|deadline| deadline.status.is_open())
}

fn unsettled(case: &Case) -> impl Iterator<Item = &Deadline> {
    let done = |deadline: &&Deadline| matches!(deadline.status, DeadlineStatus::Done { .. });
    case.deadlines.iter().filter(move |deadline| !done(deadline))
}
