//! The order of the queue and the rules of claims, shared by all stores.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{CaseFilter, ClaimOrder, ClaimQuery, QueueCount};
use crate::case::{
    Author, Case, Claim, ClaimToken, EarlierTurn, Event, LetterStatus, Priority, Record, State,
    TranscriptEntry,
};
use crate::message::{AgentId, DepartmentId};
use crate::text::fold;

/// The size of a page for a filter without a limit.
pub(super) const PAGE: usize = 100;

/// An instant as stores compare it: whole microseconds since 1970, rounded down.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The position of a case without a deadline: after all others of its priority.
const NEVER: i64 = i64::MAX;

/// The case's next deadline, for the order of the queue.
pub(super) fn next_due(case: &Case) -> i64 {
    case.next_deadline()
        .map_or(NEVER, |deadline| micros(deadline.due.instant()))
}

/// The earliest deadline that is still open.
pub(super) fn open_due(case: &Case) -> Option<i64> {
    if case.state.is_over() {
        return None;
    }
    let open = case.deadlines.iter().filter(|deadline| deadline.status.is_open());
    open.map(|deadline| micros(deadline.due.instant())).min()
}

/// When the case's next alarm is to be raised.
pub(super) fn next_alarm(case: &Case) -> Option<i64> {
    case.next_alarm().map(micros)
}

/// When the next letter of the case can be sent, or a sender's lease ends; 0 for a letter that can be sent at
/// once.
pub(super) fn next_send(case: &Case) -> Option<i64> {
    let times = case.next_letters().filter_map(|letter| match &letter.status {
        LetterStatus::Waiting { from } => Some(from.map_or(0, micros)),
        LetterStatus::Leased { until, .. } => Some(micros(*until)),
        _ => None,
    });
    times.min()
}

/// Since when a letter of the case waits for a person.
pub(super) fn stuck_since(case: &Case) -> Option<i64> {
    let letters = case.handling.contact.letters.iter();
    letters
        .filter_map(|letter| letter.status.stuck_since())
        .map(micros)
        .min()
}

/// When the case arrived.
pub(super) fn arrived(case: &Case) -> i64 {
    micros(case.arrived)
}

/// The agent that has claimed the case.
pub(super) fn claimed_by(case: &Case) -> Option<&AgentId> {
    let claim = case.claim.as_ref().filter(|_| case.state == State::Claimed);
    claim.map(|claim| &claim.agent)
}

/// The department that the case is offered to.
pub(super) fn offered_to(case: &Case) -> Option<&DepartmentId> {
    let offer = case.handling.transfers.offer.as_ref();
    offer
        .filter(|_| case.state == State::Offered)
        .map(|offer| &offer.to)
}

/// Separates the messages of a case in its search text. Folded text never contains it.
const SEPARATOR: char = '\u{1f}';

/// The text of the case's messages, folded.
pub(super) fn search_text(case: &Case) -> String {
    fn words<'a>(
        earlier: &'a [EarlierTurn],
        text: &'a str,
        transcript: &'a [TranscriptEntry],
    ) -> impl Iterator<Item = &'a str> {
        let earlier = earlier.iter().map(|turn| turn.text.as_str());
        let transcript = transcript.iter().map(|entry| match entry {
            TranscriptEntry::ByOffice { text } | TranscriptEntry::ByCitizen { text, .. } => text.as_str(),
        });
        std::iter::once(text).chain(earlier).chain(transcript)
    }
    let merged = case.handling.relations.merged.iter();
    let merged = merged.filter_map(|duplicate| duplicate.content.as_ref());
    let merged = merged.flat_map(|content| words(&content.earlier, &content.text, &content.transcript));
    let own = words(&case.earlier, &case.text, &case.transcript);
    let mut all = String::new();
    for text in own.chain(case.answer.as_deref()).chain(merged) {
        all.push_str(fold(text).as_str());
        all.push(SEPARATOR);
    }
    all
}

/// The text that a filter looks for in [`search_text`].
pub(super) fn folded_query(text: &str) -> String {
    fold(text).as_str().trim().to_owned()
}

/// The count of one queue.
pub(super) fn queue_count(
    department: &str,
    (state, priority): (State, Priority),
    (cases, overdue): (i64, i64),
) -> QueueCount {
    let number = |count: i64| usize::try_from(count).unwrap_or(0);
    QueueCount {
        department: DepartmentId::new(department),
        state,
        priority,
        cases: number(cases),
        overdue: number(overdue),
    }
}

/// The order of [`counts`](super::Store::counts).
pub(super) fn sort_counts(counts: &mut [QueueCount]) {
    let place = |count: &QueueCount| {
        let states = State::ALL.iter().position(|state| *state == count.state);
        (count.department.clone(), states, Reverse(count.priority))
    };
    counts.sort_by_cached_key(place);
}

/// When the lease of the case's claim ends; `None` for a case that is not claimed.
///
/// No record makes a claimed case without a claim. If there is one, its lease counts as ended, so that an
/// agent can take it.
pub(super) fn lease_end(case: &Case) -> Option<i64> {
    let claim = case.claim.as_ref();
    (case.state == State::Claimed).then(|| claim.map_or(i64::MIN, |claim| micros(claim.until)))
}

/// Whether an agent can claim the case at `now`.
pub(super) fn is_claimable(case: &Case, now: Timestamp) -> bool {
    match case.state {
        State::Waiting => true,
        State::Claimed => lease_end(case).is_some_and(|end| end <= micros(now)),
        _ => false,
    }
}

/// A claimable case with a new claim, and the record of it.
pub(super) fn claimed(case: Case, agent: &AgentId, lease: Duration, now: Timestamp) -> (Case, Record) {
    let claim = Claim {
        agent: agent.clone(),
        token: ClaimToken::new(Uuid::new_v4().to_string()),
        until: until(now, lease),
    };
    moved(case, Event::Claimed { claim }, agent, now)
}

/// The case with an extended claim, and the record of it; `None` when `token` is not the token of its claim.
pub(super) fn renewed(
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
    let record = Record::new(now, Author::Agent(agent.clone()), Some(case.id.clone()), event);
    (case.apply(&record.event), record)
}

/// The lease's end in whole microseconds, so that the stored value compares equal to the column.
fn until(now: Timestamp, lease: Duration) -> Timestamp {
    let lease = SignedDuration::try_from(lease).unwrap_or(SignedDuration::MAX);
    let end = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    Timestamp::from_microsecond(micros(end)).unwrap_or(end)
}

impl CaseFilter {
    /// Whether the filter selects this case, regardless of its order, cursor and limit.
    pub fn names(&self, case: &Case) -> bool {
        fn holds<T: PartialEq>(wanted: Option<&T>, is: Option<&T>) -> bool {
            wanted.is_none() || wanted == is
        }
        holds(self.department.as_ref(), Some(&case.department))
            && holds(self.theme.as_ref(), case.theme.as_ref())
            && (self.states.is_empty() || self.states.contains(&case.state))
            && holds(self.priority.as_ref(), Some(&case.priority))
            && holds(self.account.as_ref(), Some(case.key.account()))
            && holds(self.citizen.as_ref(), Some(case.key.sender()))
            && holds(self.offered_to.as_ref(), offered_to(case))
            && self
                .due_before
                .is_none_or(|before| open_due(case).is_some_and(|due| due < micros(before)))
            && (self.text.as_ref()).is_none_or(|text| search_text(case).contains(&folded_query(text)))
    }
}

impl ClaimQuery {
    /// Whether the query selects this case; the caller checks that it is claimable.
    pub fn names(&self, case: &Case) -> bool {
        let theme = case.theme.as_ref();
        self.among.names(case)
            && (self.departments.is_empty() || self.departments.contains(&case.department))
            && (self.themes.is_empty() || theme.is_none_or(|theme| self.themes.contains(theme)))
    }

    /// The case's position in the order of the query: the lowest comes first.
    pub(super) fn sort_key(&self, case: &Case) -> (bool, i64, i64, String) {
        let danger = case.priority == Priority::Urgent;
        let (first, second) = match self.first {
            ClaimOrder::Urgent => (-(case.priority as i64), next_due(case)),
            ClaimOrder::Due => (next_due(case), 0),
            ClaimOrder::Oldest => (arrived(case), 0),
        };
        (!danger, first, second, case.id.as_str().to_owned())
    }
}
