//! The order of the queue and who may take a case from it: the same for every store.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::CaseFilter;
use crate::case::{Actor, Case, Claim, ClaimToken, Deadline, Event, Record, State};
use crate::message::AgentId;

/// How many cases a page has where the filter does not say.
pub(super) const PAGE: usize = 100;

/// An instant as the stores compare it: whole microseconds since 1970, the rest cut off.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Where a case without any deadline stands in the order: behind all others of its priority.
const NEVER: i64 = i64::MAX;

/// When the case's next deadline falls, for the order of the queue.
pub(super) fn next_due(case: &Case) -> i64 {
    case.next_deadline()
        .map_or(NEVER, |deadline| micros(deadline.due.instant()))
}

/// When the earliest deadline falls that is still owed; `None` where nothing is.
pub(super) fn open_due(case: &Case) -> Option<i64> {
    if case.state.is_over() {
        return None;
    }
    let open = case.deadlines.iter().filter(|deadline| deadline.status.is_open());
    open.map(|deadline| micros(deadline.due.instant())).min()
}

/// When the case's next alarm is to be raised; `None` where there is none.
pub(super) fn next_alarm(case: &Case) -> Option<i64> {
    if case.state.is_over() {
        return None;
    }
    let alarms = case.deadlines.iter().filter_map(Deadline::next_alarm);
    alarms.map(micros).min()
}

/// When the lease of the case's claim ends; `None` where nobody holds it.
///
/// A claimed case without a claim, which no record makes, counts as one whose lease has ended: it must not be stuck.
pub(super) fn lease_end(case: &Case) -> Option<i64> {
    let claim = case.claim.as_ref();
    (case.state == State::Claimed).then(|| claim.map_or(i64::MIN, |claim| micros(claim.until)))
}

/// Whether an agent may take the case at `now`.
pub(super) fn is_claimable(case: &Case, now: Timestamp) -> bool {
    match case.state {
        State::Waiting => true,
        State::Claimed => lease_end(case).is_some_and(|end| end <= micros(now)),
        _ => false,
    }
}

/// The case with a new claim, and the record of it. The caller has checked that it is claimable.
pub(super) fn take(case: Case, agent: &AgentId, lease: Duration, now: Timestamp) -> (Case, Record) {
    let claim = Claim {
        agent: agent.clone(),
        token: ClaimToken::new(Uuid::new_v4().to_string()),
        until: until(now, lease),
    };
    moved(case, Event::Claimed { claim }, agent, now)
}

/// The case with its claim made longer, and the record of it; `None` when `token` does not hold the case.
pub(super) fn hold_on(
    case: Case,
    token: &ClaimToken,
    lease: Duration,
    now: Timestamp,
) -> Option<(Case, Claim, Record)> {
    let held = case.claim.as_ref().filter(|claim| claim.token == *token);
    let held = held.filter(|_| case.state == State::Claimed)?;
    let claim = Claim {
        until: until(now, lease),
        ..held.clone()
    };
    let (case, record) = moved(case, Event::Renewed { claim: claim.clone() }, &claim.agent, now);
    Some((case, claim, record))
}

fn moved(case: Case, event: Event, agent: &AgentId, now: Timestamp) -> (Case, Record) {
    let record = Record::new(now, Actor::Agent(agent.clone()), Some(case.id.clone()), event);
    (case.apply(&record.event), record)
}

/// The lease's end in whole microseconds, so that what is stored is what is compared.
fn until(now: Timestamp, lease: Duration) -> Timestamp {
    let lease = SignedDuration::try_from(lease).unwrap_or(SignedDuration::MAX);
    let end = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    Timestamp::from_microsecond(micros(end)).unwrap_or(end)
}

impl CaseFilter {
    /// Whether the filter names this case; `offset` and `limit` play no part.
    pub fn names(&self, case: &Case) -> bool {
        fn holds<T: PartialEq>(wanted: Option<&T>, is: Option<&T>) -> bool {
            wanted.is_none() || wanted == is
        }
        holds(self.department.as_ref(), Some(&case.department))
            && holds(self.theme.as_ref(), case.theme.as_ref())
            && holds(self.state.as_ref(), Some(&case.state))
            && holds(self.priority.as_ref(), Some(&case.priority))
            && holds(self.account.as_ref(), Some(case.key.account()))
            && holds(self.citizen.as_ref(), Some(case.key.sender()))
    }
}
