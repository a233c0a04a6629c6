//! The work that time alone makes due in one case: alarms, silent acceptance, broken promises, unanswered
//! questions.

use jiff::Timestamp;

use super::command::Command;
use super::config::DeskConfig;
use super::{agent_presence, letters, promise, question, transition};
use crate::case::{Alarm, AlarmKind, Case, ClockKind, Due, Ending, Event, State};
use crate::time::due_alarms;

/// One thing that a sweep did to a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finding {
    /// An alarm was raised.
    Crossed {
        /// The clock.
        clock: ClockKind,
        /// The due time of the clock's deadline.
        due: Due,
        /// The alarm, with the time at which it was raised.
        alarm: Alarm,
    },
    /// An offer was accepted, because the department did not return it in time.
    Accepted,
    /// A promise was postponed, and the citizen told.
    Postponed,
    /// A promise can't be postponed again: the department was urged, and the citizen told.
    GivenUp,
    /// The citizen was told that the agent has left the conversation.
    HandedBack,
    /// The case is back in the queue without the citizen's reply.
    Resumed,
    /// The citizen was reminded of a question.
    Reminded,
    /// The citizen's time for confirming was restarted, because the answer did not arrive.
    NotReceived,
    /// The case was closed, because the citizen did not confirm in time.
    Lapsed,
}

/// The case as the steps so far leave it, with the events of those steps.
struct Steps {
    after: Case,
    events: Vec<Event>,
    findings: Vec<Finding>,
}

impl Steps {
    /// Applies the events, so that the next step sees the case as this one leaves it: two steps that write
    /// letters would otherwise use the same numbers. A step without events finds nothing.
    fn take(&mut self, events: Vec<Event>, finding: Option<Finding>) -> bool {
        if events.is_empty() {
            return false;
        }
        self.after = events.iter().fold(self.after.clone(), Case::apply);
        self.events.extend(events);
        self.findings.extend(finding);
        true
    }
}

/// Does everything that is due in a case by `now`. Returns the events, and the findings in their order.
pub(crate) fn due_work(case: &Case, config: &DeskConfig, now: Timestamp) -> (Vec<Event>, Vec<Finding>) {
    let mut steps = Steps {
        after: case.clone(),
        events: Vec::new(),
        findings: Vec::new(),
    };
    let breaks = raise_alarms(&mut steps, now);
    accept_offer(&mut steps, config, now);
    if breaks {
        postpone_promise(&mut steps, config, now);
    }
    let left = agent_left(&steps.after, config, now);
    steps.take(left, Some(Finding::HandedBack));
    await_reply(&mut steps, config, now);
    confirm_answer(&mut steps, config, now);
    (steps.events, steps.findings)
}

/// Raises the alarms that are due, in the order of their times. Returns whether a promise is about to be
/// broken.
fn raise_alarms(steps: &mut Steps, now: Timestamp) -> bool {
    let due = steps.after.deadlines.iter().flat_map(|deadline| {
        let alarms = due_alarms(deadline, now).into_iter();
        alarms.map(move |alarm| {
            let raised = Some(now);
            (deadline.clock, deadline.due.clone(), Alarm { raised, ..alarm })
        })
    });
    let mut due: Vec<_> = due.collect();
    due.sort_by_key(|(_, _, alarm)| (alarm.raise_at, alarm.threshold));
    // Each warning is raised once, and a postponed promise is a new deadline: so a promise is postponed once
    // a time.
    let breaks = due
        .iter()
        .any(|(clock, _, alarm)| *clock == ClockKind::Promise && matches!(alarm.kind, AlarmKind::Warning(_)));
    for (clock, due, alarm) in due {
        let raised = Event::Raised { clock, alarm };
        steps.take(vec![raised], Some(Finding::Crossed { clock, due, alarm }));
    }
    breaks
}

/// Accepts an offer that was not returned in time. The transition refuses every other case.
fn accept_offer(steps: &mut Steps, config: &DeskConfig, now: Timestamp) {
    let accept = Command::Accept { silent: true };
    let accepted = transition(&steps.after, &accept, config, now).unwrap_or_default();
    steps.take(accepted, Some(Finding::Accepted));
}

/// Postpones a promise that is about to be broken. A time that is provisional, because the calendar ends, is
/// not promised.
fn postpone_promise(steps: &mut Steps, config: &DeskConfig, now: Timestamp) {
    let postponed = match promise::may_postpone(&steps.after, config) {
        true => promise::postponed(&steps.after, config, now),
        false => Vec::new(),
    };
    if !steps.take(postponed, Some(Finding::Postponed)) {
        let given_up = promise::given_up(&steps.after, config, now);
        steps.take(given_up, Some(Finding::GivenUp));
    }
}

/// Tells the citizen that the announced agent has left. If the lease still runs, but the agent has shown no
/// sign of work for the stated time, the claim ends too.
fn agent_left(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let Some(claim) = case.claim.as_ref().filter(|_| case.state == State::Claimed) else {
        return Vec::new();
    };
    if claim.until <= now {
        return agent_presence::handed_back(case, config, now);
    }
    if case.handling.contact.idle_from.is_none_or(|idle| idle > now) {
        return Vec::new();
    }
    transition(case, &Command::Release(claim.token.clone()), config, now).unwrap_or_default()
}

/// Puts a case without a reply in time back into the queue, or reminds the citizen.
fn await_reply(steps: &mut Steps, config: &DeskConfig, now: Timestamp) {
    let awaiting = steps.after.state == State::AwaitingCitizen;
    let Some(awaited_reply) = steps.after.handling.contact.awaited_reply.filter(|_| awaiting) else {
        return;
    };
    let resume = Command::Resume {
        silent: !question::question_not_received(&steps.after),
    };
    let over = awaited_reply.until <= now;
    let resumed = transition(&steps.after, &resume, config, now)
        .ok()
        .filter(|_| over);
    if steps.take(resumed.unwrap_or_default(), Some(Finding::Resumed)) {
        return;
    }
    if awaited_reply.reminder.is_some_and(|at| at <= now) {
        let reminded = question::reminded(&steps.after, config, awaited_reply, now);
        steps.take(reminded, Some(Finding::Reminded));
    }
}

/// Closes an answered case without a confirmation in time, unless the answer was not delivered.
fn confirm_answer(steps: &mut Steps, config: &DeskConfig, now: Timestamp) {
    let case = &steps.after;
    if case.state != State::Answered
        || case
            .handling
            .contact
            .confirm_until
            .is_none_or(|until| until > now)
    {
        return;
    }
    if let Some(later) = letters::answer_not_received(case, config, now) {
        steps.take(vec![later], Some(Finding::NotReceived));
        return;
    }
    let close = Command::Close { how: Ending::Lapsed };
    let lapsed = transition(case, &close, config, now).unwrap_or_default();
    steps.take(lapsed, Some(Finding::Lapsed));
}
